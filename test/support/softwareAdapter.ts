/**
 * Vitest's global set-up for tests on WebGPU: lets the processes that run tests reach SwiftShader, the software adapter that Chromium,
 * Chrome and Edge bring along. Variables of the loader count only for processes that start after they are set.
 */
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findBrowser } from '../../scripts/lib/browser.mjs';

const driver = 'vk_swiftshader_icd.json';
/** Where Linux keeps browsers whose command is a script somewhere else. */
const usualFolders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/opt/microsoft/msedge'];

export default function setup(): void {
  // Elsewhere, drivers are part of the system; and one that was asked for is left alone.
  if (process.platform !== 'linux' || process.env['VK_DRIVER_FILES'] !== undefined) return;
  const browser = findBrowser();
  const folders = browser === undefined ? usualFolders : [dirname(realpathSync(browser)), ...usualFolders];
  const folder = folders.find((candidate) => existsSync(join(candidate, driver)));
  if (folder === undefined) return;
  process.env['VK_DRIVER_FILES'] = join(folder, driver);
  const libraries = process.env['LD_LIBRARY_PATH'];
  process.env['LD_LIBRARY_PATH'] = libraries ? `${libraries}${delimiter}${folder}` : folder;
}
