/** Files named on the command line: read, or found in a folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { isJavaScriptFile } from '../../../protocol/probe';
import { sourceText } from './sourceText';
import { reasonOf } from './systemErrors';
import { TaskError, UsageError } from './usage';
import { isModelFile, whyNotRead } from './whatIsRead';

const megabyte = 1024 * 1024;

/** Larger files are generated or data; nobody wrote them as a model. Notebooks hold pictures as well. */
function mostBytesOf(file: string): number {
  return (file.endsWith('.ipynb') ? 64 : 2) * megabyte;
}

/** JavaScript found in a folder beyond this size is a bundle of other people's code; a file that is named is read all the same. */
const mostBytesOfFoundScript = megabyte / 4;

/** Folders of other people's code. A virtual environment is known by its `pyvenv.cfg` as well. */
const skippedFolders: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.venv',
  'venv',
  'env',
  '__pycache__',
  'site-packages',
  '.tox',
  '.ipynb_checkpoints',
]);

export interface SourceFile {
  readonly kind: 'source';
  /** As it was named, or below the folder that was. */
  readonly path: string;
  readonly text: string;
  /** Named itself rather than found in a folder. */
  readonly isNamed: boolean;
}

/** A file or folder that is there and could not be read; `because` is a sentence that names it. */
export interface UnreadFile {
  readonly kind: 'unread';
  readonly path: string;
  readonly because: string;
  readonly isNamed: boolean;
}

/** What reading takes of the system. */
export interface FileSystem {
  list(folder: string): Promise<readonly { name: string; isDirectory(): boolean; isFile(): boolean }[]>;
  read(file: string): Promise<Uint8Array>;
  stat(path: string): Promise<{ readonly size: number; isDirectory(): boolean }>;
}

const disk: FileSystem = {
  list: (folder) => readdir(folder, { withFileTypes: true }),
  read: (file) => readFile(file),
  stat: (name) => stat(name),
};

/**
 * Model files below folders and files by name, in a stable order. Paths that are missing, or whose ending is not read, are a
 * mistake of the command line; one that cannot be read does not keep the others from being read.
 */
export async function readSources(
  names: readonly string[],
  system: FileSystem = disk,
): Promise<readonly (SourceFile | UnreadFile)[]> {
  const folders = new Set<string>();
  for (const name of names) {
    if ((await statOf(name, system)).isDirectory()) folders.add(name);
    else refuseUnreadEnding(name);
  }
  const sources: (SourceFile | UnreadFile)[] = [];
  for (const name of names) {
    if (folders.has(name)) sources.push(...(await sourcesBelow(name, system)));
    else sources.push(await sourceAt(name, true, () => readSource(name, system)));
  }
  return sources;
}

/** The text of a file that was named. */
export async function readSource(name: string, system: FileSystem = disk): Promise<string> {
  const status = await statOf(name, system);
  if (status.isDirectory()) throw new UsageError(`${name} is a folder, not a file.`);
  refuseUnreadEnding(name);
  if (status.size > mostBytesOf(name)) {
    throw new TaskError(`${name} is larger than ${mostBytesOf(name) / megabyte} MB; that is no model file.`);
  }
  return readText(name, system);
}

function refuseUnreadEnding(name: string): void {
  const why = whyNotRead(name);
  if (why !== null) throw new UsageError(why);
}

async function readText(name: string, system: FileSystem): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await system.read(name);
  } catch (error) {
    throw new TaskError(`${name} cannot be read: ${reasonOf(error)}.`);
  }
  const source = sourceText(bytes);
  if (source.kind === 'notText') throw new TaskError(`${name} ${source.because}.`);
  return source.text;
}

async function statOf(name: string, system: FileSystem) {
  try {
    return await system.stat(name);
  } catch (error) {
    const reason = reasonOf(error);
    throw new UsageError(
      reason === 'there is no such file or folder'
        ? `There is no file or folder ${name}.`
        : `${name} cannot be read: ${reason}.`,
    );
  }
}

async function sourceAt(file: string, isNamed: boolean, read: () => Promise<string>): Promise<SourceFile | UnreadFile> {
  try {
    return { kind: 'source', path: file, text: await read(), isNamed };
  } catch (error) {
    if (error instanceof TaskError) return { kind: 'unread', path: file, because: error.message, isNamed };
    throw error;
  }
}

async function sourcesBelow(folder: string, system: FileSystem): Promise<readonly (SourceFile | UnreadFile)[]> {
  let entries: Awaited<ReturnType<FileSystem['list']>>;
  try {
    entries = await system.list(folder);
  } catch (error) {
    const because = `${folder} cannot be looked through: ${reasonOf(error)}.`;
    return [{ kind: 'unread', path: folder, because, isNamed: false }];
  }
  if (entries.some(({ name }) => name === 'pyvenv.cfg')) return [];
  const sources: (SourceFile | UnreadFile)[] = [];
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) sources.push(...(await sourcesBelow(file, system)));
    else if (entry.isFile() && isModelFile(entry.name) && !(await isTooLarge(file, system))) {
      sources.push(await sourceAt(file, false, () => readText(file, system)));
    }
  }
  return sources;
}

async function isTooLarge(file: string, system: FileSystem): Promise<boolean> {
  try {
    const most = isJavaScriptFile(file) ? mostBytesOfFoundScript : mostBytesOf(file);
    return (await system.stat(file)).size > most;
  } catch {
    // Reading it says why.
    return false;
  }
}
