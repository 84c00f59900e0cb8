/** `npm test` ends in `N passed, M failed`, and nothing that did not run counts as passed. */
import { expect, test } from 'vitest';
import { concludeTests } from '../../scripts/lib/outcome.mjs';

test.each([
  [{ passed: 3, failed: 0, skipped: 0 }, '3 passed, 0 failed', 0],
  [{ passed: 3, failed: 1, skipped: 0 }, '3 passed, 1 failed', 1],
  [{ passed: 3, failed: 0, skipped: 2 }, '3 passed, 2 failed', 1],
  [{ passed: 3, failed: 1, skipped: 2 }, '3 passed, 3 failed', 1],
])('%o', (total, line, exitCode) => {
  const { summary, ...rest } = concludeTests(total);
  expect(summary.split('\n').at(-1)).toBe(line);
  expect(rest).toEqual({ exitCode });
});
