/** The arrays of `.npy` and `.npz` files. */

import type { Obstacle } from '../../../protocol/trainer';
import { refusedFile } from './cells';
import { type NpyHeader, npyHeader } from './npyHeader';
import { startOfEntry, type ZipEntry, zipEntries } from './zip';

export interface NumberArray {
  /** Empty where the file holds one array without a name. */
  readonly name: string;
  readonly shape: readonly number[];
  /** In C order: the last axis runs fastest. */
  readonly values: Float64Array;
  readonly isInteger: boolean;
}

export type NumpyResult =
  | { readonly kind: 'arrays'; readonly arrays: readonly NumberArray[] }
  | { readonly kind: 'obstacles'; readonly obstacles: readonly Obstacle[] };

/** Arrays of an `.npz` that hold no numbers are left out. */
export async function readNumpy(bytes: Uint8Array, file: string): Promise<NumpyResult> {
  const single = npyHeader(bytes);
  if (single !== null) return readOnly([['', bytes]], file);
  const part = (from: number, length: number): Uint8Array => bytes.subarray(from, from + length);
  const entries = zipEntries(bytes.length, part).filter(({ name }) => name.endsWith('.npy'));
  if (entries.length === 0)
    return refusedFile('The file holds no array of NumPy. Write it with np.save or np.savez.', file);
  try {
    const contents: [string, Uint8Array][] = [];
    for (const entry of entries) contents.push([entry.name.replace(/\.npy$/, ''), await contentOf(entry, bytes)]);
    return readOnly(contents, file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refusedFile(`The file could not be unpacked (${reason}). Write it again with np.savez.`, file);
  }
}

async function contentOf(entry: ZipEntry, bytes: Uint8Array): Promise<Uint8Array> {
  const start = startOfEntry(entry, (from, length) => bytes.subarray(from, from + length));
  if (start === null) throw new Error(`${entry.name} is cut off`);
  // Copied, because a stream takes no view into memory that may be shared.
  const stored = new Uint8Array(bytes.subarray(start, start + entry.storedBytes));
  if (!entry.isDeflated) return stored;
  const inflated = new Blob([stored]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

function readOnly(contents: readonly (readonly [string, Uint8Array])[], file: string): NumpyResult {
  const arrays: NumberArray[] = [];
  const refusals: string[] = [];
  for (const [name, bytes] of contents) {
    const header = npyHeader(bytes);
    const values = header && valuesOf(header, bytes);
    if (header === null || typeof values === 'string' || values === null) {
      refusals.push(`${name === '' ? 'The array' : `"${name}"`} ${values ?? 'is no array of numbers'}`);
    } else {
      arrays.push({ name, shape: header.shape, values, isInteger: 'iub'.includes(header.kind) });
    }
  }
  if (arrays.length > 0) return { kind: 'arrays', arrays };
  return refusedFile(`${refusals.join('; ')}. Numbers are read: float16 to float64, integers and booleans.`, file);
}

/** The numbers in C order, or why there are none. */
function valuesOf(header: NpyHeader, bytes: Uint8Array): Float64Array | string {
  const { shape, dataOffset, itemBytes } = header;
  const readItem = itemReader(header, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (readItem === null) return `has elements of kind "${header.kind}${itemBytes}"`;
  const count = shape.reduce((product, axis) => product * axis, 1);
  if (bytes.length < dataOffset + count * itemBytes) return 'is cut off before its end';
  const values = new Float64Array(count);
  if (!header.isFortranOrder) {
    for (let index = 0; index < count; index++) values[index] = readItem(dataOffset + index * itemBytes);
    return values;
  }
  // The first axis runs fastest in the file: its place in memory is counted up with carry.
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const position = new Array<number>(shape.length).fill(0);
  let place = 0;
  for (let index = 0; index < count; index++) {
    values[place] = readItem(dataOffset + index * itemBytes);
    for (let axis = 0; axis < shape.length; axis++) {
      const [size, stride, at] = [shape[axis] ?? 1, strides[axis] ?? 1, position[axis] ?? 0];
      place += stride;
      if (at + 1 < size) {
        position[axis] = at + 1;
        break;
      }
      place -= size * stride;
      position[axis] = 0;
    }
  }
  return values;
}

/** Reads the element at a place in bytes; null for kinds that are no numbers. */
function itemReader(
  { kind, itemBytes, isLittleEndian: little }: NpyHeader,
  view: DataView,
): ((at: number) => number) | null {
  switch (`${kind}${itemBytes}`) {
    case 'f2':
      return (at) => halfFloat(view.getUint16(at, little));
    case 'f4':
      return (at) => view.getFloat32(at, little);
    case 'f8':
      return (at) => view.getFloat64(at, little);
    case 'i1':
      return (at) => view.getInt8(at);
    case 'i2':
      return (at) => view.getInt16(at, little);
    case 'i4':
      return (at) => view.getInt32(at, little);
    case 'i8':
      return (at) => Number(view.getBigInt64(at, little));
    case 'b1':
    case 'u1':
      return (at) => view.getUint8(at);
    case 'u2':
      return (at) => view.getUint16(at, little);
    case 'u4':
      return (at) => view.getUint32(at, little);
    case 'u8':
      return (at) => Number(view.getBigUint64(at, little));
    default:
      return null;
  }
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
}
