/** Made while the suite is bundled: each of the engine's test files that runs in a browser, by its path. */
declare module 'test-files' {
  export const testFiles: Readonly<Record<string, () => Promise<unknown>>>;
}
