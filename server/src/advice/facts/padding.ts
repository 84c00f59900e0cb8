/** How a Python program pads its sequences, as far as its own text shows. */
import type { SyntaxNode } from '@lezer/common';
import { argumentsOf, hasSpread, keywordOf } from '../../rewrite/arguments';
import { textOf } from '../../rewrite/nodes';
import type { Calls } from './calls';
import { stringOf } from './written';

/** `open` where the program decides it while it runs. */
export type PaddingSide = 'left' | 'right' | 'open';

export interface PaddingCall {
  readonly call: SyntaxNode;
  readonly side: PaddingSide;
  /** Padded with 0, which `mask_zero` masks. */
  readonly withZero: boolean;
}

/** The calls of Keras' `pad_sequences`, whose default is to pad on the left with 0. */
export function padSequencesCalls(calls: Calls, text: string): readonly PaddingCall[] {
  return calls.named('pad_sequences').map(({ node }): PaddingCall => {
    const value = keywordOf(node, text, 'value');
    const withZero = value === null || /^0(?:\.0*)?$/.test(textOf(text, value.value));
    return { call: node, side: sideOf(node, text), withZero };
  });
}

/** `pad_sequences(sequences, maxlen, dtype, padding, …)`. */
function sideOf(call: SyntaxNode, text: string): PaddingSide {
  const given = keywordOf(call, text, 'padding')?.value ?? positional(call, text, 3);
  if (given === undefined) return hasSpread(call, text) ? 'open' : 'left';
  const side = stringOf(given, text);
  return side === 'pre' ? 'left' : side === 'post' ? 'right' : 'open';
}

function positional(call: SyntaxNode, text: string, index: number): SyntaxNode | undefined {
  const argument = argumentsOf(call, text)[index];
  return argument?.form === 'positional' ? argument.value : undefined;
}

/** Whether `TextVectorization` or `padded_batch` pads on the right with 0, which both always do unless told otherwise. */
export function padsOnTheRight(calls: Calls, text: string): boolean {
  const vectorises = calls
    .named('TextVectorization')
    .some(({ node }) => keywordOf(node, text, 'output_sequence_length') !== null);
  if (vectorises) return true;
  return calls.named('padded_batch').some(({ node }) => keywordOf(node, text, 'padding_values') === null);
}
