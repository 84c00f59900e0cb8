/** Runs the engine's tests in a worker of a browser, and posts what became of each. */
import { startTests, type Task, type VitestRunner } from '@vitest/runner';
import { testFiles } from 'test-files';

/** What became of a test. */
export interface Outcome {
  readonly name: string;
  readonly state: 'pass' | 'fail' | 'other';
  readonly errors: readonly string[];
}

export type FromSuite =
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  /** Everything has run; errors are of files that could not be loaded. */
  | { readonly type: 'over'; readonly errors: readonly string[] };

declare const self: { postMessage(message: FromSuite): void; setImmediate?: (task: () => void) => void };

self.setImmediate = (task) => void setTimeout(task);

const runner: VitestRunner = {
  config: {
    ...{ root: '/', setupFiles: [], passWithNoTests: false, allowOnly: false, includeTaskLocation: false },
    ...{ testNamePattern: undefined, maxConcurrency: 1, testTimeout: 300_000, hookTimeout: 60_000, retry: 0 },
    ...{ tags: [], tagsFilter: undefined, strictTags: false, name: undefined, mergeReportsLabel: undefined },
    sequence: { shuffle: false, concurrent: false, seed: 1, hooks: 'stack', setupFiles: 'list' },
    chaiConfig: undefined,
  },
  importFile: async (path) => {
    await testFiles[path]?.();
  },
  onAfterRunTask: (test) => {
    const outcome: Outcome = { name: nameOf(test), state: stateOf(test), errors: errorsOf(test) };
    self.postMessage({ type: 'outcome', outcome });
  },
};

startTests(Object.keys(testFiles), runner).then(
  (files) => self.postMessage({ type: 'over', errors: files.flatMap(errorsOf) }),
  (error: unknown) => self.postMessage({ type: 'over', errors: [String(error)] }),
);

function nameOf(task: Task): string {
  return task.suite === undefined ? `${task.file.name}: ${task.name}` : `${nameOf(task.suite)} › ${task.name}`;
}

function stateOf({ result }: Task): Outcome['state'] {
  return result?.state === 'pass' || result?.state === 'fail' ? result.state : 'other';
}

function errorsOf({ result }: Task): string[] {
  return (result?.errors ?? []).map(({ message, diff }) => (diff ? `${message}\n${diff}` : message));
}
