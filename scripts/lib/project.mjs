/** Where things lie in a checkout, and the one way scripts speak to the terminal. Node builtins only. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Absolute path of something in the checkout. @param {readonly string[]} parts */
export function inProject(...parts) {
  return path.join(projectFolder, ...parts);
}

/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** A failure whose message is all that a person needs: shown without a stack. */
export class PlainError extends Error {}

/**
 * The Node that tools and the embedded editor run on: 24, which the npm package `node` brings, whatever started the script.
 * @returns {string} path of the binary
 */
export function toolNode() {
  const bundled = inProject('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(bundled)) return bundled;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  throw new PlainError(
    `Node 24 is needed and this is ${process.versions.node}: the npm package "node" brings it, unless install scripts are off. Run "npm rebuild node", or install Node 24.`,
  );
}

/**
 * Runs a script's main function; a PlainError ends it with its message and exit status 1.
 * @param {() => Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof PlainError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
