/** A plan run forward on tensors: from the inputs of a batch to what is trained. */
import { drawingKey } from '../layers/layer';
import { outputSource, type Source, sourcesOf, type TrainingPlan } from '../plan/trainingPlan';
import type { FusedCells } from './fusedCells';
import { runLayer } from './layers';
import type { Tensor2D, Tensor3D, TensorFlow, Variable } from './tensorflow';
import type { LayerContext, Steps } from './values';

/** What differs from one run through the network to another. */
export interface ForwardPass {
  readonly training: boolean;
  readonly dropoutKey: number;
  readonly probe: LayerContext['probe'];
}

export interface ForwardOperands {
  readonly tf: TensorFlow;
  readonly plan: TrainingPlan;
  readonly fused: FusedCells | null;
  readonly inputs: Tensor3D;
  /** What layers of that kind give; null where the plan has none. */
  readonly delayedTargets: Tensor3D | null;
  readonly parameters: ReadonlyMap<string, Tensor2D>;
  readonly state: ReadonlyMap<string, Variable>;
}

export interface LayerOutputs {
  readonly path: string;
  readonly outputs: readonly Steps[];
}

export interface ForwardResult {
  readonly output: Steps;
  /** Of every layer, in the order of the plan. */
  readonly layers: readonly LayerOutputs[];
}

export function runForward(operands: ForwardOperands, pass: ForwardPass): ForwardResult {
  const { tf, plan, fused, inputs, delayedTargets } = operands;
  const given: Steps = { value: inputs, mask: null };
  const layers: LayerOutputs[] = [];
  const take = (source: Source): Steps => {
    const value = source === 'input' ? given : layers[source.layer]?.outputs[source.output];
    if (value === undefined) throw new Error('a layer reads what is not there');
    return value;
  };
  const readSources = [...plan.layers.keys()].flatMap((index) => sourcesOf(plan.layers, index));
  const read = new Set([...readSources, outputSource(plan)].map(keyOf));
  // Layers of the same path share their parameters; only the first of them is probed.
  const firstRecurrent = plan.layers.findIndex((layer) => layer.kind === 'recurrent');
  plan.layers.forEach((layer, index) => {
    if (layer.kind === 'delayedTargets') {
      if (delayedTargets === null) throw new Error(`${layer.path} has no targets`);
      layers.push({ path: layer.path, outputs: [{ value: delayedTargets, mask: null }] });
      return;
    }
    const context: LayerContext = {
      tf,
      convention: plan.convention,
      fused,
      training: pass.training,
      drawingKey: drawingKey(pass, index),
      probe: index === firstRecurrent ? pass.probe : null,
      parameter: (name) => named(operands.parameters, name),
      state: (name) => named(operands.state, name),
      isRead: (output) => read.has(keyOf({ layer: index, output })),
    };
    const outputs = runLayer(context, layer, sourcesOf(plan.layers, index).map(take));
    layers.push({ path: layer.path, outputs });
  });
  return { output: take(outputSource(plan)), layers };
}

function keyOf(source: Source): string {
  return source === 'input' ? source : `${source.layer}.${source.output}`;
}

function named<T>(all: ReadonlyMap<string, T>, name: string): T {
  const one = all.get(name);
  if (one === undefined) throw new Error(`the network has nothing named ${name}`);
  return one;
}
