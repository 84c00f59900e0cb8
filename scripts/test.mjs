/**
 * `npm test`: every check and test there is, from a fresh clone, ending in one line `N passed, M failed`.
 *
 * Names of suites as arguments run those alone (`npm test -- unit host`). Node builtins only: nothing may be installed
 * yet when it starts.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { ensureBrowser } from './lib/browser.mjs';
import { runTool } from './lib/children.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureEditor } from './lib/editor.mjs';
import { concludeTests } from './lib/outcome.mjs';
import { inProject, PlainError, runMain, say } from './lib/project.mjs';

/**
 * @typedef {import('./lib/outcome.mjs').Outcome} Outcome
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {readonly ('browser' | 'editor')[]} needs
 * @property {(environment: NodeJS.ProcessEnv) => Promise<Outcome>} run
 */

const reportFolder = inProject('.cache', 'test-reports');
const tool = (/** @type {string[]} */ ...parts) => inProject('node_modules', ...parts);

/** @type {readonly Suite[]} */
const suites = [
  {
    name: 'check',
    needs: [],
    run: (env) =>
      commands(
        env,
        ['.', 'webview', 'test/webview', 'scripts'].map((folder) => [tool('typescript', 'bin', 'tsc'), '-p', folder]),
      ),
  },
  { name: 'lint', needs: [], run: (env) => commands(env, [[tool('@biomejs', 'biome', 'bin', 'biome'), 'check', '.']]) },
  { name: 'unit', needs: ['browser'], run: (env) => vitest(env, 'unit', 'vitest.config.mts') },
  { name: 'webview', needs: ['browser'], run: (env) => vitest(env, 'webview', 'vitest.webview.config.mts') },
  { name: 'host', needs: ['browser', 'editor'], run: (env) => vitest(env, 'host', 'test/host/vitest.config.mts') },
  {
    name: 'browser',
    needs: ['browser', 'editor'],
    run: (env) => vitest(env, 'browser', 'test/browser/vitest.config.mts'),
  },
];

await runMain(async () => {
  const chosen = chooseSuites(process.argv.slice(2));
  await ensureDependencies();
  const needs = new Set(chosen.flatMap((suite) => suite.needs));
  const environment = needs.has('browser') ? { UNROLL_BROWSER: await ensureBrowser() } : {};
  if (needs.has('editor')) await ensureEditor();
  const total = { passed: 0, failed: 0, skipped: 0 };
  const build = await runTool([inProject('scripts', 'build.mjs'), '--if-changed'], { show: true });
  // Everything that does not need the build still says what it has to say.
  if (build.status !== 0) total.failed++;

  for (const suite of chosen) {
    say(`\n── ${suite.name} ${'─'.repeat(70 - suite.name.length)}`);
    const started = performance.now();
    const outcome = await suite.run(environment);
    total.passed += outcome.passed;
    total.failed += outcome.failed;
    total.skipped += outcome.skipped;
    const skipped = outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : '';
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    say(`${suite.name}: ${outcome.passed} passed, ${outcome.failed} failed${skipped} in ${seconds} s`);
  }
  const { summary, exitCode } = concludeTests(total);
  say(`\n${summary}`);
  process.exitCode = exitCode;
});

/** @param {readonly string[]} names @returns {readonly Suite[]} */
function chooseSuites(names) {
  const unknown = names.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    throw new PlainError(`There is no suite "${unknown}"; there are ${suites.map(({ name }) => name).join(', ')}.`);
  }
  return names.length === 0 ? suites : suites.filter(({ name }) => names.includes(name));
}

/**
 * Commands that pass when they exit with 0.
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly (readonly string[])[]} list
 * @returns {Promise<Outcome>}
 */
async function commands(env, list) {
  const outcome = { passed: 0, failed: 0, skipped: 0 };
  for (const args of list) {
    const { status } = await runTool(args, { env, show: true });
    if (status === 0) outcome.passed++;
    else outcome.failed++;
  }
  return outcome;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 * @param {string} config
 * @returns {Promise<Outcome>}
 */
async function vitest(env, name, config) {
  const report = `${reportFolder}/${name}.json`;
  await mkdir(reportFolder, { recursive: true });
  await rm(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = [tool('vitest', 'vitest.mjs'), 'run', '--config', config, '--root', '.', ...reporters];
  const { status } = await runTool(args, { env, show: true });
  const outcome = await readVitestReport(report);
  const ranClean = status === 0 && outcome.passed > 0;
  // A crash, a file that would not load, or nothing run at all shows in no single test.
  return outcome.failed === 0 && !ranClean ? { ...outcome, failed: 1 } : outcome;
}

/** @param {string} report @returns {Promise<Outcome>} */
async function readVitestReport(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
      await readFile(report, 'utf8'),
    );
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
