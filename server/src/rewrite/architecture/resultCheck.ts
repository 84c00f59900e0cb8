/** Whether a rewritten model is sound: it reads as what was asked for, its pieces fit, and nothing is wrong that was not before. */
import { modelCosts } from '../../../../model/costs/model';
import { equals, integerOf } from '../../../../model/expression';
import type { FlowNode, Layer, ModelGraph, Quantity, Shape } from '../../../../model/graph';
import type { ArchitectureChange } from '../../../../protocol/recommendation';
import { architectures, labelOf, missingParts, recurrentLayers, referenceWidth } from '../../advice/architectures';
import { findingsOf } from '../../advice/findings';
import { layerOf } from '../../advice/flow';
import { variantParameters } from '../../advice/variantModel';
import { argumentsOf } from '../arguments';
import { callAt, descendants, textOf } from '../nodes';
import { type Draft, refuseAt } from './draft';

/** Refuses a result that does not read as the model that was counted, or that has mistakes which were not there. */
export function checkArchitecture(
  original: Draft,
  rewritten: Draft,
  { architecture, width }: ArchitectureChange,
): void {
  const { graph } = rewritten;
  const { cell, directions } = architectures[architecture];
  const units = width ?? referenceWidth(original.graph);
  const expected = units === null ? null : variantParameters(original.graph, architecture, units);
  const parameters = modelCosts(graph).parameters.value;
  const isAsked = recurrentLayers(graph).every(
    ({ operation }) => operation.cell === cell && operation.directions === directions,
  );
  const hasParts = Object.values(missingParts(graph, architecture)).every((part) => part !== true);
  const isCounted = expected === null || parameters === expected;
  const label = labelOf(original.graph, architecture);
  if (!isAsked || !hasParts || !isCounted) refuseResult(original, rewritten, label);
  checkSound(original, rewritten, label);
}

/** Refuses a result whose pieces do not fit, or that has mistakes which were not there. */
export function checkSound(original: Draft, rewritten: Draft, label: string): void {
  checkStatedShapes(original, rewritten);
  if (!isSound(original, rewritten)) refuseResult(original, rewritten, label);
}

/** Keras takes the `output_shape` of a `Lambda` at its word, whatever the function gives once its input is another. */
function checkStatedShapes(original: Draft, rewritten: Draft): void {
  for (const layer of rewritten.graph.layers.filter(({ type }) => type === 'Lambda')) {
    const before = original.graph.layers.find(({ path }) => path === layer.path);
    if (before === undefined || !statesItsShape(original, before)) continue;
    const inputs = inputShapesOf(rewritten.graph, layer);
    const isChanged = inputShapesOf(original.graph, before).some((shape, index) => areDifferent(shape, inputs[index]));
    if (isChanged) {
      refuseAt(
        before.location,
        'the output_shape written here would no longer be right: write it as a function first.',
      );
    }
  }
}

/** Whether the layer is made with an `output_shape` that is no function of the input's. */
function statesItsShape({ analysis: { tree, text, file } }: Draft, { location }: Layer): boolean {
  const call = location.file === file ? callAt(tree, location) : null;
  if (call === null) return false;
  const given = argumentsOf(call, text);
  const second = given[1]?.form === 'positional' ? given[1] : undefined;
  const value = (given.find(({ name }) => name === 'output_shape') ?? second)?.value;
  if (value === undefined || value.name === 'LambdaExpression' || value.name === 'None') return false;
  const name = textOf(text, value);
  return !descendants(tree.topNode, 'FunctionDefinition').some((definition) => {
    const own = definition.getChild('VariableName');
    return own !== null && textOf(text, own) === name;
  });
}

/** What is given to the layer, in the order of its applications. */
function inputShapesOf(graph: ModelGraph, { path }: Layer): readonly (Shape | undefined)[] {
  return graph.flow
    .filter((node) => layerOf(graph, node)?.path === path)
    .flatMap(({ inputs }: FlowNode) => inputs.map(({ node, output }) => graph.flow[node]?.outputs[output]?.shape));
}

