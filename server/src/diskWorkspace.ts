/** The files on disk, with open documents in their place, as analysis sees them. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isJavaScriptFile } from '../../protocol/probe';
import { arraysIn, type ReadPart } from './arrayHeaders';
import { type ArrayHeader, type FileBeginning, folderOf, joinPath, resolvePath, type Workspace } from './workspace';

/** Larger files are generated or data. */
const mostBytes = 1024 * 1024;
/** Of larger tables and texts: enough to tell how long their lines are. */
const sampleBytes = 64 * 1024;
/** Characters of files that are held so that they need not be read again; of more, those that were read first are let go. */
const mostHeldCharacters = 32 * 1024 * 1024;
/** Files looked at in search of importers; a folder of more is no project of models. */
const mostCandidates = 400;
/** Looking for importers asks the disk of every file around: not at every key stroke. */
const importersHoldMs = 1000;
/** Folders above a file that are searched: `src/models/net.py` is used by `train.py` two folders up. */
const foldersAbove = 2;

interface CachedText {
  readonly modifiedMs: number;
  readonly text: string;
  /** What its imports name, once somebody has asked. */
  imports?: readonly string[];
}

export class DiskWorkspace implements Workspace {
  private readonly texts = new Map<string, CachedText>();
  private heldCharacters = 0;
  /** Files that were asked for, by their places on disk, and folders in which importers were looked for. */
  private readonly asked = new Set<string>();
  private readonly searched = new Set<string>();
  /** Importers found a moment ago, by the file that they import. */
  private readonly importers = new Map<string, { readonly atMs: number; readonly files: readonly string[] }>();

  /** @param openText the text of a document that an editor holds, which stands for the file of that path or URI */
  constructor(private readonly openText: (path: string) => string | undefined = () => undefined) {}

  read(path: string): string | undefined {
    const file = diskPath(path);
    if (file !== undefined) this.asked.add(file);
    const open = this.openText(path);
    if (open !== undefined) return open;
    if (file === undefined) return undefined;
    try {
      const { mtimeMs, size } = statSync(file);
      if (size > mostBytes) return undefined;
      const held = this.texts.get(file);
      if (held?.modifiedMs === mtimeMs) return held.text;
      const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
      this.hold(file, { modifiedMs: mtimeMs, text });
      return text;
    } catch {
      // What cannot be read is not there for an import either.
      return undefined;
    }
  }

  beginning(path: string): FileBeginning | undefined {
    return this.opened(path, (size, part) => {
      const bytes = part(0, sampleBytes);
      return { text: new TextDecoder().decode(bytes), share: size === 0 ? 1 : bytes.length / size };
    });
  }

  arrays(path: string): readonly ArrayHeader[] {
    return this.opened(path, arraysIn) ?? [];
  }

  /** What `read` makes of stretches of a file, however large it is; undefined where it cannot be read. */
  private opened<Read>(path: string, read: (size: number, part: ReadPart) => Read): Read | undefined {
    const file = diskPath(path);
    if (file === undefined) return undefined;
    this.asked.add(file);
    try {
      const descriptor = openSync(file, 'r');
      try {
        const status = fstatSync(descriptor);
        if (!status.isFile()) return undefined;
        return read(status.size, (from, length) => {
          const bytes = new Uint8Array(length);
          return bytes.subarray(0, readSync(descriptor, bytes, 0, length, from));
        });
      } finally {
        closeSync(descriptor);
      }
    } catch {
      return undefined;
    }
  }

  private hold(file: string, held: CachedText): void {
    this.letGo(file);
    this.texts.set(file, held);
    this.heldCharacters += held.text.length;
    for (const earlier of this.texts.keys()) {
      if (this.heldCharacters <= mostHeldCharacters) break;
      this.letGo(earlier);
    }
  }

  private letGo(file: string): void {
    this.heldCharacters -= this.texts.get(file)?.text.length ?? 0;
    this.texts.delete(file);
  }

  importersOf(path: string): readonly string[] {
    const now = performance.now();
    const held = this.importers.get(path);
    if (held !== undefined && now - held.atMs < importersHoldMs) return held.files;
    const files = this.findImporters(path);
    this.importers.set(path, { atMs: now, files });
    return files;
  }

