/** The files around the one that is analysed, and the sizes supplied for it. The only way by which analysis sees either. */
import type { SuppliedSize } from './syntax/suppliedSizes';

export interface Workspace {
  /** The text of a file, undefined where there is none. Paths are absolute or relative as the analysed file's is, with `/`. */
  read(path: string): string | undefined;
  /** The beginning of a file of any size, as a sample of data; undefined where there is none. */
  beginning?(path: string): FileBeginning | undefined;
  /** The arrays that a `.npy` or `.npz` file holds; none where there is no such file. */
  arrays?(path: string): readonly ArrayHeader[];
  /** Files of its language that may import the given one, nearest first: those beside it and around it that name it. */
  importersOf(path: string): readonly string[];
  /** Sizes that a setting or the command line supplies for the symbols of its files. */
  readonly sizes?: readonly SuppliedSize[];
}

export interface FileBeginning {
  readonly text: string;
  /** The part of the whole file that it is, from 0 to 1. */
  readonly share: number;
}

/** An array as its header describes it, without its numbers. */
export interface ArrayHeader {
  /** The name within an `.npz`; empty for an `.npy`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly isInteger: boolean;
}

/** The same files, with sizes supplied for them. */
export function withSizes(workspace: Workspace, sizes: readonly SuppliedSize[]): Workspace {
  return {
    read: (path) => workspace.read(path),
    beginning: (path) => workspace.beginning?.(path),
    arrays: (path) => workspace.arrays?.(path) ?? [],
    importersOf: (path) => workspace.importersOf(path),
    sizes,
  };
}

/** The folder of a path, without the last `/`; empty for a bare name. */
export function folderOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end === -1 ? '' : path.slice(0, end);
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** A relative name seen from a folder, without `.` and `..` where they can be resolved. */
export function resolvePath(folder: string, name: string): string {
  return withoutDots(joinPath(folder, name));
}

/** `a/./b/../c` as `a/c`. What begins with `/` or a scheme (`file:///`) keeps its beginning. */
export function withoutDots(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    const isRoot = parts.every((above) => above === '' || above.endsWith(':'));
    if (part === '.' || (part === '' && !isRoot)) continue;
    if (part !== '..' || parts.at(-1) === '..') parts.push(part);
    else if (parts.length === 0) parts.push(part);
    else if (!isRoot) parts.pop();
  }
  return parts.join('/');
}
