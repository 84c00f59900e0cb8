/** Documents that are cut off, changed, deep or that lead back to themselves give a value or none, and never fail. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describe } from '../../evaluate/values';
import { valueOfJson, valueOfYaml } from './documents';

const source = `# sizes
model: &base
  hidden: 0x10
  names: [gru, "lstm", ~]
  text: |
    several
    lines
big: {<<: *base, hidden: 1_0, rate: 1e-3}
? [a, b]
: !!python/tuple [1, 2]
`;

test('every beginning of a document', () => {
  for (let length = 0; length <= source.length; length++) {
    const beginning = source.slice(0, length);
    for (const value of [valueOfYaml(beginning), valueOfJson(beginning)]) if (value !== undefined) describe(value);
  }
});

test('a document after any edit', () => {
  const edit = fc.tuple(
    fc.nat(source.length),
    fc.nat(6),
    fc.constantFrom('', ':', '- ', '*base', '&base ', '{', '\t', '!!x '),
  );
  fc.assert(
    fc.property(edit, ([at, removed, added]) => {
      const value = valueOfYaml(source.slice(0, at) + added + source.slice(at + removed));
      if (value !== undefined) describe(value);
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('documents that are larger than they look', () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `a${level}: &a${level} [${'*aX, '.replace('X', String(level - 1)).repeat(9)}]`,
  );
  expect(valueOfYaml(['a0: &a0 [1]', ...levels.slice(1)].join('\n'))).toBeUndefined();
  expect(valueOfYaml('a: &a [*a]')).toBeUndefined();
  expect(valueOfYaml(`${'['.repeat(400)}${']'.repeat(400)}`)).toBeUndefined();
});
