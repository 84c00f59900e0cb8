/** Files named on the command line: read, or found in a folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { TaskError, UsageError } from './usage';

/** Larger files are generated or data; nobody wrote them as a model. */
const mostBytes = 2 * 1024 * 1024;

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
]);

export interface SourceFile {
  /** As it was named, or below the folder that was. */
  readonly path: string;
  readonly text: string;
  /** Named itself rather than found in a folder. */
  readonly isNamed: boolean;
}

/** Python files below folders and files by name, in a stable order. Missing paths are a mistake of the command line. */
export async function readSources(names: readonly string[]): Promise<readonly SourceFile[]> {
  const sources: SourceFile[] = [];
  for (const name of names) {
    if ((await statOf(name)).isDirectory()) {
      for (const found of await pythonFilesBelow(name)) {
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
  if (size > mostBytes) throw new TaskError(`${name} is larger than 2 MB; that is no model file.`);
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

async function pythonFilesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some(({ name }) => name === 'pyvenv.cfg')) return [];
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) files.push(...(await pythonFilesBelow(file)));
    else if (entry.isFile() && entry.name.endsWith('.py') && (await stat(file)).size <= mostBytes) files.push(file);
  }
  return files;
}
