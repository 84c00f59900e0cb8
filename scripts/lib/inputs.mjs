/** A fingerprint of everything a build is made from, so that an unchanged project is not built again. Node builtins only. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { inProject } from './project.mjs';

const inputs = [
  'client',
  'engine',
  'model',
  'protocol',
  'server',
  'webview',
  'media',
  'scripts',
  'samples/data/digits.npz',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/** @returns {Promise<string>} SHA-256 over the names and contents of the inputs */
export async function fingerprintOfInputs() {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of await filesUnder(inProject(input))) {
      hash
        .update(path.relative(inProject(), file))
        .update('\0')
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} place a file or folder; nothing is given for one that does not exist
 * @returns {Promise<string[]>} files, in order of name
 */
async function filesUnder(place) {
  try {
    const entries = await readdir(place, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOTDIR') return [place];
    if (code === 'ENOENT') return [];
    throw error;
  }
}
