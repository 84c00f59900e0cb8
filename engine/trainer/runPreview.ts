/** A training run from its spec to its last event: the data, the variants side by side or in turn, the verdict. */
import { predictWork } from '../../model/time/predict';
import type { Obstacle, PreviewSpec, RunEvent, Variant } from '../../protocol/trainer';
import type { Dataset } from '../data/dataset';
import { arenaLengthOf } from '../network';
import { planWork } from '../plan/planWork';
import type { TrainingPlan } from '../plan/trainingPlan';
import { listed } from '../wording';
import { type Candidate, type ChosenBackend, candidates, nextBackend } from './backends';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint';
import { searchBackends } from './chooseBackend';
import { createDeviceClock } from './deviceClock';
import type { PreviewHost } from './host';
import { type NetworkMaker, networkMaker } from './networkMaker';
import { plansOf, prepare, type ReadyData, type VariantPlan, withoutPlace } from './prepare';
import { startRemoteVariantRun } from './remoteVariantRun';
import { shareDevice } from './sharedDevice';
import { type Placement, threadsOf } from './threads';
import { placementOn } from './trial';
import type { VariantReply, VariantRequest, VariantTask } from './variantProtocol';
import { createVariantRun, type VariantResult, type VariantRun } from './variantRun';
import { verdictOf } from './verdict';

/** How long one variant trains before the next has its turn, so that all curves move together. */
const turnMs = 40;

/** Variants that have a turn on a device at the same time: while one waits for its answer, another puts its steps together. */
const turnsOnDevice = 2;

/** Between writing one checkpoint and the next; what a crash may cost, to which devices are more given. */
const checkpointEveryMs = { processor: 10_000, device: 2_000 } as const;

/** Activations, gradients and weights of all variants together; more would push an ordinary laptop into swapping. */
const memoryLimitBytes = 2 * 2 ** 30;

/**
 * Resolves after the last event, `finished` or `rejected`. `shouldStop` is asked between turns. Rejects only when the
 * engine itself is at fault.
 *
 * @param among the backends that there may be
 */
export async function runPreview(
  spec: PreviewSpec,
  host: PreviewHost,
  emit: (event: RunEvent) => void,
  shouldStop: () => boolean,
  among: readonly Candidate[] = candidates,
): Promise<void> {
  const search = searchBackends(spec, host, among);
  const reject = (obstacles: readonly Obstacle[]): void => {
    search.abandon();
    emit({ type: 'rejected', obstacles });
  };
  const prepared = await prepare(spec, host);
  if (prepared.kind === 'obstacles') return reject(prepared.obstacles);
  const { dataset } = prepared;
  const plans = plansOf(spec, prepared);
  const memoryBytes = plans.reduce((sum, { plan }) => sum + 4 * arenaLengthOf(plan, spec.budget.batchSize), 0);
  if (memoryBytes > memoryLimitBytes) {
    return reject([withoutPlace(tooLarge(memoryBytes, spec.budget.batchSize))]);
  }
  const choice = await search.choose({ plans, dataset, spec });
  if (choice.kind === 'refused') return reject([withoutPlace(choice.message)]);

  const { backend, remarks } = choice;
  const placement = placementOn(backend, plans.length, spec.threads, host);
  const started = await startRuns(spec, plans, prepared, backend, placement, host, among, emit);
  try {
    await train(started, backend.kind, placement, remarks, spec, dataset, host, emit, shouldStop);
  } finally {
    for (const { run } of started.runs) run.end();
    started.closeDevice();
  }
}

interface PlannedRun {
  readonly plan: TrainingPlan;
  readonly run: VariantRun;
}

interface StartedRuns {
  readonly runs: readonly PlannedRun[];
  /** Runs that have a turn at the same time. */
  readonly turnsAtOnce: number;
  /** To be called once all have been announced; what runs have to say before is kept until then. */
  announced(): void;
  closeDevice(): void;
}

/**
 * On one device all are trained by this thread; so are they with one variant at a time. Else each has a worker, and this thread
 * has time for messages.
 */
