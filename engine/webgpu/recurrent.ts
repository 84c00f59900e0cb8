/**
 * The loops of recurrent layers on a GPU. A dispatch cannot wait for another workgroup, so a loop either lies whole in the
 * workgroups that have its sequences, or takes a dispatch a step.
 */
import { type Backend, blockOf, type RecurrentLoop, type Span } from '../backend';
import type { CommandQueue, Kernel } from './commandQueue';
import type { Gpu } from './gpu';
import {
  type CellLoop,
  operandNames,
  overTimeKernel,
  type Pass,
  peepholeGradientsKernel,
  planOverTime,
  type StepPhase,
  stepKernel,
  stepSharedBytes,
  stepTile,
  sumGroupsKernel,
  type WorkgroupLimits,
} from './recurrentKernels';

export type RecurrentOperations = Pick<
  Backend,
  'rnnForward' | 'rnnBackward' | 'lstmForward' | 'lstmBackward' | 'gruForward' | 'gruBackward'
>;

/** Below so many workgroups a step is spread wider rather than given more work an invocation. */
const enoughWorkgroups = 128;
/** So many whole loops side by side keep a large GPU busy. */
const enoughLoops = 64;
const sumsOfWorkgroup = 64;

/** A dispatch with all that the queue wants to know. */
interface Dispatch {
  readonly kernel: Kernel;
  readonly workgroups: readonly [number, number?];
  readonly integers: readonly number[];
  readonly floats: readonly number[];
}

/** Limits that tests narrow, so that small sizes are computed as large ones are. */
export interface RecurrentOptions extends Partial<WorkgroupLimits> {
  /** Sequences of a workgroup that has a whole loop; by default as many as leave enough workgroups. */
  readonly tile?: number;
}

/**
 * Numbers that an invocation keeps for a whole loop: a workgroup of 256 keeps the recurrent weights of an LSTM of 64, one of
 * 1,024 those of one of 128. Compilers have room for as many besides what they compute with in a workgroup of 512. One of 1,024 on a
 * processor of 65,536 registers (NVIDIA) has some of them in its first-level cache, which is still nearer than a dispatch a step.
 */
const maxWeights = 64;

/** @param scratch a stretch of the arena that no operation keeps anything in */
export function recurrentOperations(
  queue: Pick<CommandQueue, 'dispatch'>,
  { maxInvocations, maxSharedBytes }: Pick<Gpu, 'maxInvocations' | 'maxSharedBytes'>,
  scratch: Span,
  { tile, ...narrowed }: RecurrentOptions = {},
): RecurrentOperations {
  const limits: WorkgroupLimits = { maxInvocations, maxSharedBytes, maxWeights, ...narrowed };
  /** A loop's dispatches are the same at every training step. */
  const known = { forward: new WeakMap<object, Dispatch[]>(), backward: new WeakMap<object, Dispatch[]>() };
  const issue = (pass: Pass, cellLoop: CellLoop, squaredNorms: Span | null): void => {
    const plan = (): Dispatch[] =>
      overTime(cellLoop, pass, squaredNorms, scratch, limits, tile) ??
      (pass === 'forward' ? stepsForward(cellLoop, limits) : stepsBackward(cellLoop, squaredNorms, scratch, limits));
    let dispatches = squaredNorms === null ? known[pass].get(cellLoop.loop) : undefined;
    if (dispatches === undefined) {
      dispatches = [...plan(), ...(pass === 'backward' ? peepholeGradients(cellLoop) : [])];
      if (squaredNorms === null) known[pass].set(cellLoop.loop, dispatches);
    }
    for (const { kernel, workgroups, integers, floats } of dispatches) {
      queue.dispatch(kernel, workgroups, integers, floats);
    }
  };
  return {
    rnnForward: (loop) => issue('forward', { cell: 'rnn', loop }, null),
    rnnBackward: (loop, squaredNorms) => issue('backward', { cell: 'rnn', loop }, squaredNorms),
    lstmForward: (loop) => issue('forward', { cell: 'lstm', loop }, null),
    lstmBackward: (loop, squaredNorms) => issue('backward', { cell: 'lstm', loop }, squaredNorms),
    gruForward: (loop) => issue('forward', { cell: 'gru', loop }, null),
    gruBackward: (loop, squaredNorms) => issue('backward', { cell: 'gru', loop }, squaredNorms),
  };
}

