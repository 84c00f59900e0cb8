/**
 * Small PyTorch programs as people write them, each counted once by PyTorch itself (`bench/truth/torch_programs.py`). A
 * heading says what a program is about, its parameters and how many of them are trained; `or open` where the analyser may
 * also give no number, but no other one.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

const file = path.join(import.meta.dirname, '../fixtures/torch_programs.txt');
const programs = readFileSync(file, 'utf8')
  .split(/^# (?=.*: \d+ \d+(?: or open)?$)/m)
  .slice(1)
  .map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    const [title = '', counts = ''] = heading.split(': ');
    const isOpen = counts.endsWith(' or open');
    return { title, counts: counts.replace(' or open', ''), isOpen, source: lines.join('\n') };
  });

describe('PyTorch programs', () => {
  test.each(programs)('$title', ({ source, counts, isOpen }) => {
    const found = analyseFile('program.py', source).models.map((model) => {
      const { parameters, trainable } = modelCosts(model);
      return [parameters, trainable]
        .map((amount) => (amount.grade === 'exact' ? formatAmount(amount).replaceAll(',', '') : '?'))
        .join(' ');
    });
    // A file that makes several models gives each of them; the one in question is among them.
    const [parameters, trainable] = counts.split(' ');
    const possible = isOpen ? [counts, '? ?', `${parameters} ?`, `? ${trainable}`] : [counts];
    expect(
      found.some((count) => possible.includes(count)),
      `${found.join(' | ')} instead of ${counts}`,
    ).toBe(true);
  });
});
