/** Whatever a source holds, a hover shows it as characters. */
import { describe, expect, it } from 'vitest';
import { analyseFile } from '../analysis';
import { layerMarkdown, modelMarkdown } from './layerText';
import { code, escapeMarkdown } from './markdown';

describe('escapeMarkdown', () => {
  it.each([
    ['![x](https://evil.example/x.png)', '!\\[x\\](https\\://evil.example/x.png)'],
    ['<img src=x>', '\\<img src=x\\>'],
    ['[m](command:evil)', '\\[m\\](command:evil)'],
    ['**bold** and __init__', '\\*\\*bold\\*\\* and \\_\\_init\\_\\_'],
    ['a `b` \\c', 'a \\`b\\` \\\\c'],
    ['www.evil.example, x@evil.example', 'www\\.evil.example, x\\@evil.example'],
    ['&lt;', '\\&lt;'],
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['two\n\n# lines', 'two # lines'],
  ])('%j is %j', (text, markdown) => {
    expect(escapeMarkdown(text)).toBe(markdown);
  });

  it.each(['two bias vectors per gate (b_ih and b_hh)', '4·H·(I+H) + 8·H = 49,920', 'its width hidden_size: 1.5 × 3'])(
    'leaves %j as it is',
    (text) => {
      expect(escapeMarkdown(text)).toBe(text);
    },
  );
});

describe('code', () => {
  it.each([
    ['lstm', '`lstm`'],
    ['a`b', '``a`b``'],
    ['``', '``` `` ```'],
    ['`![x](y)`', '`` `![x](y)` ``'],
    ['a\n\nb', '`a b`'],
    ['', '``'],
  ])('%j is %j', (text, markdown) => {
    expect(code(text)).toBe(markdown);
  });
});

describe('hovers', () => {
  const text = `from tensorflow import keras
from keras import layers
x = keras.Input((30, 4))
y = layers.LSTM(8, name="![x](https://evil.example/x.png)")(x)
y = layers.Dense(3, name="\`[y](command:evil)")(y)
y = layers.Unheard("<b>")(y)
model = keras.Model(x, y, name="[m](command:evil)")
`;

  it('show names as characters', () => {
    const [graph] = analyseFile('model.py', text).models;
    if (graph === undefined) throw new Error('the fixture has a model');
    const shown = [modelMarkdown(graph), ...graph.layers.map((layer) => layerMarkdown(graph, layer))].join('\n');
    expect(shown).toContain('`![x](https://evil.example/x.png)`');
    expect(shown).toContain('`` `[y](command:evil) ``');
    // Code spans aside, nothing is left that could be a link, an image or a tag.
    const outside = shown.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
    expect(outside).not.toMatch(/(?<!\\)[[\]<>]/);
  });
});
