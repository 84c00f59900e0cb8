/** A training plan from a model's plan and the data it is to be trained on. */
import type { Dataset } from '../data/dataset';
import { type ModelPlan, settledLayer } from './modelPlan';
import { withoutOutputSigmoid } from './outputSigmoid';
import type { TrainingPlan } from './trainingPlan';

export function planTraining(model: ModelPlan, dataset: Dataset): TrainingPlan {
  const plan: TrainingPlan = {
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
  return dataset.loss === 'binaryCrossEntropy' && model.outputActivation === 'sigmoid'
    ? withoutOutputSigmoid(plan)
    : plan;
}
