/** Where backends compute: on the processor, or on a device. */
import type { BackendName } from './trainer';

const onDevice: Readonly<Record<BackendName, boolean>> = {
  wasm: false,
  reference: false,
  webgpu: true,
  'tfjs-node-gpu': true,
};

/** Whether a driver has a part in it, which may lose what was reached, end the process, or never answer. */
export function isOnDevice(backend: BackendName): boolean {
  return onDevice[backend];
}
