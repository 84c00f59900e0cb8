/** The header of a NumPy array, versions 1 to 3 (numpy.lib.format). */

export interface NpyHeader {
  readonly shape: readonly number[];
  /** `f` for floats, `i` and `u` for integers, `b` for booleans; others as NumPy calls them. */
  readonly kind: string;
  readonly itemBytes: number;
  readonly isLittleEndian: boolean;
  /** Whether the first axis runs fastest. */
  readonly isFortranOrder: boolean;
  /** Where the numbers begin. */
  readonly dataOffset: number;
}

/** From the first bytes of the array; null where they are no array of NumPy's with numbers of one kind. */
export function npyHeader(bytes: Uint8Array): NpyHeader | null {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 10_000));
  // In windows-1252, which "latin1" means to a decoder, 0x93 is a quotation mark.
  if (bytes[0] !== 0x93 || text.slice(1, 6) !== 'NUMPY' || bytes.length < 12) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataOffset = bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  const header = text.slice(0, dataOffset);
  const [, order = '', kind, itemBytes] = /'descr':\s*'([<>|=]?)([a-zA-Z])(\d*)/.exec(header) ?? [];
  const [, axes] = /'shape':\s*\(([\d,\s]*)\)/.exec(header) ?? [];
  if (kind === undefined || axes === undefined) return null;
  return {
    shape: axes.split(',').flatMap((axis) => (axis.trim() === '' ? [] : [Number(axis)])),
    kind,
    itemBytes: Number(itemBytes),
    isLittleEndian: order !== '>',
    isFortranOrder: /'fortran_order':\s*True/.test(header),
    dataOffset,
  };
}
