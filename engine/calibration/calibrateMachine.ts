/** The profile of the machine this process runs on, from the fastest backend that models are compared on. */
import { calibratedProfile, type Machine } from '../../model/time/calibrate';
import type { CalibrationEvent } from '../../protocol/trainer';
import type { PreviewHost } from '../trainer/host';
import { describeWasmDevice, wasmBackendFactory } from '../wasm/backend';
import { supportedKernelBuild } from '../wasm/kernels';
import { fasterKernels } from '../wasm/tiles';
import { measureKernels } from './measureKernels';

export async function calibrateMachine(
  host: Pick<PreviewHost, 'kernels' | 'nowMs'>,
  machine: Omit<Machine, 'software'>,
): Promise<CalibrationEvent> {
  const build = supportedKernelBuild();
  if (build === null) {
    const message = 'This machine cannot be measured: its JavaScript engine has no WebAssembly SIMD.';
    return { type: 'notCalibrated', message };
  }
  const kernels = await host.kernels();
  const createBackend = wasmBackendFactory(kernels, fasterKernels(kernels, build));
  const timings = await measureKernels(createBackend, host.nowMs);
  const software = `Unroll's engine, ${describeWasmDevice(build)}`;
  return { type: 'calibrated', profile: calibratedProfile(timings, { ...machine, software }) };
}
