import { describe, expect, test } from 'vitest';
import { calibratedProfile, leastSquares, type MachineTimings, type Timing } from './calibrate';
import { pointwiseCosts } from './pointwise';
import { predictWork, secondsOf } from './predict';
import { type DeviceProfile, type Figure, pointwiseOperations } from './profile';
import { denseWork, pointwiseWork, productWork, recurrentWork, type Work, weightGradientWork } from './work';

const machine = { label: 'a test machine', software: 'nothing', date: '2026-11-22' };

function figure(value: number): Figure {
  return { value, source: 'chosen for the test' };
}

/** A made-up machine, whose timings a calibration has to explain. */
const figures = {
  tileRows: 4,
  tileColumns: 16,
  parallelTiles: figure(1),
  macsPerSecondOfTile: figure(20e9),
  secondsPerTile: figure(5e-9),
  secondsPerPartialTile: figure(0),
  secondsPerLeftElement: figure(1e-10),
  secondsPerRightElement: figure(0),
};

const truth: DeviceProfile = {
  ...calibrated({
    kernels: kernelWork().map((work) => ({ work: [work], seconds: 1e-6 * (1 + sizeOf(work)) })),
    chains: chainWork().map((work) => ({ work, seconds: 1e-3 })),
  }),
  products: { plain: figures, transposed: { ...figures, secondsPerRightElement: figure(2e-10) } },
  secondsPerLaunch: figure(50e-9),
  secondsPerRun: figure(4e-6),
  bytesPerSecond: figure(20e9),
  cacheBytesPerSecond: figure(500e9),
  secondsPerElement: Object.fromEntries(
    pointwiseOperations.map((operation) => [operation, figure(pointwiseCosts[operation].bytes * 2e-11)]),
  ) as DeviceProfile['secondsPerElement'],
};

function calibrated(timings: MachineTimings): DeviceProfile {
  return calibratedProfile(timings, machine);
}

function sizeOf(work: Work): number {
  return work.kind === 'product' ? work.rows * work.inner * work.columns : work.elements;
}

function kernelWork(): Work[] {
  return [
    ...[
      [4, 16, 16],
      [32, 64, 256],
      [64, 256, 512],
      [512, 1, 16],
      [512, 256, 32],
    ].map(([rows = 1, inner = 1, columns = 1]) => productWork(rows, inner, columns)),
    ...[
      [8, 64, 8],
      [4, 512, 64],
      [64, 1024, 256],
      [128, 512, 512],
      [16, 1024, 8],
    ].map(([rows = 1, inner = 1, columns = 1]) => weightGradientWork(rows, inner, columns)),
    ...pointwiseOperations.flatMap((operation) => [8, 2048].map((elements) => pointwiseWork(operation, elements))),
    pointwiseWork('copy', 8 * 2 ** 20),
  ];
}

function chainWork(): Work[][] {
  return [2, 66].map((steps) => [
    ...recurrentWork(
      { cell: 'rnn', batch: 4, steps, inputs: 8, hidden: 8, state: 8 },
      { training: true, inputGradient: false },
    ),
    ...denseWork(4, 8, 1, { training: true, inputGradient: true }),
  ]);
}

/** What a stopwatch would show on the made-up machine. */
function timingsOn(profile: DeviceProfile): MachineTimings {
  const time = (work: readonly Work[]): Timing => {
    const prediction = predictWork(work, profile);
    if ('unknown' in prediction) throw new Error(prediction.unknown);
    return { work, seconds: prediction.seconds };
  };
  const kernel = (work: Work): Timing => ({ work: [work], seconds: secondsOf(work, profile) });
  return { kernels: kernelWork().map(kernel), chains: chainWork().map(time) };
}

describe('calibration', () => {
  const profile = calibrated(timingsOn(truth));

  test('finds what the machine multiplies in a second', () => {
    const { plain, transposed } = profile.products;
    expect(plain.macsPerSecondOfTile.value / 20e9).toBeCloseTo(1, 1);
    expect(transposed.macsPerSecondOfTile.value / 20e9).toBeCloseTo(1, 1);
  });

  test('finds what elements take', () => {
    expect(profile.secondsPerElement?.lstmForward.value).toBeCloseTo(
      truth.secondsPerElement?.lstmForward.value ?? 0,
      11,
    );
  });

  test('finds what a step takes beside its arithmetic, and a run', () => {
    expect(profile.secondsPerLaunch.value / 50e-9).toBeCloseTo(1, 0);
    expect(profile.secondsPerRun.value / 4e-6).toBeCloseTo(1, 0);
  });

  test.each([
    { cell: 'lstm', batch: 32, steps: 100, inputs: 32, hidden: 128, state: 128 },
    { cell: 'gru', batch: 8, steps: 500, inputs: 8, hidden: 32, state: 32 },
    { cell: 'rnn', batch: 4, steps: 50, inputs: 4, hidden: 16, state: 16 },
  ] as const)('predicts what the machine takes for $cell, batch $batch', (sizes) => {
    const work = recurrentWork(sizes, { training: true, inputGradient: true });
    const [found, real] = [profile, truth].map((device) => predictWork(work, device));
    if (found === undefined || real === undefined || 'unknown' in found || 'unknown' in real) throw new Error();
    expect(found.seconds / real.seconds).toBeGreaterThan(0.9);
    expect(found.seconds / real.seconds).toBeLessThan(1.1);
  });

  test('says that and when it was timed', () => {
    expect(profile).toMatchObject({ id: 'this-machine', origin: 'calibrated' });
    expect(profile.bytesPerSecond.source).toContain('2026-11-22');
  });

  test('needs timings of everything', () => {
    expect(() => calibrated({ kernels: [], chains: [] })).toThrow(RangeError);
  });
});

describe('least squares', () => {
  test.each([
    [
      'an exact fit',
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      [5, 7, 9],
      [3, 2],
    ],
    [
      'nothing below zero',
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      [2, 1, 0.5],
      [0.6, 0],
    ],
  ])('%s', (_, rows, results, expected) => {
    const found = leastSquares(rows, results);
    expected.forEach((value, index) => {
      expect(found[index]).toBeCloseTo(value, 0);
      expect(found[index]).toBeGreaterThanOrEqual(0);
    });
  });
});
