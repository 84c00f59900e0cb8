/** How fast the engine's matrix products are, in the shapes that recurrent layers have. */
import { createArenaPlanner } from '../engine/arena';
import { matrixOf } from '../engine/backend';
import { wasmBackendFactory } from '../engine/wasm/backend';
import { supportedKernelBuild } from '../engine/wasm/kernels';
import { fasterKernels } from '../engine/wasm/tiles';
import { kernels } from './builtKernels';

/** Rows, inner length, columns: a step's recurrent product, forwards and back, and the inputs of all steps. */
const sizes = [
  [32, 64, 256],
  [32, 256, 64],
  [64, 256, 1024],
  [64, 1024, 256],
  [3200, 32, 256],
  [512, 512, 512],
] as const;

export function measureProducts(seconds: number): { readonly name: string; readonly operationsPerSecond: number }[] {
  const build = supportedKernelBuild();
  if (build === null) return [];
  const create = wasmBackendFactory(kernels, fasterKernels(kernels, build));
  return sizes.flatMap(([rows, inner, columns]) => {
    const arena = createArenaPlanner(0, 0);
    const left = matrixOf(arena.reserve(rows * inner), rows, inner);
    const leftTransposed = { ...left, rows: inner, columns: rows, rowStride: rows };
    const right = matrixOf(arena.reserve(inner * columns), inner, columns);
    const packed = arena.reservePacked(inner, columns);
    const result = matrixOf(arena.reserve(rows * columns), rows, columns);
    const backend = create(arena.length);
    backend.write({ offset: 0, length: arena.length }, new Float32Array(arena.length).fill(0.5));
    backend.pack(right, false, packed);
    const timed = (run: () => void): number => (2 * rows * inner * columns) / fastest(run, seconds / 2);
    return [
      {
        name: `${rows}×${inner} · ${inner}×${columns}`,
        operationsPerSecond: timed(() => backend.multiply(left, packed, result, false)),
      },
      {
        name: `gradient of weights ${rows}×${columns} over ${inner} vectors`,
        operationsPerSecond: timed(() => backend.multiplyTransposed(leftTransposed, right, result)),
      },
    ];
  });
}

/** Seconds of the fastest of many calls. */
function fastest(run: () => void, seconds: number): number {
  const calls = 4;
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * seconds;
  do {
    const started = performance.now();
    for (let call = 0; call < calls; call++) run();
    best = Math.min(best, (performance.now() - started) / calls);
  } while (performance.now() < end);
  return best / 1000;
}
