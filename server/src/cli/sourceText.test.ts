/** What is text and what is not. */
import { expect, it } from 'vitest';
import { sourceText } from './sourceText';

const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(`\uFEFF${text}`, 'utf16le'));

it.each<[string, Uint8Array, string]>([
  ['UTF-8', Buffer.from('é = 1'), 'é = 1'],
  ['UTF-8 with a byte-order mark', Buffer.from('\uFEFFé = 1'), 'é = 1'],
  ['a declared encoding', Buffer.from('# -*- coding: latin-1 -*-\n# é', 'latin1'), '# -*- coding: latin-1 -*-\n# é'],
  [
    'an encoding declared in the second line',
    Buffer.from('#!x\n# coding=iso_8859_1\n# é', 'latin1'),
    '#!x\n# coding=iso_8859_1\n# é',
  ],
  ['nothing', Buffer.from(''), ''],
])('%s is text', (_, bytes, text) => {
  expect(sourceText(bytes)).toEqual({ kind: 'text', text });
});

it.each<[string, Uint8Array, RegExp]>([
  ['UTF-16', utf16('import torch'), /^is UTF-16, not UTF-8 text/],
  ['UTF-16 of the other byte order', utf16('import torch').map((_, index, all) => all[index ^ 1] ?? 0), /^is UTF-16/],
  ['UTF-16 without its mark', Buffer.from('import torch', 'utf16le'), /^is not UTF-8 text: it holds NUL bytes/],
  ['NUL bytes', Buffer.from('import torch\n\0\0'), /^is not UTF-8 text: it holds NUL bytes/],
  ['Latin-1 that nothing declares', Buffer.from('# é', 'latin1'), /^is not UTF-8 text; save it/],
  ['an encoding that there is not', Buffer.from('# coding: klingon\n# é', 'latin1'), /^is not UTF-8 text; save it/],
])('%s is none', (_, bytes, because) => {
  expect(sourceText(bytes)).toEqual({ kind: 'notText', because: expect.stringMatching(because) });
});
