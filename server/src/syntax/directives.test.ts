/** What comments say, and how they say it. */
import { parser as javascript } from '@lezer/javascript';
import { parser as python } from '@lezer/python';
import { expect, test } from 'vitest';
import { readDirectives } from './directives';

test.each<[string, Record<string, number>, Record<string, string>]>([
  ['# unroll: hidden_size=256', { hidden_size: 256 }, { hidden_size: '256' }],
  ['#unroll:seq_len=40,batch=8', { seq_len: 40, batch: 8 }, { seq_len: '40', batch: '8' }],
  ['# unroll: data=my data/weather.csv, target=temp_max', {}, { data: 'my data/weather.csv', target: 'temp_max' }],
  ['# unroll: target=2020', {}, { target: '2020' }],
  ['# unroll: data="a,b.csv", target=\'x, y\' , n=3', { n: 3 }, { data: 'a,b.csv', target: 'x, y', n: '3' }],
  ["# unroll: data=it's.csv, n=3", { n: 3 }, { data: "it's.csv", n: '3' }],
  ['# unroll: data="open.csv', {}, { data: '"open.csv' }],
  ['# unroll: n=-1, m=1.5, data=', {}, { n: '-1', m: '1.5' }],
  ['# unroll: no entries here', {}, {}],
  ['# something else: n=3', {}, {}],
  ['"# unroll: n=3"', {}, {}],
])('%s', (comment, sizes, texts) => {
  const read = readDirectives(python.parse(comment), comment);
  expect(Object.fromEntries(read.sizes.map(({ name, value }) => [name, value]))).toEqual(sizes);
  for (const { name, span } of read.sizes) expect(comment.slice(span?.from, span?.to)).toBe(name);
  expect(Object.fromEntries(read.texts)).toEqual(texts);
});

test('JavaScript has its own comments', () => {
  for (const comment of ['// unroll: units=12, data=a.csv\n', '/* unroll: data=a.csv, units=12 */ f();']) {
    const { sizes, texts } = readDirectives(javascript.parse(comment), comment);
    const from = comment.indexOf('units');
    expect(sizes).toEqual([{ name: 'units', value: 12, source: 'comment', span: { from, to: from + 5 } }]);
    expect(texts.get('data')).toBe('a.csv');
  }
});

test('reads several directives in one comment', () => {
  const text = '# unroll: units=12  # unroll: ignore[unasked-size]  # unroll: seq_len=40, data=a.csv\n';
  const { sizes, texts, suppressions } = readDirectives(python.parse(text), text);
  expect(sizes.map(({ name, value, span }) => [name, value, span && text.slice(span.from, span.to)])).toEqual([
    ['units', 12, 'units'],
    ['seq_len', 40, 'seq_len'],
  ]);
  expect(texts.get('data')).toBe('a.csv');
  expect(suppressions.map(({ rules }) => rules?.map((rule) => rule.code))).toEqual([['unasked-size']]);
});
