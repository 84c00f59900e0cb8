/** The engine's own tests in a worker of a browser, where the trainer of the editor's window runs: WebGPU's among them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kernelFiles } from '../../engine/wasm/build.mjs';
import { browserArguments, findBrowser, softwareGpuArguments } from '../../scripts/lib/browser.mjs';
import type { FromSuite, Outcome } from './engineSuite/worker';

const projectFolder = join(import.meta.dirname, '..', '..');
const suiteFolder = join(import.meta.dirname, 'engineSuite');

/** What runs in Node alone. */
const inNodeOnly: Readonly<Record<string, string>> = {
  'splitNetwork.test.ts': 'has worker threads of Node',
  'threads.test.ts': 'has worker threads of Node',
  'trainerProcess.test.ts': 'starts processes',
  'chooseBackend.test.ts': 'polls, which needs the server of Vitest, and computes nothing of its own',
  'commandQueue.test.ts': 'needs the clock of Vitest, and computes nothing',
  'dawn.test.ts': 'is about WebGPU on Node',
  'tfjs.test.ts': 'loads packages that are not bundled',
  'loadTensorFlow.test.ts': 'loads packages that are not bundled',
};

const testFiles = readdirSync(join(projectFolder, 'engine', 'test')).filter(
  (name) => name.endsWith('.test.ts') && !(name in inNodeOnly),
);

let browser: Browser;
let server: Server;
let outcomes: readonly Outcome[];
let errors: readonly string[];

beforeAll(async () => {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('There is no browser. Set UNROLL_BROWSER to the path of one.');
  const script = await bundledSuite();
  server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (path === '/') return void response.setHeader('content-type', 'text/html').end('<!doctype html>');
    if (path === '/suite.js') return void response.setHeader('content-type', 'text/javascript').end(script);
    try {
      const file = join(projectFolder, path);
      response.end(statSync(file).isDirectory() ? JSON.stringify(readdirSync(file)) : readFileSync(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  browser = await chromium.launch({ executablePath, args: [...browserArguments(), ...softwareGpuArguments] });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
  ({ outcomes, errors } = await page.evaluate(runSuite));
}, 1_200_000);
afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** Runs in the page. */
function runSuite(): Promise<{ outcomes: Outcome[]; errors: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const gathered: Outcome[] = [];
    const worker = new Worker('/suite.js', { type: 'module' });
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    worker.addEventListener('message', ({ data }: MessageEvent<FromSuite>) => {
      if (data.type === 'outcome') gathered.push(data.outcome);
      else resolve({ outcomes: gathered, errors: data.errors });
    });
  });
}

/** One module, with what Node gives replaced by what a browser has. */
async function bundledSuite(): Promise<Uint8Array> {
  const inBrowser: Plugin = {
    name: 'in-browser',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^vitest$/ }, () => ({ path: join(suiteFolder, 'vitest.ts') }));
      onResolve({ filter: /^node:/ }, () => ({ path: join(suiteFolder, 'nodeModules.ts') }));
      onResolve({ filter: /\/trainer\/dawn$/ }, () => ({ path: join(suiteFolder, 'dawn.ts') }));
      onResolve({ filter: /^test-files$/ }, ({ path }) => ({ path, namespace: 'test-files' }));
      // The kernels have been compiled by now.
      onLoad({ filter: /\/wasm\/build\.mjs$/ }, () => ({
        contents: `export const kernelFiles = ${JSON.stringify(kernelFiles)};`,
      }));
      onLoad({ filter: /.*/, namespace: 'test-files' }, () => ({
        contents: `export const testFiles = {${testFiles.map((name) => `"${name}": () => import("./${name}")`)}};`,
        resolveDir: join(projectFolder, 'engine', 'test'),
      }));
    },
  };
  const { outputFiles } = await build({
    absWorkingDir: projectFolder,
    entryPoints: ['test/webview/engineSuite/worker.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    platform: 'browser',
    loader: { '.wgsl': 'text' },
    define: {
      'import.meta.dirname': '"/engine/test"',
      'process.versions.v8': '"0"',
      'process.env': '{}',
      'process.arch': '""',
    },
    plugins: [inBrowser],
    logLevel: 'warning',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('The suite was not bundled.');
  return output.contents;
}

test('every file is loaded', () => {
  expect(errors).toEqual([]);
});

test('all tests pass', () => {
  const failures = outcomes.filter(({ state }) => state !== 'pass');
  expect(failures.map(({ name, errors: own }) => [name, ...own].join('\n'))).toEqual([]);
});

test.each(testFiles)('%s has tests that ran', (file) => {
  expect(outcomes.some(({ name }) => name.startsWith(`${file}: `))).toBe(true);
});
