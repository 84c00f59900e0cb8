/** Checks what a budget says of optimiser, schedule and clipping, each mistake a sentence. */
import type { TrainingBudget } from './trainer';

export function trainingRuleMistakes({ steps, optimiser, schedule, clipping }: TrainingBudget): readonly string[] {
  const mistakes: string[] = [];
  const share = (name: string, value: number | undefined): void => {
    if (value !== undefined && !(value >= 0 && value < 1)) {
      mistakes.push(`The ${name} must be a number from 0 up to but not including 1, not ${value}.`);
    }
  };
  const positive = (name: string, value: number): void => {
    if (!(value > 0 && Number.isFinite(value))) mistakes.push(`The ${name} must be a positive number, not ${value}.`);
  };
  const count = (name: string, value: number, least: number): void => {
    if (!Number.isSafeInteger(value) || value < least) {
      mistakes.push(`The ${name} must be a whole number from ${least} on, not ${value}.`);
    }
  };
  if (optimiser !== undefined) {
    const { weightDecay = 0 } = optimiser;
    if (!(weightDecay >= 0 && Number.isFinite(weightDecay))) {
      mistakes.push(`The weight decay must be a number from 0 on, not ${weightDecay}.`);
    }
    if (optimiser.name === 'sgd' || optimiser.name === 'rmsprop') share('momentum', optimiser.momentum);
    if (optimiser.name === 'rmsprop') share('decay of RMSprop', optimiser.decay);
    if (optimiser.name === 'sgd' && optimiser.nesterov === true && (optimiser.momentum ?? 0) === 0) {
      mistakes.push("Nesterov's form of momentum needs a momentum, such as 0.9.");
    }
  }
  switch (schedule?.kind) {
    case 'step':
      count('length of a stair of the schedule', schedule.every, 1);
      positive('factor of the schedule', schedule.factor);
      break;
    case 'exponential':
      positive('factor of the schedule', schedule.factor);
      break;
    case 'cosine':
      count('warm-up', schedule.warmUp, 0);
      if (schedule.warmUp >= steps) {
        mistakes.push(`The warm-up of ${schedule.warmUp} steps leaves none of the ${steps} steps to train on.`);
      }
      break;
    case 'constant':
    case undefined:
      break;
  }
  if (clipping !== undefined && clipping.kind !== 'none') positive('limit of gradients', clipping.limit);
  return mistakes;
}
