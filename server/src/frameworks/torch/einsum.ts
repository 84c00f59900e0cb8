/** Einstein summation: `einsum("bij,bjk->bik", a, b)`. */
import type { Quantity, TensorType } from '../../../../model/graph';
import { floatTensor, unknownTensor } from '../shapes';
import type { TensorValue } from '../tensor';

/** The type of the result: every letter of the output is as long as where an input has it. */
export function summed(equation: string, tensors: readonly TensorValue[]): TensorType {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  if (!/^[A-Za-z,]*$/.test(left) || terms.length !== tensors.length) {
    return unknownTensor('a summation that is not followed');
  }
  const sizes = new Map<string, Quantity>();
  for (const [index, term] of terms.entries()) {
    const axes = tensors[index]?.axes;
    if (axes?.length !== term.length) return unknownTensor('tensors are summed whose shapes are not known');
    for (const [position, letter] of [...term].entries()) {
      const size = axes[position];
      const held = sizes.get(letter);
      if (size !== undefined && (held === undefined || held.kind === 'unknown')) sizes.set(letter, size);
    }
  }
  const letters = [...terms.join('')];
  // Without an arrow the letters that occur once remain, in alphabetical order.
  const kept =
    right ??
    letters
      .filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter))
      .sort()
      .join('');
  const axes = [...kept].map((letter) => sizes.get(letter));
  const found = axes.filter((axis): axis is Quantity => axis !== undefined);
  return found.length === axes.length ? floatTensor(found) : unknownTensor('a summation that is not followed');
}
