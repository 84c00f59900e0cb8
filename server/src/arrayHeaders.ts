/**
 * Shapes of NumPy arrays from the headers of `.npy` and `.npz` files; their numbers are never read. After the format in NumPy's
 * documentation (numpy.lib.format) and, for `.npz`, the directory at the end of a ZIP file (PKWARE APPNOTE 4.3.12).
 */
import { constants, inflateRawSync } from 'node:zlib';
import type { ArrayHeader } from './workspace';

/** A stretch of a file, shorter where the file ends. */
export type ReadPart = (from: number, length: number) => Uint8Array;

/** More than any header of an array of a few axes takes. */
const headerBytes = 1024;

/** Null where the bytes are no array of NumPy's. */
function arrayHeader(bytes: Uint8Array, name = ''): ArrayHeader | null {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.startsWith('\x93NUMPY')) return null;
  const [, kind] = /'descr':\s*'[<>|=]?([a-zA-Z])/.exec(text) ?? [];
  const [, axes] = /'shape':\s*\(([\d,\s]*)\)/.exec(text) ?? [];
  if (kind === undefined || axes === undefined) return null;
  const shape = axes.split(',').flatMap((axis) => (axis.trim() === '' ? [] : [Number(axis)]));
  return { name, shape, isInteger: kind === 'i' || kind === 'u' };
}

/** The arrays of an `.npy` or `.npz` file; none where it is neither. */
export function arraysIn(size: number, part: ReadPart): readonly ArrayHeader[] {
  const single = arrayHeader(part(0, headerBytes));
  if (single !== null) return [single];
  return entriesOf(size, part).flatMap(({ name, isDeflated, offset }) => {
    const local = Buffer.from(part(offset, localHeaderBytes));
    if (local.length < localHeaderBytes) return [];
    const start = offset + localHeaderBytes + local.readUInt16LE(26) + local.readUInt16LE(28);
    const stored = part(start, headerBytes);
    return arrayHeader(isDeflated ? inflatedStart(stored) : stored, name.replace(/\.npy$/, '')) ?? [];
  });
}

interface Entry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly offset: number;
}

const localHeaderBytes = 30;
const entryHeaderBytes = 46;
const entrySignature = 0x02014b50;
const endSignature = 0x06054b50;
const endBytes = 22;
/** Comments at the end are rare, and directories of arrays short. */
const mostDirectoryBytes = 64 * 1024;

/** The directory of a ZIP file; entries beyond four gigabytes are left out. */
function entriesOf(size: number, part: ReadPart): readonly Entry[] {
  const from = Math.max(0, size - mostDirectoryBytes);
  const tail = Buffer.from(part(from, mostDirectoryBytes));
  let end = tail.length - endBytes;
  while (end >= 0 && tail.readUInt32LE(end) !== endSignature) end--;
  if (end < 0) return [];
  const entries: Entry[] = [];
  let at = tail.readUInt32LE(end + 16) - from;
  while (at >= 0 && at + entryHeaderBytes <= end && tail.readUInt32LE(at) === entrySignature) {
    const nameBytes = tail.readUInt16LE(at + 28);
    const offset = tail.readUInt32LE(at + 42);
    const name = tail.toString('utf8', at + entryHeaderBytes, at + entryHeaderBytes + nameBytes);
    if (offset < 0xffff_ffff) entries.push({ name, isDeflated: tail.readUInt16LE(at + 10) === 8, offset });
    at += entryHeaderBytes + nameBytes + tail.readUInt16LE(at + 30) + tail.readUInt16LE(at + 32);
  }
  return entries;
}

/** What the first bytes of a deflated file hold, as far as they go. */
function inflatedStart(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array();
  }
}
