/** What all suites together came to, in one line and an exit code. */

/**
 * What a suite came to. A suite that crashed or ran nothing has failed.
 * @typedef {{ passed: number, failed: number, skipped: number }} Outcome
 */

/**
 * A test that was skipped has not passed: it counts as failed, or a suite could go quiet one test at a time.
 * @param {Outcome} total
 * @returns {{ summary: string, exitCode: 0 | 1 }}
 */
export function concludeTests({ passed, failed, skipped }) {
  const remark = skipped === 0 ? '' : `${skipped} skipped, which counts as failed.\n`;
  const notPassed = failed + skipped;
  return { summary: `${remark}${passed} passed, ${notPassed} failed`, exitCode: notPassed === 0 ? 0 : 1 };
}
