/** A product by Einstein's summation: `EinsumDense`. Source: Keras 3, keras/src/layers/core/einsum_dense.py. */
import { type Quantity, unknown as unknownQuantity } from '../../../../model/graph';
import { asNumber } from '../../evaluate/values';
import { sizeOf } from '../arguments';
import { trained } from '../layer';
import { exactly, product, shapeOf, unknownTensor } from '../shapes';
import { axesOf, type LayerEntry, reasonOf } from './describe';

/** What the equation says of one application: sizes by letter, and the whole output. */
interface Sizes {
  readonly of: (letter: string) => Quantity;
  readonly output: readonly Quantity[];
  readonly elided: readonly Quantity[];
}

export const einsumDense: LayerEntry = [
  ['equation', 'output_shape', 'activation', 'bias_axes'],
  (given, site) => {
    const equation = given.get('equation');
    const match =
      equation?.kind === 'string'
        ? /^(\.{3})?([a-zA-Z]+)(\.{3})?,([a-zA-Z]+)->(?:\.{3})?([a-zA-Z]+)(?:\.{3})?$/.exec(
            equation.value.replaceAll(' ', ''),
          )
        : null;
    const stated = given.get('output_shape');
    const items = stated === undefined ? undefined : (site.machine.itemsOf(stated) ?? [stated]);
    const biasAxes = given.isNone('bias_axes') ? '' : given.text('bias_axes', '');
    if (match === null || items === undefined || biasAxes === null) {
      return { undecided: 'its equation and sizes are not known' };
    }
    const [, isLeftElided, from = '', , kernel = '', to = ''] = match;
    const open = items.map((item) => (item.kind === 'none' || asNumber(item) === -1 ? null : sizeOf(item, site)));

    const sizesOn = (axes: readonly Quantity[]): Sizes => {
      const count = Math.max(0, axes.length - from.length);
      // Elided axes on the left begin with the batch.
      const elided = isLeftElided ? axes.slice(0, count) : axes.slice(axes.length - count);
      const input = isLeftElided ? axes.slice(count) : axes;
      const sizes = new Map<string, Quantity>();
      [...from].forEach((letter, index) => {
        const size = input[index];
        if (size !== undefined) sizes.set(letter, size);
      });
      // The stated shape leaves out the batch, which is elided or the first letter.
      const letters = isLeftElided ? [...to] : [...to].slice(1);
      letters.forEach((letter, index) => {
        const size = open.at(index - letters.length);
        if (size !== null && size !== undefined) sizes.set(letter, size);
      });
      const of = (letter: string): Quantity =>
        sizes.get(letter) ?? unknownQuantity('a size of its equation is not known');
      const named = [...to].map(of);
      return { of, elided, output: isLeftElided ? [...elided, ...named] : [...named, ...elided] };
    };
    return {
      build: ([input]) => {
        const because = 'a product by a summation of its own';
        const axes = axesOf(input);
        if (axes === undefined) {
          const operation = { op: 'other', because } as const;
          return { operation, weights: { unknown: reasonOf(input, 'the shape of its input is not known') } };
        }
        const { of } = sizesOn(axes);
        // Every value of the output is a sum over the letters that it lacks.
        const summed = product(
          exactly(1),
          ...[...new Set(from + kernel)].filter((letter) => !to.includes(letter)).map(of),
        );
        const products = [{ count: summed, per: { kind: 'outputValues', values: exactly(1) } }] as const;
        const operation = { op: 'other', because, products } as const;
        const first = Math.min(...[...biasAxes].map((letter) => to.indexOf(letter)));
        const bias = [...to.slice(first)].map((letter) => (biasAxes.includes(letter) ? of(letter) : exactly(1)));
        return {
          operation,
          weights: [trained('kernel', ...[...kernel].map(of)), ...(biasAxes === '' ? [] : [trained('bias', ...bias)])],
        };
      },
      outputs: ([input]) => {
        const axes = axesOf(input);
        if (axes === undefined) return [unknownTensor(reasonOf(input, 'the shape of its input is not known'))];
        return [{ shape: shapeOf(sizesOn(axes).output), element: 'float' }];
      },
    };
  },
];
