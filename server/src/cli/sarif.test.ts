/** What a code-scanning service reads. */
import { expect, it } from 'vitest';
import type { FileDocument } from './analysisDocument';
import { sarifDocument } from './sarif';

function fileWith(path: string, message: string): FileDocument {
  const finding = {
    code: 'not-analysed',
    severity: 'information',
    line: 2,
    column: 3,
    message,
    fixable: false,
  } as const;
  return { path, framework: 'keras', models: [], findings: [finding] };
}

it('shows names of a source as text, never as a link', () => {
  const text = JSON.stringify(
    sarifDocument([fileWith('a.py', 'the layer [x](https://evil.example) of x[0]')], '1.0.0'),
  );
  expect(text).toContain(JSON.stringify('the layer [x\\](https://evil.example) of x[0]'));
});

it.each([
  ['my models/a.py', 'my%20models/a.py'],
  ['models\\a.py', 'models/a.py'],
  ['../c#/a?.py', '../c%23/a%3F.py'],
  ['/models/a b.py', 'file:///models/a%20b.py'],
])('names %s as %s', (path, uri) => {
  expect(JSON.stringify(sarifDocument([fileWith(path, 'x')], '1.0.0'))).toContain(JSON.stringify({ uri }));
});
