/** Keras' recurrent layers, cells and convolutional recurrent layers as constructors describe them. */
import { batchMeaning, type Cell, known, type Quantity, timeMeaning } from '../../../../model/graph';
import type { CallSite } from '../../evaluate/values';
import { trained } from '../layer';
import { exactly, lastAxis, shapeOf, times, unknownTensor } from '../shapes';
import {
  axesOf,
  type Described,
  type KerasDescription,
  type LayerEntry,
  type LayerTable,
  paddedWindows,
  reach,
  reasonOf,
  windowSizes,
  windows,
} from './describe';
import {
  loopSettings,
  type OpenAxes,
  type RecurrentSettings,
  recurrentFacts,
  recurrentOutputs,
  recurrentSettings,
  stackFacts,
  statesOf,
} from './recurrent';

/** The symbols of the batch and of time, as every input without stated sizes has them. */
export function openAxes(site: CallSite): OpenAxes {
  return {
    batch: known(site.machine.symbol({ name: 'B', meaning: batchMeaning })),
    time: known(site.machine.symbol({ name: 'T', meaning: timeMeaning })),
  };
}

/** One loop over time around a cell, or around a stack of cells. */
export function loopDescription(cells: readonly RecurrentSettings[], open: OpenAxes): Omit<KerasDescription, 'type'> {
  const [only] = cells;
  return {
    build: ([input]) =>
      cells.length === 1 && only !== undefined
        ? recurrentFacts(only, lastAxis(input))
        : stackFacts(cells, lastAxis(input)),
    outputs: ([input]) => recurrentOutputs(cells, input, open),
    recurrent: cells,
  };
}

function loop(cell: Cell): LayerEntry {
  return [
    ['units', 'activation', ...(cell === 'rnn' ? [] : ['recurrent_activation']), 'use_bias'],
    (given, site) => {
      const settings = recurrentSettings(cell, given, 'loop');
      return 'undecided' in settings ? settings : loopDescription([settings], openAxes(site));
    },
  ];
}

/** A cell applied by itself makes one step: `(B, I)` gives `(B, U)` and the new states. */
function step(cell: Cell): LayerEntry {
  return [
    ['units', 'activation', ...(cell === 'rnn' ? [] : ['recurrent_activation']), 'use_bias'],
    (given, site): Described => {
      const settings = recurrentSettings(cell, given, 'step');
      if ('undecided' in settings) return settings;
      const { batch } = openAxes(site);
      return {
        build: ([input]) => recurrentFacts(settings, lastAxis(input)),
        outputs: ([input]) => {
          const [size = batch] = axesOf(input) ?? [];
          return [settings.hiddenSize, ...statesOf(settings)].map((width) => ({
            shape: shapeOf([size, width]),
            element: 'float' as const,
          }));
        },
        recurrent: [settings],
      };
    },
  ];
}

/**
 * The recurrent layers of cuDNN in Keras 2 and TensorFlow 1: fixed activations, and always an input and a recurrent bias per
 * gate, of an LSTM too (8U terms). Source: Keras 2.2, keras/layers/cudnn_recurrent.py, `build`.
 */
function cuda(cell: 'gru' | 'lstm'): LayerEntry {
  return [
    ['units'],
    (given, site): Described => {
      const settings = recurrentSettings(cell, given, 'loop');
      if ('undecided' in settings) return settings;
      const gates = cell === 'lstm' ? 4 : 3;
      const described = loopDescription([{ ...settings, biasVectors: 2 }], openAxes(site));
      return {
        ...described,
        build: (inputs) => {
          const { operation } = described.build(inputs);
          const columns = times(settings.hiddenSize, gates);
          const weights = [
            trained('kernel', lastAxis(inputs[0]), columns),
            trained('recurrent_kernel', settings.hiddenSize, columns),
            trained('bias', times(columns, 2)),
          ];
          return { operation, weights };
        },
      };
    },
  ];
}

/**
 * LSTM whose products are convolutions: `(B, T, …, C)` gives `(B, …, F)`, or every step of it.
 * Source: Keras 3, keras/src/layers/rnn/conv_lstm.py: kernel `(k…, C, 4F)`, recurrent kernel `(k…, F, 4F)`, bias `4F`.
 */
function convolutional(rank: 1 | 2 | 3): LayerEntry {
  return [
    ['filters', 'kernel_size', 'strides', 'padding', 'data_format'],
    (given, site): Described => {
      const filters = given.size(given.has('nb_filter') ? 'nb_filter' : 'filters');
      const kernel = windowSizes(given, 'kernel_size', rank, site);
      const strides = windowSizes(given, 'strides', rank, site, 1);
      const dilation = windowSizes(given, 'dilation_rate', rank, site, 1);
      const padding = given.text('padding', 'valid');
      const isLast = given.isNone('data_format') || given.text('data_format', 'channels_last') === 'channels_last';
      const bias = given.flag('use_bias', true);
      const settings = loopSettings(given);
      if (kernel === undefined || strides === undefined || dilation === undefined || padding === null) {
        return { undecided: 'the sizes of its window are not known' };
      }
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      if ('undecided' in settings) return settings;
      if (!isLast) return { undecided: 'channels before the other axes are not followed' };
      const length = (axis: Quantity, position: number): Quantity => {
        const stride = strides[position] ?? exactly(1);
        if (padding !== 'valid') return paddedWindows(axis, stride);
        return windows(axis, reach(kernel[position] ?? exactly(1), dilation[position] ?? exactly(1)), stride);
      };
      return {
        inside: 'constructed',
        build: ([input]) => ({
          operation: { op: 'other', because: 'an LSTM whose products are convolutions', loops: exactly(1) },
          weights: [
            trained('kernel', ...kernel, lastAxis(input), times(filters, 4)),
            trained('recurrent_kernel', ...kernel, filters, times(filters, 4)),
            ...(bias ? [trained('bias', times(filters, 4))] : []),
          ],
        }),
        outputs: ([input]) => {
          const [batch, time, ...rest] = axesOf(input) ?? [];
          const count = settings.returnState ? 3 : 1;
          if (batch === undefined || time === undefined || rest.length !== rank + 1) {
            const because = reasonOf(input, `its input has no ${rank + 3} axes`);
            return Array.from({ length: count }, () => unknownTensor(because));
          }
          const frame = [...rest.slice(0, -1).map(length), filters];
          const state = { shape: shapeOf([batch, ...frame]), element: 'float' as const };
          const sequence = { shape: shapeOf([batch, time, ...frame]), element: 'float' as const };
          return [settings.returnSequences ? sequence : state, ...(settings.returnState ? [state, state] : [])];
        },
      };
    },
  ];
}

export const recurrentLayers: LayerTable = {
  SimpleRNN: loop('rnn'),
  GRU: loop('gru'),
  LSTM: loop('lstm'),
  SimpleRNNCell: step('rnn'),
  GRUCell: step('gru'),
  LSTMCell: step('lstm'),
  CuDNNGRU: cuda('gru'),
  CuDNNLSTM: cuda('lstm'),
  ConvLSTM1D: convolutional(1),
  ConvLSTM2D: convolutional(2),
  ConvLSTM3D: convolutional(3),
};
