/** Why a recurrent layer is not trained, whatever it is given. */
import type { Layer, RecurrentOperation } from '../../model/graph';
import { nameOf } from './application';

/** In a sentence, or null. */
export function refusalOf(layer: Layer, operation: RecurrentOperation): string | null {
  const name = nameOf(layer);
  const { cell, activation, recurrentActivation } = operation;
  if (operation.singleStep)
    return `${name} is a single step; the preview trains layers that loop over time themselves.`;
  if (operation.goBackwards && operation.directions === 2) {
    return `${name} goes backwards in both of its directions, which is not trained here.`;
  }
  const plainActivations = ['tanh', 'relu'];
  if (cell === 'rnn' && !plainActivations.includes(activation)) {
    return `${name} has the activation "${activation}"; a plain cell is trained here with tanh or relu.`;
  }
  const isGate = /^(?:sigmoid|hard_?sigmoid)$/i.test(recurrentActivation);
  if (cell !== 'rnn' && (activation !== 'tanh' || !isGate)) {
    return (
      `${name} has the activations "${activation}" and "${recurrentActivation}"; ` +
      'gated cells are trained here with tanh and sigmoid.'
    );
  }
  return null;
}
