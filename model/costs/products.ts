/** Multiply-adds of what is no recurrent or dense layer: windows, attention, and products that a program makes by itself. */
import { divideExactly, equals } from '../expression';
import type { FlowNode, ModelGraph, Products, Quantity, Shape } from '../graph';
import { unknown } from '../graph';
import { type Amount, amountOf, noSteps } from './amount';
import { type Application, elementsPerSequence } from './applications';
import { product, sum } from './arithmetic';
import { spellQuantity } from './spelling';

/** The products of a layer for one sequence, over all its applications. */
export function productsMacs(
  products: readonly Products[],
  applications: readonly Application[],
  because: string,
): Amount {
  const parts = applications.flatMap((application) =>
    products.map(({ count, per }) => ({ count, units: unitsOf(application, per) })),
  );
  const spelled = parts.map(({ count, units }) => `${spellQuantity(units)}·${spellQuantity(count)}`).join(' + ');
  return amountOf(sum(...parts.map(({ count, units }) => product(units, count))), () => [spelled], because);
}

/** The sum of the counts over all units of all applications. */
export function productsOver(products: readonly Products[], applications: readonly Application[]): Quantity {
  return sum(
    ...applications.flatMap((application) =>
      products.map(({ count, per }) => product(unitsOf(application, per), count)),
    ),
  );
}

/** The products for one more step: one vector, one position of a window, one query with every key. */
export function productsMacsPerStep(products: readonly Products[], applications: readonly Application[]): Quantity {
  return sum(
    ...applications.flatMap((application) =>
      products.map(({ count, per }) =>
        per.kind === 'pair' ? product(count, vectorsOf(application, per.inputs[1])) : count,
      ),
    ),
  );
}

function unitsOf(application: Application, per: Products['per']): Quantity {
  switch (per.kind) {
    case 'outputValues':
      return quotient(application.outputElements, per.values);
    case 'inputValue':
      return application.inputElements;
    case 'vector':
      return vectorsOf(application, per.input);
    case 'pair': {
      const [left, right] = per.inputs;
      // With more axes than batch, step and width, only the steps of the same row meet.
      const isPlain = [left, right].every((input) => application.inputRanks[input] === 3);
      return isPlain
        ? product(vectorsOf(application, left), vectorsOf(application, right))
        : unknown('its inputs are not known to be sequences of vectors');
    }
  }
}

function vectorsOf({ inputVectors }: Application, input: number): Quantity {
  return inputVectors[input] ?? unknown('an input of it is not known');
}

function quotient(whole: Quantity, part: Quantity): Quantity {
  if (whole.kind === 'unknown') return whole;
  if (part.kind === 'unknown') return part;
  const exact = divideExactly(whole.value, part.value);
  return exact === undefined ? unknown('its output does not divide by its channels') : { kind: 'known', value: exact };
}

/** Functions that multiply matrices, by canonical name: the last axis of the first is summed over. */
const contractions: ReadonlySet<string> = new Set(['matmul', 'linear', 'dot', 'tensordot', 'bmm', 'mm']);

/** Functions that multiply in ways that the flow does not tell. */
const untold: ReadonlySet<string> = new Set([
  'einsum',
  'addmm',
  'baddbmm',
  'addbmm',
  'conv1d',
  'conv2d',
  'conv3d',
  'conv_transpose1d',
  'conv_transpose2d',
  'multi_head_attention_forward',
  'dot_product_attention',
  'batch_dot',
  'outer',
  'bilinear',
]);

/** Multiply-adds per sequence of a function that the program applies to tensors; null for one without any. */
export function functionMacs(graph: ModelGraph, node: FlowNode): Amount | null {
  const { operation } = node;
  if (operation.kind !== 'function') return null;
  const { name } = operation;
  if (untold.has(name)) return missing(`how much ${name} multiplies is not followed`);
  const isAttention = name === 'scaled_dot_product_attention';
  if (!isAttention && !contractions.has(name)) return null;
  if (node.isConditional) return missing(`${name} is applied under a condition, or in a loop, that is not known`);
  const shapes = node.inputs.map(({ node: id, output }) => graph.flow[id]?.outputs[output]?.shape);
  const [output] = node.outputs;
  const results = output === undefined ? unknown('its output is not known') : elementsPerSequence(graph, output.shape);
  if (isAttention) {
    const [query, key] = shapes;
    const steps = axisOf(key, -2);
    const scores = query === undefined ? unknown('its query is not known') : elementsPerSequence(graph, query);
    return amountOf(product(sum(scores, results), steps), noSteps, 'scores of every pair, and the sums they weigh');
  }
  const summed = contractedAxis(shapes[0], shapes[1]);
  return amountOf(
    product(results, summed),
    () => [`${spellQuantity(results)}·${spellQuantity(summed)}`],
    'each output sums up the last axis of the first factor',
  );
}

/** The last axis of the left factor, where the right one has it too. */
function contractedAxis(left: Shape | undefined, right: Shape | undefined): Quantity {
  const summed = axisOf(left, -1);
  if (summed.kind === 'unknown' || right === undefined || right.kind === 'unknown') return summed;
  const candidates = right.axes.length === 1 ? [axisOf(right, -1)] : [axisOf(right, -2), axisOf(right, -1)];
  const matches = candidates.some((axis) => axis.kind === 'known' && equals(axis.value, summed.value) !== 'no');
  return matches ? summed : unknown('which axes are multiplied is not known');
}

function axisOf(shape: Shape | undefined, position: number): Quantity {
  if (shape === undefined) return unknown('a factor of it is not known');
  if (shape.kind === 'unknown') return position === -1 && shape.last !== undefined ? shape.last : shape;
  return shape.axes.at(position) ?? unknown('a factor of it has no axis');
}

function missing(because: string): Amount {
  return amountOf(unknown(because), noSteps, '');
}
