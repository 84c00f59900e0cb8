/** The npm dependencies of the project: installed exactly as the lock file says, only when they are not yet. Node builtins only. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { runNpm } from './children.mjs';
import { inProject, PlainError, say } from './project.mjs';

/** @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean }} LockedPackage */

/** Installs the dependencies unless what lies in node_modules is what the lock file asks for. */
export async function ensureDependencies() {
  if (await dependenciesMatchLock()) return;
  say('Installing the dependencies (npm ci) …');
  const { status, output } = await runNpm(['ci']);
  if (status !== 0) throw new PlainError(`npm ci failed with status ${status}:\n${output}`);
}

/** Compares with the record that npm writes into node_modules as the last act of an installation. */
async function dependenciesMatchLock() {
  const wanted = await readPackages(inProject('package-lock.json'));
  const present = await readPackages(inProject('node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  if (!existsSync(inProject('node_modules', 'node', 'bin'))) return false;
  return Object.entries(wanted).every(([folder, { version, optional, devOptional, peer }]) => {
    if (folder === '') return true;
    const installed = present[folder];
    // A package for another platform, or an unmet optional peer, is rightly absent.
    return installed === undefined ? optional || devOptional || peer : installed.version === version;
  });
}

/**
 * @param {string} lockFile
 * @returns {Promise<Record<string, LockedPackage> | undefined>}
 */
async function readPackages(lockFile) {
  try {
    return JSON.parse(await readFile(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
