/**
 * Matrix products by tiles held in registers; see tile.ts. The right factor is packed in panels of as many columns as a tile
 * has (row k of a panel is that many neighbouring floats), so that the inner loop reads it in order. Addresses are in bytes;
 * strides, rows and columns count floats.
 */
import { loadLanes, multiplyAdd, storeLanes } from './lanes';
import { narrowHeight, narrowTile, narrowWidth, wideHeight, wideTile4, wideTile6, wideWidth } from './tile';

/** Whether products are made of wide tiles. */
let isWide: bool = false;

/** Chosen once, before anything is packed: panels are as wide as tiles. */
export function useWideTiles(wide: bool): void {
  isWide = wide;
}

// @ts-ignore: decorator
@inline
function panelWidth(): i32 {
  return isWide ? wideWidth : narrowWidth;
}

/** Rows that a tile takes of so many: wide ones take six or four, whichever leaves fewer to a tile that is not full. */
// @ts-ignore: decorator
@inline
export function tileRows(rows: i32): i32 {
  if (isWide && (rows == wideHeight || rows >= wideHeight + narrowHeight)) return wideHeight;
  return min(narrowHeight, rows);
}

/** Inner length of a block of a product: what tiles read of the right factor again and again. */
const innerBlock: i32 = 1024;
/** A block of the right factor packed on the fly: 256 × 512 floats take half a MB of the second-level cache. */
const packedInnerBlock: i32 = 256;
const packedColumnBlock: i32 = 512;

const leftPanel: usize = (__heap_base + 63) & ~63;
const rightBlock: usize = leftPanel + <usize>(innerBlock * wideHeight * 4);
const edgeTile: usize = rightBlock + <usize>(packedInnerBlock * packedColumnBlock * 4);
/** A row of zeros that sums start from. */
const zeroRow: usize = edgeTile + <usize>(wideHeight * wideWidth * 4);
const endOfScratch: usize = zeroRow + <usize>(wideWidth * 4);

/** Where the host may put its arena: what lies below is the scratch space of these functions. */
export function arenaStart(): usize {
  return (endOfScratch + 63) & ~63;
}

/** Packs `rows × columns` numbers; element (k, j) is at `source + k·rowStep + j·columnStep`, steps counted in floats. */
export function pack(source: usize, rows: i32, columns: i32, rowStep: i32, columnStep: i32, packed: usize): void {
  const full = panelWidth();
  let target = packed;
  for (let first = 0; first < columns; first += full) {
    const width = min(full, columns - first);
    for (let k = 0; k < rows; k++) {
      const from = source + (<usize>(k * rowStep + first * columnStep) << 2);
      if (width == full && columnStep == 1) {
        for (let j = 0; j < full; j += 4) v128.store(target + (<usize>j << 2), v128.load(from + (<usize>j << 2)));
      } else {
        for (let j = 0; j < full; j++) {
          const value: f32 = j < width ? load<f32>(from + (<usize>(j * columnStep) << 2)) : 0;
          store<f32>(target + (<usize>j << 2), value);
        }
      }
      target += <usize>full << 2;
    }
  }
}

/** `result = left · right` or `result += left · right`, with `right` packed and `inner × columns` large. */
export function multiply(
  left: usize,
  leftStride: i32,
  right: usize,
  result: usize,
  resultStride: i32,
  rows: i32,
  inner: i32,
  columns: i32,
  accumulate: bool,
): void {
  for (let row = 0, height = 0; row < rows; row += height) {
    height = tileRows(rows - row);
    multiplyRows(
      left + (<usize>(row * leftStride) << 2),
      leftStride,
      right,
      result + (<usize>(row * resultStride) << 2),
      resultStride,
      height,
      inner,
      columns,
      accumulate,
    );
  }
}

/** The same for as many rows as a tile takes: what is done with them next finds them in the cache. */
export function multiplyRows(
  left: usize,
  leftStride: i32,
  right: usize,
  result: usize,
  resultStride: i32,
  height: i32,
  inner: i32,
  columns: i32,
  accumulate: bool,
): void {
  const panelBytes = <usize>(inner * panelWidth()) << 2;
  for (let k = 0; k < inner; k += innerBlock) {
    const depth = min(innerBlock, inner - k);
    let from = left + (<usize>k << 2);
    let rowStep = <usize>leftStride << 2;
    let innerStep: usize = 4;
    if (height < narrowHeight) {
      // A tile has no fewer rows; those that are missing are zeros.
      packRows(from, leftStride, height, depth);
      from = leftPanel;
      rowStep = 4;
      innerStep = <usize>(narrowHeight * 4);
    }
    multiplyPanels(
      from,
      rowStep,
      innerStep,
      right + (<usize>(k * panelWidth()) << 2),
      panelBytes,
      result,
      resultStride,
      height,
      depth,
      columns,
      accumulate || k > 0,
    );
  }
}

