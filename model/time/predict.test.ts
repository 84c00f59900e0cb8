import { describe, expect, test } from 'vitest';
import type { Cell, ModelGraph } from '../graph';
import { chain, dense, denseWeights, recurrent, size, tensor } from '../testing/graphBuilder';
import { findDevice, publishedDevices } from './devices';
import type { RunOptions } from './modelWork';
import { pointwiseCosts } from './pointwise';
import { predictTime, predictWork } from './predict';
import type { DeviceProfile, Figure, ProductFigures } from './profile';
import { convolutionWork, pointwiseWork, productWork, recurrentWork } from './work';

function figure(value: number): Figure {
  return { value, source: 'chosen for the test' };
}

const products: ProductFigures = {
  tileRows: 4,
  tileColumns: 8,
  parallelTiles: figure(1),
  macsPerSecondOfTile: figure(1e9),
  secondsPerTile: figure(0),
  secondsPerPartialTile: figure(0),
  secondsPerLeftElement: figure(0),
  secondsPerRightElement: figure(0),
};

/** A billion multiply-adds a second, a microsecond between operations, no memory to wait for. */
const plainDevice: DeviceProfile = {
  id: 'test',
  label: 'a test device',
  software: 'nothing',
  origin: 'calibrated',
  products: { plain: products, transposed: products },
  secondsPerLaunch: figure(1e-6),
  gruProducts: 2,
  secondsPerStep: null,
  secondsPerRun: figure(0),
  bytesPerSecond: figure(1e15),
  cacheBytes: figure(1e6),
  cacheBytesPerSecond: figure(1e15),
  secondsPerElement: null,
  interval: { low: figure(0.8), high: figure(1.5) },
};

function lstm(steps: number | string, hidden = 64): ModelGraph {
  return chain('keras', tensor('B', steps, 8), [
    { path: 'lstm', operation: recurrent('lstm', 8, hidden), output: tensor('B', hidden), weights: [] },
    { path: 'dense', operation: dense(hidden, 1), output: tensor('B', 1), weights: denseWeights(hidden, 1) },
  ]);
}

function secondsOf(graph: ModelGraph, changes: Partial<RunOptions> = {}, profile = plainDevice): number {
  const prediction = predictTime(graph, profile, { mode: 'training', batch: 32, steps: null, ...changes });
  if ('unknown' in prediction) throw new Error(prediction.unknown);
  return prediction.seconds;
}

describe('the time of single operations', () => {
  const seconds = (work: Parameters<typeof predictWork>[0][number], changes: Partial<DeviceProfile> = {}): number => {
    const prediction = predictWork([work], { ...plainDevice, ...changes });
    return 'unknown' in prediction ? Number.NaN : prediction.seconds;
  };
  const cases: readonly [string, number, number][] = [
    ['whole tiles', seconds(productWork(4, 100, 8)), 1e-6 + 3200e-9],
    ['part of a tile costs a tile', seconds(productWork(1, 100, 1)), 1e-6 + 3200e-9],
    ['calls one after another', seconds(productWork(4, 100, 8, 10)), 10 * (1e-6 + 3200e-9)],
    [
      'tiles in parallel',
      seconds(productWork(16, 100, 8), {
        products: { plain: { ...products, parallelTiles: figure(4) }, transposed: products },
      }),
      1e-6 + 3200e-9,
    ],
    [
      'weights that do not fit the cache are fetched at every call',
      seconds(productWork(1, 1000, 1000, 3), { bytesPerSecond: figure(1e6) }),
      3 * (1e-6 + 4),
    ],
    [
      'traffic above arithmetic',
      seconds(pointwiseWork('copy', 1e6), { bytesPerSecond: figure(1e6) }),
      1e-6 + pointwiseCosts.copy.bytes,
    ],
  ];
  test.each(cases)('%s', (_, actual, expected) => {
    expect(actual).toBeCloseTo(expected, 9);
  });
});

