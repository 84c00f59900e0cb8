/** The webview pages in a real browser, under the policy that the editor's pages have. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/webview/**/*.browser.test.ts'],
    // One browser at a time: the machines that run these have few cores.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
