/** The files on disk, with open documents in their place, as analysis sees them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { folderOf, joinPath, type Workspace } from './workspace';

/** Larger files are generated or data. */
const mostBytes = 1024 * 1024;
/** Files looked at in search of importers; a folder of more is no project of models. */
const mostCandidates = 400;
/** Folders above a file that are searched: `src/models/net.py` is used by `train.py` two folders up. */
const foldersAbove = 2;

interface CachedText {
  readonly modifiedMs: number;
  readonly text: string;
}

export class DiskWorkspace implements Workspace {
  private readonly texts = new Map<string, CachedText>();

  /** @param openText the text of a document that an editor holds, which stands for the file of that path or URI */
  constructor(private readonly openText: (path: string) => string | undefined = () => undefined) {}

  read(path: string): string | undefined {
    const open = this.openText(path);
    if (open !== undefined) return open;
    const file = diskPath(path);
    if (file === undefined) return undefined;
    try {
      const { mtimeMs, size } = statSync(file);
      if (size > mostBytes) return undefined;
      const held = this.texts.get(file);
      if (held?.modifiedMs === mtimeMs) return held.text;
      const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
      this.texts.set(file, { modifiedMs: mtimeMs, text });
      return text;
    } catch {
      // What cannot be read is not there for an import either.
      return undefined;
    }
  }

  importersOf(path: string): readonly string[] {
    const name = path.slice(folderOf(path).length).replace(/^\//, '');
    const stem = name === '__init__.py' ? folderOf(path).split('/').at(-1) : name.replace(/\.py$/, '');
    if (stem === undefined || !/^\w+$/.test(stem)) return [];
    const imports = new RegExp(`^\\s*(?:from|import)\\b.*\\b${stem}\\b`, 'm');
    return this.candidates(path).filter((candidate) => {
      const text = this.read(candidate);
      return text !== undefined && imports.test(text);
    });
  }

  /** Python files beside a path, then those in folders above it. */
  private candidates(path: string): string[] {
    const found: string[] = [];
    let folder = folderOf(path);
    for (let level = 0; level <= foldersAbove && found.length < mostCandidates; level++) {
      for (const name of namesIn(folder)) {
        const candidate = joinPath(folder, path.startsWith('file:') ? encodeURIComponent(name) : name);
        if (candidate !== path && !found.includes(candidate)) found.push(candidate);
      }
      if (folder === '') break;
      folder = folderOf(folder);
    }
    return found.slice(0, mostCandidates);
  }
}

/** Where a path or URI lies on disk; undefined for documents that lie nowhere (untitled ones, remote schemes). */
function diskPath(path: string): string | undefined {
  if (!path.startsWith('file:')) return /^\w{2,}:/.test(path) ? undefined : path;
  try {
    return fileURLToPath(path);
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  const disk = diskPath(folder === '' ? '.' : folder);
  if (disk === undefined) return [];
  try {
    return readdirSync(disk, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.py'))
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
