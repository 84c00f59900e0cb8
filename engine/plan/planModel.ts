/**
 * A plan of a model, read off its flow: every value that the trained output depends on is visited in order and becomes what
 * layers of the engine give. What the engine does not train is named with its line.
 */
import { type FlowNode, type Framework, isListed, knownInteger, type Layer, type ModelGraph } from '../../model/graph';
import type { Obstacle } from '../../protocol/trainer';
import { placeOf } from '../place';
import { listed } from '../wording';
import type { Application } from './application';
import { createPlanBuilder, type InputLayout, type PlanBuilder, tensorOf } from './builder';
import { decoderInput } from './decoder';
import { applyFunction } from './functions';
import { applyIndex } from './indexing';
import { applyLayer } from './layers';
import { modelInput, noteSizes, settleInput } from './modelInput';
import type { ModelPlanResult, OpenLayer } from './modelPlan';
import { trainedOutput } from './output';
import { pruned } from './pruned';
import { dropoutOfTraining, isDropout, isEither, layerOf, neededNodes, readersOf } from './reachable';
import type { Convention } from './trainingPlan';
import { refused, type Tensor, type Value } from './values';

export function planModel(graph: ModelGraph): ModelPlanResult {
  const layouts: readonly InputLayout[] =
    graph.framework === 'torch'
      ? ['batch, time, width', 'time, batch, width', 'batch, width, time']
      : ['batch, time, width'];
  let best: Attempt | null = null;
  for (const layout of layouts) {
    const attempt = attemptPlan(graph, layout);
    if (best === null || attempt.obstacles.length < best.obstacles.length) best = attempt;
    if (attempt.obstacles.length === 0 || !attempt.hasMisplacedAxis) break;
  }
  return best?.result ?? { kind: 'obstacles', obstacles: [] };
}

/** Everything about a model itself that keeps it from being trained, whatever the data. */
export function trainingObstacles(graph: ModelGraph): readonly Obstacle[] {
  const result = planModel(graph);
  return result.kind === 'obstacles' ? result.obstacles : [];
}

interface Attempt {
  readonly result: ModelPlanResult;
  readonly obstacles: readonly Obstacle[];
  readonly hasMisplacedAxis: boolean;
}

/** Looks again where bidirectional layers turn out to be read one direction at a time. */
function attemptPlan(graph: ModelGraph, layout: InputLayout): Attempt {
  const parted = new Set<string>();
  for (;;) {
    const builder = createPlanBuilder(
      graph.name,
      graph.framework,
      conventionOf(graph.framework),
      { layout, parted },
      readersOf(graph),
    );
    const result = planWith(graph, builder);
    const found = [...builder.parted].filter((path) => !parted.has(path));
    if (found.length === 0) {
      const obstacles = result.kind === 'obstacles' ? result.obstacles : [];
      return { result, obstacles, hasMisplacedAxis: builder.hasMisplacedAxis };
    }
    for (const path of found) parted.add(path);
  }
}

function conventionOf(framework: Framework): Convention {
  switch (framework) {
    case 'torch':
      return 'torch';
    case 'flax':
      return 'flax';
    case 'keras':
    case 'keras-config':
    case 'tfjs':
      return 'keras';
  }
}

function planWith(graph: ModelGraph, builder: PlanBuilder): ModelPlanResult {
  const output = graph.flow.length > 0 ? followFlow(graph, builder) : followOrder(graph, builder);
  const { obstacles } = builder;
  const kept = output === null ? null : pruned(builder, output.source);
  if (obstacles.length === 0 && kept !== null && kept.layers.every(({ kind }) => kind !== 'recurrent')) {
    builder.obstacle('The model has no recurrent layer that its output depends on.', graph.location);
  }
  const { inputLayer, input, outputLocation } = builder;
  if (
    obstacles.length > 0 ||
    kept === null ||
    output === null ||
    inputLayer === null ||
    input === null ||
    output.width === null
  ) {
    if (obstacles.length === 0) builder.obstacle('The model has no layer with weights.', graph.location);
    return { kind: 'obstacles', obstacles };
  }
  remarkOthers(graph, builder, kept.layers);
  const isEvery = output.axes.includes('time') || output.axes.includes('rows');
  return {
    kind: 'plan',
    plan: {
      name: graph.name,
      convention: builder.convention,
      input,
      inputLayer,
      outputLine: placeOf(outputLocation ?? graph.location),
      timeSteps: builder.inputSteps,
      layers: kept.layers,
      places: kept.places,
      outputSource: kept.source,
      outputSteps: isEvery ? 'every' : 'last',
      outputWidth: output.width,
      outputActivation: output.activation,
      reservedToken: builder.reservedToken,
      loss: graph.loss,
      resetAfter: builder.resetAfter ?? graph.framework !== 'tfjs',
      hardSigmoidSlope: graph.framework === 'tfjs' ? 0.2 : null,
      remarks: builder.remarks,
    },
  };
}