/** The whole loop at once, where its weights fit; else null. */
function overTime(
  cellLoop: CellLoop,
  pass: Pass,
  squaredNorms: Span | null,
  scratch: Span,
  limits: WorkgroupLimits,
  tile: number | undefined,
): Dispatch[] | null {
  const { batch, timeSteps } = cellLoop.loop;
  const plan = planOverTime(cellLoop, pass, limits, tile ?? tileOf(batch));
  if (plan === null) return null;
  const workgroups = Math.ceil(batch / plan.tile);
  if (squaredNorms !== null && timeSteps * workgroups > scratch.length) return null;
  return [
    {
      kernel: overTimeKernel(cellLoop, pass, plan, squaredNorms !== null),
      workgroups: [workgroups],
      ...operandsOf(cellLoop, pass, { squared_norms: scratch.offset }),
    },
    ...(squaredNorms ? [sumGroups(scratch, workgroups, squaredNorms, timeSteps)] : []),
  ];
}

/** One sequence a workgroup until there are enough of them, then up to four, which share what the weights cost to multiply by. */
function tileOf(batch: number): number {
  return [4, 2].find((tile) => batch / tile >= enoughLoops) ?? 1;
}

function stepsForward(cellLoop: CellLoop, limits: WorkgroupLimits): Dispatch[] {
  const stepDispatch = stepDispatcher(cellLoop, 'forward', limits);
  return visitedTimes(cellLoop.loop).flatMap((time) =>
    phasesOf(cellLoop).map((phase) => stepDispatch(phase, { time, has_product: 1 })),
  );
}

function stepsBackward(
  cellLoop: CellLoop,
  squaredNorms: Span | null,
  scratch: Span,
  limits: WorkgroupLimits,
): Dispatch[] {
  const { loop } = cellLoop;
  const times = visitedTimes(loop).reverse();
  const { workgroups } = tilesOfStep(loop, loop.stateWidth, limits);
  const stepsAtOnce = squaredNorms === null ? times.length : Math.floor(scratch.length / workgroups);
  if (stepsAtOnce === 0) throw new Error('the scratch memory is too small for squared norms');
  const stepDispatch = stepDispatcher(cellLoop, 'backward', limits);
  const dispatches: Dispatch[] = [];
  let later: number | null = null;
  for (let from = 0; from < times.length; from += stepsAtOnce) {
    const chunk = times.slice(from, from + stepsAtOnce);
    const lowest = Math.min(...chunk);
    for (const time of chunk) {
      for (const phase of phasesOf(cellLoop)) {
        const isGates = phase === 'step';
        const operands = {
          time,
          later_time: later ?? time,
          has_product: isGates && later === null ? 0 : 1,
          has_step: 1,
        };
        const place = isGates && squaredNorms ? { squared_norms: scratch.offset + (time - lowest) * workgroups } : {};
        dispatches.push(stepDispatch(phase, { ...operands, ...place }));
      }
      later = time;
    }
    if (squaredNorms) dispatches.push(sumGroups(scratch, workgroups, blockOf(squaredNorms, lowest, 1), chunk.length));
  }
  dispatches.push(stepDispatch('step', { later_time: later ?? 0, has_product: 1, has_step: 0 }));
  return dispatches;
}

function peepholeGradients({ cell, loop }: CellLoop): Dispatch[] {
  if (cell !== 'lstm' || loop.peepholes === null) return [];
  const { peepholes, hiddenSize, timeSteps, batch, gates, previousCell } = loop;
  return [
    {
      kernel: peepholeGradientsKernel(hiddenSize),
      workgroups: [Math.ceil(hiddenSize / stepTile.units), 3],
      integers: [timeSteps * batch, gates.offset, previousCell.offset, loop.cell.offset, peepholes.gradient.offset],
      floats: [],
    },
  ];
}

/** The dispatches of a step, in order. */
function phasesOf({ cell, loop }: CellLoop): readonly StepPhase[] {
  if (cell === 'lstm' && loop.projection) return ['step', 'projection'];
  if (cell === 'gru' && !loop.resetAfter) return ['step', 'candidate'];
  return ['step'];
}

