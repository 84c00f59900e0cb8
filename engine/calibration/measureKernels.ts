/**
 * Times the engine's own kernels on the machine it runs on, in well under two seconds: what `model/time/calibrate.ts` makes
 * a profile of "this machine" from. Every kernel runs several times in turns with all others and its best time counts,
 * because whatever else a machine does only adds time.
 */
import type { Cell } from '../../model/graph';
import type { MachineTimings } from '../../model/time/calibrate';
import type { PointwiseOperation } from '../../model/time/profile';
import {
  denseWork,
  loopWork,
  pointwiseWork,
  productWork,
  recurrentWork,
  type Work,
  weightGradientWork,
} from '../../model/time/work';
import { createArenaPlanner } from '../arena';
import {
  type Backend,
  type BackendFactory,
  blockOf,
  type GruLoop,
  type LstmLoop,
  matrixOf,
  type RnnLoop,
  type Span,
} from '../backend';
import { createNetwork } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';

/** Rows, inner length and columns: of recurrent steps, of the projection of all steps' inputs, whole tiles and parts. */
const productSizes: readonly (readonly [number, number, number])[] = [
  [1, 16, 16],
  [1, 32, 128],
  [1, 128, 512],
  [3, 64, 60],
  [8, 32, 128],
  [32, 16, 16],
  [32, 64, 64],
  [32, 64, 256],
  [32, 256, 64],
  [64, 256, 512],
  [512, 4, 64],
  [512, 1, 16],
  [512, 32, 256],
  [512, 256, 32],
];

/** Rows and columns of a gradient of weights, summed over so many vectors. */
const gradientSizes: readonly (readonly [number, number, number])[] = [
  [8, 2, 8],
  [8, 64, 8],
  [1, 512, 16],
  [4, 512, 64],
  [16, 1024, 16],
  [32, 1024, 128],
  [64, 1024, 256],
  [128, 512, 512],
];

/** Elements of element-wise operations: few, to tell what a call takes, and as many as a step of a common layer has. */
const fewElements = 8;
const manyElements = 2048;
/** Of loops: few units, and as many as above. */
const loopSizes = [
  { batch: 1, hiddenSize: 8 },
  { batch: 128, hiddenSize: 16 },
] as const;
const loopSteps = 4;
/** More than caches hold: 32 MB read and as many written. */
const streamedElements = 8 * 2 ** 20;

/** Short, so that many samples fall between what else the machine does. */
const sampleMs = 0.4;
/** From the setting up to the last round: with the start of a process this stays below two seconds. */
const measuringMs = 1500;
/** Long enough for the JavaScript around a kernel to be compiled. */
const warmUpMs = 1.5;
const fewestRounds = 3;

/** Time steps of the two tiny networks: their difference is what a step costs beside its arithmetic. */
const chainSteps = [2, 66] as const;

/** Something timed again and again. */
interface Measured {
  readonly work: readonly Work[];
  readonly run: () => unknown;
}

/** @param nowMs a clock of high resolution, in milliseconds */
export async function measureKernels(createBackend: BackendFactory, nowMs: () => number): Promise<MachineTimings> {
  const end = nowMs() + measuringMs;
  const kernels = [...kernelsOn(createBackend), ...loopsOn(createBackend)];
  const chains = chainSteps.map((steps) => chainOn(createBackend, steps));
  const all = [...kernels, ...chains];
  const bestMs: number[] = [];
  for (const { run } of all) bestMs.push(await warmUp(run, nowMs));
  for (let round = 0; round < fewestRounds || nowMs() < end; round++) {
    for (const [index, { run }] of all.entries()) {
      const best = bestMs[index] ?? sampleMs;
      const calls = Math.max(1, Math.round(sampleMs / best));
      // What takes long by itself is as well known after fewer rounds.
      if (calls === 1 && round % 4 !== 0) continue;
      bestMs[index] = Math.min(best, (await msOf(run, calls, nowMs)) / calls);
    }
  }
  const timings = all.map(({ work }, index) => ({ work, seconds: (bestMs[index] ?? Number.NaN) / 1000 }));
  return { kernels: timings.slice(0, kernels.length), chains: timings.slice(kernels.length) };
}

/** Calls it until the JavaScript around it is compiled; the milliseconds of a call then. */
async function warmUp(run: () => unknown, nowMs: () => number): Promise<number> {
  for (let calls = 1; ; calls *= 2) {
    if ((await msOf(run, calls, nowMs)) >= warmUpMs) return (await msOf(run, calls, nowMs)) / calls;
  }
}

