/** Drivers of GPUs on Linux: those that nobody registered, and what to install where there is none. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const registeredDrivers = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
/** Where some containers find the driver of a GPU that they are lent, and Vulkan's loader does not. */
const mountedDrivers = ['/usr/local/nvidia/share/vulkan/icd.d'];

/** Before Vulkan's loader is. */
export function nameMountedDriver(): void {
  if (namedDrivers() !== undefined || registeredDrivers.flatMap(manifestsIn).length > 0) return;
  const [mounted] = mountedDrivers.flatMap(manifestsIn);
  if (mounted !== undefined) process.env['VK_DRIVER_FILES'] = mounted;
}

/** A sentence for people on what to do where WebGPU finds no GPU. */
export function whatToInstall(): string {
  if (process.platform !== 'linux') return 'The driver of the GPU is missing, or too old.';
  const named = namedDrivers();
  if (named !== undefined) return `The drivers that VK_DRIVER_FILES names find no GPU: ${named}.`;
  if (registeredDrivers.flatMap(manifestsIn).length > 0) return 'No Vulkan driver that is registered finds its GPU.';
  return existsSync('/dev/nvidia0')
    ? 'NVIDIA\'s driver is here without its Vulkan part: install it (Ubuntu: "libnvidia-gl-…" of the same version), or start the container with NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics.'
    : 'No Vulkan driver is registered: install the one of the GPU (Debian and Ubuntu: "mesa-vulkan-drivers" for AMD and Intel).';
}

function namedDrivers(): string | undefined {
  return process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'];
}

function manifestsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.join(folder, name));
}
