/**
 * What the preview page knows of a training run: `RunEvent`s folded into curves and figures, one variant at a time.
 *
 * Pure: the same record gives the same state, on whichever page and however its events were batched.
 */
import type { PreviewRecord } from '../../../protocol/panel';
import type { Obstacle, RunEvent, Variant } from '../../../protocol/trainer';

export type DataEvent = Extract<RunEvent, { readonly type: 'data' }>;
export type VerdictEvent = Extract<RunEvent, { readonly type: 'verdict' }>;
type StartEvent = Extract<RunEvent, { readonly type: 'run' }>;
type StepEvent = Extract<RunEvent, { readonly type: 'step' }>;
export type MovedEvent = Extract<RunEvent, { readonly type: 'moved' }>;
type DoneEvent = Extract<RunEvent, { readonly type: 'done' }>;

/** Measurements in order of time; arrays of equal length, one entry a measurement, null where one was not taken. */
export interface Curve {
  readonly steps: readonly number[];
  /** Time that the variant has trained, in seconds. */
  readonly seconds: readonly number[];
  readonly loss: readonly (number | null)[];
}

export interface HeldOutCurve extends Curve {
  readonly metric: readonly (number | null)[];
}

export interface VariantRun {
  readonly cell: Variant;
  readonly parameters: number;
  readonly backend: string;
  readonly device: string;
  readonly plannedSteps: number;
  readonly remarks: readonly string[];
  readonly training: Curve;
  readonly heldOut: HeldOutCurve;
  readonly step: number;
  readonly seconds: number;
  readonly sequencesPerSecond: number | null;
  readonly bestHeldOutLoss: number | null;
  readonly bestMetric: number | null;
  /** Norm of the gradient by lag, 0 first; null until it has been measured. */
  readonly gradientReach: readonly number[] | null;
  /** Each time that it went on elsewhere because its device was lost. */
  readonly moves: readonly MovedEvent[];
  /** Curves of a trainer before this one, which stand where the variant is said to have moved from it; null without one. */
  readonly before: Pick<VariantRun, 'training' | 'heldOut'> | null;
  /** How it ended; null while it trains. */
  readonly ended: { readonly outcome: DoneEvent['outcome']; readonly because: string | null } | null;
}

export interface PreviewState {
  readonly id: string;
  readonly modelName: string;
  readonly fileName: string;
  readonly startedAt: string;
  readonly status: PreviewRecord['status'];
  readonly failure: string | null;
  readonly obstacles: readonly Obstacle[];
  readonly data: DataEvent | null;
  /** In order of their start. */
  readonly runs: readonly VariantRun[];
  readonly verdict: VerdictEvent | null;
}

/** State of a whole record, as it is shown when the page opens. */
export function stateOf(record: PreviewRecord): PreviewState {
  const { id, modelName, fileName, startedAt, status, failure } = record;
  const empty = { id, modelName, fileName, startedAt, status, failure };
  return foldEvents({ ...empty, obstacles: [], data: null, runs: [], verdict: null }, record.events);
}

/** The state after more events. Copies the curves that grow once per call, so callers should batch. */
export function foldEvents(state: PreviewState, events: readonly RunEvent[]): PreviewState {
  let { data, verdict, obstacles, status, failure } = state;
  const runs = new Map(state.runs.map((run): [Variant, VariantRun] => [run.cell, run]));
  const growing = new Map<Variant, GrowingRun>();
  /** The protocol starts every variant with a `run`; what comes without one belongs to nothing on the page. */
  const grow = (cell: Variant): GrowingRun | undefined => {
    const already = growing.get(cell);
    const run = runs.get(cell);
    if (already !== undefined || run === undefined) return already;
    const copy = growingCopy(run);
    growing.set(cell, copy);
    runs.set(cell, copy);
    return copy;
  };

  for (const event of events) {
    switch (event.type) {
      case 'rejected':
        obstacles = event.obstacles;
        break;
      case 'data':
        data = event;
        break;
      case 'run':
        growing.delete(event.cell);
        runs.set(event.cell, started(event, runs.get(event.cell)));
        break;
      case 'step': {
        const run = grow(event.cell);
        if (run !== undefined) addStep(run, event, data?.metric.lowerIsBetter ?? true);
        break;
      }
      case 'gradientReach': {
        const run = grow(event.cell);
        if (run !== undefined) run.gradientReach = event.byLag;
        break;
      }
      case 'moved': {
        const run = grow(event.cell);
        if (run !== undefined) moveTo(run, event, data?.metric.lowerIsBetter ?? true);
        break;
      }
      case 'done': {
        const run = grow(event.cell);
        if (run !== undefined) finish(run, event);
        break;
      }
      case 'verdict':
        verdict = event;
        break;
      case 'failed':
        status = 'failed';
        failure = event.message;
        break;
      case 'finished':
        break;
      default:
        event satisfies never;
    }
  }
  return { ...state, data, verdict, obstacles, status, failure, runs: [...runs.values()] };
}