async function startRuns(
  spec: PreviewSpec,
  plans: readonly VariantPlan[],
  { dataset }: ReadyData,
  backend: ChosenBackend,
  { atOnce, threadsEach: threads }: Placement,
  host: PreviewHost,
  among: readonly Candidate[],
  emit: (event: RunEvent) => void,
): Promise<StartedRuns> {
  const { workers } = host;
  const { budget, seed } = spec;
  if (backend.kind === 'device') {
    // On the processor each has all threads in its turn.
    const makerOf = (one: ChosenBackend): NetworkMaker =>
      networkMaker(one, placementOn(one, 1, spec.threads, host).threadsEach, workers ?? null);
    const early = holdBack(emit);
    const next = (lost: readonly ChosenBackend[]): Promise<ChosenBackend> => {
      const names = lost.map(({ name }) => name);
      return nextBackend(
        host,
        among.filter(({ name }) => !names.includes(name)),
      );
    };
    const device = shareDevice(backend, next, makerOf, early.emit);
    const clock = createDeviceClock(host.nowMs);
    const runs: PlannedRun[] = [];
    for (const { variant, plan } of plans) {
      const run = await device.start((makeNetwork) =>
        createVariantRun(variant, plan, dataset, budget, seed, makeNetwork, host, early.emit, clock),
      );
      runs.push({ plan, run });
    }
    const turnsAtOnce = Math.min(plans.length, turnsOnDevice);
    return { runs, turnsAtOnce, announced: early.letThrough, closeDevice: device.close };
  }
  const onProcessor = { turnsAtOnce: atOnce, announced: () => {}, closeDevice: () => {} };
  if (workers === undefined || atOnce === 1) {
    const makeNetwork = networkMaker(backend, threads, workers ?? null);
    const runs = plans.map(({ variant, plan }) => ({
      plan,
      run: createVariantRun(variant, plan, dataset, budget, seed, makeNetwork, host, emit),
    }));
    return { ...onProcessor, runs };
  }
  const { name, kernels } = backend;
  const started = plans.map((planned) => ({
    ...planned,
    worker: workers.start<VariantTask | VariantRequest, VariantReply>(),
  }));
  const runs = await Promise.all(
    started.map(async ({ variant, plan, worker }) => {
      const task = { type: 'variant', spec, variant, threads, backend: name, kernels } as const;
      return { plan, run: await startRemoteVariantRun(worker, task, emit) };
    }),
  ).catch((error: unknown) => {
    for (const { worker } of started) worker.end();
    throw error;
  });
  return { ...onProcessor, runs };
}

/** Events of runs that nobody has been told of yet wait until somebody has. */
function holdBack(emit: (event: RunEvent) => void): { emit(event: RunEvent): void; letThrough(): void } {
  let waiting: RunEvent[] | null = [];
  return {
    emit: (event) => {
      if (waiting === null) emit(event);
      else waiting.push(event);
    },
    letThrough: () => {
      const events = waiting ?? [];
      waiting = null;
      for (const event of events) emit(event);
    },
  };
}

async function train(
  { runs, turnsAtOnce, announced }: StartedRuns,
  kind: ChosenBackend['kind'],
  { threadsEach }: Placement,
  choiceRemarks: readonly string[],
  spec: PreviewSpec,
  { description, trainingSequences, heldOutSequences, metric, baseline }: Dataset,
  host: PreviewHost,
  emit: (event: RunEvent) => void,
  shouldStop: () => boolean,
): Promise<void> {
  const allRuns = runs.map(({ run }) => run);
  const { mistakes, steps: stepsBefore } = await resume(allRuns, spec, host);
  const checkpointFile = spec.checkpointFile ?? (kind === 'device' ? spec.rescueFile : null) ?? null;
  const checkpoints = createCheckpointWriter(allRuns, checkpointFile, checkpointEveryMs[kind], host);
  if (mistakes.length === 0) {
    const failure = await checkpoints.write();
    // Without a file that nobody asked for a run is as good.
    if (failure !== null && spec.checkpointFile) mistakes.push({ message: failure, file: checkpointFile, line: null });
  }
  if (mistakes.length > 0) return emit({ type: 'rejected', obstacles: mistakes });

  const shownBaseline = baseline && { name: baseline.name, metric: baseline.metric, loss: baseline.loss };
  emit({ type: 'data', description, trainingSequences, heldOutSequences, metric, baseline: shownBaseline });
  const cores = host.workers?.cores ?? 1;
  for (const { plan, run } of runs) {
    const remarks = [...choiceRemarks, ...run.start.remarks];
    emit({ ...run.start, ...predictedStep(spec, plan, run.start, threadsEach, cores), remarks });
    if (spec.movedFrom) {
      const { because, ...from } = spec.movedFrom;
      const { cell, backend, device } = run.start;
      emit({ type: 'moved', cell, step: stepsBefore.get(cell) ?? 0, from, to: { backend, device }, because });
    }
  }
  announced();

  const results: VariantResult[] = [];
  const finished = new Set<VariantRun>();
  const waiting = [...allRuns];
  /** Gives each run that waits a turn, until there is none to give: others have the rest. */
  const takeTurns = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined && !shouldStop(); run = waiting.shift()) {
      if (!run.isOver) await run.advance(turnMs);
      await host.pause();
      await checkpoints.writeWhenDue();
      if (!run.isOver) {
        waiting.push(run);
        continue;
      }
      finished.add(run);
      results.push(await run.finish('finished'));
    }
  };
  await Promise.all(Array.from({ length: turnsAtOnce }, takeTurns));
  const failure = spec.checkpointFile ? await checkpoints.write() : null;
  for (const run of allRuns) if (!finished.has(run)) results.push(await run.finish('stopped'));
  const verdict = verdictOf(results, metric, baseline);
  emit(failure === null ? verdict : { ...verdict, statement: `${verdict.statement} ${failure}` });
  emit({ type: 'finished' });
}

