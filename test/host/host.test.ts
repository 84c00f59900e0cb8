/**
 * Runs the suites of `suite/` inside the extension host of the embedded editor and reports each of their tests as one of
 * its own. The way in is the one that web test runners of VS Code use: the `payload` of the workbench's address.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { inProject } from '../../scripts/lib/project.mjs';
import { openEmbeddedEditor } from '../support/embeddedEditor';
import { type HostTestResult, resultsFileVariable } from './report';

const bundleFolder = inProject('.cache', 'host-tests');
const resultsFile = inProject('.cache', 'host-tests', 'results.json');
const runDeadlineMs = 200_000;

const results = await runSuites();

test('the suites ran', () => {
  expect(results.length).toBeGreaterThan(0);
});

for (const { title, error } of results) {
  test(title, () => {
    if (error !== null) throw new Error(error);
  });
}

async function runSuites(): Promise<readonly HostTestResult[]> {
  await rm(bundleFolder, { recursive: true, force: true });
  await mkdir(bundleFolder, { recursive: true });
  await build({
    absWorkingDir: inProject(),
    entryPoints: ['test/host/suite/*.ts'],
    outdir: bundleFolder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    // Mocha keeps the test files apart by its own module; the editor brings `vscode`.
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  const editor = await openEmbeddedEditor({
    installExtension: false,
    serverArguments: ['--enable-smoke-test-driver'],
    settings: { 'unroll.preview.steps': 20 },
    environment: { [resultsFileVariable]: resultsFile },
  });
  try {
    const page = await editor.browser.newPage();
    let exit: (code: number) => void = () => {};
    const exited = new Promise<number>((resolve) => {
      exit = resolve;
    });
    const log: string[] = [];
    await page.exposeFunction('codeAutomationLog', (_type: string, values: unknown[]) => log.push(values.join(' ')));
    await page.exposeFunction('codeAutomationExit', (code: number) => exit(code));
    const payload = JSON.stringify([
      ['extensionDevelopmentPath', `vscode-remote://remote${inProject()}`],
      ['extensionTestsPath', `vscode-remote://remote${bundleFolder}/index.cjs`],
      ['skipWelcome', 'true'],
    ]);
    await page.goto(`${editor.address}&payload=${encodeURIComponent(payload)}`);
    const deadline = AbortSignal.timeout(runDeadlineMs);
    const silent = new Promise<'silent'>((resolve) => deadline.addEventListener('abort', () => resolve('silent')));
    const code = await Promise.race([exited, silent]);
    const found = await readResults();
    const brokeOff = found.length === 0 || code === 'silent';
    if (brokeOff)
      throw new Error(`The extension host gave ${code}.\n${log.join('\n')}\n${editor.output().slice(-4000)}`);
    return found;
  } finally {
    await editor.close();
  }
}

async function readResults(): Promise<readonly HostTestResult[]> {
  try {
    return JSON.parse(await readFile(resultsFile, 'utf8'));
  } catch {
    return [];
  }
}
