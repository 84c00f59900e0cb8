/**
 * Checks findings against a fixture that carries them: a comment under a line of source marks a stretch of it and names the
 * code that must be found there.
 *
 *     self.lstm = nn.LSTM(8, 16, dropout=0.5)
 *     #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^ dropout-single-layer
 *
 * A fixture without marks must have no finding. One rule is asked at a time: what others find in its fixtures is theirs to test.
 */
import { expect } from 'vitest';
import { analyseFile } from '../../analysis';
import { applyEdits } from '../../rewrite/edits';
import { findingsOf } from '../findings';
import type { Finding } from '../rule';
import { ownLevels } from '../ruleLevels';
import { rules } from '../rules/registry';

export interface RuleChecks {
  /** The findings are those that the fixture marks. */
  readonly checkFindings: (fixture: string, file?: string) => void;
  /** The one finding's fix gives exactly `after`, and nothing is found in that any more. */
  readonly checkFix: (before: string, after: string, file?: string) => void;
  /** There is exactly one finding, and no fix that would certainly be right. */
  readonly checkNoFix: (fixture: string, file?: string) => void;
}

/** The checks of one rule. */
export function checksOf(code: string): RuleChecks {
  const rule = rules.filter((each) => each.code === code);
  expect(rule).toHaveLength(1);
  const find = (file: string, text: string): readonly Finding[] => findingsOf(analyseFile(file, text), ownLevels, rule);
  return {
    checkFindings: (fixture, file = 'model.py') => {
      expect(find(file, fixture).map((finding) => placeOf(finding, fixture))).toEqual(marksOf(fixture));
    },
    checkFix: (before, after, file = 'model.py') => {
      const [finding, ...more] = find(file, before);
      expect(more).toEqual([]);
      expect(applyEdits(before, finding?.fix?.edits ?? [])).toBe(after);
      expect(find(file, after)).toEqual([]);
    },
    checkNoFix: (fixture, file = 'model.py') => {
      expect(find(file, fixture).map(({ fix }) => fix)).toEqual([null]);
    },
  };
}

function placeOf({ code, location }: Finding, fixture: string): string {
  const start = fixture.lastIndexOf('\n', location.from - 1) + 1;
  // A finding over several lines is marked on its first.
  const lineEnd = fixture.indexOf('\n', location.from);
  return `${lineOf(fixture, location.from)}:${location.from - start}-${Math.min(location.to, lineEnd) - start} ${code}`;
}

function marksOf(fixture: string): readonly string[] {
  const marks: string[] = [];
  let marked = 0;
  fixture.split('\n').forEach((line, index) => {
    const mark = /^\s*(?:#|\/\/)\s*(\^+) (\S+)$/.exec(line);
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
