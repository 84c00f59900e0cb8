/**
 * `npm run bench:…`: bundles a program of bench/ and runs it on the project's own Node, with the arguments after `--`.
 * Builds first where a benchmark runs what is built.
 */
import { buildProject, bundleProgram, runProgram } from './benchProgram.mjs';
import { PlainError, runMain } from './lib/project.mjs';

await runMain(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  if (!/^[\w-]+$/.test(name)) throw new PlainError('Which benchmark? See the scripts "bench:…" of package.json.');
  await buildProject();
  await runProgram(await bundleProgram(`${name}.ts`), args);
});
