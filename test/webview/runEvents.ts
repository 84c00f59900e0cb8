/**
 * The event stream of a comparison, shaped as true ones are: losses that fall fast and then slowly, noise of single
 * batches, held-out measurements every ten steps. The same seed gives the same stream.
 */
import type { PreviewRecord } from '../../protocol/panel';
import type { RunEvent, Variant } from '../../protocol/trainer';

const plannedSteps = 200;
const heldOutEvery = 10;
export const metricName = 'RMSE (temp_max)';
export const baseline = { name: 'same as yesterday', metric: 2.873, loss: 0.1392 };

interface CurveShape {
  readonly cell: Variant;
  readonly parameters: number;
  readonly start: number;
  readonly floor: number;
  /** Steps in which the distance to the floor falls by a factor of e. */
  readonly decaySteps: number;
  readonly secondsPerStep: number;
  /** Factor on the gradient norm from one lag to the next. */
  readonly reachPerLag: number;
}

const shapes: readonly CurveShape[] = [
  {
    cell: 'rnn',
    parameters: 4_481,
    start: 1.02,
    floor: 0.118,
    decaySteps: 17,
    secondsPerStep: 0.011,
    reachPerLag: 0.72,
  },
  {
    cell: 'gru',
    parameters: 13_217,
    start: 1.07,
    floor: 0.099,
    decaySteps: 24,
    secondsPerStep: 0.024,
    reachPerLag: 0.87,
  },
  {
    cell: 'lstm',
    parameters: 17_473,
    start: 1.05,
    floor: 0.101,
    decaySteps: 31,
    secondsPerStep: 0.029,
    reachPerLag: 0.91,
  },
];
export const cells = shapes.map((shape) => shape.cell);

/** Mulberry32: a small generator of uniform numbers in [0, 1). */
function uniformNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const dataEvent: RunEvent = {
  type: 'data',
  description: 'seattle-weather.csv: forecast of temp_max one day ahead from 4 columns over 30 days',
  trainingSequences: 1_145,
  heldOutSequences: 286,
  metric: { name: metricName, lowerIsBetter: true },
  baseline,
};

function variantEvents(shape: CurveShape, random: () => number): RunEvent[] {
  const { cell, parameters } = shape;
  const remarks = ['The first column, a date, is not a number and was left out.'];
  if (cell === 'rnn') remarks.push('recurrent_dropout=0.2 has no counterpart here and was skipped.');
  const device = 'CPU, relaxed SIMD';
  const events: RunEvent[] = [{ type: 'run', cell, parameters, backend: 'wasm', device, steps: plannedSteps, remarks }];
  let bestLoss = Number.POSITIVE_INFINITY;
  let bestHeldOutLoss = Number.POSITIVE_INFINITY;
  let bestMetric = Number.POSITIVE_INFINITY;
  for (let step = 1; step <= plannedSteps; step += 1) {
    const expected = shape.floor + (shape.start - shape.floor) * Math.exp(-step / shape.decaySteps);
    const loss = expected * (1 + 0.35 * (random() - 0.5));
    const isMeasured = step === 1 || step % heldOutEvery === 0;
    const heldOutLoss = isMeasured ? expected * 1.06 * (1 + 0.04 * (random() - 0.5)) : null;
    // RMSE in degrees: the loss is the mean square of a series scaled to unit variance.
    const metric = heldOutLoss === null ? null : 7.7 * Math.sqrt(heldOutLoss);
    bestLoss = Math.min(bestLoss, loss);
    bestHeldOutLoss = Math.min(bestHeldOutLoss, heldOutLoss ?? bestHeldOutLoss);
    bestMetric = Math.min(bestMetric, metric ?? bestMetric);
    const seconds = 0.08 + shape.secondsPerStep * step;
    const sequencesPerSecond = (32 / shape.secondsPerStep) * (1 + 0.05 * (random() - 0.5));
    events.push({ type: 'step', cell, step, loss, heldOutLoss, metric, seconds, sequencesPerSecond });
  }
  const byLag = Array.from({ length: 30 }, (_, lag) => 0.031 * shape.reachPerLag ** lag * (1 + 0.3 * (random() - 0.5)));
  events.push({ type: 'gradientReach', cell, byLag });
  events.push({
    type: 'done',
    cell,
    outcome: 'finished',
    because: null,
    steps: plannedSteps,
    bestLoss,
    bestHeldOutLoss,
    bestMetric,
    seconds: 0.08 + shape.secondsPerStep * plannedSteps,
    parameters,
  });
  return events;
}

/** A whole run: three variants one after another, and the verdict. */
export function comparisonEvents(seed = 7): readonly RunEvent[] {
  const random = uniformNumbers(seed);
  return [
    dataEvent,
    ...shapes.flatMap((shape) => variantEvents(shape, random)),
    {
      type: 'verdict',
      ranking: ['gru', 'lstm', 'rnn'],
      statement:
        'GRU and LSTM end within a hundredth of a degree of each other, a tie; GRU needs a quarter fewer parameters. All three beat "same as yesterday".',
      beatsBaseline: true,
    },
    { type: 'finished' },
  ];
}

export function recordOf(events: readonly RunEvent[], changes: Partial<PreviewRecord> = {}): PreviewRecord {
  return {
    id: 'run-1',
    modelName: 'weather_forecaster',
    fileName: 'weather_keras.py',
    uri: 'file:///samples/weather_keras.py',
    line: 11,
    startedAt: '2026-05-04T09:30:00.000Z',
    status: 'running',
    failure: null,
    events,
    ...changes,
  };
}
