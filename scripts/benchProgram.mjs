/** A program of bench/, built with all that it runs, as one file. */
import { spawn } from 'node:child_process';
import { runTool } from './lib/children.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inProject, PlainError, toolNode } from './lib/project.mjs';

/** Builds the project where its sources have changed, because benchmarks run what is built. */
export async function buildProject() {
  await ensureDependencies();
  const built = await runTool([inProject('scripts', 'build.mjs'), '--if-changed']);
  if (built.status !== 0) throw new PlainError(`The build failed:\n${built.output}`);
}

/**
 * Bundles a file of bench/ into `.cache/bench/`.
 * @param {string} source
 * @param {readonly string[]} nodePaths folders of packages besides those of the project
 * @returns {Promise<string>} path of the bundle
 */
export async function bundleProgram(source, nodePaths = []) {
  const { build } = await import('esbuild');
  const outfile = inProject('.cache', 'bench', `${source.replace(/.*\/|\.\w+$/g, '')}.cjs`);
  await build({
    entryPoints: [inProject('bench', source)],
    outfile,
    nodePaths: [...nodePaths],
    bundle: true,
    platform: 'node',
    loader: { '.wgsl': 'text' },
    logLevel: 'error',
  });
  return outfile;
}

/**
 * Runs a bundle on the project's own Node; its exit status becomes that of this process.
 * @param {string} bundle
 * @param {readonly string[]} args
 */
export async function runProgram(bundle, args) {
  const program = spawn(toolNode(), [bundle, ...args], { cwd: inProject(), stdio: 'inherit' });
  process.exitCode = await new Promise((resolve) => program.once('close', (code) => resolve(code ?? 1)));
}
