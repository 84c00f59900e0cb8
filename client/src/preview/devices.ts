/** What a window can train on, and in which order a run tries it. Pure: what the trainers said comes in. */
import { isOnDevice } from '../../../protocol/backends';
import type { BackendName, BackendStatus, Trial } from '../../../protocol/trainer';
import type { TrainerHost } from './trainer';

export type HostName = TrainerHost['name'];

/** A setting: a backend of the trainer process, WebGPU of the window, or whatever is fastest. */
export type BackendSetting = BackendName | 'webgpu-window' | 'auto';

/** What the trainers of one host can train on. */
export type HostReport =
  | { readonly kind: 'reported'; readonly backends: readonly BackendStatus[] }
  /** Not asked, or without an answer: a phrase says why. */
  | { readonly kind: 'unknown'; readonly because: string };

export type Reports = Readonly<Record<HostName, HostReport>>;

export interface Place {
  readonly host: HostName;
  readonly backend: BackendName;
}

export interface TimedPlace extends Place {
  readonly device: string;
  readonly secondsPerStep: number;
}

/** One thing to train on, available or not. */
export interface Device {
  readonly host: HostName;
  readonly status: BackendStatus;
}

/** Where a run goes when nothing faster is there, and when what was faster is lost. */
const processor: Place = { host: 'process', backend: 'wasm' };

/** The places of a run with a backend asked for by name; what stands there by itself when that is lost comes after it. */
export function placesByName(setting: Exclude<BackendSetting, 'auto'>): readonly Place[] {
  switch (setting) {
    case 'wasm':
    case 'reference':
      return [{ host: 'process', backend: setting }];
    case 'webgpu':
    case 'tfjs-node-gpu':
      return [{ host: 'process', backend: setting }, processor];
    case 'webgpu-window':
      return [{ host: 'window', backend: 'webgpu' }, processor];
  }
}

/** Hosts in which a run is tried before it starts: none, where there is no GPU, so that nothing is delayed. */
export function hostsToTry(reports: Reports): readonly HostName[] {
  const withGpu = hostNames.filter((host) => gpusOf(reports[host]).length > 0);
  // The processor is a candidate like any other, and it is the trainer process that computes on it.
  return withGpu.length === 0 ? [] : [...new Set<HostName>(['process', ...withGpu])];
}

const hostNames: readonly HostName[] = ['process', 'window'];

/** What the trials of each host measured, the fastest first. */
export function placesByTrial(trials: Readonly<Record<HostName, readonly Trial[]>>): readonly TimedPlace[] {
  const hasProcessor = trials.process.some(({ backend }) => !isOnDevice(backend));
  return hostNames
    .flatMap((host) =>
      trials[host]
        // The window's processor is the process' own, on fewer threads: it stands for that where the process could not say.
        .filter(({ backend }) => host === 'process' || isOnDevice(backend) || !hasProcessor)
        .map(({ backend, device, secondsPerStep }): TimedPlace => {
          return { host: isOnDevice(backend) ? host : 'process', backend, device, secondsPerStep };
        }),
    )
    .toSorted((left, right) => left.secondsPerStep - right.secondsPerStep);
}

/** The order for a run of the setting `auto`: what was measured to be faster than the processor, and the processor. */
export function placesOf(timed: readonly TimedPlace[], onProcessor: Place = processor): readonly Place[] {
  const first = timed.findIndex(({ host, backend }) => host === onProcessor.host && backend === onProcessor.backend);
  return [...(first < 0 ? timed : timed.slice(0, first)), onProcessor];
}

/** Where a run goes without a GPU. */
export function processorOf(report: HostReport): Place {
  const backends = report.kind === 'reported' ? report.backends : [];
  const hasWasm = backends.find(({ name }) => name === 'wasm')?.available ?? true;
  return hasWasm ? processor : { host: 'process', backend: 'reference' };
}

/** What computes other than the processor, and is not the processor in disguise. */
function gpusOf(report: HostReport): readonly BackendStatus[] {
  if (report.kind === 'unknown') return [];
  return report.backends.filter((status) => isGpu(status));
}

export function isGpu(status: BackendStatus): boolean {
  return status.available && !status.isSoftware && isOnDevice(status.name);
}

/** Everything that was asked about, in the order of the hosts; of the window only what it has of its own. */
export function devicesOf(reports: Reports): readonly Device[] {
  return hostNames.flatMap((host) => {
    const report = reports[host];
    if (report.kind === 'unknown') {
      return [{ host, status: { name: 'webgpu', available: false, because: report.because } as const }];
    }
    return report.backends
      .filter(({ name }) => host === 'process' || name === 'webgpu')
      .map((status): Device => ({ host, status }));
  });
}
