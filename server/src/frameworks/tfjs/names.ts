/** TensorFlow.js' names and arguments as Keras', whose layers it computes with few exceptions. */

import { undefinedValue } from '../../evaluate/javascript/objects';
import { type CallArguments, describe, text, unknown, type Value } from '../../evaluate/values';

/** Layers whose class is not named as their function with a capital. */
const classNames: Readonly<Record<string, string>> = {
  prelu: 'PReLU',
  elu: 'ELU',
  avgPool1d: 'AveragePooling1D',
  avgPool2d: 'AveragePooling2D',
  avgPooling1d: 'AveragePooling1D',
  avgPooling2d: 'AveragePooling2D',
  maxPool1d: 'MaxPooling1D',
  maxPool2d: 'MaxPooling2D',
  globalMaxPool1d: 'GlobalMaxPooling1D',
  globalMaxPool2d: 'GlobalMaxPooling2D',
  lstm: 'LSTM',
  lstmCell: 'LSTMCell',
  gru: 'GRU',
  gruCell: 'GRUCell',
  rnn: 'RNN',
  convLstm2d: 'ConvLSTM2D',
};

/** The Keras class of `tf.layers.<name>`. */
export function className(name: string): string {
  const known = Object.hasOwn(classNames, name) ? classNames[name] : undefined;
  return known ?? name.charAt(0).toUpperCase() + name.slice(1).replace(/(\d)d/g, '$1D');
}

/** `recurrentActivation` is Keras' `recurrent_activation`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The name of a layer that was given none, `lstm_LSTM2`, as Keras would give it, `lstm_2`; other names as they are. */
export function kerasLayerName(name: string): string {
  return name.replace(/^([a-z\d_]+)_[A-Z][A-Za-z\d]*?(\d+)$/, '$1_$2');
}

/** The properties of the one object that TensorFlow.js' functions take, as keyword arguments of Keras. */
export function keywordArguments({ positional, isOpen }: CallArguments): CallArguments {
  const [options] = positional;
  const keywords = new Map<string, Value>();
  if (options === undefined || options === undefinedValue || options.kind === 'none') {
    return { positional: [], keywords, isOpen: isOpen && options === undefined };
  }
  if (options.kind !== 'dictionary') return { positional: [], keywords, isOpen: true };
  for (const { key, value } of options.entries.values()) {
    if (key.kind === 'string' && value !== undefinedValue) keywords.set(snakeCase(key.value), value);
  }
  return { positional: [], keywords, isOpen: isOpen || options.isOpen.value };
}

/** A loss as Keras spells it: a name, or a function of `tf.losses` and `tf.metrics`. */
export function lossText(value: Value): Value {
  const name =
    value.kind === 'string'
      ? value.value
      : value.kind === 'library'
        ? value.path.slice(value.path.lastIndexOf('.') + 1)
        : null;
  if (name === null) return unknown(`${describe(value)} is no known loss`);
  return text(functionLosses.get(name) ?? snakeCase(name));
}

/** Functions of `tf.losses` that Keras names otherwise. */
const functionLosses: ReadonlyMap<string, string> = new Map([
  ['absoluteDifference', 'mae'],
  ['huberLoss', 'huber'],
  ['softmaxCrossEntropy', 'categorical_crossentropy'],
  ['sigmoidCrossEntropy', 'binary_crossentropy'],
]);
