/** Keras' layers that make one tensor of several. */
import type { TensorJoin } from '../../../../model/computation';
import type { Quantity, TensorType } from '../../../../model/graph';
import { unknown as unknownQuantity } from '../../../../model/graph';
import { asNumber } from '../../evaluate/values';
import { axisPosition, broadcast, exactly, lastAxis, shapeOf, total, unknownTensor } from '../shapes';
import { axesOf, type KerasDescription, type LayerEntry, type LayerTable, other } from './describe';

/** Joined element by element, axes of size 1 broadcast. */
const broadcasted: KerasDescription['outputs'] = (inputs) => {
  const [first, ...rest] = inputs.map(axesOf);
  let joined = first;
  for (const axes of rest) joined = joined && axes ? broadcast(joined, axes) : undefined;
  if (joined === undefined) return [unknownTensor('tensors are joined whose shapes are not known')];
  return [{ shape: shapeOf(joined), element: inputs[0]?.element ?? 'unknown' }];
};

/** Joined side by side along one axis. */
export function concatenated(inputs: readonly TensorType[], axis: number | null): TensorType {
  const because = 'tensors are joined whose shapes are not known';
  if (axis === null) return unknownTensor('the axis of the join is not known');
  const all = inputs.map(axesOf);
  // All have as many axes as any one of them.
  const shaped = all.find((axes) => axes !== undefined);
  const position = shaped === undefined ? undefined : axisPosition(axis, shaped.length);
  const isLast = position === undefined ? axis === -1 : position === (shaped?.length ?? 0) - 1;
  const sizes = inputs.map((input, index) => (isLast ? lastAxis(input) : all[index]?.[position ?? -1]));
  const known = sizes.filter((size): size is Quantity => size !== undefined);
  if (shaped === undefined || position === undefined || known.length < inputs.length) {
    // Where even the number of axes is open, the last one still adds up.
    return isLast && inputs.length > 0
      ? { shape: { kind: 'unknown', because, last: total(...known) }, element: 'float' }
      : unknownTensor(because);
  }
  return { shape: shapeOf(shaped.with(position, total(...known))), element: 'float' };
}

function elementwise(how: TensorJoin): LayerEntry {
  return [[], () => other('a join of tensors', broadcasted, { kind: 'join', how, axis: null })];
}

export const joins: LayerTable = {
  Add: elementwise('add'),
  Subtract: elementwise('subtract'),
  Multiply: elementwise('multiply'),
  Average: elementwise('average'),
  Maximum: elementwise('maximum'),
  Minimum: elementwise('minimum'),
  Concatenate: [
    ['axis'],
    (given) => {
      const axis = given.number('axis', -1);
      return other('a join of tensors', (inputs) => [concatenated(inputs, axis)], {
        kind: 'join',
        how: 'concatenate',
        axis,
      });
    },
  ],
  // Source: Keras 3, keras/src/layers/merging/dot.py: the contracted axes go, the batch is kept once.
  Dot: [
    ['axes', 'normalize'],
    (given, site) => {
      const axes = given.get('axes');
      const items = axes === undefined ? undefined : (site.machine.itemsOf(axes) ?? [axes, axes]);
      const [left, right] = (items ?? []).map(asNumber);
      const outputs: KerasDescription['outputs'] = ([a, b]) => {
        const [p, q] = [axesOf(a), axesOf(b)];
        const contractedLeft = p && left !== undefined ? axisPosition(left, p.length) : undefined;
        const contractedRight = q && right !== undefined ? axisPosition(right, q.length) : undefined;
        if (p === undefined || q === undefined || contractedLeft === undefined || contractedRight === undefined) {
          return [unknownTensor('tensors are multiplied whose shapes are not known')];
        }
        const rest = [...p.toSpliced(contractedLeft, 1), ...q.toSpliced(contractedRight, 1).slice(1)];
        return [{ shape: shapeOf(rest.length === 1 ? [...rest, exactly(1)] : rest), element: 'float' }];
      };
      const contracted = (a: TensorType | undefined): Quantity =>
        (left === undefined ? undefined : axesOf(a)?.at(left)) ?? unknownQuantity('the axis it sums over is not known');
      return {
        build: ([a]) => ({
          operation: {
            op: 'other',
            because: 'a product of tensors',
            products: [{ count: contracted(a), per: { kind: 'outputValues', values: exactly(1) } }],
          },
          weights: [],
        }),
        outputs,
      };
    },
  ],
};
