/** The recurrent loops of the WebGPU backend against the reference, in every way in which they can be computed. */
import { describe, expect, test } from 'vitest';
import { createArenaPlanner } from '../arena';
import type { Backend, GruLoop, LstmLoop, RecurrentLoop, RnnLoop, Span } from '../backend';
import { createRandom } from '../random';
import { createReferenceBackend } from '../reference/backend';
import { createCommandQueue } from '../webgpu/commandQueue';
import { type RecurrentOperations, type RecurrentOptions, recurrentOperations } from '../webgpu/recurrent';
import type { CellLoop } from '../webgpu/recurrentKernels';
import { gpu } from './webgpuBackend';

/**
 * Largest difference from the reference, relative to numbers above 1: ten times what SwiftShader shows, because WGSL lets an
 * exponential of x be wrong by 3 + 2|x| units in the last place, and differences go on from step to step.
 */
const tolerance = { forward: 6e-6, backward: 6e-6, squaredNorms: 6e-6 };

interface LoopCase {
  readonly cell: CellLoop['cell'];
  readonly timeSteps?: number;
  readonly batch?: number;
  readonly hiddenSize?: number;
  readonly isBackward?: boolean;
  readonly isMasked?: boolean;
  readonly isHard?: boolean;
  readonly isUnread?: boolean;
  readonly hasNorms?: boolean;
  readonly activation?: RnnLoop['activation'];
  readonly resetAfter?: boolean;
  readonly hasPeepholes?: boolean;
  readonly stateWidth?: number;
  /** Whether gates of the last step visited are given what is not a number, and numbers that exponentials overflow of. */
  readonly isExtreme?: boolean;
  /** Numbers of scratch memory, where not plenty. */
  readonly scratchLength?: number;
}

const cells: readonly LoopCase[] = [
  { cell: 'rnn' },
  { cell: 'lstm' },
  { cell: 'gru', resetAfter: true },
  { cell: 'gru', resetAfter: false },
];
const features: readonly Partial<LoopCase>[] = [
  {},
  { isBackward: true, isMasked: true, hasNorms: true },
  { isMasked: true, isHard: true, isUnread: true },
];
const cases: readonly LoopCase[] = [
  ...cells.flatMap((cell) => features.map((more) => ({ ...cell, ...more }))),
  { cell: 'rnn', activation: 'relu', hasNorms: true },
  ...cells.map((cell) => ({ ...cell, isExtreme: true })),
  { cell: 'rnn', activation: 'relu', isExtreme: true },
  { cell: 'lstm', isHard: true, isExtreme: true },
  { cell: 'rnn', hiddenSize: 128, timeSteps: 2 },
  { cell: 'lstm', hiddenSize: 1, batch: 1, timeSteps: 1 },
  { cell: 'lstm', hiddenSize: 45, batch: 17 },
  { cell: 'lstm', hiddenSize: 64, timeSteps: 3 },
  { cell: 'lstm', hasPeepholes: true },
  { cell: 'gru', hiddenSize: 70, timeSteps: 2 },
  { cell: 'gru', hiddenSize: 19, batch: 33, resetAfter: false, hasNorms: true },
];

const ways: readonly {
  readonly way: string;
  readonly options: RecurrentOptions;
  readonly cases: readonly LoopCase[];
}[] = [
  { way: 'a dispatch a loop', options: {}, cases },
  {
    way: 'a dispatch a loop, several sequences, short slices',
    options: { tile: 4, maxWeights: 16 },
    cases: [...cells.map((cell) => ({ ...cell, hasNorms: true })), { cell: 'lstm', hiddenSize: 19, batch: 33 }],
  },
  {
    way: 'a dispatch a step',
    options: { maxInvocations: 0 },
    cases: [
      ...cases,
      { cell: 'rnn', hiddenSize: 128, batch: 1030, timeSteps: 2 },
      { cell: 'lstm', hiddenSize: 85, batch: 33, timeSteps: 2 },
      { cell: 'lstm', hiddenSize: 200, timeSteps: 2 },
      { cell: 'lstm', stateWidth: 5 },
      { cell: 'lstm', stateWidth: 5, hasPeepholes: true, isBackward: true, isMasked: true, hasNorms: true },
      { cell: 'lstm', hasNorms: true, scratchLength: 3 },
      { cell: 'gru', isBackward: true, hasNorms: true, scratchLength: 3 },
    ],
  },
];

describe.each(ways)('$way', ({ options, cases: casesOfWay }) => {
  test.each(casesOfWay)('%j', async (loopCase) => {
    const difference = await differenceFromReference(loopCase, options);
    expect(difference.forward).toBeLessThan(tolerance.forward);
    expect(difference.backward).toBeLessThan(tolerance.backward);
    expect(difference.squaredNorms).toBeLessThan(tolerance.squaredNorms);
  });
});

