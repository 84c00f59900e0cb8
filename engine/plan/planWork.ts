/** The work of a training step of a plan, as `model/time` counts it: what its time is predicted from before it is measured. */
import {
  convolutionWork,
  denseWork,
  joinDirectionsWork,
  pointwiseWork,
  productWork,
  type RunShape,
  recurrentWork,
  type Work,
  weightGradientWork,
} from '../../model/time/work';
import { createOptimiser, defaultOptimiser } from '../optimiser';
import { timeWindows } from './timeWindows';
import {
  type AttentionPlan,
  type LayerPlan,
  type MultiHeadAttentionPlan,
  outputSource,
  type Source,
  sourcesOf,
  type TrainingPlan,
} from './trainingPlan';

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
  // All optimisers move the numbers of parameters, gradients and their own state once; what is timed is Adam with its two.
  const { stateSections } = createOptimiser(plan.optimiser ?? defaultOptimiser, plan.convention);
  const updated = Math.ceil((parameters * (2 + stateSections)) / 4);
  work.push(pointwiseWork(loss, steps * batch * width), pointwiseWork('adam', updated));
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
    case 'conv1d': {
      const { filters, kernelSize, groups } = layer;
      const positions = windowedSteps(layer, steps) * batch;
      const work = Array.from({ length: groups }, () =>
        convolutionWork(positions, kernelSize, width / groups, filters / groups, run),
      ).flat();
      return layer.activation === null ? work : [...work, ...activationWork(positions * filters)];
    }
    case 'pool':
      return [pointwiseWork('copy', windowedSteps(layer, steps) * layer.size * batch * width, 2)];
    case 'poolOverTime':
    case 'gaussianNoise':
      return [pointwiseWork('copy', elements, 2)];
    case 'layerNorm':
      return [pointwiseWork('normalisation', elements, 3)];
    case 'batchNorm':
      return [pointwiseWork('normalisation', elements, 5)];
    case 'softmaxOverTime':
      return [pointwiseWork('softmaxLoss', elements), pointwiseWork('copy', elements, 3)];
    case 'attention':
      return attentionWork(layer, flows, batch);
    case 'multiHeadAttention':
      return multiHeadWork(layer, flows, batch);
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

function windowedSteps(layer: Extract<LayerPlan, { kind: 'conv1d' | 'pool' }>, steps: number): number {
  const [size, dilation] = layer.kind === 'conv1d' ? [layer.kernelSize, layer.dilation] : [layer.size, 1];
  return timeWindows(steps, { ...layer, size, dilation }).outputSteps;
}

interface AttentionSizes {
  readonly score: AttentionPlan['score'];
  /** Sequences times heads. */
  readonly pairs: number;
  readonly queries: number;
  readonly keys: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
}

/** What attention reads for its queries, keys and values. */
function attended(flows: readonly Flow[]): readonly [query: Flow, key: Flow, value: Flow] {
  const [query = nothing, key = query, value = key] = flows;
  return [query, key, value];
}

function attentionWork({ score, scale }: AttentionPlan, flows: readonly Flow[], batch: number): readonly Work[] {
  const [query, key, value] = attended(flows);
  const core = attentionCoreWork({
    score,
    pairs: batch,
    queries: query.steps,
    keys: key.steps,
    keyWidth: key.width,
    valueWidth: value.width,
  });
  const hasVector = score === 'additive' && scale === 'trained';
  return hasVector ? [...core, weightGradientWork(1, batch * query.steps * key.steps, key.width)] : core;
}

