/** A text parsed again after edits has the tree it would have if it were parsed afresh. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parser } from '@lezer/python';
import fc from 'fast-check';
import { expect, test } from 'vitest';
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
      expect(lowerModule(parsed.tree, parsed.text)).toEqual(lowerModule(parser.parse(parsed.text), parsed.text));
    }),
    { numRuns: 60, seed: 5 },
  );
});
