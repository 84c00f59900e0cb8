/** What a window can train on, in words: the device in use, and of each other why it is not. */
import { isOnDevice } from '../../../protocol/backends';
import type { BackendName, RunEvent } from '../../../protocol/trainer';
import type { Translate } from '../translate';
import {
  type BackendSetting,
  type Device,
  devicesOf,
  type HostName,
  isGpu,
  placesByName,
  type Reports,
  type TimedPlace,
} from './devices';

export interface DeviceLine {
  /** "NVIDIA H100 (WebGPU)", or the kind of device where there is none. */
  readonly label: string;
  /** Which machine, and through what. */
  readonly where: string;
  /** Whether it is in use, what a trial measured, or why it is not used. */
  readonly state: string;
  readonly isInUse: boolean;
}

/** Where a run trains now. */
export interface DeviceInUse extends Pick<Extract<RunEvent, { type: 'run' }>, 'backend' | 'device'> {
  readonly host: HostName;
}

/** @param remoteName of the machine that the extension runs on where the window is shown by another */
export function deviceLines(
  reports: Reports,
  trial: readonly TimedPlace[],
  inUse: DeviceInUse | null,
  remoteName: string | null,
  translate: Translate,
): readonly DeviceLine[] {
  return devicesOf(reports).map((device) => {
    const { host, status } = device;
    const isInUse = inUse?.backend === status.name && (inUse.host === host || !isOnDevice(status.name));
    const timed = trial.find((place) => place.host === host && place.backend === status.name);
    return {
      label: isInUse ? inUse.device : status.available ? status.device : kindOf(device, translate),
      where: whereIs(device, remoteName, translate),
      state: isInUse ? translate('in use') : stateOf(device, timed, trial[0], translate),
      isInUse,
    };
  });
}

function kindOf({ status }: Device, translate: Translate): string {
  switch (status.name) {
    case 'wasm':
      return translate('Processor (WebAssembly)');
    case 'reference':
      return translate('Processor (reference)');
    case 'webgpu':
      return translate('GPU (WebGPU)');
    case 'tfjs-node-gpu':
      return translate('GPU (TensorFlow.js, CUDA)');
  }
}

function whereIs({ host }: Device, remoteName: string | null, translate: Translate): string {
  if (remoteName === null) return host === 'process' ? translate('in a process') : translate('in the window');
  return host === 'process'
    ? translate('on the remote ({0})', remoteName)
    : translate('on the computer that shows the window');
}

function stateOf(
  { status }: Device,
  timed: TimedPlace | undefined,
  fastest: TimedPlace | undefined,
  translate: Translate,
): string {
  if (!status.available) return translate('not available: {0}', status.because);
  if (timed !== undefined) {
    const time = formatSecondsPerStep(timed.secondsPerStep);
    return timed === fastest
      ? translate('fastest in the last trial: {0} a step', time)
      : translate('slower in the last trial: {0} a step', time);
  }
  if (status.isSoftware) return translate('computes on the processor: used only when the setting names it');
  if (status.name === 'reference') return translate('slow; used only when the setting names it');
  return isGpu(status) ? translate('tried when a comparison starts') : translate('used where no GPU is faster');
}

/** What a run would train on, as far as is known; null for the processor. */
export function deviceToUse(
  setting: BackendSetting,
  { reports, lastTrial }: { readonly reports: Reports; readonly lastTrial: readonly TimedPlace[] },
): DeviceInUse | null {
  if (setting === 'auto') return lastTrial[0] ?? null;
  const [place] = placesByName(setting);
  if (place === undefined || !isOnDevice(place.backend)) return null;
  const { host, backend } = place;
  // Of a host that has not been asked no device is known, but what it is reached through.
  if (reports[host].kind === 'unknown') return { host, backend, device: libraryOf(backend) };
  const status = devicesOf(reports).find((device) => device.host === host && device.status.name === backend)?.status;
  return status?.available ? { host, backend, device: status.device } : null;
}

function libraryOf(backend: BackendName): string {
  return backend === 'tfjs-node-gpu' ? 'TensorFlow.js' : 'WebGPU';
}

/** What the status bar calls a device. */
export function shortName({ backend, device }: DeviceInUse): string {
  return isOnDevice(backend) ? device.replace(/ \(WebGPU\)| \(TensorFlow\.js.*\)$/, '') : 'CPU';
}

function formatSecondsPerStep(seconds: number): string {
  return `${(seconds * 1000).toPrecision(2)} ms`;
}