function areDifferent(shape: Shape | undefined, expected: Shape | undefined): boolean {
  if (shape?.kind !== 'known' || expected?.kind !== 'known') return false;
  return (
    shape.axes.length !== expected.axes.length ||
    shape.axes.some((axis, place) => isAxisDifferent(axis, expected.axes[place]))
  );
}

/** Whether the pieces fit as they did, and nothing is found wrong that was not. */
function isSound(original: Draft, rewritten: Draft): boolean {
  const { graph } = rewritten;
  return (
    unfitted(graph) <= unfitted(original.graph) &&
    givesTheSame(graph, original.graph) &&
    misfits(graph) <= misfits(original.graph) &&
    graph.problems.length <= original.graph.problems.length &&
    findingsOf(rewritten.analysis).length <= findingsOf(original.analysis).length
  );
}

/** Says what would go wrong, where the analysis of the result does. */
function refuseResult(original: Draft, rewritten: Draft, label: string): never {
  const { graph, analysis } = original;
  const known = new Set([...graph.problems, ...findingsOf(analysis)].map(({ message }) => message));
  const mistake = [...rewritten.graph.problems, ...findingsOf(rewritten.analysis)].find(
    ({ message }) => !known.has(message),
  );
  const reason =
    mistake === undefined
      ? ' What is made of its outputs or states would no longer fit: change it by hand.'
      : ` What would follow: ${mistake.message}`;
  return refuseAt(
    graph.location,
    `${graph.name} is put together in a way that cannot be made a ${label} with certainty.${reason}`,
  );
}

function unfitted(graph: ModelGraph): number {
  return graph.layers.filter((layer) => !isFitted(graph, layer)).length;
}

/** Whether what reaches a layer is what it is built for, as far as both are known. */
function isFitted(graph: ModelGraph, { path, operation }: Layer): boolean {
  if (operation.op !== 'dense' && operation.op !== 'recurrent') return true;
  return graph.flow
    .filter((node) => layerOf(graph, node)?.path === path)
    .every(({ inputs: [input] }) => {
      const type = input === undefined ? undefined : graph.flow[input.node]?.outputs[input.output];
      const last = type?.shape.kind === 'known' ? type.shape.axes.at(-1) : undefined;
      return last === undefined || !isDifferent(last, operation.inputSize);
    });
}

const paired: ReadonlySet<string> = new Set(['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum']);

/** How many functions are given tensors of which the last axes cannot be stretched to one another. */
function misfits({ flow }: ModelGraph): number {
  return flow.filter(({ operation, inputs }) => {
    if (operation.kind !== 'function' || !paired.has(operation.name)) return false;
    const [left, right] = inputs.map(({ node, output }) => {
      const shape = flow[node]?.outputs[output]?.shape;
      return shape?.kind === 'known' ? shape.axes.at(-1) : undefined;
    });
    const isStretched = (axis: Quantity): boolean => axis.kind === 'known' && integerOf(axis.value) === 1;
    return (
      left !== undefined && right !== undefined && !isStretched(left) && !isStretched(right) && isDifferent(left, right)
    );
  }).length;
}

function isDifferent(left: Quantity, right: Quantity): boolean {
  return left.kind === 'known' && right.kind === 'known' && equals(left.value, right.value) === 'no';
}

/** Whether the outputs have the same shapes, as far as they are known. */
function givesTheSame(graph: ModelGraph, original: ModelGraph): boolean {
  const [after, before] = [outputsOf(graph), outputsOf(original)];
  return (
    after.length === before.length &&
    after.every((axes, index) => {
      const expected = before[index];
      if (axes === undefined || expected === undefined) return true;
      return axes.length === expected.length && axes.every((axis, place) => !isAxisDifferent(axis, expected[place]));
    })
  );
}

function isAxisDifferent(axis: Quantity, expected: Quantity | undefined): boolean {
  return expected !== undefined && isDifferent(axis, expected);
}

function outputsOf({ flow, outputs }: ModelGraph): readonly (readonly Quantity[] | undefined)[] {
  return outputs.map(({ node, output }) => {
    const shape = flow[node]?.outputs[output]?.shape;
    return shape?.kind === 'known' ? shape.axes : undefined;
  });
}
