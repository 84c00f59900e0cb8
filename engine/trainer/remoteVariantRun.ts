/** A variant that trains in a worker, as the run that it is to the trainer. */
import type { RunEvent } from '../../protocol/trainer';
import { type WorkerHandle, WorkerLostError } from '../parallel/workerHandle';
import type { VariantReply, VariantRequest, VariantTask } from './variantProtocol';
import type { VariantRun } from './variantRun';

export type VariantWorker = WorkerHandle<VariantTask | VariantRequest, VariantReply>;

type Answer<Type extends VariantReply['type']> = Extract<VariantReply, { type: Type }>;
type StepEvent = Extract<RunEvent, { type: 'step' }>;

/** Resolves when the worker is ready. Rejects with a `WorkerLostError` when it never is. */
export async function startRemoteVariantRun(
  worker: VariantWorker,
  task: VariantTask,
  emit: (event: RunEvent) => void,
): Promise<VariantRun> {
  const waiting: { take(reply: VariantReply): void; fail(error: Error): void }[] = [];
  const steps: StepEvent[] = [];
  let lost: string | null = null;
  worker.onMessage((reply) => {
    if (reply.type !== 'event') return waiting.shift()?.take(reply);
    if (reply.event.type === 'step') steps.push(reply.event);
    emit(reply.event);
  });
  worker.onLost((how) => {
    lost = how;
    for (const { fail } of waiting.splice(0)) fail(new WorkerLostError(how));
  });
  const answerTo = <Type extends VariantReply['type']>(
    request: VariantTask | VariantRequest,
    type: Type,
  ): Promise<Answer<Type>> =>
    new Promise((resolve, reject) => {
      if (lost !== null) return reject(new WorkerLostError(lost));
      const take = (reply: VariantReply): void => {
        if (isAnswer(reply, type)) resolve(reply);
        else reject(new Error(`a worker answers ${reply.type} where ${type} is expected`));
      };
      waiting.push({ take, fail: reject });
      worker.post(request);
    });

  let { start } = await answerTo(task, 'ready');
  let isOver = false;
  return {
    cell: task.variant,
    get start() {
      return start;
    },
    get isOver() {
      return isOver || lost !== null;
    },
    advance: async (forMs) => {
      try {
        ({ isOver } = await answerTo({ type: 'advance', forMs }, 'advanced'));
      } catch (error) {
        // What has been reached stands; `finish` says why there is no more.
        if (!(error instanceof WorkerLostError)) throw error;
      }
    },
    finish: async (end) => {
      if (lost === null) return (await answerTo({ type: 'finish', end }, 'finished')).result;
      emit(doneWithoutWorker(start, steps, new WorkerLostError(lost).message));
      return { cell: task.variant, parameters: start.parameters, outcome: 'stopped', best: null, evaluations: 0 };
    },
    checkpoint: async () => (await answerTo({ type: 'checkpoint' }, 'checkpoint')).checkpoint,
    resume: async (checkpoint, hasMoved) => {
      const resumed = await answerTo({ type: 'resume', checkpoint, hasMoved }, 'resumed');
      ({ start, isOver } = resumed);
      return resumed.refusal;
    },
    end: worker.end,
  };
}

function isAnswer<Type extends VariantReply['type']>(reply: VariantReply, type: Type): reply is Answer<Type> {
  return reply.type === type;
}

/** What the events before the loss of a worker tell of its run. */
function doneWithoutWorker(start: VariantRun['start'], steps: readonly StepEvent[], because: string): RunEvent {
  const least = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.min(...known);
  };
  const best = steps.reduce<StepEvent | null>(
    (before, step) =>
      step.heldOutLoss !== null && step.heldOutLoss < (before?.heldOutLoss ?? Number.POSITIVE_INFINITY) ? step : before,
    null,
  );
  return {
    type: 'done',
    cell: start.cell,
    outcome: 'stopped',
    because,
    steps: steps.at(-1)?.step ?? 0,
    bestLoss: least(steps.map(({ loss }) => loss)),
    bestHeldOutLoss: best?.heldOutLoss ?? null,
    bestMetric: best?.metric ?? null,
    seconds: steps.at(-1)?.seconds ?? 0,
    parameters: start.parameters,
  };
}