/** Says which layers train here though they are frozen in the source, and which take no part in the output. */
function remarkOthers({ layers }: ModelGraph, builder: PlanBuilder, planned: readonly OpenLayer[]): void {
  const isPlanned = (path: string): boolean =>
    planned.some((layer) => layer.path === path || layer.path.startsWith(`${path}.`));
  const weighed = layers.filter(
    ({ operation, weights }) =>
      isListed(weights) && weights.length > 0 && !(operation.op === 'other' && operation.computes?.kind === 'ownCode'),
  );
  const isFrozen = ({ weights }: Layer): boolean =>
    isListed(weights) && weights.some(({ name, trainable }) => trainable === false && !name.startsWith('moving_'));
  const unused = weighed.filter(({ path }) => !isPlanned(path)).map(({ path }) => path);
  if (unused.length > 0) {
    const [it, is] = unused.length === 1 ? ['it is', 'takes'] : ['they are', 'take'];
    builder.remark(`${listed(unused)} ${is} no part in the output, so ${it} not trained here.`);
  }
  for (const { path } of weighed) {
    for (const [one, other] of [['forward', 'backward'] as const, ['backward', 'forward'] as const]) {
      if (isPlanned(`${path}.${one}`) && !isPlanned(`${path}.${other}`)) {
        builder.remark(`Of ${path}, the ${other} direction takes no part in the output, so it is not trained here.`);
      }
    }
  }
  const frozen = weighed.filter((layer) => isPlanned(layer.path) && isFrozen(layer)).map(({ path }) => path);
  if (frozen.length > 0) {
    builder.remark(`Frozen in the source, but trained here: ${listed(frozen)}.`);
  }
}

/** The output as a tensor, after every value that it depends on. */
function followFlow(graph: ModelGraph, builder: PlanBuilder): Tensor | null {
  const target = trainedOutput(graph, builder);
  if (target === null) return null;
  const nodes = neededNodes(graph, target);
  const inputs = inputsOf(graph, builder, nodes);
  if (inputs === null) return null;
  const values = new Map<number, readonly Value[]>();
  const undecided = nodes.filter((node) => isEither(node) && dropoutOfTraining(graph, node) === null);
  for (const { location } of undecided) {
    builder.obstacle(
      `What ${graph.name} computes here depends on a condition that the file does not settle; the preview trains one way.`,
      location,
    );
  }
  if (undecided.length > 0) return null;
  for (const node of nodes) {
    if (node.isConditional && !isDropout(graph, node)) {
      builder.obstacle(
        `Whether or how often this step of ${graph.name} runs is not settled by the file, so it is not trained here.`,
        node.location,
      );
      continue;
    }
    const visited = visit(graph, builder, node, inputs, values);
    const given = builder.obstacles.length === 0 ? visited : withGuess(node, visited, values);
    values.set(node.id, given);
    given.forEach((value, output) => {
      const isInput = value.kind === 'tensor' && value.source === 'input';
      if (isInput) noteSizes(builder, value.axes, node.outputs[output]);
    });
  }
  settleInput(builder, nodes);
  const value = values.get(target.node)?.[target.output] ?? refused;
  return finalTensor(graph, builder, value);
}

/**
 * Once something is refused there will be no plan; what comes after it is looked at all the same, so that everything that
 * stands in the way is named: as if the refused layer gave what its type says in the order of axes that it was given.
 */
function withGuess(
  node: FlowNode,
  visited: readonly Value[],
  values: ReadonlyMap<number, readonly Value[]>,
): readonly Value[] {
  const [value] = visited;
  const [reference] = node.inputs;
  const [type] = node.outputs;
  const input = reference === undefined ? undefined : values.get(reference.node)?.[reference.output];
  if (value !== undefined && value.kind !== 'refused') return visited;
  if (node.operation.kind !== 'layer' || input?.kind !== 'tensor') return visited;
  const axes = type?.shape.kind === 'known' ? type.shape.axes : undefined;
  if (axes !== undefined && axes.length !== input.axes.length) return visited;
  const size = axes?.[input.axes.indexOf('width')];
  return [{ ...input, width: size === undefined ? null : knownInteger(size), activation: 'none' }];
}

