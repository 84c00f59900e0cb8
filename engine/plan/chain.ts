/**
 * The chain of layers that a model is, read off its flow: from the output back to the input, then forwards with what each
 * step makes of the sequence. What is no chain, or holds something the engine does not train, is named with its line.
 */
import {
  type FlowNode,
  knownInteger,
  type Layer,
  type ModelGraph,
  type Quantity,
  type SourceLocation,
  type ValueReference,
} from '../../model/graph';
import type { Obstacle } from '../../protocol/trainer';
import { type ChainBuilder, createChainBuilder } from './chainBuilder';
import { applyFunction } from './functions';
import { applyIndex, joinsFinalStates } from './indexing';
import { applyLayer } from './layers';
import { trainedOutput } from './output';
import type { Convention, PlannedLayer, Source } from './trainingPlan';

/** Where something of the model is written. */
export type ChainPlace = Pick<SourceLocation, 'file' | 'line' | 'cell'>;

/** A model as the engine sees it, before data settles its length and a variant its cell. */
export interface ModelChain {
  readonly name: string;
  readonly convention: Convention;
  readonly input: { readonly kind: 'features' | 'tokens'; readonly width: number | null };
  /** Where the input width or vocabulary is written, for messages. */
  readonly inputLayer: Layer;
  readonly outputLine: ChainPlace;
  /** Steps of a sequence where the model fixes them. */
  readonly timeSteps: number | null;
  readonly layers: readonly PlannedLayer[];
  /** What is trained. */
  readonly outputSource: Source;
  readonly outputSteps: 'every' | 'last';
  readonly outputWidth: number;
  /** The activation that the last numbers pass through; softmax and log-softmax are left to the loss. */
  readonly outputActivation: 'none' | 'softmax' | 'tanh' | 'relu' | 'sigmoid';
  /** A number that no token may have, because the model ignores it (padding). */
  readonly reservedToken: number | null;
  readonly loss: string | null;
  /** The reset convention of GRUs in this model, or that its framework would take. */
  readonly resetAfter: boolean;
  readonly remarks: readonly string[];
}

export type ChainResult =
  | { readonly kind: 'chain'; readonly chain: ModelChain }
  | { readonly kind: 'obstacles'; readonly obstacles: readonly Obstacle[] };

export function chainOf(graph: ModelGraph): ChainResult {
  const obstacles: Obstacle[] = [];
  const convention = conventionOf(graph);
  if (convention === null) {
    obstacles.push({ message: 'Flax models are not trained in the preview yet.', ...placeOf(graph.location) });
    return { kind: 'obstacles', obstacles };
  }
  const builder = createChainBuilder(convention, obstacles);
  const timeSteps = graph.flow.length > 0 ? followFlow(graph, builder) : followOrder(graph, builder);
  if (obstacles.length === 0 && builder.recurrentCount === 0) {
    builder.obstacle('The model has no recurrent layer that its output depends on.', graph.location);
  }
  if (builder.content.kind === 'finalStates') {
    builder.obstacle(
      'The model returns the stacked final states of all layers; take one, as in h_n[-1].',
      graph.location,
    );
  }
  const { inputLayer, output } = builder;
  if (obstacles.length > 0 || inputLayer === null || output === null) {
    if (obstacles.length === 0) builder.obstacle('The model has no layer with weights.', graph.location);
    return { kind: 'obstacles', obstacles };
  }
  return {
    kind: 'chain',
    chain: {
      name: graph.name,
      convention,
      input: builder.input,
      inputLayer,
      outputLine: placeOf(output.location),
      timeSteps,
      layers: builder.layers,
      outputSource: builder.current,
      outputSteps: builder.content.kind === 'sequence' ? 'every' : 'last',
      outputWidth: output.width,
      outputActivation: builder.outputActivation,
      reservedToken: builder.reservedToken,
      loss: graph.loss,
      resetAfter: builder.resetAfter ?? graph.framework !== 'tfjs',
      remarks: builder.remarks,
    },
  };
}

/** Everything about a model itself that keeps it from being trained, whatever the data. */
export function trainingObstacles(graph: ModelGraph): readonly Obstacle[] {
  const result = chainOf(graph);
  return result.kind === 'obstacles' ? result.obstacles : [];
}

export function placeOf({ file, line, cell }: ChainPlace): ChainPlace {
  return cell === undefined ? { file, line } : { file, line, cell };
}

function conventionOf(graph: ModelGraph): Convention | null {
  switch (graph.framework) {
    case 'torch':
      return 'torch';
    case 'keras':
    case 'keras-config':
    case 'tfjs':
      return 'keras';
    case 'flax':
      return null;
  }
}

/** One node on the way from input to output, and which of its outputs the next one takes. */
interface PathStep {
  readonly node: FlowNode;
  readonly output: number;
}

/** Follows the flow; gives the number of time steps where the model fixes it. */
function followFlow(graph: ModelGraph, builder: ChainBuilder): number | null {
  const target = trainedOutput(graph, builder);
  if (target === null) return null;
  const path = pathTo(graph, target, builder);
  let timeSteps: number | null = null;
  let before: PathStep | null = null;
  for (const step of path) {
    const { node } = step;
    const hadRecurrent = builder.recurrentCount > 0;
    switch (node.operation.kind) {
      case 'input':
        break;
      case 'layer': {
        const layer = layerAt(graph, node.operation.path);
        const refusal = layer === null ? null : refusalOfUse(graph, path, step, layer);
        if (layer === null) builder.obstacle(`The layer ${node.operation.path} is not known.`, node.location);
        else if (refusal !== null) builder.obstacle(refusal, node.location);
        else applyLayer(builder, layer, step.output);
        break;
      }
      case 'index':
        applyIndex(builder, node.operation.steps, node);
        break;
      case 'function':
        applyFunction(builder, node, before && typeAt(before));
        break;
    }
    if (!hadRecurrent && builder.recurrentCount > 0 && before) timeSteps = axisAt(before, builder.inputTimeAxis);
    before = step;
  }
  return timeSteps;
}