/** Makes the dispatches of a loop's steps, which share their kernels. */
function stepDispatcher(
  cellLoop: CellLoop,
  pass: Pass,
  limits: WorkgroupLimits,
): (phase: StepPhase, step: Readonly<Record<string, number>>) => Dispatch {
  const { loop } = cellLoop;
  const kernels = new Map<string, Kernel>();
  return (phase, step) => {
    // Of a projected LSTM: the gates' product gives units of the cell forward, of the state backward, the other the reverse.
    const givesState = (phase === 'step') === (pass === 'backward');
    const tiles = tilesOfStep(loop, givesState ? loop.stateWidth : loop.hiddenSize, limits);
    const hasSquaredNorms = step['squared_norms'] !== undefined;
    const key = `${phase}, ${hasSquaredNorms}`;
    const kernel = kernels.get(key) ?? stepKernel(cellLoop, pass, phase, tiles.rowsOfInvocation, hasSquaredNorms);
    kernels.set(key, kernel);
    return { kernel, workgroups: [tiles.across, tiles.down], ...operandsOf(cellLoop, pass, step) };
  };
}

/** How a step of so many units is cut into workgroups. */
function tilesOfStep(
  { batch }: RecurrentLoop,
  units: number,
  { maxSharedBytes }: WorkgroupLimits,
): {
  readonly rowsOfInvocation: number;
  readonly across: number;
  readonly down: number;
  readonly workgroups: number;
} {
  const across = Math.ceil(units / stepTile.units);
  const downWith = (rows: number): number => Math.ceil(batch / (stepTile.rows * rows));
  const rowsOfInvocation =
    [4, 2].find((rows) => across * downWith(rows) >= enoughWorkgroups && stepSharedBytes(rows) <= maxSharedBytes) ?? 1;
  const down = downWith(rowsOfInvocation);
  return { rowsOfInvocation, across, down, workgroups: across * down };
}

function sumGroups(source: Span, length: number, sums: Span, count: number): Dispatch {
  const workgroups = [Math.ceil(count / sumsOfWorkgroup)] as const;
  return { kernel: sumGroupsKernel, workgroups, integers: [source.offset, length, count, sums.offset], floats: [] };
}

function visitedTimes({ timeSteps, isBackward }: RecurrentLoop): number[] {
  const times = Array.from({ length: timeSteps }, (_, time) => time);
  return isBackward ? times.reverse() : times;
}

/** The operands of a loop's kernels, and `more` of them, in the order of their struct. */
function operandsOf(
  cellLoop: CellLoop,
  pass: Pass,
  more: Readonly<Record<string, number>>,
): { readonly integers: number[]; readonly floats: number[] } {
  const { cell, loop } = cellLoop;
  const isForward = pass === 'forward';
  const packed = isForward ? loop.weights : loop.weightsTransposed;
  const values: Record<string, number> = {
    time_steps: loop.timeSteps,
    batch: loop.batch,
    is_reversed: Number(loop.isBackward),
    gates: loop.gates.offset,
    previous_hidden: loop.previousHidden.offset,
    hidden: loop.hidden.offset,
    weights: packed.span.offset,
    output_gradient: loop.outputGradient?.offset ?? 0,
    hidden_gradient: loop.hiddenGradient.offset,
    mask: loop.mask?.offset ?? 0,
    ...more,
  };
  if (cell === 'lstm') {
    const { projection } = loop;
    Object.assign(values, {
      previous_cell: loop.previousCell.offset,
      cell: loop.cell.offset,
      cell_gradient: loop.cellGradient.offset,
      peepholes: loop.peepholes?.value.offset ?? 0,
      unprojected: projection?.unprojected.offset ?? 0,
      projection_weights: (isForward ? projection?.weights : projection?.weightsTransposed)?.span.offset ?? 0,
      state_gradients: projection?.stateGradients.offset ?? 0,
    });
  }
  if (cell === 'gru') {
    const candidateWeights = isForward ? loop.candidateWeights : loop.candidateWeightsTransposed;
    Object.assign(values, { candidate: loop.candidate.offset, candidate_weights: candidateWeights.span.offset });
  }
  return {
    integers: operandNames.map((name) => values[name] ?? 0),
    floats: [loop.hardSigmoidSlope ?? 0],
  };
}