function finalTensor(graph: ModelGraph, builder: PlanBuilder, value: Value): Tensor | null {
  if (value.kind === 'tensor') return value;
  if (value.kind === 'states' && value.items.length > 1) {
    builder.obstacle(
      'The model returns the stacked final states of all layers; take one, as in h_n[-1].',
      graph.location,
    );
    return null;
  }
  const tensor = tensorOf(builder, value, `The output of ${graph.name}`, graph.location);
  if (tensor === null && builder.obstacles.length === 0 && value.kind === 'refused') {
    builder.obstacle(`What ${graph.name} gives is not trained in the preview yet.`, graph.location);
  }
  return tensor;
}

/** The value of each input node that is needed; null after an obstacle that names them. */
function inputsOf(
  graph: ModelGraph,
  builder: PlanBuilder,
  nodes: readonly FlowNode[],
): ReadonlyMap<number, Tensor> | null {
  const needed = nodes.filter(({ operation }) => operation.kind === 'input');
  const starts = nodes.filter(({ inputs, operation }) => inputs.length === 0 && operation.kind !== 'input');
  const [unfollowed] = starts;
  if (unfollowed !== undefined || needed.length === 0) {
    builder.obstacle(
      `What reaches the output of ${graph.name} does not start from an input that could be followed.`,
      unfollowed?.location ?? graph.location,
    );
    return null;
  }
  const decoder = decoderInput(graph, builder, nodes, needed);
  if (decoder === 'refused') return null;
  const values = new Map<number, Tensor>();
  for (const node of needed) {
    const value = node === decoder?.node ? decoder.value : modelInput(builder, node.outputs[0]);
    if (value === null) {
      builder.obstacle(`The input of ${graph.name} is neither a sequence of numbers nor one of tokens.`, node.location);
      return null;
    }
    values.set(node.id, value);
  }
  return values;
}

function visit(
  graph: ModelGraph,
  builder: PlanBuilder,
  node: FlowNode,
  inputs: ReadonlyMap<number, Tensor>,
  values: ReadonlyMap<number, readonly Value[]>,
): readonly Value[] {
  const valueAt = ({ node: id, output }: FlowNode['inputs'][number]): Value => values.get(id)?.[output] ?? refused;
  const { operation } = node;
  const given = node.inputs.map(valueAt);
  switch (operation.kind) {
    case 'input':
      return [inputs.get(node.id) ?? refused];
    case 'index':
      return [applyIndex(builder, operation.steps, given[0] ?? refused, node)];
    case 'function': {
      const chosen = dropoutOfTraining(graph, node);
      if (chosen !== null) return [valueAt(chosen)];
      const types = node.inputs.map((input) => graph.flow[input.node]?.outputs[input.output]);
      const result = applyFunction(builder, node, operation, given, types);
      return node.outputs.map(() => result);
    }
    case 'layer': {
      const layer = layerOf(graph, node);
      if (layer === null) {
        builder.obstacle(`The layer ${operation.path} is not known.`, node.location);
        return [];
      }
      return applyLayer(builder, applicationOf(graph, layer, node, given));
    }
  }
}

function applicationOf(graph: ModelGraph, layer: Layer, node: FlowNode, given: readonly Value[]): Application {
  const { told = [], location } = node;
  const [first] = node.inputs;
  const input = first === undefined ? undefined : graph.flow[first.node]?.outputs[first.output];
  const types = { input, output: node.outputs[0] };
  if (layer.operation.op !== 'recurrent') return { layer, inputs: given, states: [], told, types, location };
  // An initial state that is given or zero is one that training windows start without.
  const states = given.slice(1).filter((_, index) => {
    const reference = node.inputs[index + 1];
    return reference !== undefined && neededNodes(graph, reference).some(({ operation }) => operation.kind === 'layer');
  });
  return { layer, inputs: given.slice(0, 1), states, told, types, location };
}

/** A Keras `Sequential` whose flow is not known: its layers in the order in which they stand. */
function followOrder(graph: ModelGraph, builder: PlanBuilder): Tensor | null {
  if (graph.form !== 'sequential' && graph.form !== 'config') {
    const [problem] = graph.problems;
    builder.obstacle(
      `How ${graph.name} connects its layers could not be followed${problem ? `: ${problem.message}` : '.'}`,
      problem?.location ?? graph.location,
    );
    return null;
  }
  const stated = graph.layers.find(({ operation }) => operation.op === 'input')?.outputs[0]?.[0];
  let value: Value = modelInput(builder, stated) ?? refused;
  let before = stated;
  for (const layer of graph.layers) {
    if (layer.operation.op === 'input') continue;
    const [output] = layer.outputs[0] ?? [];
    const types = { input: before, output };
    const application = { layer, inputs: [value], states: [], told: [], types, location: layer.location };
    [value = refused] = applyLayer(builder, application);
    before = output;
  }
  settleInput(builder, graph.flow);
  return finalTensor(graph, builder, value);
}
