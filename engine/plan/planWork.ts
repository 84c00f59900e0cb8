/** The work of a training step of a plan, as `model/time` counts it: what its time is predicted from before it is measured. */
import {
  denseWork,
  joinDirectionsWork,
  pointwiseWork,
  type RunShape,
  recurrentWork,
  type Work,
} from '../../model/time/work';
import { type LayerPlan, outputSource, type Source, sourcesOf, type TrainingPlan } from './trainingPlan';

/** What a layer reads or gives: vectors of `width` for each of `steps` and each sequence. */
interface Flow {
  readonly steps: number;
  readonly width: number;
  /** Whether something before has weights, which its gradient has to reach. */
  readonly isTrained: boolean;
}

/** @param parameters numbers that the optimiser updates */
export function planWork(plan: TrainingPlan, batch: number, parameters: number): Work[] {
  const work: Work[] = [];
  const input: Flow = {
    steps: plan.timeSteps,
    width: plan.input.kind === 'features' ? plan.input.width : 1,
    isTrained: false,
  };
  const outputs: (readonly Flow[])[] = [];
  const flowOf = (source: Source): Flow => {
    const flow = source === 'input' ? input : outputs[source.layer]?.[source.output];
    if (flow === undefined) throw new Error('a layer reads what is not there');
    return flow;
  };
  for (const [index, layer] of plan.layers.entries()) {
    const flows = sourcesOf(plan.layers, index).map(flowOf);
    work.push(...layerWork(layer, flows, batch));
    outputs.push(outputsOf(layer, flows));
  }
  const { steps, width } = flowOf(outputSource(plan));
  const loss = plan.loss === 'crossEntropy' ? 'softmaxLoss' : 'squaredLoss';
  work.push(pointwiseWork(loss, steps * batch * width), pointwiseWork('adam', parameters));
  return work;
}

/** Nothing flows into a layer that makes up its own input. */
const nothing: Flow = { steps: 0, width: 0, isTrained: false };

function layerWork(layer: LayerPlan, flows: readonly Flow[], batch: number): readonly Work[] {
  const { steps, width, isTrained } = flows[0] ?? nothing;
  const run: RunShape = { training: true, inputGradient: isTrained };
  const elements = flows.reduce((sum, flow) => sum + flow.steps * batch * flow.width, 0);
  switch (layer.kind) {
    case 'recurrent': {
      const { cell, hiddenSize: hidden, projection: state = hidden, direction } = layer;
      const one = recurrentWork({ cell, batch, steps, inputs: width, hidden, state }, run);
      return direction === 'both' ? [...one, ...one, ...joinDirectionsWork(batch * steps * state, run)] : one;
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
    case 'repeat':
      return [pointwiseWork('copy', layer.timeSteps * elements, 2)];
    case 'dropout':
    case 'flatten':
    case 'reverse':
    case 'join':
      return [pointwiseWork('copy', elements, 2)];
    case 'step':
    case 'delayedTargets':
      return [];
  }
}

function activationWork(elements: number): readonly Work[] {
  return [pointwiseWork('activation', elements), pointwiseWork('activationBackward', elements)];
}

function outputsOf(layer: LayerPlan, flows: readonly Flow[]): readonly Flow[] {
  const flow = flows[0] ?? nothing;
  switch (layer.kind) {
    case 'recurrent': {
      const { direction, merge, projection: stateWidth = layer.hiddenSize } = layer;
      const width = direction === 'both' && merge === 'concat' ? 2 * stateWidth : stateWidth;
      const states: Flow = { steps: flow.steps, width, isTrained: true };
      const final: Flow = { ...states, steps: 1 };
      return [states, final, final];
    }
    case 'embedding':
      return [{ ...flow, width: layer.width, isTrained: true }];
    case 'dense':
      return [{ ...flow, width: layer.units, isTrained: true }];
    case 'step':
      return [{ ...flow, steps: 1 }];
    case 'flatten':
      return [{ ...flow, steps: 1, width: flow.steps * flow.width }];
    case 'repeat':
      return [{ ...flow, steps: layer.timeSteps }];
    case 'join': {
      const width = layer.how === 'concat' ? flows.reduce((sum, one) => sum + one.width, 0) : flow.width;
      return [{ ...flow, width, isTrained: flows.some((one) => one.isTrained) }];
    }
    case 'delayedTargets':
      return [{ steps: layer.timeSteps, width: layer.width, isTrained: false }];
    case 'activation':
    case 'dropout':
    case 'reverse':
      return [flow];
  }
}
