/**
 * Whether wide tiles pay: they do where the JavaScript engine joins pairs of 128-bit operations into 256-bit ones, and lose
 * elsewhere. No interface tells, so both are timed for a moment, and what they give is compared.
 */
import { instantiateKernels, type KernelBuild, type KernelBytes, type Tiles } from './kernels';

/** Which kernels compute, and how: the same for all threads of a run. */
export interface KernelChoice {
  readonly build: KernelBuild;
  readonly tiles: Tiles;
}

/** A product of a recurrent step: large enough to time, small enough to be done in microseconds. */
const [rows, inner, columns] = [24, 64, 64];
const rounds = 30;

const bytesPerFloat = 4;

/** A build with the tiles that are faster in it; narrow ones where wide ones give other results. */
export function fasterKernels(bytes: KernelBytes, build: KernelBuild): KernelChoice {
  const module = new WebAssembly.Module(bytes[build]);
  const narrow = trial(module, 'narrow');
  const wide = trial(module, 'wide');
  const isSame = narrow.result.every((value, index) => Math.abs(value - (wide.result[index] ?? Number.NaN)) < 1e-4);
  return { build, tiles: isSame && wide.ms < 0.9 * narrow.ms ? 'wide' : 'narrow' };
}

function trial(module: WebAssembly.Module, tiles: Tiles): { readonly ms: number; readonly result: Float32Array } {
  const sizes = [rows * inner, inner * columns, inner * columns, rows * columns];
  const length = sizes.reduce((sum, size) => sum + size, 0);
  const { kernels, arenaStart, memory } = instantiateKernels(module, length * bytesPerFloat, tiles);
  const arena = new Float32Array(memory.buffer, arenaStart, length);
  for (let i = 0; i < length; i++) arena[i] = Math.sin(i);
  const [left = 0, right = 0, packed = 0, result = 0] = sizes.map(
    (_, index) => arenaStart + bytesPerFloat * sizes.slice(0, index).reduce((sum, size) => sum + size, 0),
  );
  kernels.pack(right, inner, columns, columns, 1, packed);
  let ms = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    kernels.multiply(left, inner, packed, result, columns, rows, inner, columns, 0);
    ms = Math.min(ms, performance.now() - started);
  }
  return { ms, result: arena.slice(length - rows * columns) };
}
