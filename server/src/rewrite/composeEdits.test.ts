/** Composed edits give the text that the two rounds give. */
import { describe, expect, it } from 'vitest';
import { composeEdits } from './composeEdits';
import { applyEdits, type TextEdit } from './edits';

const text = 'abcdefgh';

describe('composeEdits', () => {
  it.each<[string, readonly TextEdit[], readonly TextEdit[]]>([
    ['apart', [{ from: 1, to: 2, insert: 'XY' }], [{ from: 6, to: 7, insert: '' }]],
    ['inside what was inserted', [{ from: 1, to: 2, insert: 'WXYZ' }], [{ from: 2, to: 4, insert: '-' }]],
    ['over what was inserted', [{ from: 2, to: 3, insert: 'XY' }], [{ from: 1, to: 6, insert: '-' }]],
    ['at the same place', [{ from: 3, to: 3, insert: 'X' }], [{ from: 3, to: 3, insert: 'Y' }]],
    ['over what was removed', [{ from: 2, to: 6, insert: '' }], [{ from: 1, to: 3, insert: '-' }]],
    ['at both ends', [{ from: 0, to: 0, insert: 'X' }], [{ from: 9, to: 9, insert: 'Y' }]],
    ['of nothing', [], [{ from: 0, to: 8, insert: '' }]],
    ['of nothing after', [{ from: 4, to: 8, insert: 'X' }], []],
  ])('%s', (_, first, second) => {
    const composed = composeEdits(first, second, text.length);
    expect(applyEdits(text, composed)).toBe(applyEdits(applyEdits(text, first), second));
  });

  it('keeps a round that nothing follows', () => {
    const edits = [
      { from: 1, to: 2, insert: 'X' },
      { from: 5, to: 5, insert: 'Y' },
    ];
    expect(composeEdits(edits, [], text.length)).toEqual(edits);
  });

  it('refuses edits of the same stretch', () => {
    const edits = [
      { from: 1, to: 4, insert: 'X' },
      { from: 2, to: 3, insert: 'Y' },
    ];
    expect(() => composeEdits(edits, [], text.length)).toThrow(RangeError);
  });
});
