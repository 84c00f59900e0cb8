/**
 * `npm run bench:…`: bundles a program of bench/ and runs it on the project's own Node, with the arguments after `--`.
 * Builds first where a benchmark runs what is built.
 */
import { spawn } from 'node:child_process';
import { runTool } from './lib/children.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inProject, PlainError, runMain, toolNode } from './lib/project.mjs';

await runMain(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  if (!/^[\w-]+$/.test(name)) throw new PlainError('Which benchmark? See the scripts "bench:…" of package.json.');
  await ensureDependencies();
  const built = await runTool([inProject('scripts', 'build.mjs'), '--if-changed']);
  if (built.status !== 0) throw new PlainError(`The build failed:\n${built.output}`);
  const { build } = await import('esbuild');
  const outfile = inProject('.cache', 'bench', `${name}.cjs`);
  await build({
    entryPoints: [inProject('bench', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    loader: { '.wgsl': 'text' },
    logLevel: 'error',
  });
  const program = spawn(toolNode(), [outfile, ...args], { cwd: inProject(), stdio: 'inherit' });
  process.exitCode = await new Promise((resolve) => program.once('close', (code) => resolve(code ?? 1)));
});
