/** Child processes: run to the end, or kept until this process ends, which always ends them too. Node builtins only. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { inProject, toolNode } from './project.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const living = new Set();

process.once('exit', endChildren);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
}

// npm hands on no signal that only it was sent: when whoever started this process is gone, it ends too.
const starter = process.ppid;
setInterval(() => {
  if (process.ppid !== starter) process.exit(143);
}, 1000).unref();

/** Ends every child that still lives, with whatever it started itself. */
function endChildren() {
  for (const child of living) endTree(child);
  living.clear();
}

/**
 * Ends a child with its descendants: on POSIX it leads a process group of its own, on Windows `taskkill` knows the tree.
 * @param {import('node:child_process').ChildProcess} child
 */
export function endTree(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' });
    else process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It ended between the check and the signal.
  }
}

/**
 * Starts a child that ends with this process at the latest.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function startChild(command, args, options = {}) {
  const child = spawn(command, args, { cwd: inProject(), detached: process.platform !== 'win32', ...options });
  living.add(child);
  child.once('close', () => living.delete(child));
  return child;
}

/**
 * Runs a command to its end with its output captured; rejects only when it cannot be started.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { show?: boolean }} [options] `show` copies the output to the terminal
 * @returns {Promise<{ status: number, output: string }>} `output` is stdout and stderr in order of arrival
 */
export async function runToEnd(command, args, { show = false, ...options } = {}) {
  const child = startChild(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (/** @type {string} */ text) => {
      output += text;
      if (show) process.stdout.write(text);
    });
  }
  /** @type {number} */
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  return { status, output };
}

/**
 * Runs a JavaScript file on the project's own Node, with the project's tools on the path.
 * @param {readonly string[]} args the file and its arguments
 * @param {import('node:child_process').SpawnOptions & { show?: boolean }} [options]
 */
export function runTool(args, options = {}) {
  return runToEnd(toolNode(), args, { ...options, env: toolEnvironment(options.env) });
}

/** @param {NodeJS.ProcessEnv} [extra] */
export function toolEnvironment(extra = {}) {
  const tools = inProject('node_modules', '.bin');
  return { ...process.env, ...extra, PATH: `${tools}${path.delimiter}${process.env['PATH'] ?? ''}` };
}

/**
 * Runs npm, the one that started this script where there is one.
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { show?: boolean }} [options]
 */
export function runNpm(args, options = {}) {
  const script = process.env['npm_execpath'];
  const quiet = [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  if (script?.endsWith('.js')) return runToEnd(process.execPath, [script, ...quiet], options);
  return runToEnd('npm', quiet, { shell: process.platform === 'win32', ...options });
}
