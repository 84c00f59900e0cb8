/** Matrix products: which tiles they are computed in, and how long ones are split. */
import { type Backend, type Matrix, matrixOf, type PackedMatrix, type Span } from '../backend';
import { composedLinear } from '../linear';
import type { CommandQueue, Kernel } from './commandQueue';
import multiplySource from './kernels/multiply.wgsl';
import { unrolled } from './recurrentKernels';
import { sumParts } from './sums';
import { splitParts } from './workgroups';

/** Each invocation computes `blocks` × `blocks` blocks of 4 × 4 numbers of the result. */
interface Tile {
  readonly blocks: number;
  readonly threadsX: number;
  readonly threadsY: number;
}

/** The inner dimension goes through shared memory so much at a time: `depth` of `kernels/multiply.wgsl`. */
const depth = 16;
/** Rows and columns of a block, as `kernels/multiply.wgsl` has it. */
const blockSide = 4;
/** Of the inner dimension, that a part is worth: summing the parts up is work of its own. */
const leastPart = 256;

/** More numbers in registers for each that is read from shared memory: worth it where there are tiles enough for all processors. */
const hugeTile: Tile = { blocks: 2, threadsX: 16, threadsY: 16 };
const largeTile: Tile = { blocks: 1, threadsX: 16, threadsY: 16 };
const smallTile: Tile = { blocks: 1, threadsX: 8, threadsY: 8 };
/** For results of few columns, such as those of a network's last layer, and of few rows. */
const narrowTile: Tile = { blocks: 1, threadsX: 4, threadsY: 16 };
const flatTile: Tile = { blocks: 1, threadsX: 16, threadsY: 4 };

/** Results of so many tiles have enough of them for a large GPU. */
const manyTiles = 64;

function tileOf(rows: number, columns: number): Tile {
  if (columns <= 16) return narrowTile;
  if (rows <= 16) return flatTile;
  const tiles = [hugeTile, largeTile];
  return tiles.find((tile) => tileCounts(tile, rows, columns).count >= manyTiles) ?? smallTile;
}

function tileCounts({ blocks, threadsX, threadsY }: Tile, rows: number, columns: number) {
  const x = Math.ceil(columns / (threadsX * blocks * blockSide));
  const y = Math.ceil(rows / (threadsY * blocks * blockSide));
  return { x, y, count: x * y };
}

const kernels = new Map<string, Kernel>();

interface Variant {
  readonly leftIsTransposed: boolean;
  readonly accumulates: boolean;
  readonly biasCount: number;
}

function kernelOf({ blocks, threadsX, threadsY }: Tile, { leftIsTransposed, accumulates, biasCount }: Variant): Kernel {
  const constants = {
    blocks,
    threads_x: threadsX,
    threads_y: threadsY,
    left_is_transposed: leftIsTransposed ? 1 : 0,
    accumulates: accumulates ? 1 : 0,
    bias_count: biasCount,
  };
  const key = Object.values(constants).join();
  const kernel = kernels.get(key) ?? {
    name: 'multiply',
    source: unrolled(multiplySource, { ...constants, block_side: blockSide }),
    constants,
  };
  kernels.set(key, kernel);
  return kernel;
}

interface Product {
  readonly left: Matrix;
  readonly leftIsTransposed: boolean;
  readonly right: Matrix;
  readonly result: Matrix;
  readonly accumulate: boolean;
  /** As `Backend.linear` takes them, no more than two. */
  readonly biases: readonly Span[];
  /** Last rows of the result that are sums of the right factor's rows, as if the left factor had as many more rows of ones. */
  readonly sumRows: number;
}

const plain = { leftIsTransposed: false, accumulate: false, biases: [], sumRows: 0 } as const;

/** @param scratch for the parts of split products; operations that use it are done with it before the next one begins */
export function productOperations(
  queue: CommandQueue,
  scratch: Span,
  parts: Pick<Backend, 'broadcastRow' | 'add' | 'sumRows' | 'copyMatrix' | 'pack'>,
): Pick<Backend, 'multiply' | 'multiplyTransposed' | 'linear' | 'linearGradients'> {
  const cut = ({ right, result: { rows, columns } }: Product) => {
    const tile = tileOf(rows, columns);
    const { x, y, count } = tileCounts(tile, rows, columns);
    const split = splitParts(right.rows, {
      workgroups: count,
      leastLength: leastPart,
      multiple: depth,
      mostParts: Math.floor(scratch.length / (rows * columns)),
    });
    return { tile, x, y, split };
  };
  const issue = (product: Product): void => {
    const { left, leftIsTransposed, right, result, accumulate, biases, sumRows } = product;
    const { rows, columns } = result;
    const { tile, x, y, split } = cut(product);
    const isSplit = split.count > 1;
    const target = isSplit ? { offset: scratch.offset, rowStride: columns } : result;
    const [firstBias, secondBias] = biases;
    queue.dispatch(
      kernelOf(tile, { leftIsTransposed, accumulates: accumulate && !isSplit, biasCount: biases.length }),
      [x, y, split.count],
      [
        ...[left.offset, ...(leftIsTransposed ? [1, left.rowStride] : [left.rowStride, 1])],
        ...[right.offset, right.rowStride, target.offset, target.rowStride],
        ...[rows, right.rows, columns, split.length, rows * columns, rows - sumRows],
        ...[firstBias?.offset ?? 0, secondBias?.offset ?? 0, secondBias?.length ?? 0],
      ],
    );
    if (isSplit) sumParts(queue, scratch, split.count, result, accumulate);
  };
  const multiply: Backend['multiply'] = (left, right, result, accumulate) =>
    issue({ ...plain, left, right: unpacked(right), result, accumulate });
  const multiplyTransposed: Backend['multiplyTransposed'] = (left, right, result) =>
    issue({ ...plain, left, leftIsTransposed: true, right, result });
  const composed = composedLinear({ ...parts, multiply, multiplyTransposed });
  return {
    multiply,
    multiplyTransposed,
    linear: (left, weights, packed, biases, result) => {
      const product = { ...plain, left, right: weights, result, biases };
      // Parts of a split product would each add them.
      if (biases.length > 2 || cut(product).split.count > 1) composed.linear(left, weights, packed, biases, result);
      else issue(product);
    },
    linearGradients: (left, right, weights, biases) => {
      const following = followingRows(weights, biases);
      const result = { ...weights, rows: weights.rows + following };
      issue({ ...plain, left, leftIsTransposed: true, right, result, sumRows: following });
      const [first] = biases;
      if (first === undefined) return;
      if (following === 0) parts.sumRows(right, first);
      for (const bias of biases.slice(Math.max(1, following))) {
        parts.copyMatrix(matrixOf(first, 1, bias.length), matrixOf(bias, 1, bias.length));
      }
    },
  };
}

function unpacked({ span, rows, columns }: PackedMatrix): Matrix {
  return { offset: span.offset, rows, columns, rowStride: columns };
}

/** How many of `biases`, from the first on, lie where the next rows of `weights` would. */
function followingRows({ offset, rows, columns, rowStride }: Matrix, biases: readonly Span[]): number {
  if (rowStride !== columns) return 0;
  const other = biases.findIndex(
    (bias, index) => bias.length !== columns || bias.offset !== offset + (rows + index) * columns,
  );
  return other < 0 ? biases.length : other;
}
