/** The extension in a real extension host: `npm run test:host`. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/host/**/*.test.ts'], testTimeout: 240_000, hookTimeout: 240_000 },
});
