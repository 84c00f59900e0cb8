/**
 * `npm start`: from a fresh clone to the extension at work. Installs what is missing, builds what changed, prints what
 * the command line says of a sample model, and opens `samples/` in the embedded editor until Ctrl-C.
 *
 * `--code` opens an installed VS Code instead. Node builtins only: nothing may be installed yet when it starts.
 */
import { spawn } from 'node:child_process';
import { runToEnd, runTool, startChild } from './lib/children.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { embeddedEditorRunsHere, ensureEditor, stageExtension, startEditor } from './lib/editor.mjs';
import { inProject, PlainError, runMain, say } from './lib/project.mjs';

const samplesFolder = inProject('samples');
const sampleModel = 'samples/weather_keras.py';

await runMain(async () => {
  await ensureDependencies();
  const { status } = await runTool([inProject('scripts', 'build.mjs'), '--if-changed'], { show: true });
  if (status !== 0) throw new PlainError('The build failed; see above.');

  await showCommandLine(['analyze', sampleModel]);
  await showCommandLine(['recommend', sampleModel]);

  if (process.argv.includes('--code')) return openInstalledVsCode();
  if (!embeddedEditorRunsHere) {
    say('The embedded editor cannot run on Windows; opening an installed VS Code instead.');
    return openInstalledVsCode();
  }
  await serveEmbeddedEditor();
});

/** @param {readonly string[]} args */
async function showCommandLine(args) {
  say(`\n$ node dist/cli.js ${args.join(' ')}`);
  await runTool([inProject('dist', 'cli.js'), ...args], { show: true });
}

async function serveEmbeddedEditor() {
  await ensureEditor();
  const extensionsFolder = inProject('.cache', 'editor', 'extensions');
  await stageExtension(extensionsFolder);
  const editor = await startEditor({
    dataFolder: inProject('.cache', 'editor', 'data'),
    extensionsFolder,
    workspaceFolder: samplesFolder,
  });
  say(`\nThe editor is at\n\n  ${editor.address}\n\nCtrl-C ends it.`);
  openBrowser(editor.address);
  /** @type {number | null} */
  const status = await new Promise((resolve) => editor.process.once('close', resolve));
  throw new PlainError(`The embedded editor ended with status ${status}:\n${editor.output().slice(-2000)}`);
}

/** Opens the default browser where there is a person to see it; the address has been printed for everyone else. @param {string} address */
function openBrowser(address) {
  if (process.env['CI']) return;
  const hasDisplay = process.platform === 'darwin' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
  if (!hasDisplay) return;
  const opener = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [address], {
    stdio: 'ignore',
    detached: true,
  });
  opener.once('error', () => say('(No browser could be opened.)'));
  opener.unref();
}

async function openInstalledVsCode() {
  const shell = process.platform === 'win32';
  const found = await runToEnd('code', ['--version'], { shell }).catch(() => ({ status: 1 }));
  if (found.status !== 0) {
    throw new PlainError(
      'No VS Code was found: its command "code" is not on the path. Install VS Code, then "Shell Command: Install \'code\' command in PATH" from its command palette.',
    );
  }
  const quoted = (/** @type {string} */ text) => (shell ? `"${text}"` : text);
  say('Opening VS Code with the built extension; closing its window ends this.');
  const args = [
    '--new-window',
    '--wait',
    '--disable-workspace-trust',
    quoted(`--extensionDevelopmentPath=${inProject()}`),
  ];
  const editor = startChild('code', [...args, quoted(samplesFolder)], { shell, stdio: 'inherit' });
  await new Promise((resolve) => editor.once('close', resolve));
}
