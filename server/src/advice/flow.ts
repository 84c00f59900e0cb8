/** Questions about the flow of tensors through a model. */
import { equals, integerOf } from '../../../model/expression';
import type {
  FlowNode,
  IndexStep,
  Layer,
  ModelGraph,
  Quantity,
  TensorType,
  ValueReference,
} from '../../../model/graph';

/** The layer that a node applies; undefined for what is no layer. */
export function layerOf(graph: ModelGraph, node: FlowNode): Layer | undefined {
  const { operation } = node;
  return operation.kind === 'layer' ? graph.layers.find(({ path }) => path === operation.path) : undefined;
}

/** Layers and functions that give a tensor of the same shape whose elements mean the same. */
const elementwiseFunctions: ReadonlySet<string> = new Set(['relu', 'tanh', 'sigmoid', 'dropout', 'contiguous']);

/**
 * Goes back from a value over dropout, activations and normalisation to what made it.
 * `passed` counts what was skipped on the way.
 */
export function originOf(
  graph: ModelGraph,
  reference: ValueReference,
): { readonly node: FlowNode; readonly output: number; readonly passed: number } | undefined {
  let { node: id, output } = reference;
  for (let passed = 0; passed <= graph.flow.length; passed++) {
    const node = graph.flow[id];
    if (node === undefined) return undefined;
    const [input] = node.inputs;
    if (input === undefined || !keepsMeaning(graph, node)) return { node, output, passed };
    ({ node: id, output } = input);
  }
  return undefined;
}

/**
 * The applications of recurrent layers whose outputs or states a value is put together from, by selecting, joining, moving
 * axes, and functions element by element; without those that other layers have read in between.
 */
export function recurrentSources(graph: ModelGraph, reference: ValueReference): readonly FlowNode[] {
  const found = new Set<FlowNode>();
  const seen = new Set<number>();
  const visit = ({ node: id }: ValueReference): void => {
    const node = graph.flow[id];
    if (node === undefined || seen.has(id)) return;
    seen.add(id);
    const operation = layerOf(graph, node)?.operation.op;
    if (operation === 'recurrent') found.add(node);
    else if (node.operation.kind !== 'layer' || operation === 'flatten' || keepsMeaning(graph, node))
      node.inputs.forEach(visit);
  };
  visit(reference);
  return [...found];
}

/** The type of one output of one node; undefined where there is no such output. */
export function typeOf(graph: ModelGraph, reference: ValueReference | undefined): TensorType | undefined {
  return reference && graph.flow[reference.node]?.outputs[reference.output];
}

/** The axes of a tensor, undefined where not even their number is known. */
export function axesOf(type: TensorType | undefined): readonly Quantity[] | undefined {
  return type?.shape.kind === 'known' ? type.shape.axes : undefined;
}

/** Whether two sizes are known to differ, whatever their symbols stand for. */
export function differ(left: Quantity | undefined, right: Quantity | undefined): boolean {
  return left?.kind === 'known' && right?.kind === 'known' && equals(left.value, right.value) === 'no';
}

/** Whether two sizes are known to be the same. */
export function agree(left: Quantity | undefined, right: Quantity | undefined): boolean {
  return left?.kind === 'known' && right?.kind === 'known' && equals(left.value, right.value) === 'yes';
}

/** Whether the node gives a tensor of the same shape whose elements mean the same. */
export function keepsMeaning(graph: ModelGraph, node: FlowNode): boolean {
  if (node.operation.kind === 'function') return elementwiseFunctions.has(node.operation.name);
  const operation = layerOf(graph, node)?.operation.op;
  return operation === 'dropout' || operation === 'activation' || operation === 'normalisation';
}

/** `[:, -1]` or `[:, -1, :]`; `[-1]` for a time-major output. A slice of the features may take the forward half: no mistake. */
export function takesLastStep(steps: readonly IndexStep[], batchFirst: boolean): boolean {
  return takesStep(steps, batchFirst, -1);
}

/** Whether indexing a recurrent output takes the step at a position, counted from the end where negative, of every sequence. */
export function takesStep(steps: readonly IndexStep[], batchFirst: boolean, step: number): boolean {
  const [ellipsis] = steps;
  const timeAxis = batchFirst ? 1 : 0;
  const explicit: readonly IndexStep[] =
    ellipsis?.kind === 'ellipsis'
      ? [...Array<IndexStep>(Math.max(0, 4 - steps.length)).fill(everything), ...steps.slice(1)]
      : steps;
  const time = explicit[timeAxis];
  return (
    explicit.length <= 3 &&
    time?.kind === 'at' &&
    time.position.kind === 'known' &&
    integerOf(time.position.value) === step &&
    explicit.every((other, axis) => axis === timeAxis || isEverything(other))
  );
}

const everything: IndexStep = { kind: 'slice', from: null, to: null, step: null };

export function isEverything(step: IndexStep): boolean {
  return step.kind === 'slice' && step.from === null && step.to === null && step.step === null;
}