  /** Says that files have changed: what was found a moment ago may no longer be so. */
  changed(): void {
    this.importers.clear();
  }

  private findImporters(path: string): readonly string[] {
    const name = path.slice(folderOf(path).length).replace(/^\//, '');
    const isScript = isJavaScriptFile(name);
    const names = isScript ? scriptNames(path) : pythonNames(path, name);
    if (names === null) return [];
    const isCandidate = isScript ? isScriptWithCode : isPythonFile;
    return this.candidates(path, isCandidate).filter((candidate) =>
      this.importsOf(candidate).some((imported) => names(imported, candidate)),
    );
  }

  private importsOf(path: string): readonly string[] {
    const text = this.read(path);
    const file = diskPath(path);
    if (text === undefined || file === undefined) return [];
    const held = this.texts.get(file);
    if (held?.text !== text) return importsIn(path, text);
    held.imports ??= importsIn(path, text);
    return held.imports;
  }

  /** Whether an analysis has asked for the file, there or not, or looks for files of its kind where it is. */
  concerns(path: string): boolean {
    const file = diskPath(path);
    if (file === undefined) return false;
    if (this.asked.has(file)) return true;
    const isCode = isPythonFile(file) || isScriptWithCode(file);
    return isCode && this.searched.has(folderOf(file.replaceAll('\\', '/')));
  }

  /** Files beside a path, then those in folders above it. */
  private candidates(path: string, isCandidate: (name: string) => boolean): string[] {
    const found: string[] = [];
    let folder = folderOf(path);
    for (let level = 0; level <= foldersAbove && found.length < mostCandidates; level++) {
      const disk = diskPath(folder === '' ? '.' : folder);
      if (disk !== undefined) this.searched.add(disk.replaceAll('\\', '/'));
      for (const name of namesIn(disk).filter(isCandidate)) {
        const candidate = joinPath(folder, path.startsWith('file:') ? encodeURIComponent(name) : name);
        if (candidate !== path && !found.includes(candidate)) found.push(candidate);
      }
      if (folder === '') break;
      folder = folderOf(folder);
    }
    return found.slice(0, mostCandidates);
  }
}

function isPythonFile(name: string): boolean {
  return name.endsWith('.py');
}

/** Declarations have no code, and what is bundled for browsers is nobody's source. */
function isScriptWithCode(name: string): boolean {
  return isJavaScriptFile(name) && !/\.(?:d\.[cm]?ts|min\.js)$/i.test(name);
}

/** The lines with imports of a Python file; the relative names that a script imports. */
function importsIn(path: string, text: string): readonly string[] {
  if (!isJavaScriptFile(path)) return text.match(/^[ \t]*(?:from|import)\b.*/gm) ?? [];
  return Array.from(text.matchAll(relativeSource), ([, source = '']) => source);
}

const relativeSource = /\b(?:from|import|require)\b\s*\(?\s*['"](\.[^'"\n]*)['"]/g;

/** Whether an import of a file names the module. */
type Names = (imported: string, importer: string) => boolean;

/** Null for what cannot be imported. */
function pythonNames(path: string, name: string): Names | null {
  const stem = name === '__init__.py' ? folderOf(path).split('/').at(-1) : name.replace(/\.py$/, '');
  if (stem === undefined || !/^\w+$/.test(stem)) return null;
  const named = new RegExp(`\\b${stem}\\b`);
  return (line) => named.test(line);
}

/** By a relative name, with its ending or without, or as its folder's index. */
function scriptNames(path: string): Names {
  const stem = withoutEnding(path);
  const names: ReadonlySet<string> = new Set([stem, stem.replace(/\/index$/, '')]);
  return (source, importer) => names.has(withoutEnding(resolvePath(folderOf(importer), source)));
}

function withoutEnding(path: string): string {
  return isJavaScriptFile(path) ? path.replace(/\.\w+$/, '') : path;
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

function namesIn(disk: string | undefined): string[] {
  if (disk === undefined) return [];
  try {
    return readdirSync(disk, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
