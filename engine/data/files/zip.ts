/** The directory at the end of a ZIP file (PKWARE APPNOTE 4.3.12), read from parts of it. */

/** A stretch of a file, shorter where the file ends. */
export type ReadPart = (from: number, length: number) => Uint8Array;

export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  /** Bytes as they lie in the file. */
  readonly storedBytes: number;
  /** Where the entry's own header begins. */
  readonly offset: number;
}

const localHeaderBytes = 30;
const entryHeaderBytes = 46;
const entrySignature = 0x02014b50;
const endSignature = 0x06054b50;
const endBytes = 22;
/** Comments at the end are rare, and directories of arrays short. */
const mostDirectoryBytes = 64 * 1024;

/** The entries of a ZIP file; those beyond four gigabytes are left out. */
export function zipEntries(size: number, part: ReadPart): readonly ZipEntry[] {
  const from = Math.max(0, size - mostDirectoryBytes);
  const bytes = part(from, mostDirectoryBytes);
  const tail = viewOf(bytes);
  let end = bytes.length - endBytes;
  while (end >= 0 && tail.getUint32(end, true) !== endSignature) end--;
  if (end < 0) return [];
  const entries: ZipEntry[] = [];
  let at = tail.getUint32(end + 16, true) - from;
  while (at >= 0 && at + entryHeaderBytes <= end && tail.getUint32(at, true) === entrySignature) {
    const nameBytes = tail.getUint16(at + 28, true);
    const offset = tail.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + entryHeaderBytes, at + entryHeaderBytes + nameBytes));
    const isDeflated = tail.getUint16(at + 10, true) === 8;
    if (offset < 0xffff_ffff) entries.push({ name, isDeflated, storedBytes: tail.getUint32(at + 20, true), offset });
    at += entryHeaderBytes + nameBytes + tail.getUint16(at + 30, true) + tail.getUint16(at + 32, true);
  }
  return entries;
}

/** Where the bytes of an entry begin; null where its header is cut off. */
export function startOfEntry({ offset }: ZipEntry, part: ReadPart): number | null {
  const header = part(offset, localHeaderBytes);
  if (header.length < localHeaderBytes) return null;
  const view = viewOf(header);
  return offset + localHeaderBytes + view.getUint16(26, true) + view.getUint16(28, true);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
