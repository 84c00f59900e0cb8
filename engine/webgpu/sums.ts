/**
 * Sums over many numbers, always added up in the same order: where one workgroup would be alone with them, parts are summed side by
 * side into scratch and then together.
 */
import { type Backend, type Matrix, matrixOf, type Span } from '../backend';
import type { CommandQueue, Kernel } from './commandQueue';
import columnDotsSource from './kernels/columnDots.wgsl';
import scatterAddSource from './kernels/scatterAdd.wgsl';
import sumNumbersSource from './kernels/sumNumbers.wgsl';
import sumPartsSource from './kernels/sumParts.wgsl';
import { splitParts, workgroupsOf } from './workgroups';

function sumPartsKernel(accumulates: number): Kernel {
  return { name: 'sumParts', source: sumPartsSource, constants: { accumulates } };
}

const addingParts = sumPartsKernel(1);
const replacingByParts = sumPartsKernel(0);

/** `result` becomes, or grows by, the sum of dense matrices of its shape that lie in scratch one after another. */
export function sumParts(
  queue: CommandQueue,
  parts: Span,
  count: number,
  { offset, rowStride, rows, columns }: Matrix,
  accumulate: boolean,
): void {
  const kernel = accumulate ? addingParts : replacingByParts;
  queue.dispatch(kernel, workgroupsOf(rows * columns), [parts.offset, count, offset, rowStride, rows, columns]);
}

function sumNumbersKernel(squares: number): Kernel {
  return { name: 'sumNumbers', source: sumNumbersSource, constants: { squares } };
}

const summingNumbers = sumNumbersKernel(0);
const summingSquares = sumNumbersKernel(1);

/** Numbers that a part is worth: a few for each invocation. */
const leastNumbers = 4096;
const mostNumberParts = 1024;

/** `result[0] = Σ values`. */
export function sumNumbers(queue: CommandQueue, scratch: Span, values: Span, result: Span): void {
  sumInParts(queue, scratch, summingNumbers, values, result);
}

function sumInParts(queue: CommandQueue, scratch: Span, kernel: Kernel, values: Span, result: Span): void {
  const parts = splitParts(values.length, {
    workgroups: 1,
    leastLength: leastNumbers,
    multiple: 1,
    mostParts: mostNumberParts,
  });
  const isSplit = parts.count > 1;
  const sums = isSplit ? scratch.offset : result.offset;
  queue.dispatch(kernel, [parts.count], [values.offset, values.length, parts.length, sums]);
  if (isSplit) queue.dispatch(summingNumbers, [1], [scratch.offset, parts.count, parts.count, result.offset]);
}

function columnDotsKernel(tileColumns: number, hasRight: number): Kernel {
  return {
    name: 'columnDots',
    source: columnDotsSource,
    constants: { tile_columns: tileColumns, has_right: hasRight },
  };
}

/** Of tiles of columns, from narrow to wide: what is left of a workgroup goes along the rows. */
const columnTiles = [4, 16, 64].map((columns) => ({
  columns,
  sums: columnDotsKernel(columns, 0),
  dots: columnDotsKernel(columns, 1),
}));
const leastRows = 256;

const scatterKernels = new Map<string, Kernel>();

function scatterKernel(columnLanes: number, startsFromZero: boolean): Kernel {
  const constants = { column_lanes: columnLanes, starts_from_zero: startsFromZero ? 1 : 0 };
  const key = Object.values(constants).join();
  const kernel = scatterKernels.get(key) ?? { name: 'scatterAdd', source: scatterAddSource, constants };
  scatterKernels.set(key, kernel);
  return kernel;
}

/** Blocks of rows that a table is cut into: each looks through the indices by itself. */
const mostScatterBlocks = 256;
const leastIndices = 1024;
const scatterLanes = [4, 16, 64, 256];

/** @param scratch operations that use it are done with it before the next one begins */
export function sumOperations(
  queue: CommandQueue,
  scratch: Span,
): Pick<Backend, 'sumRows' | 'columnDots' | 'squaredNorm' | 'scatterAdd'> {
  const sumColumns = (left: Matrix, right: Matrix | null, result: Span): void => {
    const { rows, columns } = left;
    const tile = columnTiles.find((wider) => wider.columns >= columns) ?? columnTiles.at(-1);
    if (tile === undefined) return;
    const tiles = Math.ceil(columns / tile.columns);
    const parts = splitParts(rows, {
      workgroups: tiles,
      leastLength: leastRows,
      multiple: 1,
      mostParts: Math.floor(scratch.length / columns),
    });
    const isSplit = parts.count > 1;
    queue.dispatch(
      right === null ? tile.sums : tile.dots,
      [tiles, parts.count],
      [
        ...[left.offset, left.rowStride, right?.offset ?? 0, right?.rowStride ?? 0],
        ...[isSplit ? scratch.offset : result.offset, rows, columns, parts.length],
      ],
    );
    if (isSplit) sumParts(queue, scratch, parts.count, matrixOf(result, 1, columns), false);
  };
  return {
    sumRows: (source, sums) => sumColumns(source, null, sums),
    columnDots: (left, right, dots) => sumColumns(left, right, dots),
    squaredNorm: (values, result) => sumInParts(queue, scratch, summingSquares, values, result),
    scatterAdd: (table, indices, gradient) => {
      const blockRows = Math.ceil(table.rows / mostScatterBlocks);
      const blocks = Math.ceil(table.rows / blockRows);
      const parts = splitParts(indices.length, {
        workgroups: blocks,
        leastLength: leastIndices,
        multiple: 1,
        mostParts: Math.floor(scratch.length / (table.rows * table.columns)),
      });
      const isSplit = parts.count > 1;
      const target = isSplit ? { offset: scratch.offset, rowStride: table.columns } : table;
      const lanes = scatterLanes.find((more) => more >= table.columns) ?? 256;
      queue.dispatch(
        scatterKernel(lanes, isSplit),
        [blocks, parts.count],
        [
          ...[target.offset, target.rowStride, table.rows, table.columns],
          ...[indices.offset, indices.length, gradient.offset, gradient.rowStride],
          ...[blockRows, parts.length, table.rows * table.columns],
        ],
      );
      if (isSplit) sumParts(queue, scratch, parts.count, table, true);
    },
  };
}
