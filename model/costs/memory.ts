/** Bytes that weights and what trains them take, by number format and by optimiser. */
import { type Amount, amountOf, quantityOf } from './amount';
import { times } from './arithmetic';
import { spellQuantity } from './spelling';

export type NumberFormat = 'fp32' | 'fp16' | 'int8';

export const numberFormats: readonly NumberFormat[] = ['fp32', 'fp16', 'int8'];

/** Of activations, gradients and what optimisers keep. */
export const bytesPerFloat = 4;

const bytesPerValue: Readonly<Record<NumberFormat, number>> = { fp32: bytesPerFloat, fp16: 2, int8: 1 };

const formatRules: Readonly<Record<NumberFormat, string>> = {
  fp32: 'bytes in 32-bit floats',
  fp16: 'bytes in 16-bit floats',
  int8: 'one byte per parameter; scales, zero points and biases kept wider come on top',
};

/** Bytes of so many parameters. What quantisation keeps beside the bytes of int8 depends on the tool: estimated. */
export function weightBytes(parameters: Amount, format: NumberFormat): Amount {
  const bytes = bytesPerValue[format];
  const quantity = quantityOf(parameters);
  return amountOf(
    times(bytes, quantity),
    () => [
      bytes === 1 ? 'parameters' : `${bytes}·parameters`,
      ...(bytes === 1 ? [] : [`${bytes}·${spellQuantity(quantity)}`]),
    ],
    formatRules[format],
    format === 'int8' ? 'estimated' : 'counted',
  );
}

export type Optimiser = 'sgd' | 'momentum' | 'rmsprop' | 'adam';

export const optimisers: readonly Optimiser[] = ['sgd', 'momentum', 'rmsprop', 'adam'];

/** Values that an optimiser keeps for each trained parameter, as PyTorch and Keras do by default. */
const valuesPerParameter: Readonly<Record<Optimiser, number>> = { sgd: 0, momentum: 1, rmsprop: 1, adam: 2 };

const optimiserRules: Readonly<Record<Optimiser, string>> = {
  sgd: 'plain SGD keeps nothing',
  momentum: 'one velocity per trained parameter in 32-bit floats',
  rmsprop: 'one mean square per trained parameter in 32-bit floats; momentum and centring add one each',
  adam: 'two moments per trained parameter in 32-bit floats; AMSGrad adds one',
};

export const optimiserLabels: Readonly<Record<Optimiser, string>> = {
  sgd: 'SGD',
  momentum: 'SGD with momentum',
  rmsprop: 'RMSprop',
  adam: 'Adam',
};

/** Bytes of an optimiser's state; step counters, a few bytes per array, are left out. */
export function optimiserBytes(trainable: Amount, optimiser: Optimiser): Amount {
  const bytes = valuesPerParameter[optimiser] * bytesPerFloat;
  const quantity = quantityOf(trainable);
  return amountOf(
    times(bytes, quantity),
    () => (bytes === 0 ? [] : [`${bytes}·trained parameters`, `${bytes}·${spellQuantity(quantity)}`]),
    optimiserRules[optimiser],
  );
}

/** Bytes of the gradients of all trained parameters in 32-bit floats. */
export function gradientBytes(trainable: Amount): Amount {
  return amountOf(times(bytesPerFloat, quantityOf(trainable)), () => ['4·trained parameters'], 'one gradient each');
}
