/** What layers without weights of their own formula do to tensors, so that a model can be computed and not only counted. */
import type { Quantity } from './graph';

/** Ways to make one tensor of several; all but `concatenate` go element by element. */
export type TensorJoin = 'concatenate' | 'add' | 'subtract' | 'multiply' | 'average' | 'maximum' | 'minimum';

/** Steps put before and after a sequence: none, as many as keep its length, all of them before it, or so many at both ends. */
export type WindowPadding = Quantity | 'valid' | 'same' | 'causal';

/** Axes are counted from 0 with the batch. With `channelsFirst`, time is the last axis and the channels stand before it. */
export type Computation =
  | {
      readonly kind: 'convolution';
      readonly channelsFirst: boolean;
      readonly filters: Quantity;
      readonly kernel: Quantity;
      readonly stride: Quantity;
      readonly dilation: Quantity;
      readonly groups: Quantity;
      readonly padding: WindowPadding;
      readonly bias: boolean;
      readonly activation: string;
    }
  | {
      readonly kind: 'pooling';
      readonly how: 'max' | 'average';
      readonly channelsFirst: boolean;
      readonly size: Quantity;
      readonly stride: Quantity;
      readonly padding: WindowPadding;
      /** Whether an average takes padding for zeros. */
      readonly countsPadding: boolean;
    }
  | {
      readonly kind: 'poolingOverTime';
      readonly how: 'max' | 'average';
      readonly channelsFirst: boolean;
      /** Whether time stays as an axis of length 1. */
      readonly keepsAxis: boolean;
    }
  /** Of a query and a value, and perhaps a key. */
  | {
      readonly kind: 'attention';
      readonly score: 'dot' | 'additive';
      /** Whether the score has a trained factor. */
      readonly isScaled: boolean;
      readonly dropout: number | null;
    }
  | {
      readonly kind: 'multiHeadAttention';
      /** The order of its inputs. */
      readonly inputs: 'query, key, value' | 'query, value, key';
      readonly heads: Quantity;
      readonly keyWidth: Quantity;
      readonly valueWidth: Quantity;
      readonly outputWidth: Quantity;
      readonly bias: boolean;
      readonly dropout: number | null;
    }
  | { readonly kind: 'join'; readonly how: TensorJoin; readonly axis: number | null }
  /** A vector, so many times. */
  | { readonly kind: 'repetition'; readonly times: Quantity }
  /** Which axis of the input each axis of the output is. */
  | { readonly kind: 'permutation'; readonly order: readonly number[] }
  | { readonly kind: 'reshape' }
  /** Steps of which all numbers have this value are left out of what follows. */
  | { readonly kind: 'masking'; readonly value: number | null }
  | { readonly kind: 'gaussianNoise'; readonly deviation: number | null }
  | { readonly kind: 'identity' }
  /** A layer of the program's own code: its last inputs are what that code computed of the others, as many as it has outputs. */
  | { readonly kind: 'ownCode' };
