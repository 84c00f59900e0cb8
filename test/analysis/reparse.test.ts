/** A text parsed again after edits has the tree it would have if it were parsed afresh. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parser } from '@lezer/python';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lazy } from '../../model/lazy';
import type { Module } from '../../server/src/syntax/python/ast';
import { lowerModule } from '../../server/src/syntax/python/lower';
import { type ParsedText, reparse } from '../../server/src/syntax/reparse';

const folder = path.join(import.meta.dirname, '../fixtures/models');
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.py'))
  .map((name) => readFileSync(path.join(folder, name), 'utf8'));

test('after any sequence of edits', () => {
  const edit = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(20),
    fc.constantFrom('', 'x', '(', '\n', '    ', 'def f():\n    pass\n', '"""', ':', '16'),
  );
  fc.assert(
    fc.property(fc.constantFrom(...sources), fc.array(edit, { minLength: 1, maxLength: 8 }), (source, edits) => {
      let parsed: ParsedText = { text: source, tree: parser.parse(source) };
      for (const [place, removed, inserted] of edits) {
        const at = Math.floor(parsed.text.length * place);
        const text = parsed.text.slice(0, at) + inserted + parsed.text.slice(at + removed);
        parsed = { text, tree: reparse(parser, text, parsed) };
      }
      expect(readInFull(lowerModule(parsed.tree, parsed.text))).toEqual(
        readInFull(lowerModule(parser.parse(parsed.text), parsed.text)),
      );
    }),
    { numRuns: 60, seed: 5 },
  );
});

/** What is read when it is first asked for, asked for. */
function readInFull({ body, errors }: Module): unknown {
  const statements = JSON.stringify(body, (_, value) => {
    if (value instanceof Lazy) return undefined;
    return value?.kind === 'function' ? { ...value, body: value.body, isGenerator: value.isGenerator } : value;
  });
  return { body: JSON.parse(statements), errors };
}
