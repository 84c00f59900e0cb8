/**
 * The embedded editor: the VS Code server and workbench that the npm package `code-server` carries, which run from npm
 * alone and are shown by any browser. `npm start` opens it; the extension-host and browser tests run in it.
 * See docs/decisions/code-server.md.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { runNpm, startChild, toolEnvironment } from './children.mjs';
import { inProject, PlainError, say, toolNode } from './project.mjs';

/** Carries VS Code 1.139 and runs on Node 24. */
const codeServerVersion = '4.139.1';
const cacheFolder = inProject('.cache', 'editor');
const installedFolder = path.join(cacheFolder, `code-server-${codeServerVersion}`);
const vscodeFolder = path.join(installedFolder, 'node_modules', 'code-server', 'lib', 'vscode');

const startDeadlineMs = 60_000;

/** A quiet editor: nothing sent, nothing fetched, nothing shown that is not about the files opened, nothing saved unasked. */
const quietSettings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'security.workspace.trust.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'files.autoSave': 'off',
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'editor.minimap.enabled': false,
};

/** Whether the embedded editor can run on this system at all. */
export const embeddedEditorRunsHere = process.platform !== 'win32';

/**
 * Installs the embedded editor into the cache unless it is there. An installation cut off half-way leaves only a
 * `.partial` folder, which the next one removes: the final name appears by one rename.
 */
export async function ensureEditor() {
  if (existsSync(installedFolder)) return;
  say(`Installing the embedded editor (code-server ${codeServerVersion}, about 600 MB, once) …`);
  await mkdir(cacheFolder, { recursive: true });
  for (const name of await readdir(cacheFolder)) {
    if (name.endsWith('.partial')) await rm(path.join(cacheFolder, name), { recursive: true, force: true });
  }
  const partial = `${installedFolder}.${process.pid}.partial`;
  await mkdir(partial);
  await writeFile(path.join(partial, 'package.json'), '{ "private": true }\n');
  // Its install scripts compile native modules (terminal, keytar) that need a C++ toolchain and are not used here.
  const install = ['install', '--omit=dev', '--ignore-scripts'];
  const server = path.join(partial, 'node_modules', 'code-server', 'lib', 'vscode');
  await npmIn(partial, [...install, `code-server@${codeServerVersion}`]);
  await npmIn(server, install);
  await npmIn(path.join(server, 'extensions'), install);
  await rename(partial, installedFolder);
}

/** @param {string} folder @param {readonly string[]} args */
async function npmIn(folder, args) {
  // npm refuses engines by the Node it runs on, so this one is given the project's own.
  const { status, output } = await runNpm(args, { cwd: folder, env: toolEnvironment(withoutNpmSettings()) });
  if (status !== 0)
    throw new PlainError(`The embedded editor could not be installed (npm status ${status}):\n${output}`);
}

/** What npm hands to the scripts it runs names this project's folder, which an installation elsewhere must not inherit. */
function withoutNpmSettings() {
  const inherited = Object.keys(process.env).filter((name) =>
    /^npm_(package|lifecycle|config_local_prefix)/.test(name),
  );
  return Object.fromEntries(inherited.map((name) => [name, undefined]));
}

/**
 * Copies what the packaged extension would hold into an extensions folder.
 * @param {string} extensionsFolder
 */
export async function stageExtension(extensionsFolder) {
  const { name, publisher, version } = JSON.parse(await readFile(inProject('package.json'), 'utf8'));
  const target = path.join(extensionsFolder, `${publisher}.${name}-${version}`);
  await rm(extensionsFolder, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const part of ['package.json', 'package.nls.json', 'dist', 'media', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    if (existsSync(inProject(part))) await cp(inProject(part), path.join(target, part), { recursive: true });
  }
}

/**
 * @typedef {object} EditorOptions
 * @property {string} dataFolder where the editor keeps settings, logs and state
 * @property {string | null} extensionsFolder extensions beside the built-in ones
 * @property {string} workspaceFolder the folder it opens
 * @property {readonly string[]} [serverArguments] further arguments of the server
 * @property {Readonly<Record<string, unknown>>} [settings] on top of the quiet ones
 * @property {NodeJS.ProcessEnv} [environment] on top of this process's own
 */

/**
 * Starts the embedded editor on a free loopback port, open to holders of its token only. It ends with this process.
 * @param {EditorOptions} options
 * @returns {Promise<{ address: string, process: import('node:child_process').ChildProcess, output: () => string }>}
 *   `address` opens the workspace; query parameters may be added
 */
export async function startEditor({
  dataFolder,
  extensionsFolder,
  workspaceFolder,
  serverArguments = [],
  settings = {},
  environment = {},
}) {
  const port = await freePort();
  const token = randomBytes(16).toString('hex');
  const emptyFolder = path.join(dataFolder, 'no-extensions');
  await mkdir(emptyFolder, { recursive: true });
  await writeSettings(dataFolder, { ...quietSettings, ...settings });
  const child = startChild(
    toolNode(),
    [
      path.join(vscodeFolder, 'out', 'server-main.js'),
      ...['--host', '127.0.0.1', '--port', String(port)],
      ...['--connection-token', token, '--accept-server-license-terms'],
      ...['--server-data-dir', dataFolder, '--extensions-dir', extensionsFolder ?? emptyFolder],
      ...['--disable-telemetry', '--disable-workspace-trust', ...serverArguments],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += String(text)));
  await untilItAnswers(`http://127.0.0.1:${port}/version`, child, () => output);
  const address = `http://127.0.0.1:${port}/?tkn=${token}&folder=${encodeURIComponent(workspaceFolder)}`;
  return { address, process: child, output: () => output };
}

/** @param {string} dataFolder @param {Readonly<Record<string, unknown>>} settings */
async function writeSettings(dataFolder, settings) {
  for (const level of ['Machine', 'User']) {
    const folder = path.join(dataFolder, 'data', level);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
  }
}

/**
 * Polls an address until it answers; throws a PlainError with the child's output when it ends or stays silent.
 * @param {string} address
 * @param {import('node:child_process').ChildProcess} child
 * @param {() => string} output
 */
async function untilItAnswers(address, child, output) {
  const deadline = Date.now() + startDeadlineMs;
  while (Date.now() < deadline && child.exitCode === null) {
    const answered = await fetch(address).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new PlainError(`The embedded editor did not start:\n${output()}`);
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('the system gave no port'));
      });
    });
  });
}
