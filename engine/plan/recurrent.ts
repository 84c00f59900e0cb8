/** Recurrent layers of a model in a plan: one layer for each that is stacked, in both directions or parted. */
import { isListed, type Layer, type RecurrentOperation } from '../../model/graph';
import { type Application, nameOf } from './application';
import { type PlanBuilder, tensorOf } from './builder';
import { addDropout } from './dropout';
import { readWidth } from './modelInput';
import { refusalOf } from './recurrentRefusal';
import { recurrentStates } from './recurrentStates';
import type { Join, RecurrentPlan } from './trainingPlan';
import { type Axis, areAxes, oneStep, refused, type State, type Tensor, type Value } from './values';

/** What one of the stacked layers gives. */
interface Given {
  readonly steps: Tensor;
  /** The hidden state after the last step and an LSTM's cell state, of both directions where there are two. */
  readonly final: Tensor;
  readonly states: readonly (readonly State[])[];
  /** Every step and the last state of each direction, where they are parted. */
  readonly ways: readonly { readonly steps: Tensor; readonly final: Tensor }[];
}

/** The outputs of the layer as its framework numbers them. */
export function applyRecurrent(
  builder: PlanBuilder,
  application: Application,
  operation: RecurrentOperation,
): readonly Value[] {
  const { layer, inputs } = application;
  const { path, location } = layer;
  const input = tensorOf(builder, inputs[0], nameOf(layer), location);
  if (input === null) return [];
  const refusal = refusalOf(layer, operation);
  if (refusal !== null) {
    builder.obstacle(refusal, location);
    return [];
  }
  const sequence = asSequence(builder, input, operation, application);
  if (sequence === null) return [];
  readWidth(builder, layer, sequence, operation.inputSize);
  const hiddenSize = builder.size(`the hidden size of ${path}`, operation.hiddenSize, location);
  const stacked = builder.size(`the number of layers of ${path}`, operation.layers, location);
  const projection =
    operation.projection === null
      ? undefined
      : builder.size(`the projection of ${path}`, operation.projection, location);
  if (hiddenSize === null || stacked === null || projection === null) return [];
  const initial = recurrentStates(builder, application, operation, stacked);
  if (initial === null) return [];

  builder.resetAfter ??= operation.resetAfter;
  if (operation.stateful) builder.remark(`${path} is stateful; here every training window starts from a zero state.`);
  if (operation.recurrentDropout !== 0) builder.remark(`The recurrent dropout of ${path} is left out.`);
  builder.outputLocation = location;

  const slope = hardSigmoidSlope(builder, operation);
  const plan: RecurrentPlan = {
    kind: 'recurrent',
    path,
    cell: operation.cell,
    hiddenSize,
    activation: operation.activation === 'relu' ? 'relu' : 'tanh',
    bias: biasOf(layer, operation),
    resetAfter: builder.framework === 'flax' || (operation.resetAfter ?? true),
    direction: operation.directions === 2 ? 'both' : operation.goBackwards ? 'backward' : 'forward',
    merge: mergeOf(operation),
    ...(projection === undefined ? {} : { projection }),
    ...(slope === null ? {} : { hardSigmoidSlope: slope }),
  };
  let current = sequence;
  const given: Given[] = [];
  for (let index = 0; index < stacked; index++) {
    const isKeras = builder.convention !== 'torch';
    if (isKeras || index > 0) {
      current = addDropout(builder, `${path}.dropout`, operation.dropout, isKeras, current, location);
    }
    const one = { ...plan, path: stacked === 1 ? path : `${path}.${index}` };
    const result = addLayer(builder, one, current, initial[index] ?? [], application);
    given.push(result);
    current = result.steps;
  }
  const top = given.at(-1);
  if (top === undefined) return [];
  return builder.framework === 'torch' ? torchOutputs(given, top) : kerasOutputs(builder, application, operation, top);
}

function addLayer(
  builder: PlanBuilder,
  plan: RecurrentPlan,
  input: Tensor,
  initial: readonly Tensor[],
  { layer }: Application,
): Given {
  const { location } = layer;
  const outputs = plan.cell === 'lstm' ? ([1, 2] as const) : ([1] as const);
  const width = plan.projection ?? plan.hiddenSize;
  const stateAxes: readonly Axis[] = ['batch', 'width'];
  const initialSources = initial.map(({ source }) => source);
  const widthOf = (output: 0 | 1 | 2, factor: number): number => factor * (output === 2 ? plan.hiddenSize : width);
  const valuesOf = (index: number, factor: number) => ({
    steps: { ...input, activation: 'none' as const, width: widthOf(0, factor), source: { layer: index, output: 0 } },
    finals: outputs.map(
      (output): Tensor => ({
        kind: 'tensor',
        source: { layer: index, output },
        axes: stateAxes,
        width: widthOf(output, factor),
        steps: oneStep,
        activation: 'none',
      }),
    ),
  });
  if (plan.direction !== 'both') {
    const index = builder.add(plan, [input.source, ...initialSources], location);
    const { steps, finals } = valuesOf(index, 1);
    return { steps, final: finals[0] ?? steps, states: finals.map((state) => [state]), ways: [] };
  }
  const factor = plan.merge === 'concat' ? 2 : 1;
  if (!builder.knowledge.parted.has(layer.path)) {
    const index = builder.add(plan, [input.source, ...initialSources], location);
    const { steps, finals } = valuesOf(index, factor);
    const halves = outputs.map((output): readonly State[] =>
      (['forward', 'backward'] as const).map((direction) => ({
        kind: 'half',
        layer: index,
        path: layer.path,
        output,
        direction,
      })),
    );
    return { steps, final: finals[0] ?? steps, states: halves, ways: [] };
  }
  // The same layers with the same parameters, each direction by itself, so that it can be read alone.
  const ways = (['forward', 'backward'] as const).map((direction, way) => {
    const own = initialSources.slice((way * initial.length) / 2, ((way + 1) * initial.length) / 2);
    const part = { ...plan, path: `${plan.path}.${direction}`, direction };
    return valuesOf(builder.add(part, [input.source, ...own], location), 1);
  });
  const joined = (tensors: readonly Tensor[]): Tensor => {
    const [first] = tensors;
    const join = { kind: 'join', path: plan.path, how: plan.merge } as const;
    const index = builder.add(
      join,
      tensors.map(({ source }) => source),
      location,
    );
    return { ...(first ?? input), width: factor * width, source: { layer: index, output: 0 } };
  };
  return {
    steps: joined(ways.map(({ steps }) => steps)),
    final: joined(ways.flatMap(({ finals }) => finals.slice(0, 1))),
    states: outputs.map((_, place) => ways.flatMap(({ finals }) => finals.slice(place, place + 1))),
    ways: ways.map(({ steps, finals }) => ({ steps, final: finals[0] ?? steps })),
  };
}

