/** A training plan from a model's chain and the data it is to be trained on. */
import type { Dataset } from '../data/dataset';
import type { ModelChain } from './chain';
import type { TrainingPlan } from './trainingPlan';

export function planTraining(chain: ModelChain, dataset: Dataset): TrainingPlan {
  return {
    convention: chain.convention,
    timeSteps: dataset.timeSteps,
    input:
      dataset.input.kind === 'tokens'
        ? { kind: 'tokens', vocabulary: dataset.input.width }
        : { kind: 'features', width: dataset.input.width },
    layers: chain.layers,
    output: { steps: chain.outputSteps, width: chain.outputWidth, source: chain.outputSource },
    loss: dataset.loss,
    remarks: [...chain.remarks, ...dataset.remarks],
  };
}

/** Steps of a training sequence where neither the model nor the user says. */
const defaultTimeSteps = { table: 30, text: 64, task: 50 } as const;

export interface SequenceLength {
  readonly timeSteps: number;
  readonly remark: string | null;
}

/** The model's own length, else what the user asked for, else a default of the kind of data. */
export function sequenceLengthOf(
  chain: ModelChain,
  asked: number | null,
  kind: keyof typeof defaultTimeSteps,
): SequenceLength {
  if (chain.timeSteps !== null) {
    const remark =
      asked !== null && asked !== chain.timeSteps
        ? `The model fixes its sequences at ${chain.timeSteps} steps; the ${asked} asked for are not used.`
        : null;
    return { timeSteps: chain.timeSteps, remark };
  }
  if (asked !== null) return { timeSteps: asked, remark: null };
  const timeSteps = defaultTimeSteps[kind];
  return { timeSteps, remark: `The model leaves the length of a sequence open; here it is ${timeSteps} steps.` };
}
