/** Lines come out the same wherever the stream is cut. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineSplitter } from './lines';

function linesOf(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  chunks.forEach(splitter.write);
  splitter.end();
  return lines;
}

test.each([
  { chunks: [], lines: [] },
  { chunks: ['one\ntwo\n'], lines: ['one', 'two'] },
  { chunks: ['on', 'e\nt', 'wo'], lines: ['one', 'two'] },
  { chunks: ['one\r\n\r\ntwo\r\n'], lines: ['one', 'two'] },
  { chunks: ['one\r', '\ntwo'], lines: ['one', 'two'] },
])('$chunks gives $lines', ({ chunks, lines }) => {
  expect(linesOf(chunks)).toEqual(lines);
});

test('cutting a stream elsewhere changes nothing', () => {
  const text = 'first\n{"type":"step"}\n\nlast';
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), text.length];
      const chunks = places.slice(1).map((to, index) => text.slice(places[index], to));
      expect(linesOf(chunks)).toEqual(linesOf([text]));
    }),
  );
});
