/** Edits of arguments keep the call as its author laid it out. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { describe, expect, it } from 'vitest';
import { argumentsOf, removeArguments, setKeyword } from './arguments';
import { applyEdits, type TextEdit } from './edits';
import { descendants } from './nodes';

function onCall(text: string, edit: (call: SyntaxNode) => readonly TextEdit[]): string {
  const [call] = descendants(parser.parse(text).topNode, 'CallExpression');
  if (call === undefined) throw new Error('the fixture has a call');
  return applyEdits(text, edit(call));
}

describe('setKeyword', () => {
  it.each([
    ['LSTM(64)', 'LSTM(64, k=True)'],
    ['LSTM()', 'LSTM(k=True)'],
    ['LSTM(64, k=False, x=1)', 'LSTM(64, k=True, x=1)'],
    ['LSTM(64, k = f(1, 2))', 'LSTM(64, k = True)'],
    ['LSTM(\n    64,\n)', 'LSTM(\n    64,\n    k=True,\n)'],
    ['LSTM(\n    64,\n    x=1)', 'LSTM(\n    64,\n    x=1,\n    k=True)'],
    ['LSTM(64,\n     x=1)', 'LSTM(64,\n     x=1,\n     k=True)'],
    ['LSTM(\r\n    64)', 'LSTM(\r\n    64,\r\n    k=True)'],
    ['LSTM(64, x=[\n  1])', 'LSTM(64, x=[\n  1], k=True)'],
  ])('%j → %j', (before, after) => {
    expect(onCall(before, (call) => setKeyword(call, before, 'k', 'True'))).toBe(after);
  });
});

describe('removeArguments', () => {
  it.each([
    ['LSTM(8, k=1)', 'LSTM(8)'],
    ['LSTM(k=1, x=2)', 'LSTM(x=2)'],
    ['LSTM(k=1)', 'LSTM()'],
    ['LSTM(k=1,)', 'LSTM()'],
    ['LSTM(8, k=1, x=2)', 'LSTM(8, x=2)'],
    ['LSTM(\n    8,\n    k=1,\n    x=2,\n)', 'LSTM(\n    8,\n    x=2,\n)'],
    ['LSTM(\n    8,\n    k=1,\n)', 'LSTM(\n    8,\n)'],
    ['LSTM(\n    8,  # units\n    k=1,\n    x=2)', 'LSTM(\n    8,  # units\n    x=2)'],
    ['LSTM(k=1, x=2, k=3)', 'LSTM(x=2)'],
    ['LSTM(k=1, k=2, x=3)', 'LSTM(x=3)'],
    ['LSTM(8, k=1, k=2)', 'LSTM(8)'],
    ['LSTM(k=1, k=2)', 'LSTM()'],
  ])('%j → %j', (before, after) => {
    expect(onCall(before, (call) => removeArguments(call, before, ({ name }) => name === 'k'))).toBe(after);
  });
});

it('tells positional, keyword and spread arguments apart', () => {
  const text = 'f(1, *rest, k=a.b, **more)';
  onCall(text, (call) => {
    expect(argumentsOf(call, text).map(({ form, name }) => [form, name])).toEqual([
      ['positional', null],
      ['spread', null],
      ['keyword', 'k'],
      ['spread', null],
    ]);
    return [];
  });
});