/** Scores, their softmax and the weighted sum of the values, forward and backward. */
function attentionCoreWork({ score, pairs, queries, keys, keyWidth, valueWidth }: AttentionSizes): readonly Work[] {
  const scores = pairs * queries * keys;
  const scoring =
    score === 'dot'
      ? [
          productWork(queries, keyWidth, keys, pairs),
          productWork(queries, keys, keyWidth, pairs),
          { ...weightGradientWork(keys, queries, keyWidth), calls: pairs },
        ]
      : [...activationWork(scores * keyWidth), pointwiseWork('copy', scores * keyWidth, 4)];
  return [
    ...scoring,
    pointwiseWork('softmaxLoss', scores, 2),
    productWork(queries, keys, valueWidth, pairs),
    productWork(queries, valueWidth, keys, pairs),
    { ...weightGradientWork(keys, queries, valueWidth), calls: pairs },
  ];
}

function multiHeadWork(layer: MultiHeadAttentionPlan, flows: readonly Flow[], batch: number): readonly Work[] {
  const { heads, keyWidth, valueWidth, outputWidth } = layer;
  const [query, key, value] = attended(flows);
  const projection = (flow: Flow, width: number): readonly Work[] =>
    denseWork(flow.steps * batch, flow.width, width, { training: true, inputGradient: flow.isTrained });
  const core = {
    score: 'dot',
    pairs: batch * heads,
    queries: query.steps,
    keys: key.steps,
    keyWidth,
    valueWidth,
  } as const;
  return [
    ...projection(query, heads * keyWidth),
    ...projection(key, heads * keyWidth),
    ...projection(value, heads * valueWidth),
    ...attentionCoreWork(core),
    ...projection({ steps: query.steps, width: heads * valueWidth, isTrained: true }, outputWidth),
  ];
}

function activationWork(elements: number): readonly Work[] {
  return [pointwiseWork('activation', elements), pointwiseWork('activationBackward', elements)];
}

function outputsOf(layer: LayerPlan, flows: readonly Flow[]): readonly Flow[] {
  const flow = flows[0] ?? nothing;
  switch (layer.kind) {
    case 'recurrent': {
      const { direction, merge, hiddenSize, projection: stateWidth = hiddenSize } = layer;
      const joined = direction === 'both' && merge === 'concat' ? 2 : 1;
      const states: Flow = { steps: flow.steps, width: joined * stateWidth, isTrained: true };
      // A projection narrows what is fed back, not the cell.
      return [states, { ...states, steps: 1 }, { ...states, steps: 1, width: joined * hiddenSize }];
    }
    case 'embedding':
      return [{ ...flow, width: layer.width, isTrained: true }];
    case 'dense':
      return [{ ...flow, width: layer.units, isTrained: true }];
    case 'conv1d':
      return [{ steps: windowedSteps(layer, flow.steps), width: layer.filters, isTrained: true }];
    case 'pool':
      return [{ ...flow, steps: windowedSteps(layer, flow.steps) }];
    case 'step':
    case 'poolOverTime':
      return [{ ...flow, steps: 1 }];
    case 'layerNorm':
    case 'batchNorm':
      return [{ ...flow, isTrained: flow.isTrained || layer.scale || layer.bias }];
    case 'attention': {
      const isTrained = layer.scale === 'trained' || flows.some((one) => one.isTrained);
      return [{ ...flow, width: attended(flows)[2].width, isTrained }];
    }
    case 'multiHeadAttention':
      return [{ ...flow, width: layer.outputWidth, isTrained: true }];
    case 'flatten':
      return [{ ...flow, steps: 1, width: flow.steps * flow.width }];
    case 'repeat':
      return [{ ...flow, steps: layer.timeSteps }];
    case 'join': {
      const widths = flows.map((one) => one.width);
      const width = layer.how === 'concat' ? widths.reduce((sum, one) => sum + one, 0) : Math.max(...widths);
      return [{ ...flow, width, isTrained: flows.some((one) => one.isTrained) }];
    }
    case 'delayedTargets':
      return [{ steps: layer.timeSteps, width: layer.width, isTrained: false }];
    case 'activation':
    case 'dropout':
    case 'gaussianNoise':
    case 'reverse':
    case 'softmaxOverTime':
      return [flow];
  }
}
