/** A training plan from a model's plan and the data it is to be trained on. */
import type { Dataset } from '../data/dataset';
import { type ModelPlan, settledLayer } from './modelPlan';
import type { TrainingPlan } from './trainingPlan';

export function planTraining(model: ModelPlan, dataset: Dataset): TrainingPlan {
  return {
    convention: model.convention,
    timeSteps: dataset.timeSteps,
    input:
      dataset.input.kind === 'tokens'
        ? { kind: 'tokens', vocabulary: dataset.input.width }
        : { kind: 'features', width: dataset.input.width },
    layers: model.layers.map((layer) => settledLayer(layer, dataset.timeSteps)),
    output: { steps: model.outputSteps, width: model.outputWidth, source: model.outputSource },
    loss: dataset.loss,
    remarks: [...model.remarks, ...dataset.remarks],
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
  model: ModelPlan,
  asked: number | null,
  kind: keyof typeof defaultTimeSteps,
): SequenceLength {
  if (model.timeSteps !== null) {
    const remark =
      asked !== null && asked !== model.timeSteps
        ? `The model fixes its sequences at ${model.timeSteps} steps; the ${asked} asked for are not used.`
        : null;
    return { timeSteps: model.timeSteps, remark };
  }
  if (asked !== null) return { timeSteps: asked, remark: null };
  const timeSteps = defaultTimeSteps[kind];
  return { timeSteps, remark: `The model leaves the length of a sequence open; here it is ${timeSteps} steps.` };
}
