/** A text parsed again after edits has the tree it would have if it were parsed afresh. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Parser, Tree } from '@lezer/common';
import { parser as python } from '@lezer/python';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lazy } from '../../model/lazy';
import { syntaxErrorsIn } from '../../server/src/syntax/errors';
import { lowerModule as lowerJavaScript } from '../../server/src/syntax/javascript/lower';
import { parserOf } from '../../server/src/syntax/javascript/parser';
import type { Module } from '../../server/src/syntax/python/ast';
import { lowerModule } from '../../server/src/syntax/python/lower';
import { type ParsedText, reparse } from '../../server/src/syntax/reparse';

const folder = path.join(import.meta.dirname, '../fixtures/models');

function sourcesOf(ending: RegExp): string[] {
  return readdirSync(folder)
    .filter((name) => ending.test(name))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

/** Edits here and there: how far into the text, how much is removed, and what takes its place. */
function edits(inserted: readonly string[]): fc.Arbitrary<readonly [number, number, string][]> {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.array(fc.tuple(place, fc.nat(20), fc.constantFrom(...inserted)), { minLength: 1, maxLength: 8 });
}

function edited(source: string, parser: Parser, changes: readonly [number, number, string][]): ParsedText {
  const parsedText = (text: string, tree: Tree): ParsedText => {
    const { recoveries } = syntaxErrorsIn(tree, () => false);
    return { text, tree, recoveries };
  };
  let parsed = parsedText(source, parser.parse(source));
  for (const [place, removed, inserted] of changes) {
    const at = Math.floor(parsed.text.length * place);
    const text = parsed.text.slice(0, at) + inserted + parsed.text.slice(at + removed);
    parsed = parsedText(text, reparse(parser, text, parsed));
  }
  return parsed;
}

test('Python, after any sequence of edits', () => {
  const changes = edits(['', 'x', '(', '\n', '    ', 'def f():\n    pass\n', '"""', ':', '16']);
  fc.assert(
    fc.property(fc.constantFrom(...sourcesOf(/\.py$/)), changes, (source, sequence) => {
      const { tree, text } = edited(source, python, sequence);
      expect(readInFull(lowerModule(tree, text))).toEqual(readInFull(lowerModule(python.parse(text), text)));
    }),
    { numRuns: 150, seed: 5 },
  );
});

test('JavaScript, after any sequence of edits', () => {
  const changes = edits(['', 'x', '(', '\n', '{', '}', '`', '/*', 'const a = 1;\n', '=>', '16']);
  const javascript = parserOf('model.js');
  fc.assert(
    fc.property(fc.constantFrom(...sourcesOf(/\.js$/)), changes, (source, sequence) => {
      const { tree, text } = edited(source, javascript, sequence);
      expect(lowerJavaScript(tree, text)).toEqual(lowerJavaScript(javascript.parse(text), text));
    }),
    { numRuns: 150, seed: 5 },
  );
});

/** What is read when it is first asked for, asked for. */
function readInFull({ body }: Module): unknown {
  const statements = JSON.stringify(body, (_, value) => {
    if (value instanceof Lazy) return undefined;
    return value?.kind === 'function' ? { ...value, body: value.body, isGenerator: value.isGenerator } : value;
  });
  return JSON.parse(statements);
}
