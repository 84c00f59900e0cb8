import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{model,protocol,server,engine,webview,client,test}/**/*.test.ts'],
    exclude: ['test/host/**', 'test/browser/**', 'test/webview/**', '**/node_modules/**'],
    globalSetup: ['engine/wasm/testSetup.ts'],
    testTimeout: 30_000,
  },
});