/** The same for fewer rows than a tile has: bringing the factors into order would take longer than the product. */
function multiplyFewTransposed(
  left: usize,
  leftStride: i32,
  right: usize,
  rightStride: i32,
  result: usize,
  resultStride: i32,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  const leftBytes = <usize>leftStride << 2;
  const rightBytes = <usize>rightStride << 2;
  for (let row = 0; row < rows; row++) {
    const sums = result + (<usize>(row * resultStride) << 2);
    memory.fill(sums, 0, <usize>columns << 2);
    let factors = left + (<usize>row << 2);
    let from = right;
    let k = 0;
    for (; k + 4 <= inner; k += 4) {
      const factor0 = v128.load32_splat(factors);
      const factor1 = v128.load32_splat(factors + leftBytes);
      const factor2 = v128.load32_splat(factors + leftBytes * 2);
      const factor3 = v128.load32_splat(factors + leftBytes * 3);
      for (let column = 0; column < columns; column += 4) {
        const lanes = columns - column;
        const place = from + (<usize>column << 2);
        let sum = multiplyAdd(factor0, loadLanes(place, lanes), loadLanes(sums + (<usize>column << 2), lanes));
        sum = multiplyAdd(factor1, loadLanes(place + rightBytes, lanes), sum);
        sum = multiplyAdd(factor2, loadLanes(place + rightBytes * 2, lanes), sum);
        sum = multiplyAdd(factor3, loadLanes(place + rightBytes * 3, lanes), sum);
        storeLanes(sums + (<usize>column << 2), sum, lanes);
      }
      factors += leftBytes * 4;
      from += rightBytes * 4;
    }
    for (; k < inner; k++) {
      const factor = v128.load32_splat(factors);
      for (let column = 0; column < columns; column += 4) {
        const lanes = columns - column;
        const place = <usize>column << 2;
        storeLanes(sums + place, multiplyAdd(factor, loadLanes(from + place, lanes), loadLanes(sums + place, lanes)), lanes);
      }
      factors += leftBytes;
      from += rightBytes;
    }
  }
}

/** `result = leftᵀ · right`; `left` is `inner × rows`, `right` is `inner × columns`. */
export function multiplyTransposed(
  left: usize,
  leftStride: i32,
  right: usize,
  rightStride: i32,
  result: usize,
  resultStride: i32,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  if (rows < narrowHeight) {
    multiplyFewTransposed(left, leftStride, right, rightStride, result, resultStride, rows, inner, columns);
    return;
  }
  for (let k = 0; k < inner; k += packedInnerBlock) {
    const depth = min(packedInnerBlock, inner - k);
    for (let column = 0; column < columns; column += packedColumnBlock) {
      const width = min(packedColumnBlock, columns - column);
      pack(right + (<usize>(k * rightStride + column) << 2), depth, width, rightStride, 1, rightBlock);
      for (let row = 0, height = 0; row < rows; row += height) {
        height = tileRows(rows - row);
        const packedHeight = max(height, narrowHeight);
        packColumns(left + (<usize>(k * leftStride + row) << 2), leftStride, height, packedHeight, depth);
        multiplyPanels(
          leftPanel,
          4,
          <usize>packedHeight << 2,
          rightBlock,
          <usize>(depth * panelWidth()) << 2,
          result + (<usize>(row * resultStride + column) << 2),
          resultStride,
          height,
          depth,
          width,
          k > 0,
        );
      }
    }
  }
}

/** A few rows of the left factor times every panel of the right one. */
function multiplyPanels(
  left: usize,
  rowStep: usize,
  innerStep: usize,
  right: usize,
  panelBytes: usize,
  result: usize,
  resultStride: i32,
  height: i32,
  depth: i32,
  columns: i32,
  accumulate: bool,
): void {
  const strideBytes = <usize>resultStride << 2;
  const full = panelWidth();
  const edgeStride = <usize>full << 2;
  for (let column = 0; column < columns; column += full) {
    const width = min(full, columns - column);
    const place = result + (<usize>column << 2);
    if (height >= narrowHeight && width == full) {
      const start = accumulate ? place : zeroRow;
      multiplyTile(height, left, rowStep, innerStep, right, start, accumulate ? strideBytes : 0, place, strideBytes, depth);
    } else {
      multiplyTile(height, left, rowStep, innerStep, right, zeroRow, 0, edgeTile, edgeStride, depth);
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          const cell = place + <usize>i * strideBytes + (<usize>j << 2);
          const sum = load<f32>(edgeTile + <usize>i * edgeStride + (<usize>j << 2));
          store<f32>(cell, accumulate ? load<f32>(cell) + sum : sum);
        }
      }
    }
    right += panelBytes;
  }
}

// @ts-ignore: decorator
@inline
function multiplyTile(
  height: i32,
  left: usize,
  rowStep: usize,
  innerStep: usize,
  right: usize,
  start: usize,
  startStride: usize,
  result: usize,
  stride: usize,
  depth: i32,
): void {
  if (!isWide) narrowTile(left, rowStep, innerStep, right, start, startStride, result, stride, depth);
  else if (height == wideHeight) wideTile6(left, rowStep, innerStep, right, start, startStride, result, stride, depth);
  else wideTile4(left, rowStep, innerStep, right, start, startStride, result, stride, depth);
}

/** Packs fewer rows than a tile has, an element of each after the other; missing rows become zeros. */
function packRows(source: usize, stride: i32, height: i32, depth: i32): void {
  let target = leftPanel;
  for (let k = 0; k < depth; k++) {
    for (let i = 0; i < narrowHeight; i++) {
      const value: f32 = i < height ? load<f32>(source + (<usize>(i * stride + k) << 2)) : 0;
      store<f32>(target + (<usize>i << 2), value);
    }
    target += narrowHeight * 4;
  }
}

/** Packs `height` neighbouring columns of `depth` rows; those that are missing to `packedHeight` become zeros. */
function packColumns(source: usize, stride: i32, height: i32, packedHeight: i32, depth: i32): void {
  const strideBytes = <usize>stride << 2;
  let target = leftPanel;
  for (let k = 0; k < depth; k++) {
    if (height >= narrowHeight) {
      v128.store(target, v128.load(source));
      if (height == wideHeight) store<u64>(target, load<u64>(source, 16), 16);
    } else {
      for (let i = 0; i < packedHeight; i++) {
        const value: f32 = i < height ? load<f32>(source + (<usize>i << 2)) : 0;
        store<f32>(target + (<usize>i << 2), value);
      }
    }
    source += strideBytes;
    target += <usize>packedHeight << 2;
  }
}
