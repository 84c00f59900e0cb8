/** Matrix products: which tiles they are computed in, and how long ones are split. */
import type { Backend, Matrix, Span } from '../backend';
import type { CommandQueue, Kernel } from './commandQueue';
import multiplySource from './kernels/multiply.wgsl';
import { sumParts } from './sums';
import { splitParts } from './workgroups';

/** Each invocation computes 4 × 4 numbers of the result. */
interface Tile {
  readonly threadsX: number;
  readonly threadsY: number;
}

/** The inner dimension goes through shared memory so much at a time: `depth` of `kernels/multiply.wgsl`. */
const depth = 16;
const numbersOfThread = 4;
/** Of the inner dimension, that a part is worth: summing the parts up is work of its own. */
const leastPart = 256;

const largeTile: Tile = { threadsX: 16, threadsY: 16 };
const smallTile: Tile = { threadsX: 8, threadsY: 8 };
/** For results of few columns, such as those of a network's last layer, and of few rows. */
const narrowTile: Tile = { threadsX: 4, threadsY: 16 };
const flatTile: Tile = { threadsX: 16, threadsY: 4 };

/** Results with more tiles than this have enough of them for a large GPU. */
const manyTiles = 64;

function tileOf(rows: number, columns: number): Tile {
  if (columns <= 16) return narrowTile;
  if (rows <= 16) return flatTile;
  return tileCounts(largeTile, rows, columns).count >= manyTiles ? largeTile : smallTile;
}

function tileCounts({ threadsX, threadsY }: Tile, rows: number, columns: number) {
  const x = Math.ceil(columns / (threadsX * numbersOfThread));
  const y = Math.ceil(rows / (threadsY * numbersOfThread));
  return { x, y, count: x * y };
}

const kernels = new Map<string, Kernel>();

function kernelOf({ threadsX, threadsY }: Tile, leftIsTransposed: boolean, accumulates: boolean): Kernel {
  const constants = {
    threads_x: threadsX,
    threads_y: threadsY,
    left_is_transposed: leftIsTransposed ? 1 : 0,
    accumulates: accumulates ? 1 : 0,
  };
  const key = Object.values(constants).join();
  const kernel = kernels.get(key) ?? { name: 'multiply', source: multiplySource, constants };
  kernels.set(key, kernel);
  return kernel;
}

/** @param scratch for the parts of split products; operations that use it are done with it before the next one begins */
export function productOperations(
  queue: CommandQueue,
  scratch: Span,
): Pick<Backend, 'multiply' | 'multiplyTransposed'> {
  const multiply = (left: Matrix, leftIsTransposed: boolean, right: Matrix, result: Matrix, accumulate: boolean) => {
    const { rows, columns } = result;
    const inner = right.rows;
    const tile = tileOf(rows, columns);
    const { x, y, count } = tileCounts(tile, rows, columns);
    const parts = splitParts(inner, {
      workgroups: count,
      leastLength: leastPart,
      multiple: depth,
      mostParts: Math.floor(scratch.length / (rows * columns)),
    });
    const isSplit = parts.count > 1;
    const target = isSplit ? { offset: scratch.offset, rowStride: columns } : result;
    queue.dispatch(
      kernelOf(tile, leftIsTransposed, accumulate && !isSplit),
      [x, y, parts.count],
      [
        ...[left.offset, ...(leftIsTransposed ? [1, left.rowStride] : [left.rowStride, 1])],
        ...[right.offset, right.rowStride, target.offset, target.rowStride],
        ...[rows, inner, columns, parts.length, rows * columns],
      ],
    );
    if (isSplit) sumParts(queue, scratch, parts.count, result, accumulate);
  };
  return {
    multiply: (left, { span, rows, columns }, result, accumulate) =>
      multiply(left, false, { offset: span.offset, rows, columns, rowStride: columns }, result, accumulate),
    multiplyTransposed: (left, right, result) => multiply(left, true, right, result, false),
  };
}