const steps = 6;
test.each<readonly [LoopCase, RecurrentOptions, { readonly forward: number; readonly backward: number }]>([
  [{ cell: 'rnn' }, {}, { forward: 1, backward: 1 }],
  [{ cell: 'lstm' }, {}, { forward: 1, backward: 1 }],
  [{ cell: 'lstm', hasPeepholes: true }, {}, { forward: 1, backward: 2 }],
  [{ cell: 'lstm', hasNorms: true }, {}, { forward: 1, backward: 2 }],
  // What leaves no room for the norms of all workgroups takes them step by step.
  [{ cell: 'lstm', hasNorms: true, scratchLength: steps }, {}, { forward: 1, backward: steps + 2 }],
  [{ cell: 'gru', resetAfter: false }, {}, { forward: 1, backward: 1 }],
  [{ cell: 'lstm', hiddenSize: 64 }, { maxInvocations: 256 }, { forward: 1, backward: 1 }],
  [{ cell: 'lstm', hiddenSize: 65 }, { maxInvocations: 256 }, { forward: steps, backward: steps + 1 }],
  [{ cell: 'lstm', hiddenSize: 512 }, {}, { forward: steps, backward: steps + 1 }],
  [{ cell: 'gru', hiddenSize: 512 }, {}, { forward: steps, backward: steps + 1 }],
  [{ cell: 'gru', resetAfter: false, hiddenSize: 512 }, {}, { forward: 2 * steps, backward: 2 * steps + 1 }],
  [{ cell: 'lstm', stateWidth: 5 }, {}, { forward: 2 * steps, backward: 2 * steps + 1 }],
])('%j takes %j: %j dispatches', (loopCase, options, expected) => {
  const { cellLoop, squaredNorms, scratch } = layOut({ ...loopCase, timeSteps: steps });
  let dispatches = 0;
  const queue = { dispatch: () => dispatches++ };
  const operations = recurrentOperations(queue, gpu, scratch, options);
  runForward(operations, cellLoop);
  expect(dispatches).toBe(expected.forward);
  runBackward(operations, cellLoop, squaredNorms);
  expect(dispatches).toBe(expected.forward + expected.backward);
});

async function differenceFromReference(
  loopCase: LoopCase,
  options: RecurrentOptions,
): Promise<Readonly<Record<keyof typeof tolerance, number>>> {
  const { arenaLength, cellLoop, squaredNorms, undefinedAfter, scratch } = layOut(loopCase);
  const reference = createReferenceBackend(arenaLength);
  const queue = createCommandQueue(gpu, arenaLength);
  const operations = recurrentOperations(queue, gpu, scratch, options);
  const whole: Span = { offset: 0, length: arenaLength };
  const random = createRandom(1, 0);
  const numbers = Float32Array.from({ length: arenaLength }, () => 0.5 * random.normal());
  const { mask, weights, weightsTransposed } = cellLoop.loop;
  for (const { span, rows } of [weights, weightsTransposed]) {
    for (let i = 0; i < span.length; i++) numbers[span.offset + i] = random.normal() / Math.sqrt(rows);
  }
  if (mask) for (let i = 0; i < mask.length; i++) numbers[mask.offset + i] = Math.min(1, random.below(3));
  if (loopCase.isExtreme) makeExtreme(numbers, cellLoop);
  reference.write(whole, numbers);
  queue.write(whole, numbers);

  const worst = async (parts: readonly Span[], besides: readonly Span[]): Promise<number> => {
    const expected = await reference.read(whole);
    const actual = await queue.read(whole);
    for (const { offset, length } of besides) {
      expected.fill(0, offset, offset + length);
      actual.fill(0, offset, offset + length);
    }
    let largest = 0;
    for (const { offset, length } of parts) {
      for (let i = offset; i < offset + length; i++) {
        const [one, other] = [expected[i] ?? 0, actual[i] ?? 0];
        const areAlike = Number.isNaN(one) && Number.isNaN(other);
        const difference = areAlike ? 0 : Math.abs(one - other) / Math.max(1, Math.abs(one));
        largest = difference > largest || Number.isNaN(difference) ? difference : largest;
      }
    }
    return largest;
  };
  runForward(reference, cellLoop);
  runForward(operations, cellLoop);
  // Where a cell state is no number, the reference loses an output gate to a product with no peephole; the state is lost anyway.
  const forward = await worst([loopCase.isExtreme ? cellLoop.loop.hidden : whole], undefinedAfter);
  runBackward(reference, cellLoop, squaredNorms);
  runBackward(operations, cellLoop, squaredNorms);
  return {
    forward,
    backward: await worst([whole], squaredNorms ? [...undefinedAfter, squaredNorms] : undefinedAfter),
    squaredNorms: squaredNorms ? await worst([squaredNorms], []) : 0,
  };
}

