/** The system's Chromium, Chrome or Edge: found, or installed where that is a matter of course. Node builtins only. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runToEnd } from './children.mjs';
import { PlainError, say } from './project.mjs';

const namesOnPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

/** @returns {readonly string[]} places outside the path where installers put a browser */
function usualPlaces() {
  switch (process.platform) {
    case 'darwin':
      return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
        (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
      );
    case 'win32':
      return [process.env['PROGRAMFILES'], process.env['PROGRAMFILES(X86)'], process.env['LOCALAPPDATA']]
        .filter((folder) => folder !== undefined)
        .flatMap((folder) => [
          join(folder, 'Google/Chrome/Application/chrome.exe'),
          join(folder, 'Microsoft/Edge/Application/msedge.exe'),
        ]);
    default:
      return [];
  }
}

/**
 * The browser that tests drive. The environment variable UNROLL_BROWSER names another.
 * @returns {string | undefined} path of the program
 */
export function findBrowser() {
  const named = process.env['UNROLL_BROWSER'];
  if (named) return named;
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => namesOnPath.map((name) => join(folder, name)));
  return [...onPath, ...usualPlaces()].find((place) => existsSync(place));
}

/** @returns {Promise<string>} a browser, after installing Debian's package where this process may */
export async function ensureBrowser() {
  const found = findBrowser();
  if (found) return found;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    say('Installing Chromium (apt-get) …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runToEnd('apt-get', ['update', '-qq'], { env });
    const { output } = await runToEnd('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
      env,
    });
    const installed = findBrowser();
    if (installed) return installed;
    throw new PlainError(`Chromium could not be installed:\n${output}`);
  }
  throw new PlainError(
    'The tests need Chromium, Google Chrome or Microsoft Edge, and none was found. Install one, or set UNROLL_BROWSER to its path.',
  );
}

/** Arguments that a browser under test needs: the sandbox cannot be had as root, and nothing is to be fetched. */
export function browserArguments() {
  const asRoot = process.getuid?.() === 0;
  return ['--disable-background-networking', ...(asRoot ? ['--no-sandbox'] : [])];
}

/** Arguments with which Chromium's WebGPU computes on the processor, by SwiftShader: the same on every machine. */
export const softwareGpuArguments = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
