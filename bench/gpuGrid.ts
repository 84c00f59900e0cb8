/** The models that `bench:gpu` times, and what it makes of one to check its numbers. */
import { caseOf, composedCases, type EngineCase, engineSizes, forecastCases, type GridSizes } from './engineGrid';

/** What only a GPU is asked for: batches and widths that fill one. */
const largeSizes: readonly GridSizes[] = [
  [256, 200, 128, 512],
  [1024, 100, 64, 256],
];

export const gpuGrid: readonly EngineCase[] = [...forecastCases([...engineSizes, ...largeSizes]), ...composedCases];

/** Small enough for a software adapter: shows that everything works, and measures nothing. */
export const smokeGrid: readonly EngineCase[] = [
  ...forecastCases([[4, 6, 3, 8]]),
  caseOf({
    ...{ kind: 'forecast', cell: 'lstm', batch: 2, steps: 5, inputs: 3, hidden: 8 },
    ...{ layers: 2, bidirectional: true },
  }),
  caseOf({ kind: 'characters', cell: 'lstm', batch: 2, steps: 5, vocabulary: 11, inputs: 4, hidden: 8 }),
  caseOf({ kind: 'cnn-lstm-attention', batch: 2, steps: 6, inputs: 3, hidden: 8 }),
];

/** So little arithmetic in each of so many steps that starting it takes longer than doing it. */
export function isLaunchBound({ model: { batch, steps, hidden } }: EngineCase): boolean {
  return batch * hidden <= 512 && steps >= 500;
}

/** The same widths, and with them the same kernels, over few and short sequences: what 64-bit arithmetic does in a moment. */
export function smallVersion({ model }: EngineCase): EngineCase {
  return caseOf({ ...model, batch: Math.min(model.batch, 6), steps: Math.min(model.steps, 10) });
}
