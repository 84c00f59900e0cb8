/** Whole training runs: what they reach on real data, the order of their events, determinism, stopping, divergence. */
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../protocol/trainer';
import type { VariantResult } from '../trainer/variantRun';
import { verdictOf } from '../trainer/verdict';
import { chainGraph, characterGraph, dense, embedding, kerasRecurrent, tensor } from './graphs';
import { eventsOf, only, specWith, testHost, textFile } from './host';

describe('the weather series', () => {
  const spec = specWith({
    variants: ['rnn', 'gru', 'lstm'],
    budget: { steps: 200, batchSize: 32, learningRate: 0.005 },
  });

  test('200 steps of every variant beat "same as the step before" on held-out days', async () => {
    const events = await eventsOf(spec);
    const [data] = only(events, 'data');
    expect(data?.baseline?.metric).toBeCloseTo(3.12, 2);
    const done = only(events, 'done');
    expect(done.map(({ cell, outcome, steps }) => ({ cell, outcome, steps }))).toEqual(
      expect.arrayContaining(['rnn', 'gru', 'lstm'].map((cell) => ({ cell, outcome: 'finished', steps: 200 }))),
    );
    for (const { cell, bestMetric } of done) expect(bestMetric, cell).toBeLessThan(data?.baseline?.metric ?? 0);
    const [verdict] = only(events, 'verdict');
    expect(verdict?.beatsBaseline).toBe(true);
    expect(verdict?.ranking).toHaveLength(3);
    expect(events.at(-1)).toEqual({ type: 'finished' });
  });

  test('a convolution in front and attention behind train like the others', async () => {
    const variants = ['cnn-lstm', 'cnn-lstm-attention'] as const;
    const events = await eventsOf({ ...spec, variants });
    const done = only(events, 'done');
    expect(done.map(({ cell, outcome }) => [cell, outcome])).toEqual(
      expect.arrayContaining(variants.map((cell) => [cell, 'finished'])),
    );
    for (const { cell, bestHeldOutLoss } of done) {
      const first = only(events, 'step').find((step) => step.cell === cell)?.heldOutLoss ?? 0;
      expect(bestHeldOutLoss, cell).toBeLessThan(first / 2);
    }
    // The convolution has 32 filters of 5 steps; the attention 32 · 32 + 2 · 32 numbers.
    const lstm = 4 * (32 * (32 + 32) + 32) + 33 + 5 * 4 * 32 + 32;
    expect(only(events, 'run').map(({ cell, parameters }) => [cell, parameters])).toEqual([
      ['cnn-lstm', lstm],
      ['cnn-lstm-attention', lstm + 32 * 32 + 2 * 32],
    ]);
    for (const { byLag } of only(events, 'gradientReach')) expect(byLag).toHaveLength(30);
  });

  test('parameters are those that Keras counts', async () => {
    const events = await eventsOf({ ...spec, budget: { ...spec.budget, steps: 1 } });
    // U = 32, I = 4: U(I+U)+U, 3U(I+U)+6U, 4(U(I+U)+U), and 33 of the dense layer.
    expect(only(events, 'run').map(({ cell, parameters }) => [cell, parameters])).toEqual([
      ['rnn', 1184 + 33],
      ['gru', 3648 + 33],
      ['lstm', 4736 + 33],
    ]);
  });

  test('the same spec gives the same curves, another seed others', async () => {
    const short = { ...spec, budget: { ...spec.budget, steps: 12 } };
    const first = await eventsOf(short);
    expect(curvesOf(await eventsOf(short))).toEqual(curvesOf(first));
    expect(curvesOf(await eventsOf({ ...short, seed: 2 }))).not.toEqual(curvesOf(first));
  });

  test('the reference backend draws the curves of the WebAssembly one', async () => {
    const short = { ...spec, variants: ['gru'] as const, budget: { steps: 3, batchSize: 8, learningRate: 0.01 } };
    const losses = async (backend: 'wasm' | 'reference') =>
      only(await eventsOf({ ...short, backend }), 'step').map(({ loss, heldOutLoss }) => [loss, heldOutLoss ?? 0]);
    const expected = await losses('reference');
    const actual = await losses('wasm');
    expect(actual).toHaveLength(3);
    actual.flat().forEach((loss, index) => {
      expect(loss).toBeCloseTo(expected.flat()[index] ?? Number.NaN, 4);
    });
  });
});

