/**
 * Checks findings against a fixture that carries them: a comment under a line of source marks a stretch of it and names the
 * code that must be found there.
 *
 *     self.lstm = nn.LSTM(8, 16, dropout=0.5)
 *     #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^ dropout-single-layer
 *
 * A fixture without marks must have no finding.
 */
import { expect } from 'vitest';
import { analyseFile } from '../../analysis';
import { applyEdits } from '../../rewrite/edits';
import { findingsOf } from '../findings';

export function checkFindings(fixture: string): void {
  const found = findingsOf(analyseFile('model.py', fixture)).map(({ code, location }) => {
    const start = fixture.lastIndexOf('\n', location.from - 1) + 1;
    // A finding over several lines is marked on its first.
    const lineEnd = fixture.indexOf('\n', location.from);
    return `${lineOf(fixture, location.from)}:${location.from - start}-${Math.min(location.to, lineEnd) - start} ${code}`;
  });
  expect(found).toEqual(marksOf(fixture));
}

function marksOf(fixture: string): readonly string[] {
  const marks: string[] = [];
  let marked = 0;
  fixture.split('\n').forEach((line, index) => {
    const mark = /^\s*#\s*(\^+) (\S+)$/.exec(line);
    if (mark === null) marked = index + 1;
    else {
      const from = line.indexOf('^');
      marks.push(`${marked}:${from}-${from + (mark[1]?.length ?? 0)} ${mark[2]}`);
    }
  });
  return marks;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** The one finding's fix gives exactly `after`, and nothing is found in that any more. */
export function checkFix(before: string, after: string, file = 'model.py'): void {
  const [finding, ...more] = findingsOf(analyseFile(file, before));
  expect(more).toEqual([]);
  expect(applyEdits(before, finding?.fix?.edits ?? [])).toBe(after);
  expect(findingsOf(analyseFile(file, after))).toEqual([]);
}

/** There is exactly one finding, and no fix that would certainly be right. */
export function checkNoFix(fixture: string, file = 'model.py'): void {
  expect(findingsOf(analyseFile(file, fixture)).map(({ fix }) => fix)).toEqual([null]);
}