describe('the time of models', () => {
  test('grows with the length that is asked for where the source leaves it open', () => {
    expect(secondsOf(lstm('T'), { steps: 200 }) / secondsOf(lstm('T'), { steps: 100 })).toBeCloseTo(2, 1);
  });

  test('keeps the length of the source whatever is asked for', () => {
    expect(secondsOf(lstm(50), { steps: 200 })).toBe(secondsOf(lstm(50)));
  });

  test('training takes more than an answer', () => {
    expect(secondsOf(lstm(50))).toBeGreaterThan(2 * secondsOf(lstm(50), { mode: 'inference' }));
  });

  test('of one sequence is that of steps waiting for one another', () => {
    const prediction = predictTime(lstm(1000, 4), plainDevice, { mode: 'inference', batch: 1, steps: null });
    expect(prediction).toMatchObject({ grade: 'estimated', because: expect.stringMatching(/wait for one another/) });
  });

  test('takes what the software makes of a step, where that is known', () => {
    const step = { forward: figure(1e-3), backward: figure(4e-3) };
    const slow: DeviceProfile = { ...plainDevice, secondsPerStep: { rnn: step, gru: step, lstm: step } };
    const added = (mode: RunOptions['mode']): number =>
      secondsOf(lstm(100), { mode }, slow) - secondsOf(lstm(100), { mode }, plainDevice);
    expect(added('inference')).toBeCloseTo(100 * 1e-3, 3);
    expect(added('training')).toBeCloseTo(100 * 5e-3, 2);
  });

  test('comes with its interval', () => {
    const prediction = predictTime(lstm(50), plainDevice, { mode: 'inference', batch: 1, steps: null });
    if ('unknown' in prediction) throw new Error(prediction.unknown);
    expect(prediction.low).toBeCloseTo(0.8 * prediction.seconds);
    expect(prediction.high).toBeCloseTo(1.5 * prediction.seconds);
  });

  test('counts work that the graph has no layers for', () => {
    const options = { mode: 'inference', batch: 1, steps: null } as const;
    const extra = convolutionWork(50, 5, 8, 64, { training: false, inputGradient: false });
    const [without, with_] = [[], extra].map((work) => predictTime(lstm(50), plainDevice, options, work));
    if (without === undefined || with_ === undefined || 'unknown' in without || 'unknown' in with_) throw new Error();
    expect(with_.seconds).toBeGreaterThan(without.seconds);
  });

  test('counts a layer of another kind by its multiply-adds', () => {
    const products = [{ count: size(1000), per: { kind: 'vector', input: 0 } }] as const;
    const graph = (withProducts: boolean) =>
      chain('keras', tensor('B', 20, 8), [
        {
          path: 'odd',
          operation: { op: 'other', because: 'Odd', ...(withProducts ? { products } : {}) },
          output: tensor('B', 20, 8),
          weights: [],
        },
      ]);
    const answer = { mode: 'inference', batch: 4 } as const;
    expect(secondsOf(graph(true), answer) - secondsOf(graph(false), answer)).toBeCloseTo(80_000e-9 + 1e-6, 8);
  });

  test.each([
    ['an open length', lstm('T'), 'lstm: the number of time steps is not known'],
    [
      'an open width',
      chain('torch', tensor('B', 20, 8), [
        { path: 'rnn', operation: recurrent('gru', 8, 'hidden_size'), output: tensor('B', 20, 'hidden_size') },
      ]),
      'rnn: hidden_size is not known',
    ],
    [
      'a layer of which only the weights are known',
      chain('keras', tensor('B', 20, 8), [
        { path: 'odd', operation: { op: 'other', because: 'Odd is not a layer Unroll knows' }, output: tensor('B', 8) },
      ]),
      'odd: Odd is not a layer Unroll knows',
    ],
  ])('is not guessed for %s', (_, graph, unknown) => {
    expect(predictTime(graph, plainDevice, { mode: 'inference', batch: 1, steps: null })).toEqual({ unknown });
  });
});

describe('published devices', () => {
  test.each(publishedDevices.map((profile) => [profile.id, profile] as const))(
    '%s gives every figure a source',
    (_, profile) => {
      const figures: Figure[] = [];
      const visit = (value: unknown): void => {
        if (typeof value !== 'object' || value === null) return;
        if ('value' in value && 'source' in value) figures.push(value as Figure);
        else Object.values(value).forEach(visit);
      };
      visit(profile);
      expect(figures.length).toBeGreaterThan(10);
      for (const { value, source } of figures) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(source).not.toBe('');
      }
      expect(secondsOf(lstm(50), {}, profile)).toBeGreaterThan(0);
    },
  );

  test('an H100 is faster than a T4 at large models, and no faster at a chain of tiny steps', () => {
    const [t4, h100] = ['T4', 'H100'].map((name) => {
      const choice = findDevice(name, null);
      if (choice.kind === 'refused') throw new Error(choice.message);
      return choice.profile;
    });
    if (t4 === undefined || h100 === undefined) throw new Error();
    const large = { batch: 512 };
    expect(secondsOf(lstm(50, 1024), large, h100)).toBeLessThan(0.5 * secondsOf(lstm(50, 1024), large, t4));
    const tiny = { batch: 1, mode: 'inference' } as const;
    expect(secondsOf(lstm(500, 8), tiny, h100)).toBeGreaterThan(0.8 * secondsOf(lstm(500, 8), tiny, t4));
  });

  test.each(['Raspberry Pi 5', 'raspberry-pi-5', 'raspberrypi5'])('%s is found', (name) => {
    expect(findDevice(name, null)).toMatchObject({ kind: 'device', profile: { id: 'raspberry-pi-5' } });
  });

  test('a name that nobody knows gets the list of those known', () => {
    expect(findDevice('abacus', null)).toEqual({
      kind: 'refused',
      message:
        'There is no device "abacus". Known are this-machine, laptop-cpu, raspberry-pi-5, jetson-orin-nano, t4, h100.',
    });
  });

  test('this machine has to be measured first', () => {
    expect(findDevice('this machine', null)).toMatchObject({ message: expect.stringMatching(/devices --calibrate/) });
    expect(findDevice('this machine', { ...plainDevice, id: 'this-machine' })).toMatchObject({ kind: 'device' });
  });
});

