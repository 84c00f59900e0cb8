/**
 * Builds everything that runs into `dist/`: the extension, the language server, the command line and the trainer as
 * CommonJS for Node 20 (what VS Code 1.91 brings), the webview pages for its browser, and the engine's WASM kernels.
 *
 * `--watch` builds again on every change; `--if-changed` builds only when an input differs from the last build.
 */
import { existsSync, watch } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fingerprintOfInputs } from './lib/inputs.mjs';
import { bundledPackages, noticesText } from './lib/notices.mjs';
import { inProject, PlainError, runMain, say } from './lib/project.mjs';

const outputFolder = inProject('dist');
const fingerprintFile = inProject('dist', '.inputs');
const kernelSources = inProject('engine', 'wasm', 'assembly');

/** @type {import('esbuild').BuildOptions} */
const shared = {
  absWorkingDir: inProject(),
  bundle: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'linked',
  loader: { '.wgsl': 'text' },
  logLevel: 'warning',
  outdir: outputFolder,
};

/** @type {import('esbuild').BuildOptions} */
const forNode = { ...shared, platform: 'node', format: 'cjs', target: 'node20', mainFields: ['module', 'main'] };

/** @type {readonly import('esbuild').BuildOptions[]} */
export const bundles = [
  { ...forNode, entryPoints: { extension: 'client/src/extension.ts' }, external: ['vscode'] },
  {
    ...forNode,
    entryPoints: {
      server: 'server/src/lsp/main.ts',
      trainer: 'engine/trainer/main.ts',
      trainerWorker: 'engine/trainer/worker.ts',
    },
  },
  { ...forNode, entryPoints: { commandLine: 'server/src/cli/main.ts' } },
  { ...forNode, entryPoints: { cli: 'server/src/cli/start.ts' }, banner: { js: '#!/usr/bin/env node' } },
  {
    ...shared,
    platform: 'browser',
    format: 'iife',
    // The Chromium of VS Code 1.91.
    target: 'chrome122',
    minify: true,
    outdir: inProject('dist', 'webview'),
    entryPoints: {
      preview: 'webview/src/preview/main.ts',
      recommendation: 'webview/src/recommendation/main.ts',
      costs: 'webview/src/costs/main.ts',
      // Not a page: the worker that trains in one.
      trainer: 'engine/trainer/windowMain.ts',
    },
  },
];

/** Packages of which files are copied into `dist/` as they are. */
export const copiedPackages = ['@vscode/codicons', 'webgpu'];

/** Builds everything once. Throws a PlainError when a bundle has errors, which esbuild has shown by then. */
export async function build() {
  const started = performance.now();
  const fingerprint = await fingerprintOfInputs();
  await rm(fingerprintFile, { force: true });
  const { build: bundle } = await import('esbuild');
  const bundled = bundles.map((options) => bundle({ ...options, metafile: true }));
  const results = await Promise.allSettled([
    buildKernels(),
    copyIcons(),
    copyDigits(),
    copyDawn(),
    writeNotices(bundled),
  ]);
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => messageOf(reason));
  if (failures.length > 0) throw new PlainError(`The build failed.\n${failures.join('\n')}`);
  await writeFile(fingerprintFile, fingerprint);
  say(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

async function buildKernels() {
  const { buildKernels: buildInto } = await import('../engine/wasm/build.mjs');
  await mkdir(outputFolder, { recursive: true });
  await buildInto(outputFolder);
}

async function copyIcons() {
  const webviewFolder = inProject('dist', 'webview');
  await mkdir(webviewFolder, { recursive: true });
  for (const name of ['codicon.css', 'codicon.ttf']) {
    await copyFile(inProject('node_modules', '@vscode', 'codicons', 'dist', name), `${webviewFolder}/${name}`);
  }
}

/** The pictures that the trainer's task of digits reads. */
async function copyDigits() {
  await mkdir(outputFolder, { recursive: true });
  await copyFile(inProject('samples', 'data', 'digits.npz'), `${outputFolder}/digits.npz`);
}

/** WebGPU for the trainer on Node: the binary of this platform alone, because each is some 20 MB. */
async function copyDawn() {
  const [source, target] = [inProject('node_modules', 'webgpu'), inProject('dist', 'webgpu')];
  const binaries = `${process.platform}-${process.platform === 'darwin' ? 'universal' : process.arch}`;
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const file of ['index.js', 'package.json', 'LICENSE.md'])
    await copyFile(`${source}/${file}`, `${target}/${file}`);
  // Elsewhere the trainer says that it has no WebGPU, and trains on the processor.
  if (existsSync(`${source}/dist/${binaries}`)) {
    await cp(`${source}/dist/${binaries}`, `${target}/dist/${binaries}`, { recursive: true });
  }
}

/** @param {readonly Promise<{ metafile: import('esbuild').Metafile }>[]} bundled */
async function writeNotices(bundled) {
  const metafiles = (await Promise.all(bundled)).map(({ metafile }) => metafile);
  const packages = await bundledPackages(metafiles, copiedPackages);
  await writeFile(inProject('dist', 'ThirdPartyNotices.txt'), noticesText(packages));
}

/** Builds again whenever a source changes, until the process is ended. */
async function buildOnEveryChange() {
  const { context } = await import('esbuild');
  await rm(fingerprintFile, { force: true });
  await copyIcons();
  await copyDigits();
  await copyDawn();
  await buildKernels();
  const contexts = await Promise.all(bundles.map((options) => context({ ...options, logLevel: 'info' })));
  // Built once before watching, so that "Watching" means that there is something to run; errors have been shown.
  await Promise.allSettled(contexts.map((each) => each.rebuild()));
  await Promise.all(contexts.map((each) => each.watch()));
  let pending = Promise.resolve();
  watch(kernelSources, { recursive: true }, () => {
    pending = pending.then(buildKernels).catch((error) => say(`[kernels] ${messageOf(error)}`));
  });
  say('Watching for changes.');
}

async function isUpToDate() {
  if (!existsSync(fingerprintFile)) return false;
  return (await readFile(fingerprintFile, 'utf8')) === (await fingerprintOfInputs());
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

if (process.argv[1] === import.meta.filename) {
  await runMain(async () => {
    if (process.argv.includes('--watch')) await buildOnEveryChange();
    else if (!process.argv.includes('--if-changed') || !(await isUpToDate())) await build();
  });
}