/** Of one sequence no number in a gate of each unit, of the next very large ones. */
function makeExtreme(
  numbers: Float32Array,
  { loop: { gates, timeSteps, batch, hiddenSize, isBackward } }: CellLoop,
): void {
  const width = gates.length / timeSteps / batch;
  const firstRow = (isBackward ? 0 : timeSteps - 1) * batch;
  for (let gate = 0; gate < width / hiddenSize; gate++) {
    const place = gates.offset + firstRow * width + gate * hiddenSize + gate;
    numbers[place] = Number.NaN;
    numbers[place + width] = 1e30;
    numbers[place + width + 1] = -1e30;
  }
}

function runForward(operations: Backend | RecurrentOperations, { cell, loop }: CellLoop): void {
  if (cell === 'rnn') operations.rnnForward(loop);
  else if (cell === 'lstm') operations.lstmForward(loop);
  else operations.gruForward(loop);
}

function runBackward(
  operations: Backend | RecurrentOperations,
  { cell, loop }: CellLoop,
  squaredNorms: Span | null,
): void {
  if (cell === 'rnn') operations.rnnBackward(loop, squaredNorms);
  else if (cell === 'lstm') operations.lstmBackward(loop, squaredNorms);
  else operations.gruBackward(loop, squaredNorms);
}

/** A loop in an arena of its own, and what of it means nothing after an operation. */
function layOut({
  cell,
  timeSteps = 5,
  batch = 3,
  hiddenSize = 7,
  isBackward = false,
  isMasked = false,
  isHard = false,
  isUnread = false,
  hasNorms = false,
  activation = 'tanh',
  resetAfter = true,
  hasPeepholes = false,
  stateWidth = hiddenSize,
  scratchLength = 4096,
}: LoopCase): {
  readonly arenaLength: number;
  readonly cellLoop: CellLoop;
  readonly squaredNorms: Span | null;
  readonly scratch: Span;
  readonly undefinedAfter: readonly Span[];
} {
  const arena = createArenaPlanner(0, 0);
  const rows = timeSteps * batch;
  const history = (width: number): { readonly states: Span; readonly previous: Span } => {
    const { offset } = arena.reserve((timeSteps + 1) * batch * width);
    const later = { offset: offset + batch * width, length: rows * width };
    const earlier = { offset, length: rows * width };
    return isBackward ? { states: earlier, previous: later } : { states: later, previous: earlier };
  };
  const gateCount = { rnn: 1, lstm: 4, gru: 3 }[cell];
  const weightColumns = (cell === 'gru' ? 2 : gateCount) * hiddenSize;
  const hidden = history(stateWidth);
  const squaredNorms = hasNorms ? arena.reserve(timeSteps) : null;
  const scratch = arena.reserve(scratchLength);
  const unused = [arena.reserve(batch * hiddenSize), arena.reserve(batch * hiddenSize)] as const;
  const common: RecurrentLoop = {
    timeSteps,
    batch,
    hiddenSize,
    stateWidth,
    isBackward,
    gates: arena.reserve(rows * gateCount * hiddenSize),
    previousHidden: hidden.previous,
    hidden: hidden.states,
    weights: arena.reservePacked(stateWidth, weightColumns),
    weightsTransposed: arena.reservePacked(weightColumns, stateWidth),
    outputGradient: isUnread ? null : arena.reserve(rows * stateWidth),
    hiddenGradient: arena.reserve(batch * stateWidth),
    hardSigmoidSlope: isHard ? 0.2 : null,
    mask: isMasked ? arena.reserve(rows) : null,
  };
  const cellLoop = ((): CellLoop => {
    switch (cell) {
      case 'rnn':
        return { cell, loop: { ...common, activation } };
      case 'lstm': {
        const cells = history(hiddenSize);
        const loop: LstmLoop = {
          ...common,
          previousCell: cells.previous,
          cell: cells.states,
          cellGradient: arena.reserve(batch * hiddenSize),
          scratch: unused[0],
          peepholes: hasPeepholes
            ? { value: arena.reserve(3 * hiddenSize), gradient: arena.reserve(3 * hiddenSize) }
            : null,
          projection:
            stateWidth === hiddenSize
              ? null
              : {
                  unprojected: arena.reserve(rows * hiddenSize),
                  weights: arena.reservePacked(hiddenSize, stateWidth),
                  weightsTransposed: arena.reservePacked(stateWidth, hiddenSize),
                  stateGradients: arena.reserve(rows * stateWidth),
                  scratch: unused[1],
                },
        };
        return { cell, loop };
      }
      case 'gru': {
        const loop: GruLoop = {
          ...common,
          resetAfter,
          candidateWeights: arena.reservePacked(hiddenSize, hiddenSize),
          candidateWeightsTransposed: arena.reservePacked(hiddenSize, hiddenSize),
          candidate: arena.reserve(rows * hiddenSize),
          scratch: unused[0],
        };
        return { cell, loop };
      }
    }
  })();
  return { arenaLength: arena.length, cellLoop, squaredNorms, scratch, undefinedAfter: [scratch, ...unused] };
}
