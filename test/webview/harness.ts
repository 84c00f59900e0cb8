/**
 * The pages as the editor shows them: bundled, served from one origin under their real policy, with the editor's side of
 * the conversation in the test's hands.
 */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { FromPreview } from '../../protocol/panel';
import { browserArguments, findBrowser, softwareGpuArguments } from '../../scripts/lib/browser.mjs';
import { pageHtml } from '../../webview/page';
import type { Theme } from './themes';

export type PageName = 'preview' | 'recommendation' | 'costs';

const projectFolder = join(import.meta.dirname, '..', '..');
const artifactFolder = join(projectFolder, 'test', 'artifacts', 'webview');
const codiconFolder = join(projectFolder, 'node_modules', '@vscode', 'codicons', 'dist');

export interface Harness {
  open(name: PageName, options: OpenOptions): Promise<WebviewPage>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly theme: Theme;
  readonly width: number;
  /** What the editor kept of the page, as `WebviewPage.keptState` gave it. */
  readonly keptState?: unknown;
}

/** @param hasSoftwareGpu whether pages find an adapter of WebGPU, which computes on the processor */
export async function startHarness({ hasSoftwareGpu = false } = {}): Promise<Harness> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    throw new Error(
      'These tests need Chromium, Google Chrome or Microsoft Edge. Install one, or set UNROLL_BROWSER to its path.',
    );
  }
  const { server, origin } = await serve(await bundle());
  const args = [...browserArguments(), ...(hasSoftwareGpu ? softwareGpuArguments : [])];
  const browser = await chromium.launch({ executablePath, args });
  return {
    open: (name, options) => openPage(browser, `${origin}/${name}.html`, options),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

/** File names and contents of the bundles, made as the build makes them. */
async function bundle(): Promise<ReadonlyMap<string, Uint8Array>> {
  const result = await build({
    absWorkingDir: projectFolder,
    entryPoints: {
      preview: 'webview/src/preview/main.ts',
      recommendation: 'webview/src/recommendation/main.ts',
      costs: 'webview/src/costs/main.ts',
      trainer: 'engine/trainer/windowMain.ts',
    },
    bundle: true,
    loader: { '.wgsl': 'text' },
    format: 'iife',
    target: 'chrome122',
    minify: true,
    write: false,
    outdir: '/',
    logLevel: 'warning',
  });
  return new Map(result.outputFiles.map((file): [string, Uint8Array] => [file.path, file.contents]));
}

async function serve(bundles: ReadonlyMap<string, Uint8Array>): Promise<{ server: Server; origin: string }> {
  const codicons = new Map(
    await Promise.all(
      ['codicon.css', 'codicon.ttf'].map(
        async (name): Promise<[string, Uint8Array]> => [`/${name}`, await readFile(join(codiconFolder, name))],
      ),
    ),
  );
  const kernels = new Map(
    await Promise.all(
      ['kernels.wasm', 'kernels.relaxed.wasm'].map(
        async (name): Promise<[string, Uint8Array]> => [`/${name}`, await readFile(join(projectFolder, 'dist', name))],
      ),
    ),
  );
  let origin = '';
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', origin).pathname;
    const page = /^\/(preview|recommendation|costs)\.html$/.exec(path)?.[1];
    const content =
      page === undefined ? (bundles.get(path) ?? codicons.get(path) ?? kernels.get(path)) : htmlOf(page, origin);
    const extension = path.slice(path.lastIndexOf('.'));
    // A browser asks for an icon of every site by itself.
    if (path === '/favicon.ico') response.writeHead(204).end();
    else if (content === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': contentTypes[extension] ?? 'text/plain' }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  origin = `http://127.0.0.1:${address.port}`;
  return { server, origin };
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
};

function htmlOf(name: string, origin: string): string {
  return pageHtml({
    cspSource: origin,
    nonce: 'dGVzdA',
    scriptUri: `${origin}/${name}.js`,
    styleUris: [`${origin}/${name}.css`],
    codiconsUri: `${origin}/codicon.css`,
    title: name,
    startsTrainers: name === 'preview',
  });
}

/** What the page's first script sets up in the browser, before any of its own code runs. */
interface EditorSide {
  readonly posted: FromPreview[];
  /** Hears what is posted from now on. */
  onPosted: (message: FromPreview) => void;
  readonly violations: string[];
  state: unknown;
}

declare global {
  interface Window {
    editorSide: EditorSide;
    acquireVsCodeApi: () => unknown;
  }
}

export class WebviewPage {
  constructor(
    readonly page: Page,
    /** Errors and warnings of the console, errors of scripts, files not found. */
    private readonly complaints: string[],
  ) {}

  async send(message: unknown): Promise<void> {
    await this.page.evaluate((data) => window.postMessage(data, '*'), message);
    await this.settle();
  }

  /** Waits until what was asked for is drawn: page and charts draw in the next frames. */
  async settle(): Promise<void> {
    await this.page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
        }),
    );
  }

  posted(): Promise<readonly unknown[]> {
    return this.page.evaluate(() => window.editorSide.posted);
  }

  keptState(): Promise<unknown> {
    return this.page.evaluate(() => window.editorSide.state);
  }

  /** Everything that went wrong in the page, violations of its policy first. */
  async trouble(): Promise<readonly string[]> {
    return [...(await this.page.evaluate(() => window.editorSide.violations)), ...this.complaints];
  }

  async changeTheme(theme: Theme): Promise<void> {
    await this.page.evaluate(applyTheme, theme);
    await this.settle();
  }

  /** How many pixels of a chart's canvas have (nearly) a given colour, "#rrggbb". */
  pixelsOfColour(chart: string, colour: string): Promise<number> {
    return this.page.evaluate(countPixels, { selector: `#chart-${chart} canvas`, colour });
  }

  /** A digest of the picture in a chart's canvas, which changes when anything drawn does. */
  picture(chart: string): Promise<string> {
    return this.page.evaluate((selector) => {
      const canvas = document.querySelector(selector);
      return canvas instanceof HTMLCanvasElement ? canvas.toDataURL() : '';
    }, `#chart-${chart} canvas`);
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(artifactFolder, { recursive: true });
    await this.page.evaluate(() => document.fonts.ready);
    await this.page.screenshot({ path: join(artifactFolder, `${name}.png`), fullPage: true });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

async function openPage(browser: Browser, url: string, options: OpenOptions): Promise<WebviewPage> {
  const context = await browser.newContext({ viewport: { width: options.width, height: 800 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} for ${response.url()}`);
  });
  await page.addInitScript(pretendToBeTheEditor, { theme: options.theme, state: options.keptState });
  await page.goto(url);
  await page.waitForFunction(() => window.editorSide.posted.length > 0);
  return new WebviewPage(page, complaints);
}

/** Runs in the page. */
function pretendToBeTheEditor({ theme, state }: { theme: Theme; state: unknown }): void {
  const side: EditorSide = { posted: [], onPosted: () => {}, violations: [], state };
  window.editorSide = side;
  window.acquireVsCodeApi = () => ({
    postMessage: (message: FromPreview) => {
      side.posted.push(structuredClone(message));
      side.onPosted(message);
    },
    getState: () => side.state,
    setState: (kept: unknown) => {
      side.state = structuredClone(kept);
    },
  });
  document.addEventListener('securitypolicyviolation', (event) => {
    side.violations.push(`${event.violatedDirective} forbids ${event.blockedURI} ${event.sample}`);
  });
  // The document has been read and its scripts have not run yet.
  const dress = (): void => {
    for (const [name, value] of Object.entries(theme.variables)) {
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    }
    document.body.className = theme.bodyClass;
  };
  document.addEventListener('readystatechange', dress, { once: true });
}

/** Runs in the page. */
function applyTheme(theme: Theme): void {
  document.documentElement.removeAttribute('style');
  for (const [name, value] of Object.entries(theme.variables)) {
    document.documentElement.style.setProperty(`--vscode-${name}`, value);
  }
  document.body.className = theme.bodyClass;
}

/** Runs in the page. */
function countPixels({ selector, colour }: { selector: string; colour: string }): number {
  const canvas = document.querySelector(selector);
  if (!(canvas instanceof HTMLCanvasElement)) return 0;
  // A copy to read from: reading would move the page's own canvas out of the graphics memory.
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  copy?.drawImage(canvas, 0, 0);
  const pixels = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  const wanted = [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
  let count = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const isNear = wanted.every((value, channel) => Math.abs((pixels[at + channel] ?? 0) - value) <= 24);
    // Smoothed edges of a line are translucent.
    if (isNear && (pixels[at + 3] ?? 0) >= 128) count += 1;
  }
  return count;
}