test('a text: bits per character fall below the character frequencies', async () => {
  const events = await eventsOf(
    specWith({
      graph: characterGraph,
      variants: ['gru'],
      data: { kind: 'text', path: textFile },
      sequenceLength: 32,
      budget: { steps: 40, batchSize: 16, learningRate: 0.01 },
    }),
  );
  const [data] = only(events, 'data');
  const [done] = only(events, 'done');
  expect(data?.baseline?.metric).toBeCloseTo(4.57, 2);
  expect(done?.bestMetric).toBeLessThan(data?.baseline?.metric ?? 0);
  const reach = only(events, 'gradientReach');
  expect(reach.map(({ byLag }) => byLag.length)).toEqual([32, 32, 32, 32, 32]);
  expect(reach.at(-1)?.byLag.every((norm) => norm > 0)).toBe(true);
});

test('delayed recall: a GRU learns to remember a symbol', async () => {
  const graph = chainGraph(
    [
      { layer: embedding(9, 8), path: 'embedding' },
      { layer: kerasRecurrent('gru', 8, 24), path: 'gru' },
      { layer: dense(24, 8), path: 'dense' },
    ],
    { input: tensor('B', 'T') },
  );
  const events = await eventsOf(
    specWith({
      graph,
      variants: ['gru'],
      data: { kind: 'task', name: 'delayed-recall' },
      sequenceLength: 10,
      budget: { steps: 200, batchSize: 32, learningRate: 0.02 },
    }),
  );
  const [data] = only(events, 'data');
  expect(data?.baseline?.metric).toBe(3);
  expect(only(events, 'done')[0]?.bestMetric).toBeLessThan(1);
});

test('variants take turns, and events keep their order', async () => {
  const events = await eventsOf(specWith({ variants: ['rnn', 'lstm'] }));
  expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['data', 'run', 'run']);
  expect(events.slice(-2).map(({ type }) => type)).toEqual(['verdict', 'finished']);
  for (const cell of ['rnn', 'lstm']) {
    const steps = only(events, 'step').filter((event) => event.cell === cell);
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(steps.every(({ heldOutLoss, metric }) => heldOutLoss !== null && metric !== null)).toBe(true);
  }
});

test('a stop ends the run with what has been reached', async () => {
  const spec = specWith({ budget: { steps: 1_000_000, batchSize: 8, learningRate: 0.01 } });
  const events = await eventsOf(spec, testHost(), (sofar) => only(sofar, 'step').length > 0);
  const [done] = only(events, 'done');
  expect(done).toMatchObject({ outcome: 'stopped', because: null });
  expect(done?.steps).toBeGreaterThan(0);
  expect(only(events, 'verdict')[0]?.statement).toMatch(/The run was stopped early\.$/);
});

test.each([
  {
    learningRate: 1,
    because:
      'At step 2 the gradient stopped being a finite number, first in the gradient of rnn. Try a smaller learning rate.',
  },
  {
    learningRate: 3,
    because:
      'At step 1 the loss on the held-out part was not a finite number. ' +
      'Look for extreme values in that part of the data, or try a smaller learning rate.',
  },
])('numbers that stop being finite stop the variant: $because', async ({ learningRate, because }) => {
  // A rectified cell multiplies its state by its weights thirty times, which large weights do not survive.
  const graph = chainGraph([
    { layer: kerasRecurrent('rnn', 4, 32, { activation: 'relu' }), path: 'rnn' },
    { layer: dense(32, 1), path: 'dense' },
  ]);
  const budget = { steps: 1000, batchSize: 8, learningRate };
  const events = await eventsOf(specWith({ graph, variants: ['rnn'], budget }));
  const [done] = only(events, 'done');
  expect(done).toMatchObject({ outcome: 'diverged', because });
  expect(only(events, 'verdict')[0]?.statement).toBe('No variant gave a result: RNN diverged.');
});

test('a held-out part whose loss is no finite number stops the variant, and says so', async () => {
  const rows = Array.from({ length: 400 }, (_, row) => `${row},1,2,${row === 390 ? '1e25' : row}`);
  const events = await eventsOf(
    specWith({ variants: ['lstm', 'gru'], data: { kind: 'table', path: '/data/x.csv', features: null, target: 'd' } }),
    testHost({ '/data/x.csv': ['a,b,c,d', ...rows].join('\n') }),
  );
  for (const done of only(events, 'done')) {
    expect(done).toMatchObject({ outcome: 'diverged', steps: 1, bestHeldOutLoss: null, bestMetric: null });
    expect(done.because).toBe(
      'At step 1 the loss on the held-out part was not a finite number. ' +
        'Look for extreme values in that part of the data, or try a smaller learning rate.',
    );
  }
  expect(only(events, 'verdict')[0]?.statement).toBe('No variant gave a result: LSTM and GRU diverged.');
});

