/** The work of a training step of a plan, as `model/time` counts it: what its time is predicted from before it is measured. */
import {
  denseWork,
  joinDirectionsWork,
  pointwiseWork,
  type RunShape,
  recurrentWork,
  type Work,
} from '../../model/time/work';
import type { LayerPlan, RecurrentPlan, TrainingPlan } from './trainingPlan';

/** What flows between two layers: vectors of `width` for each of `steps` and each sequence. */
interface Flow {
  readonly steps: number;
  readonly width: number;
  /** Whether something before has weights, which its gradient has to reach. */
  readonly isTrained: boolean;
}

/** @param parameters numbers that the optimiser updates */
export function planWork(plan: TrainingPlan, batch: number, parameters: number): Work[] {
  const work: Work[] = [];
  const inputWidth = plan.input.kind === 'features' ? plan.input.width : 1;
  let flow: Flow = { steps: plan.timeSteps, width: inputWidth, isTrained: false };
  for (const layer of plan.layers) {
    const run = { training: true, inputGradient: flow.isTrained };
    work.push(...layerWork(layer, flow, batch, run));
    flow = flowAfter(layer, flow);
  }
  const loss = plan.loss === 'crossEntropy' ? 'softmaxLoss' : 'squaredLoss';
  work.push(pointwiseWork(loss, flow.steps * batch * flow.width), pointwiseWork('adam', parameters));
  return work;
}

function layerWork(layer: LayerPlan, { steps, width }: Flow, batch: number, run: RunShape): readonly Work[] {
  const elements = steps * batch * width;
  switch (layer.kind) {
    case 'recurrent': {
      const { cell, hiddenSize: hidden, direction } = layer;
      const one = recurrentWork({ cell, batch, steps, inputs: width, hidden, state: hidden }, run);
      return direction === 'both' ? [...one, ...one, ...joinDirectionsWork(batch * steps * hidden, run)] : one;
    }
    case 'embedding': {
      const embedded = steps * batch * layer.width;
      return [pointwiseWork('gather', embedded), pointwiseWork('scatterAdd', embedded)];
    }
    case 'dense': {
      const work = denseWork(steps * batch, width, layer.units, run);
      return layer.activation === null ? work : [...work, ...activationWork(steps * batch * layer.units)];
    }
    case 'activation':
      return activationWork(elements);
    case 'dropout':
    case 'flatten':
      return [pointwiseWork('copy', elements, 2)];
    case 'lastStep':
      return [];
  }
}

function activationWork(elements: number): readonly Work[] {
  return [pointwiseWork('activation', elements), pointwiseWork('activationBackward', elements)];
}

function flowAfter(layer: LayerPlan, flow: Flow): Flow {
  switch (layer.kind) {
    case 'recurrent':
      return { steps: layer.output === 'everyStep' ? flow.steps : 1, width: widthOf(layer), isTrained: true };
    case 'embedding':
      return { ...flow, width: layer.width, isTrained: true };
    case 'dense':
      return { ...flow, width: layer.units, isTrained: true };
    case 'lastStep':
      return { ...flow, steps: 1 };
    case 'flatten':
      return { ...flow, steps: 1, width: flow.steps * flow.width };
    case 'activation':
    case 'dropout':
      return flow;
  }
}

function widthOf({ hiddenSize, direction }: RecurrentPlan): number {
  return direction === 'both' ? 2 * hiddenSize : hiddenSize;
}
