/** A training run from its spec to its last event: the data, the variants side by side or in turn, the verdict. */
import { predictWork } from '../../model/time/predict';
import type { Obstacle, PreviewSpec, RunEvent } from '../../protocol/trainer';
import type { Dataset } from '../data/dataset';
import { arenaLengthOf } from '../network';
import { planWork } from '../plan/planWork';
import type { TrainingPlan } from '../plan/trainingPlan';
import { listed } from '../wording';
import { type ChosenBackend, closeBackend } from './backends';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint';
import { searchBackends } from './chooseBackend';
import type { PreviewHost } from './host';
import { networkMaker } from './networkMaker';
import { plansOf, prepare, type ReadyData, type VariantPlan, withoutPlace } from './prepare';
import { startRemoteVariantRun } from './remoteVariantRun';
import { type Placement, threadsOf } from './threads';
import { placementOn } from './trial';
import type { VariantReply, VariantRequest, VariantTask } from './variantProtocol';
import { createVariantRun, type VariantResult, type VariantRun } from './variantRun';
import { verdictOf } from './verdict';

/** How long one variant trains before the next has its turn, so that all curves move together. */
const turnMs = 40;

/** Between writing one checkpoint and the next; what a crash may cost, to which devices are more given. */
const checkpointEveryMs = { processor: 10_000, device: 2_000 } as const;

/** Activations, gradients and weights of all variants together; more would push an ordinary laptop into swapping. */
const memoryLimitBytes = 2 * 2 ** 30;

/**
 * Resolves after the last event, `finished` or `rejected`. `shouldStop` is asked between turns. Rejects only when the
 * engine itself is at fault.
 */
export async function runPreview(
  spec: PreviewSpec,
  host: PreviewHost,
  emit: (event: RunEvent) => void,
  shouldStop: () => boolean,
): Promise<void> {
  const search = searchBackends(spec, host);
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
  const runs = await startRuns(spec, plans, prepared, backend, placement, host, emit);
  try {
    await train(runs, backend.kind, placement, remarks, spec, dataset, host, emit, shouldStop);
  } finally {
    for (const { run } of runs) run.end();
    closeBackend(backend);
  }
}

interface PlannedRun {
  readonly plan: TrainingPlan;
  readonly run: VariantRun;
}

/** With one variant at a time all are trained here; else each has a worker, and this thread has time for messages. */
function startRuns(
  spec: PreviewSpec,
  plans: readonly VariantPlan[],
  { dataset }: ReadyData,
  backend: ChosenBackend,
  { atOnce, threadsEach: threads }: Placement,
  host: PreviewHost,
  emit: (event: RunEvent) => void,
): Promise<PlannedRun[]> {
  const { workers } = host;
  if (workers === undefined || atOnce === 1 || backend.kind === 'device') {
    const makeNetwork = networkMaker(backend, threads, workers ?? null);
    return Promise.all(
      plans.map(async ({ variant, plan }) => ({
        plan,
        run: createVariantRun(variant, plan, dataset, spec.budget, spec.seed, makeNetwork, host, emit),
      })),
    );
  }
  const { name, kernels } = backend;
  const started = plans.map((planned) => ({
    ...planned,
    worker: workers.start<VariantTask | VariantRequest, VariantReply>(),
  }));
  return Promise.all(
    started.map(async ({ variant, plan, worker }) => {
      const task = { type: 'variant', spec, variant, threads, backend: name, kernels } as const;
      return { plan, run: await startRemoteVariantRun(worker, task, emit) };
    }),
  ).catch((error: unknown) => {
    for (const { worker } of started) worker.end();
    throw error;
  });
}

async function train(
  runs: readonly PlannedRun[],
  kind: ChosenBackend['kind'],
  { atOnce, threadsEach }: Placement,
  choiceRemarks: readonly string[],
  spec: PreviewSpec,
  { description, trainingSequences, heldOutSequences, metric, baseline }: Dataset,
  host: PreviewHost,
  emit: (event: RunEvent) => void,
  shouldStop: () => boolean,
): Promise<void> {
  const allRuns = runs.map(({ run }) => run);
  const mistakes = await resume(allRuns, spec, host);
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
  }

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
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
  const failure = spec.checkpointFile ? await checkpoints.write() : null;
  for (const run of allRuns) if (!finished.has(run)) results.push(await run.finish('stopped'));
  const verdict = verdictOf(results, metric, baseline);
  emit(failure === null ? verdict : { ...verdict, statement: `${verdict.statement} ${failure}` });
  emit({ type: 'finished' });
}

/** Lets every run go on from the checkpoint that the spec names, if it names one. */
async function resume(
  runs: readonly VariantRun[],
  { resumeFile }: PreviewSpec,
  host: PreviewHost,
): Promise<Obstacle[]> {
  if (!resumeFile) return [];
  const refusal = (message: string): Obstacle[] => [{ message, file: resumeFile, line: null }];
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
    const message = await run.resume(saved);
    if (message !== null) return refusal(message);
  }
  return [];
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
