/** How the architectures are called and told apart on every page. */
import type { Variant } from '../../../protocol/trainer';

const labels: Readonly<Record<Variant, string>> = {
  rnn: 'RNN',
  gru: 'GRU',
  lstm: 'LSTM',
  bigru: 'BiGRU',
  bilstm: 'BiLSTM',
  'cnn-lstm': 'CNN-LSTM',
  'cnn-lstm-attention': 'CNN-LSTM-attention',
};

export function variantLabel(variant: Variant): string {
  return labels[variant];
}

/** The custom property that holds a variant's colour; `common.css` defines one for each. */
export function variantColourProperty(variant: Variant): `--${string}` {
  return `--unroll-${variant}`;
}

const dashes: Readonly<Record<Variant, readonly number[]>> = {
  rnn: [2, 3],
  gru: [],
  lstm: [8, 4],
  bigru: [8, 3, 2, 3],
  bilstm: [14, 4],
  'cnn-lstm': [10, 2, 2, 2],
  'cnn-lstm-attention': [4, 2],
};

/** Lengths of strokes and gaps in CSS pixels, for themes where colour alone does not tell lines apart. */
export function variantDash(variant: Variant): readonly number[] {
  return dashes[variant];
}
