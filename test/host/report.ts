/** What the suites in the extension host report to the test outside: one entry a test. */

export interface HostTestResult {
  readonly title: string;
  /** Null when the test passed. */
  readonly error: string | null;
}

/** Environment variable that names the file to which the results are written. */
export const resultsFileVariable = 'UNROLL_HOST_TEST_RESULTS';