async function msOf(run: () => unknown, count: number, nowMs: () => number): Promise<number> {
  const started = nowMs();
  for (let call = 0; call < count; call++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return nowMs() - started;
}

/** A training step of a network so small that little but its chain of operations takes time. */
function chainOn(createBackend: BackendFactory, steps: number): Measured {
  const width = 8;
  const plan: TrainingPlan = {
    convention: 'torch',
    timeSteps: steps,
    input: { kind: 'features', width },
    layers: [
      {
        kind: 'recurrent',
        path: 'rnn',
        cell: 'rnn',
        hiddenSize: width,
        activation: 'tanh',
        bias: 'both',
        resetAfter: true,
        direction: 'forward',
        merge: 'concat',
      },
      { kind: 'dense', path: 'dense', units: 1, bias: true, activation: null, reads: [{ layer: 0, output: 1 }] },
    ],
    output: { steps: 'last', width: 1 },
    loss: 'meanSquaredError',
    remarks: [],
  };
  const network = createNetwork(plan, 1, createBackend, 1);
  network.loadBatch(new Float32Array(steps * width).fill(0.5), [0.5]);
  const sizes = { cell: 'rnn', batch: 1, steps, inputs: width, hidden: width, state: width } as const;
  const work = [
    ...recurrentWork(sizes, { training: true, inputGradient: false }),
    ...denseWork(1, width, 1, { training: true, inputGradient: true }),
    pointwiseWork('squaredLoss', 1),
    pointwiseWork('adam', network.parameterCount),
  ];
  return { work, run: () => network.trainStep(1, { learningRate: 0, clipNorm: 1 }) };
}

function kernelsOn(createBackend: BackendFactory): Measured[] {
  const arena = createArenaPlanner(0, 0);
  const source = arena.reserve(streamedElements);
  const target = arena.reserve(streamedElements);
  const more = Array.from({ length: 4 }, () => arena.reserve(4 * manyElements));
  const packed = new Map(
    productSizes.map(([, inner, columns]) => [`${inner}×${columns}`, arena.reservePacked(inner, columns)] as const),
  );
  const backend = createBackend(arena.length);
  const numbers = Float32Array.from({ length: 2 ** 16 }, (_, index) => Math.sin(index));
  for (const span of [source, target, ...more]) {
    for (let offset = 0; offset < span.length; offset += numbers.length) {
      const length = Math.min(numbers.length, span.length - offset);
      backend.write({ offset: span.offset + offset, length }, numbers.subarray(0, length));
    }
  }

  const products = productSizes.map(([rows, inner, columns]): Measured => {
    const right = packed.get(`${inner}×${columns}`);
    if (right === undefined) throw new Error('each product has a place for its right factor');
    backend.pack(matrixOf(source, inner, columns), false, right);
    const left = matrixOf(source, rows, inner);
    const result = matrixOf(target, rows, columns);
    return { work: [productWork(rows, inner, columns)], run: () => backend.multiply(left, right, result, false) };
  });
  const gradients = gradientSizes.map(([rows, inner, columns]): Measured => {
    const left = matrixOf(source, inner, rows);
    const right = matrixOf(target, inner, columns);
    const result = matrixOf(more[0] ?? source, rows, columns);
    return {
      work: [weightGradientWork(rows, inner, columns)],
      run: () => backend.multiplyTransposed(left, right, result),
    };
  });
  const passes = [fewElements, manyElements].flatMap((elements) =>
    Object.entries(passesOf(backend, elements, [source, target, ...more])).map(
      ([operation, run]): Measured => ({ work: [pointwiseWork(operation as PointwiseOperation, elements)], run }),
    ),
  );
  const streamed = matrixOf(source, streamedElements / 1024, 1024);
  const stream: Measured = {
    work: [pointwiseWork('copy', streamedElements)],
    run: () => backend.copyMatrix(streamed, { ...streamed, offset: target.offset }),
  };
  return [...products, ...gradients, ...passes, stream];
}

type CellPass = `${Cell}${'Forward' | 'Backward'}`;
type TimedPass = Exclude<PointwiseOperation, CellPass>;

/**
 * The loops of all cells, of few units and of many: little but the pass over the gates takes time, because the states are
 * narrow, and what the products take besides is known from those that are timed alone.
 */
function loopsOn(createBackend: BackendFactory): Measured[] {
  return loopSizes.flatMap(({ batch, hiddenSize }) => {
    const arena = createArenaPlanner(0, 0);
    const length = batch * hiddenSize;
    const steps = (width: number): Span => arena.reserve(loopSteps * length * width);
    const columns = { rnn: hiddenSize, gru: 2 * hiddenSize, lstm: 4 * hiddenSize };
    const loopOf = (cell: Cell) => ({
      timeSteps: loopSteps,
      batch,
      hiddenSize,
      stateWidth: hiddenSize,
      isBackward: false,
      gates: steps(4),
      previousHidden: steps(1),
      hidden: steps(1),
      weights: arena.reservePacked(hiddenSize, columns[cell]),
      weightsTransposed: arena.reservePacked(columns[cell], hiddenSize),
      outputGradient: steps(1),
      hiddenGradient: arena.reserve(length),
      hardSigmoidSlope: null,
      mask: null,
    });
    const rnn: RnnLoop = { ...loopOf('rnn'), activation: 'tanh' };
    const gru: GruLoop = {
      ...loopOf('gru'),
      resetAfter: true,
      candidateWeights: arena.reservePacked(hiddenSize, hiddenSize),
      candidateWeightsTransposed: arena.reservePacked(hiddenSize, hiddenSize),
      candidate: steps(1),
      scratch: arena.reserve(length),
    };
    const lstm: LstmLoop = {
      ...loopOf('lstm'),
      previousCell: steps(1),
      cell: steps(1),
      cellGradient: arena.reserve(length),
      scratch: arena.reserve(length),
      peepholes: null,
      projection: null,
    };
    const backend = createBackend(arena.length);
    backend.write(
      { offset: 0, length: arena.length },
      Float32Array.from({ length: arena.length }, (_, i) => Math.sin(i) / 8),
    );
    const runs: Readonly<Record<CellPass, () => void>> = {
      rnnForward: () => backend.rnnForward(rnn),
      rnnBackward: () => backend.rnnBackward(rnn, null),
      gruForward: () => backend.gruForward(gru),
      gruBackward: () => backend.gruBackward(gru, null),
      lstmForward: () => backend.lstmForward(lstm),
      lstmBackward: () => backend.lstmBackward(lstm, null),
    };
    return (['rnn', 'gru', 'lstm'] as const).flatMap((cell) => {
      const sizes = { cell, batch, hidden: hiddenSize, state: hiddenSize, steps: loopSteps };
      return [
        { work: loopWork(sizes, 'forward'), run: runs[`${cell}Forward`] },
        { work: loopWork(sizes, 'backward'), run: runs[`${cell}Backward`] },
      ];
    });
  });
}

/** Each other element-wise operation on so many elements, as layers use it. */
function passesOf(
  backend: Backend,
  elements: number,
  [a, b, c, d, g, h]: readonly Span[],
): Readonly<Record<TimedPass, () => void>> {
  const none = { offset: 0, length: 0 };
  const part = (span: Span | undefined, length: number): Span => blockOf(span ?? none, 0, length);
  const batch = elements === fewElements ? 1 : 8;
  const width = elements / batch;
  const one = (span: Span | undefined): Span => part(span, elements);
  const rows = (span: Span | undefined) => matrixOf(one(span), batch, width);
  const square = Math.max(1, Math.floor(Math.sqrt(elements)));
  const packedRows = { span: part(b, 2 * elements), rows: square, columns: square };
  const moments = { beta1: 0.9, beta2: 0.999, secondMomentScale: 1, epsilon: 1e-7 };
  const settings = { stepSize: 0, ...moments, decayIntoGradient: 0, kept: 1 };
  const scalar = part(h, 1);
  // Each row its own number, below the count of rows.
  const tokens = part(h, batch);
  backend.write(
    tokens,
    Float32Array.from({ length: batch }, (_, index) => index % Math.min(batch, width)),
  );
  return {
    activation: () => backend.activate('tanh', one(a)),
    activationBackward: () => backend.activateBackward('tanh', one(a), one(b)),
    normalisation: () => {
      backend.standardiseRows(rows(a), 1e-3, rows(b), part(g, batch));
      backend.fill(one(c), 0);
      backend.addScaledColumns(rows(b), part(d, width), rows(c));
    },
    copy: () => backend.copyMatrix(rows(a), rows(b)),
    transpose: () => backend.pack(matrixOf(one(a), square, square), true, packedRows),
    sumRows: () => backend.sumRows(rows(a), part(b, width)),
    gather: () => backend.gather(rows(a), tokens, rows(b)),
    scatterAdd: () => backend.scatterAdd(rows(a), tokens, rows(b)),
    softmaxLoss: () => backend.softmaxCrossEntropy(rows(a), tokens, null, part(g, batch), rows(b)),
    squaredLoss: () => backend.elementwiseLoss('meanSquaredError', rows(a), rows(b), null, part(g, batch), rows(c)),
    adam: () => {
      backend.squaredNorm(one(b), scalar);
      backend.clipByNorm(one(b), scalar, 1, 0);
      backend.adam(one(a), one(b), one(c), one(d), settings);
    },
  };
}
