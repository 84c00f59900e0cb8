/** Keras' recurrent layers: `SimpleRNN`, `GRU`, `LSTM`, and `Bidirectional` around one. */
import type { Cell, Quantity, RecurrentMerge, RecurrentOperation, TensorType, Weight } from '../../../../model/graph';
import type { LibraryArguments } from '../arguments';
import type { LayerFacts } from '../layer';
import { exactly, floatTensor, times, unknownTensor } from '../shapes';

const gatesOf: Readonly<Record<Cell, number>> = { rnn: 1, gru: 3, lstm: 4 };

/** What the constructor's arguments say of a recurrent layer, before its input is known. */
export type RecurrentSettings = Omit<RecurrentOperation, 'inputSize'>;

/** The settings, or why they are not known. Defaults are those of Keras 3, which TensorFlow 2's Keras shares. */
export function recurrentSettings(
  cell: Cell,
  given: LibraryArguments,
): RecurrentSettings | { readonly undecided: string } {
  const flags = {
    useBias: given.flag('use_bias', true),
    returnSequences: given.flag('return_sequences', false),
    returnState: given.flag('return_state', false),
    stateful: given.flag('stateful', false),
    goBackwards: given.flag('go_backwards', false),
    resetAfter: given.flag('reset_after', true),
  };
  for (const flag of Object.values(flags)) if (typeof flag !== 'boolean') return { undecided: flag.because };
  return {
    op: 'recurrent',
    cell,
    singleStep: false,
    hiddenSize: given.size('units'),
    layers: exactly(1),
    directions: 1,
    merge: 'concat',
    projection: null,
    biasVectors: flags.useBias !== true ? 0 : cell === 'gru' && flags.resetAfter === true ? 2 : 1,
    resetAfter: cell === 'gru' ? flags.resetAfter === true : null,
    activation: activationName(given, 'activation', 'tanh'),
    recurrentActivation: activationName(given, 'recurrent_activation', 'sigmoid'),
    batchFirst: true,
    returnSequences: flags.returnSequences === true,
    returnState: flags.returnState === true,
    stateful: flags.stateful === true,
    goBackwards: flags.goBackwards === true,
    dropout: given.number('dropout', 0),
    recurrentDropout: given.number('recurrent_dropout', 0),
  };
}

/** The name of an activation: a text, `None` for none, or `unknown`. */
export function activationName(given: LibraryArguments, parameter: string, byDefault: string): string {
  const value = given.get(parameter);
  if (value?.kind === 'none') return 'linear';
  if (value?.kind === 'library') return value.path.slice(value.path.lastIndexOf('.') + 1);
  return given.text(parameter, byDefault) ?? 'unknown';
}

/**
 * Kernel `(I, G·U)`, recurrent kernel `(U, G·U)`, bias `G·U`, or `(2, G·U)` for a GRU that resets after the product.
 * Source: Keras 3, keras/src/layers/rnn/{simple_rnn,gru,lstm}.py, `build`.
 */
export function recurrentFacts(settings: RecurrentSettings, inputSize: Quantity): LayerFacts {
  const operation: RecurrentOperation = { ...settings, inputSize };
  const columns = times(settings.hiddenSize, gatesOf[settings.cell]);
  const prefixes = settings.directions === 2 ? ['forward_', 'backward_'] : [''];
  const weights = prefixes.flatMap((prefix): Weight[] => [
    { name: `${prefix}kernel`, shape: [inputSize, columns], trainable: true },
    { name: `${prefix}recurrent_kernel`, shape: [settings.hiddenSize, columns], trainable: true },
    ...(settings.biasVectors === 0
      ? []
      : [
          {
            name: `${prefix}bias`,
            shape: settings.biasVectors === 2 ? [exactly(2), columns] : [columns],
            trainable: true,
          },
        ]),
  ]);
  return { operation, weights };
}

/** The outputs of an application: the sequence or last step, then the states if they are returned. */
export function recurrentOutputs(settings: RecurrentSettings, input: TensorType): readonly TensorType[] {
  const { hiddenSize, directions, merge } = settings;
  const statesPerDirection = settings.cell === 'lstm' ? 2 : 1;
  const axes = input.shape.kind === 'known' ? input.shape.axes : undefined;
  const [batch, time] = axes ?? [];
  const width = directions === 2 && merge === 'concat' ? times(hiddenSize, 2) : hiddenSize;
  const copies = directions === 2 && merge === 'none' ? 2 : 1;
  const stateCount = settings.returnState ? statesPerDirection * directions : 0;
  if (batch === undefined || time === undefined || axes?.length !== 3) {
    const because =
      input.shape.kind === 'unknown' ? input.shape.because : 'the input of a recurrent layer has three axes';
    return Array.from({ length: copies + stateCount }, () => unknownTensor(because));
  }
  const main = floatTensor(settings.returnSequences ? [batch, time, width] : [batch, width]);
  const state = floatTensor([batch, hiddenSize]);
  return [...Array.from({ length: copies }, () => main), ...Array.from({ length: stateCount }, () => state)];
}

/** `Bidirectional(layer, merge_mode)`. */
export function bothDirections(
  settings: RecurrentSettings,
  given: LibraryArguments,
): RecurrentSettings | { readonly undecided: string } {
  const mode = given.isNone('merge_mode') && given.has('merge_mode') ? 'none' : given.text('merge_mode', 'concat');
  if (mode === null || !isMerge(mode)) return { undecided: 'its merge_mode is not known' };
  if (given.has('backward_layer') && !given.isNone('backward_layer')) {
    return { undecided: 'its backward_layer is a layer of its own' };
  }
  return { ...settings, directions: 2, merge: mode };
}

function isMerge(mode: string): mode is RecurrentMerge {
  return ['concat', 'sum', 'mul', 'ave', 'none'].includes(mode);
}