/** Lets every run go on from the checkpoint that the spec names, if it names one; `steps` are those that each has done by then. */
async function resume(
  runs: readonly VariantRun[],
  { resumeFile, movedFrom }: PreviewSpec,
  host: PreviewHost,
): Promise<{ readonly mistakes: Obstacle[]; readonly steps: ReadonlyMap<Variant, number> }> {
  const steps = new Map<Variant, number>();
  if (!resumeFile) return { mistakes: [], steps };
  const refusal = (message: string) => ({ mistakes: [{ message, file: resumeFile, line: null }], steps });
  let bytes: Uint8Array;
  try {
    bytes = await host.readFile(resumeFile);
  } catch (error) {
    return refusal(`The checkpoint could not be read (${reasonOf(error)}). Check its path and your rights to it.`);
  }
  const decoded = decodeCheckpoint(bytes);
  if (decoded.kind === 'refused') return refusal(decoded.message);
  for (const run of runs) {
    const saved = decoded.variants.find(({ variant }) => variant === run.cell);
    if (saved === undefined) {
      const held = listed(decoded.variants.map(({ variant }) => variant));
      return refusal(`The checkpoint is one of another run: it holds ${held}, and not ${run.cell}.`);
    }
    const message = await run.resume(saved, Boolean(movedFrom));
    if (message !== null) return refusal(message);
    steps.set(run.cell, saved.step);
  }
  return { mistakes: [], steps };
}

/** Writes the state of all runs to a file; does nothing where there is none. What it returns says why that failed, or null. */
function createCheckpointWriter(
  runs: readonly VariantRun[],
  path: string | null,
  everyMs: number,
  host: PreviewHost,
): { write(): Promise<string | null>; writeWhenDue(): Promise<void> } {
  let writtenAtMs = host.nowMs();
  let isWriting = false;
  const write = async (): Promise<string | null> => {
    if (path === null) return null;
    try {
      await host.writeFile(path, encodeCheckpoint(await Promise.all(runs.map((run) => run.checkpoint()))));
      return null;
    } catch (error) {
      return `The checkpoint could not be written (${reasonOf(error)}).`;
    }
  };
  return {
    write,
    writeWhenDue: async () => {
      if (isWriting || host.nowMs() - writtenAtMs < everyMs) return;
      isWriting = true;
      // What fails now and then is forgiven; the last one, at the end of the run, is reported.
      await write();
      writtenAtMs = host.nowMs();
      isWriting = false;
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The profile is that of the WebAssembly backend on one thread; nothing is predicted of another. A batch that is split takes
 * as long as its largest part; threads beyond the cores make it no shorter.
 */
function predictedStep(
  { machine, budget }: PreviewSpec,
  plan: TrainingPlan,
  { backend, parameters }: RunStart,
  threads: number,
  cores: number,
): Pick<RunStart, 'predicted'> {
  if (!machine || backend !== 'wasm') return {};
  const { count } = threadsOf(plan, budget.batchSize, threads);
  const part = Math.ceil(budget.batchSize / Math.min(count, cores));
  const prediction = predictWork(planWork(plan, part, parameters), machine);
  if ('unknown' in prediction) return {};
  const { seconds, low, high } = prediction;
  return { predicted: { seconds, low, high } };
}

type RunStart = Extract<RunEvent, { type: 'run' }>;

function tooLarge(memoryBytes: number, batchSize: number): string {
  const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  return (
    `These variants together need ${gigabytes(memoryBytes)} GB with batches of ${batchSize}; the preview takes at most ` +
    `${gigabytes(memoryLimitBytes)} GB. Take smaller batches, shorter sequences or fewer variants.`
  );
}
