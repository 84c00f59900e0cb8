/** Files named on the command line: read, or found in a folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { TaskError, UsageError } from './usage';

const megabyte = 1024 * 1024;

/** Larger files are generated or data; nobody wrote them as a model. Notebooks hold pictures as well. */
function mostBytesOf(file: string): number {
  return (file.endsWith('.ipynb') ? 64 : 2) * megabyte;
}

function isModelFile(name: string): boolean {
  return /\.(?:py|ipynb|json)$/.test(name);
}

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
  /** As it was named, or below the folder that was. */
  readonly path: string;
  readonly text: string;
  /** Named itself rather than found in a folder. */
  readonly isNamed: boolean;
}

/** Model files below folders and files by name, in a stable order. Missing paths are a mistake of the command line. */
export async function readSources(names: readonly string[]): Promise<readonly SourceFile[]> {
  const sources: SourceFile[] = [];
  for (const name of names) {
    if ((await statOf(name)).isDirectory()) {
      for (const found of await modelFilesBelow(name)) {
        sources.push({ path: found, text: await readText(found), isNamed: false });
      }
    } else {
      sources.push({ path: name, text: await readSource(name), isNamed: true });
    }
  }
  return sources;
}

export async function readSource(name: string): Promise<string> {
  const { size } = await statOf(name);
  if (size > mostBytesOf(name)) {
    throw new TaskError(`${name} is larger than ${mostBytesOf(name) / megabyte} MB; that is no model file.`);
  }
  return readText(name);
}

/** Without the byte-order mark that some editors write, as every editor shows it. */
async function readText(name: string): Promise<string> {
  return (await readFile(name, 'utf8')).replace(/^\uFEFF/, '');
}

async function statOf(name: string) {
  try {
    return await stat(name);
  } catch {
    throw new UsageError(`There is no file or folder ${name}.`);
  }
}

async function modelFilesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some(({ name }) => name === 'pyvenv.cfg')) return [];
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) files.push(...(await modelFilesBelow(file)));
    else if (entry.isFile() && isModelFile(entry.name) && (await stat(file)).size <= mostBytesOf(file))
      files.push(file);
  }
  return files;
}