/** Microseconds a step of PyTorch 2.15 on one core of an x86 server, as docs/decisions/predicted-times.md lists them. */
describe('cells on a CPU take what PyTorch was timed to take', () => {
  const timed = [
    [false, 1, 8, 3.21, 8.07, 0.8],
    [false, 1, 32, 3.37, 8.4, 1.01],
    [false, 1, 64, 3.83, 9.49, 1.96],
    [false, 1, 128, 5.15, 13.75, 5.18],
    [false, 1, 256, 16.6, 40.83, 23.76],
    [true, 32, 8, 32.25, 104.73, 12],
    [true, 32, 32, 38.95, 121.58, 33.36],
    [true, 32, 64, 57.07, 202.15, 110.3],
    [true, 32, 128, 144.44, 454.98, 367.03],
  ] as const;
  const laptop = publishedDevices.find(({ id }) => id === 'laptop-cpu');
  if (laptop === undefined) throw new Error('there is a laptop');
  const { plain } = laptop.products;
  const one = { ...plain, parallelTiles: { value: 1, source: 'one core was timed' } };
  const oneCore: DeviceProfile = { ...laptop, products: { plain: one, transposed: one } };
  const perStep = (cell: Cell, training: boolean, batch: number, width: number): number => {
    const sizes = {
      cell,
      batch,
      steps: 200,
      inputs: width,
      hidden: width,
      state: width,
      gruProducts: oneCore.gruProducts,
    };
    const prediction = predictWork(recurrentWork(sizes, { training, inputGradient: false }), oneCore);
    return 'unknown' in prediction ? Number.NaN : ((prediction.seconds - oneCore.secondsPerRun.value) / 200) * 1e6;
  };

  test.each(timed)('training %s, batch %d, width %d', (training, batch, width, rnn, gru, lstm) => {
    const predicted = (['rnn', 'gru', 'lstm'] as const).map((cell) => perStep(cell, training, batch, width));
    const measured = [rnn, gru, lstm];
    for (const [index, value] of predicted.entries()) {
      const ratio = (measured[index] ?? 0) / value;
      expect(ratio).toBeGreaterThan(oneCore.interval.low.value);
      expect(ratio).toBeLessThan(oneCore.interval.high.value);
    }
    const [, ofGru = 0, ofLstm = 0] = predicted;
    // A fourth more is no order that a prediction could be held to.
    if (gru > 1.25 * lstm) expect(ofGru).toBeGreaterThan(ofLstm);
  });

  test.each(['jetson-orin-nano', 't4', 'h100'])('%s fuses every cell: a GRU is no slower than an LSTM', (id) => {
    const profile = publishedDevices.find((device) => device.id === id);
    if (profile === undefined) throw new Error(`there is no ${id}`);
    const { gruProducts } = profile;
    const seconds = (cell: Cell, width: number, batch: number, training: boolean): number => {
      const sizes = { cell, batch, steps: 200, inputs: width, hidden: width, state: width, gruProducts };
      const prediction = predictWork(recurrentWork(sizes, { training, inputGradient: false }), profile);
      return 'unknown' in prediction ? Number.NaN : prediction.seconds;
    };
    for (const width of [32, 128, 512]) {
      expect(seconds('gru', width, 1, false)).toBeLessThan(1.1 * seconds('lstm', width, 1, false));
      expect(seconds('gru', width, 32, true)).toBeLessThan(1.1 * seconds('lstm', width, 32, true));
    }
  });
});