export function withStatus(state: PreviewState, status: PreviewRecord['status'], failure: string | null): PreviewState {
  return { ...state, status, failure };
}

interface GrowingRun extends Mutable<Omit<VariantRun, 'training' | 'heldOut'>> {
  training: Growing<Curve>;
  heldOut: Growing<HeldOutCurve>;
}
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Growing<T> = { readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : never };

function growingCopy(run: VariantRun): GrowingRun {
  const { training, heldOut } = run;
  return {
    ...run,
    training: { steps: [...training.steps], seconds: [...training.seconds], loss: [...training.loss] },
    heldOut: {
      steps: [...heldOut.steps],
      seconds: [...heldOut.seconds],
      loss: [...heldOut.loss],
      metric: [...heldOut.metric],
    },
  };
}

function started(event: StartEvent, before: VariantRun | undefined): VariantRun {
  return {
    moves: before?.moves ?? [],
    before: before === undefined ? null : { training: before.training, heldOut: before.heldOut },
    cell: event.cell,
    parameters: event.parameters,
    backend: event.backend,
    device: event.device,
    plannedSteps: event.steps,
    remarks: event.remarks,
    training: { steps: [], seconds: [], loss: [] },
    heldOut: { steps: [], seconds: [], loss: [], metric: [] },
    step: 0,
    seconds: 0,
    sequencesPerSecond: null,
    bestHeldOutLoss: null,
    bestMetric: null,
    gradientReach: null,
    ended: null,
  };
}

/** A step may come twice: in the record that a new page is given, and in the batch that was under way at that moment. */
function addStep(run: GrowingRun, event: StepEvent, lowerMetricIsBetter: boolean): void {
  if (event.step <= (run.training.steps.at(-1) ?? -1)) return;
  run.step = event.step;
  run.seconds = event.seconds;
  run.sequencesPerSecond = event.sequencesPerSecond;
  run.training.steps.push(event.step);
  run.training.seconds.push(event.seconds);
  run.training.loss.push(finiteOrNull(event.loss));
  const loss = finiteOrNull(event.heldOutLoss);
  const metric = finiteOrNull(event.metric);
  if (loss === null && metric === null) return;
  run.heldOut.steps.push(event.step);
  run.heldOut.seconds.push(event.seconds);
  run.heldOut.loss.push(loss);
  run.heldOut.metric.push(metric);
  run.bestHeldOutLoss = better(run.bestHeldOutLoss, loss, true);
  run.bestMetric = better(run.bestMetric, metric, lowerMetricIsBetter);
}

/** Steps after the one that is gone on from come again. */
function moveTo(run: GrowingRun, event: MovedEvent, lowerMetricIsBetter: boolean): void {
  const { step, to } = event;
  run.backend = to.backend;
  run.device = to.device;
  // Like a step, it may come twice.
  if (!run.moves.some((move) => JSON.stringify(move) === JSON.stringify(event))) run.moves = [...run.moves, event];
  const isNewTrainer = run.training.steps.length === 0 && run.before !== null;
  const { training, heldOut } = isNewTrainer ? growingCopy({ ...run, ...run.before }) : run;
  [run.training, run.heldOut, run.before] = [training, heldOut, null];
  truncate(training.steps, step, [training.seconds, training.loss]);
  truncate(heldOut.steps, step, [heldOut.seconds, heldOut.loss, heldOut.metric]);
  run.step = training.steps.at(-1) ?? 0;
  run.seconds = training.seconds.at(-1) ?? 0;
  run.bestHeldOutLoss = heldOut.loss.reduce((best, loss) => better(best, loss, true), null);
  run.bestMetric = heldOut.metric.reduce((best, metric) => better(best, metric, lowerMetricIsBetter), null);
}

/** Forgets what was measured after a step, in all arrays that go with those of the steps. */
function truncate(steps: number[], lastStep: number, others: readonly unknown[][]): void {
  const after = steps.findIndex((step) => step > lastStep);
  if (after < 0) return;
  for (const numbers of [steps, ...others]) numbers.length = after;
}

function finish(run: GrowingRun, event: DoneEvent): void {
  run.step = event.steps;
  run.seconds = event.seconds;
  run.parameters = event.parameters;
  run.bestHeldOutLoss = event.bestHeldOutLoss;
  run.bestMetric = event.bestMetric;
  run.ended = { outcome: event.outcome, because: event.because };
}

/** JSON has no NaN and no infinity: they arrive as null, and neither can be drawn. */
function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function better(best: number | null, value: number | null, lowerIsBetter: boolean): number | null {
  if (best === null || value === null) return best ?? value;
  return lowerIsBetter ? Math.min(best, value) : Math.max(best, value);
}