describe('verdicts', () => {
  const metric = { name: 'RMSE (y)', lowerIsBetter: true };
  /** Sixteen held-out losses around `loss`; `swing` alternates between blocks of two. */
  const measured = (loss: number, swing: number) => ({
    loss,
    metric: Math.sqrt(loss),
    sequenceLosses: Float64Array.from({ length: 16 }, (_, index) => loss + (index % 4 < 2 ? swing : -swing)),
  });
  const baseline = { name: 'same as the step before', ...measured(4, 0) };
  const result = (cell: 'rnn' | 'gru' | 'lstm', parameters: number, loss: number, swing: number): VariantResult => ({
    cell,
    parameters,
    outcome: 'finished',
    best: measured(loss, swing),
    evaluations: 1,
  });

  test('a clear winner', () => {
    const verdict = verdictOf([result('lstm', 400, 2.25, 0), result('gru', 300, 1, 0.01)], metric, baseline);
    expect(verdict).toEqual({
      type: 'verdict',
      ranking: ['gru', 'lstm'],
      tied: ['gru'],
      statement:
        'GRU was best on the held-out part: RMSE (y) 1.00, against LSTM 1.50. ' +
        'The best of them beats the forecast without a model ("same as the step before": RMSE (y) 2.00).',
      beatsBaseline: true,
    });
  });

  test('a tie names the smallest', () => {
    const verdict = verdictOf(
      [result('lstm', 400, 1, 0.5), result('gru', 300, 1.01, -0.5), result('rnn', 100, 9, 0)],
      metric,
      null,
    );
    expect(verdict.statement).toBe(
      'LSTM and GRU are a tie: RMSE (y) LSTM 1.00 and GRU 1.00 differ by less than the noise of the held-out part, ' +
        'ahead of RNN 3.00. GRU has the fewest parameters of them.',
    );
    expect(verdict.beatsBaseline).toBeNull();
  });

  test('identical results are a tie', () => {
    const { statement, ranking } = verdictOf([result('gru', 300, 1, 0), result('lstm', 400, 1, 0)], metric, null);
    expect(ranking).toEqual(['gru', 'lstm']);
    expect(statement).toMatch(/^GRU and LSTM are a tie: /);
  });

  test('better than the baseline by less than the noise is not called better', () => {
    const verdict = verdictOf([result('gru', 300, 3.9, 1)], metric, baseline);
    expect(verdict.beatsBaseline).toBe(false);
    expect(verdict.statement).toBe(
      'GRU reached RMSE (y) 1.97 on the held-out part. It does not beat the forecast without a model ' +
        '("same as the step before": RMSE (y) 2.00) by more than the noise of the held-out part: ' +
        'train longer, or change the model.',
    );
  });

  test('choosing the best of several evaluations is said', () => {
    const results = [
      { ...result('gru', 300, 1, 0), evaluations: 21 },
      { ...result('lstm', 400, 1.5, 0), evaluations: 9 },
    ];
    expect(verdictOf(results, metric, null).statement).toMatch(
      / Each figure is the best of up to 21 looks at the held-out part, which flatters it a little\.$/,
    );
  });

  test('a lost baseline is said', () => {
    const verdict = verdictOf([result('rnn', 100, 9, 0)], metric, baseline);
    expect(verdict.statement).toBe(
      'RNN reached RMSE (y) 3.00 on the held-out part. It does not beat the forecast without a model ' +
        '("same as the step before": RMSE (y) 2.00): train longer, or change the model.',
    );
    expect(verdict.beatsBaseline).toBe(false);
  });
});

/** What a run's charts show, without the clock. */
function curvesOf(events: readonly RunEvent[]) {
  return ['rnn', 'gru', 'lstm'].map((cell) => ({
    cell,
    losses: only(events, 'step').flatMap((event) =>
      event.cell === cell ? [[event.step, event.loss, event.heldOutLoss, event.metric]] : [],
    ),
    reach: only(events, 'gradientReach').flatMap((event) => (event.cell === cell ? [event.byLag] : [])),
  }));
}
