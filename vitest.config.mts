import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      // As esbuild's loader of text does for what is built.
      name: 'wgsl-as-text',
      transform: (code, id) => (id.endsWith('.wgsl') ? `export default ${JSON.stringify(code)};` : null),
    },
  ],
  test: {
    include: ['{model,protocol,server,engine,webview,client,test}/**/*.test.ts'],
    exclude: ['test/host/**', 'test/browser/**', 'test/webview/**', '**/node_modules/**'],
    globalSetup: ['engine/wasm/testSetup.ts', 'test/support/softwareAdapter.ts'],
    testTimeout: 30_000,
  },
});
