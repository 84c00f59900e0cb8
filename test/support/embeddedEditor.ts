/** An embedded editor for one test file: on a folder of its own that holds a copy of the samples, shown by a browser. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { browserArguments, ensureBrowser, softwareGpuArguments } from '../../scripts/lib/browser.mjs';
import { endTree } from '../../scripts/lib/children.mjs';
import { ensureEditor, stageExtension, startEditor } from '../../scripts/lib/editor.mjs';
import { inProject } from '../../scripts/lib/project.mjs';

export interface EmbeddedEditor {
  /** Opens the workspace; query parameters may be added. */
  readonly address: string;
  /** A copy of `samples/` with the further files asked for. */
  readonly workspaceFolder: string;
  readonly browser: Browser;
  /** Writes settings of the workspace, in place of those it had. */
  changeSettings(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** What the server has printed. */
  output(): string;
  close(): Promise<void>;
}

export interface EmbeddedEditorOptions {
  /** Whether the built extension is installed; without, a test brings it by other means. */
  readonly installExtension: boolean;
  readonly serverArguments?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether pages find an adapter of WebGPU, which computes on the processor. */
  readonly hasSoftwareGpu?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** Contents of files beside the samples, by relative path. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function openEmbeddedEditor(options: EmbeddedEditorOptions): Promise<EmbeddedEditor> {
  await ensureEditor();
  const folder = await mkdtemp(path.join(tmpdir(), 'unroll-editor-'));
  const workspaceFolder = path.join(folder, 'samples');
  await cp(inProject('samples'), workspaceFolder, { recursive: true });
  for (const [name, text] of Object.entries(options.files ?? {})) {
    await mkdir(path.dirname(path.join(workspaceFolder, name)), { recursive: true });
    await writeFile(path.join(workspaceFolder, name), text);
  }
  const extensionsFolder = path.join(folder, 'extensions');
  if (options.installExtension) await stageExtension(extensionsFolder);
  const editor = await startEditor({
    dataFolder: path.join(folder, 'data'),
    extensionsFolder: options.installExtension ? extensionsFolder : null,
    workspaceFolder,
    serverArguments: options.serverArguments ?? [],
    settings: options.settings ?? {},
    environment: options.environment ?? {},
  });
  const args = [...browserArguments(), ...(options.hasSoftwareGpu ? softwareGpuArguments : [])];
  const browser = await chromium.launch({ executablePath: await ensureBrowser(), args });
  return {
    address: editor.address,
    workspaceFolder,
    browser,
    output: editor.output,
    async changeSettings(settings) {
      await mkdir(path.join(workspaceFolder, '.vscode'), { recursive: true });
      await writeFile(path.join(workspaceFolder, '.vscode', 'settings.json'), JSON.stringify(settings));
    },
    async close() {
      await browser.close();
      endTree(editor.process);
      await new Promise((resolve) => editor.process.once('close', resolve));
      // The extension host may write its last state while it ends.
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