/** Every step, then `h_n` and `c_n` of all layers. */
function torchOutputs(given: readonly Given[], top: Given): readonly Value[] {
  const stacks = top.states.map(
    (_, place): Value => ({
      kind: 'states',
      items: given.flatMap(({ states }) => states[place] ?? []),
      axes: ['states', 'batch', 'width'],
    }),
  );
  return [top.steps, ...stacks];
}

/** Every step or the last, then the states of each direction in turn. */
function kerasOutputs(
  builder: PlanBuilder,
  { layer }: Application,
  operation: RecurrentOperation,
  top: Given,
): readonly Value[] {
  const states = top.states[0]?.flatMap((_, way) => top.states.flatMap((of) => of.slice(way, way + 1))) ?? [];
  if (operation.merge === 'none') {
    if (top.ways.length === 0) builder.parted.add(layer.path);
    return [...top.ways.map(({ steps, final }) => (operation.returnSequences ? steps : final)), ...states];
  }
  if (!operation.returnSequences) return [top.final, ...states];
  if (operation.goBackwards) {
    // A layer that goes backwards gives its steps in the order in which it made them.
    if (builder.hasMask) {
      builder.obstacle(`${nameOf(layer)} goes backwards over padded steps, which is not trained here.`, layer.location);
      return [refused, ...states];
    }
    return [builder.through({ kind: 'reverse', path: layer.path }, top.steps, layer.location), ...states];
  }
  return [top.steps, ...states];
}

/** The sequence that a layer is given, with time and batch where it takes them. */
function asSequence(
  builder: PlanBuilder,
  input: Tensor,
  { batchFirst }: RecurrentOperation,
  { layer }: Application,
): Tensor | null {
  const wanted: readonly Axis[] = batchFirst ? ['batch', 'time', 'width'] : ['time', 'batch', 'width'];
  const { axes } = input;
  if (areAxes(axes, ...wanted)) return input;
  // A step of its own is a sequence of one.
  if (
    areAxes(
      axes.map((axis) => (axis === 'one' ? 'time' : axis)),
      ...wanted,
    )
  )
    return { ...input, axes: wanted };
  if (!axes.includes('time') && !axes.includes('rows')) {
    builder.obstacle(`${nameOf(layer)} is given one vector, not a sequence.`, layer.location);
  } else {
    builder.hasMisplacedAxis = true;
    builder.obstacle(
      `${nameOf(layer)} reads its input as (${batchFirst ? 'batch, time' : 'time, batch'}, features), but what it is given is (${axes
        .map((axis) => (axis === 'width' ? 'features' : axis))
        .join(', ')}).`,
      layer.location,
    );
  }
  return null;
}

function biasOf({ weights }: Layer, { biasVectors }: RecurrentOperation): RecurrentPlan['bias'] {
  // Flax has a bias inside the candidate's reset, beside one for each gate.
  if (isListed(weights) && weights.some(({ name }) => name.endsWith('hn.bias'))) return 'candidate';
  switch (biasVectors) {
    case 0:
      return 'none';
    case 1:
      return 'input';
    case 2:
      return 'both';
  }
}

function mergeOf({ merge }: RecurrentOperation): Join {
  switch (merge) {
    case 'concat':
    case 'none':
      return 'concat';
    case 'sum':
      return 'sum';
    case 'mul':
      return 'multiply';
    case 'ave':
      return 'average';
  }
}

/** Keras 3 has flatter straight gates (`relu6(x + 3) / 6`) than Keras 2 and TensorFlow.js (`clip(0.2·x + 0.5)`). */
function hardSigmoidSlope(
  { framework }: PlanBuilder,
  { cell, recurrentActivation }: RecurrentOperation,
): number | null {
  if (cell === 'rnn' || !/^hard_?sigmoid$/i.test(recurrentActivation)) return null;
  return framework === 'keras' ? 1 / 6 : 0.2;
}