/** From the input to `target`; a node that joins branches ends the search with an obstacle. */
function pathTo(graph: ModelGraph, target: ValueReference, builder: ChainBuilder): PathStep[] {
  const path: PathStep[] = [];
  let reference: ValueReference | undefined = target;
  while (reference !== undefined) {
    const node: FlowNode | undefined = graph.flow[reference.node];
    if (node === undefined) break;
    path.unshift({ node, output: reference.output });
    const source: ValueReference | null = joinsFinalStates(graph, node) ?? dropoutOfTraining(graph, node);
    if (source === null && isEither(node)) {
      builder.obstacle(
        `What ${graph.name} computes here depends on a condition that the file does not settle; the preview trains one way.`,
        node.location,
      );
      return [];
    }
    if (node.isConditional && !isDropout(graph, node)) {
      builder.obstacle(
        `Whether or how often this step of ${graph.name} runs is not settled by the file, so it is not trained here.`,
        node.location,
      );
      return [];
    }
    if (source === null && node.operation.kind === 'function' && node.inputs.length > 1) {
      builder.obstacle(
        `"${node.operation.name}" joins several branches of the model; the preview trains chains of layers.`,
        node.location,
      );
      return [];
    }
    // A layer's further inputs are initial states; see `refusalOfUse`.
    reference = source ?? node.inputs[0];
  }
  if (path[0]?.node.operation.kind !== 'input') {
    const start = path[0]?.node.location ?? graph.location;
    builder.obstacle(
      `What reaches the output of ${graph.name} does not start from an input that could be followed.`,
      start,
    );
    return [];
  }
  return path;
}

/** Where either of two values goes on, by a condition that is not known. */
function isEither({ operation }: FlowNode): boolean {
  return operation.kind === 'function' && operation.name === 'either';
}

/** `if self.training: x = dropout(x)`: either a value with dropout or the same one without, of which training takes the first. */
function dropoutOfTraining(graph: ModelGraph, node: FlowNode): ValueReference | null {
  if (!isEither(node)) return null;
  const dropped = node.inputs.find((input) => isDropout(graph, graph.flow[input.node]));
  const source = dropped && graph.flow[dropped.node]?.inputs[0];
  const others = node.inputs.filter((input) => input !== dropped);
  const areSource = others.every((other) => other.node === source?.node && other.output === source.output);
  return dropped !== undefined && areSource ? dropped : null;
}

function isDropout(graph: ModelGraph, node: FlowNode | undefined): boolean {
  switch (node?.operation.kind) {
    case 'layer':
      return layerAt(graph, node.operation.path)?.operation.op === 'dropout';
    case 'function':
      return node.operation.name === 'dropout';
    default:
      return false;
  }
}

/** Why the way in which a chain uses a layer is not trained: twice, or from a state that other layers compute. */
function refusalOfUse(graph: ModelGraph, path: readonly PathStep[], step: PathStep, layer: Layer): string | null {
  const name = `${layer.type} "${layer.path}"`;
  const uses = path.filter(({ node }) => node.operation.kind === 'layer' && node.operation.path === layer.path);
  if (uses.length > 1 && layer.operation.op !== 'dropout' && layer.operation.op !== 'activation') {
    return `${name} is applied ${uses.length} times with the same weights, which is not trained here yet.`;
  }
  // An initial state that is given or zero is one that training windows start without.
  if (step.node.inputs.slice(1).some((state) => dependsOnLayer(graph, state.node))) {
    return `${name} starts from a state that other layers compute; the preview trains chains, not encoders with decoders.`;
  }
  return null;
}

function dependsOnLayer(graph: ModelGraph, id: number): boolean {
  const pending = [id];
  const seen = new Set<number>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = graph.flow[next];
    if (node === undefined || seen.has(next)) continue;
    if (node.operation.kind === 'layer') return true;
    seen.add(next);
    pending.push(...node.inputs.map((input) => input.node));
  }
  return false;
}

/** A Keras `Sequential` whose flow is not known: its layers in the order in which they stand. */
function followOrder(graph: ModelGraph, builder: ChainBuilder): number | null {
  if (graph.form !== 'sequential' && graph.form !== 'config') {
    const [problem] = graph.problems;
    builder.obstacle(
      `How ${graph.name} connects its layers could not be followed${problem ? `: ${problem.message}` : '.'}`,
      problem?.location ?? graph.location,
    );
    return null;
  }
  let timeSteps: number | null = null;
  for (const layer of graph.layers) {
    if (layer.operation.op === 'input') {
      const shape = layer.outputs[0]?.[0]?.shape;
      const time = shape?.kind === 'known' ? shape.axes[1] : undefined;
      timeSteps = time ? knownInteger(time) : null;
    } else {
      applyLayer(builder, layer, 0);
    }
  }
  return timeSteps;
}

function layerAt(graph: ModelGraph, path: string): Layer | null {
  return graph.layers.find((layer) => layer.path === path) ?? null;
}

function typeAt({ node, output }: PathStep): FlowNode['outputs'][number] | null {
  return node.outputs[output] ?? null;
}

function axisAt(step: PathStep, axis: number): number | null {
  const shape = typeAt(step)?.shape;
  const quantity: Quantity | undefined = shape?.kind === 'known' ? shape.axes[axis] : undefined;
  return quantity ? knownInteger(quantity) : null;
}
