/** Shapes of NumPy arrays from the headers of `.npy` and `.npz` files; their numbers are never read. */
import { constants, inflateRawSync } from 'node:zlib';
import { npyHeader } from '../../engine/data/files/npyHeader';
import { type ReadPart, startOfEntry, zipEntries } from '../../engine/data/files/zip';
import type { ArrayHeader } from './workspace';

export type { ReadPart };

/** More than any header of an array of a few axes takes. */
const headerBytes = 1024;

/** Null where the bytes are no array of NumPy's. */
function arrayHeader(bytes: Uint8Array, name = ''): ArrayHeader | null {
  const header = npyHeader(bytes);
  return header && { name, shape: header.shape, isInteger: header.kind === 'i' || header.kind === 'u' };
}

/** The arrays of an `.npy` or `.npz` file; none where it is neither. */
export function arraysIn(size: number, part: ReadPart): readonly ArrayHeader[] {
  const single = arrayHeader(part(0, headerBytes));
  if (single !== null) return [single];
  return zipEntries(size, part).flatMap((entry) => {
    const start = startOfEntry(entry, part);
    if (start === null) return [];
    const stored = part(start, headerBytes);
    return arrayHeader(entry.isDeflated ? inflatedStart(stored) : stored, entry.name.replace(/\.npy$/, '')) ?? [];
  });
}

/** What the first bytes of a deflated file hold, as far as they go. */
function inflatedStart(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array();
  }
}
