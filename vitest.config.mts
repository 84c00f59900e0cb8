import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{model,protocol,server,engine,webview,client,test}/**/*.test.ts'],
    exclude: ['test/host/**', 'test/browser/**', '**/node_modules/**'],
    testTimeout: 30_000,
  },
});
