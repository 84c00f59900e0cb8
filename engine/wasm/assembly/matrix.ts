/**
 * Matrix products by tiles of 4 rows × 8 columns held in registers: eight accumulators, as many as two multiply-add units
 * with a latency of four cycles keep busy, and few enough for the sixteen registers of x86.
 *
 * The right factor is packed in panels of 8 columns (row k of a panel is 8 neighbouring floats), the left one in panels of 4
 * rows, so that the inner loop reads both in order. Addresses are in bytes; strides, rows and columns count floats.
 */
import { multiplyAdd } from './lanes';

const panelWidth: i32 = 8;
export const panelHeight: i32 = 4;

/** Inner length of a block of the left factor: a panel of 4 rows takes 16 KB of the first-level cache. */
const innerBlock: i32 = 1024;
/** A block of the right factor packed on the fly: 256 × 512 floats take half a MB of the second-level cache. */
const packedInnerBlock: i32 = 256;
const packedColumnBlock: i32 = 512;

const leftPanel: usize = (__heap_base + 63) & ~63;
const rightBlock: usize = leftPanel + <usize>(innerBlock * panelHeight * 4);
const edgeTile: usize = rightBlock + <usize>(packedInnerBlock * packedColumnBlock * 4);
const endOfScratch: usize = edgeTile + <usize>(panelHeight * panelWidth * 4);

/** Where the host may put its arena: what lies below is the scratch space of these functions. */
export function arenaStart(): usize {
  return (endOfScratch + 63) & ~63;
}

/** Packs `rows × columns` numbers; element (k, j) is at `source + k·rowStep + j·columnStep`, steps counted in floats. */
export function pack(source: usize, rows: i32, columns: i32, rowStep: i32, columnStep: i32, packed: usize): void {
  let target = packed;
  for (let first = 0; first < columns; first += panelWidth) {
    const width = min(panelWidth, columns - first);
    for (let k = 0; k < rows; k++) {
      const from = source + (<usize>(k * rowStep + first * columnStep) << 2);
      if (width == panelWidth && columnStep == 1) {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
      } else {
        for (let j = 0; j < panelWidth; j++) {
          const value: f32 = j < width ? load<f32>(from + (<usize>(j * columnStep) << 2)) : 0;
          store<f32>(target + (<usize>j << 2), value);
        }
      }
      target += panelWidth * 4;
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
  for (let row = 0; row < rows; row += panelHeight) {
    multiplyRows(
      left + (<usize>(row * leftStride) << 2),
      leftStride,
      right,
      result + (<usize>(row * resultStride) << 2),
      resultStride,
      min(panelHeight, rows - row),
      inner,
      columns,
      accumulate,
    );
  }
}

/** The same for `height` rows, no more than `panelHeight`: what is done with them next finds them in the cache. */
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
  for (let k = 0; k < inner; k += innerBlock) {
    const depth = min(innerBlock, inner - k);
    packLeftRows(left + (<usize>k << 2), leftStride, height, depth);
    multiplyPanel(
      right + (<usize>(k * panelWidth) << 2),
      <usize>(inner * panelWidth) << 2,
      result,
      resultStride,
      height,
      depth,
      columns,
      accumulate || k > 0,
    );
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
  for (let k = 0; k < inner; k += packedInnerBlock) {
    const depth = min(packedInnerBlock, inner - k);
    for (let column = 0; column < columns; column += packedColumnBlock) {
      const width = min(packedColumnBlock, columns - column);
      pack(right + (<usize>(k * rightStride + column) << 2), depth, width, rightStride, 1, rightBlock);
      for (let row = 0; row < rows; row += panelHeight) {
        const height = min(panelHeight, rows - row);
        packLeftColumns(left + (<usize>(k * leftStride + row) << 2), leftStride, height, depth);
        multiplyPanel(
          rightBlock,
          <usize>(depth * panelWidth) << 2,
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

/** The packed left panel times every panel of the right factor. */
// @ts-ignore: decorator
@inline
function multiplyPanel(
  right: usize,
  rightPanelBytes: usize,
  result: usize,
  resultStride: i32,
  height: i32,
  depth: i32,
  columns: i32,
  accumulate: bool,
): void {
  const strideBytes = <usize>resultStride << 2;
  for (let column = 0; column < columns; column += panelWidth) {
    const width = min(panelWidth, columns - column);
    const place = result + (<usize>column << 2);
    if (height == panelHeight && width == panelWidth) {
      multiplyTile(right, place, strideBytes, depth, accumulate);
    } else {
      multiplyTile(right, edgeTile, panelWidth * 4, depth, false);
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          const cell = place + <usize>i * strideBytes + (<usize>j << 2);
          const sum = load<f32>(edgeTile + (<usize>(i * panelWidth + j) << 2));
          store<f32>(cell, accumulate ? load<f32>(cell) + sum : sum);
        }
      }
    }
    right += rightPanelBytes;
  }
}

function multiplyTile(right: usize, result: usize, strideBytes: usize, depth: i32, accumulate: bool): void {
  const result1 = result + strideBytes;
  const result2 = result1 + strideBytes;
  const result3 = result2 + strideBytes;
  let sum00 = f32x4.splat(0);
  let sum01 = sum00;
  let sum10 = sum00;
  let sum11 = sum00;
  let sum20 = sum00;
  let sum21 = sum00;
  let sum30 = sum00;
  let sum31 = sum00;
  if (accumulate) {
    sum00 = v128.load(result);
    sum01 = v128.load(result, 16);
    sum10 = v128.load(result1);
    sum11 = v128.load(result1, 16);
    sum20 = v128.load(result2);
    sum21 = v128.load(result2, 16);
    sum30 = v128.load(result3);
    sum31 = v128.load(result3, 16);
  }
  let left = leftPanel;
  const end = left + (<usize>depth << 4);
  while (left < end) {
    const right0 = v128.load(right);
    const right1 = v128.load(right, 16);
    let value = v128.load32_splat(left);
    sum00 = multiplyAdd(value, right0, sum00);
    sum01 = multiplyAdd(value, right1, sum01);
    value = v128.load32_splat(left, 4);
    sum10 = multiplyAdd(value, right0, sum10);
    sum11 = multiplyAdd(value, right1, sum11);
    value = v128.load32_splat(left, 8);
    sum20 = multiplyAdd(value, right0, sum20);
    sum21 = multiplyAdd(value, right1, sum21);
    value = v128.load32_splat(left, 12);
    sum30 = multiplyAdd(value, right0, sum30);
    sum31 = multiplyAdd(value, right1, sum31);
    left += 16;
    right += 32;
  }
  v128.store(result, sum00);
  v128.store(result, sum01, 16);
  v128.store(result1, sum10);
  v128.store(result1, sum11, 16);
  v128.store(result2, sum20);
  v128.store(result2, sum21, 16);
  v128.store(result3, sum30);
  v128.store(result3, sum31, 16);
}

/** Packs up to four rows of `depth` neighbouring floats, transposing blocks of 4 × 4; missing rows become zeros. */
function packLeftRows(source: usize, stride: i32, height: i32, depth: i32): void {
  const strideBytes = <usize>stride << 2;
  let k = 0;
  let target = leftPanel;
  if (height == panelHeight) {
    for (; k + 4 <= depth; k += 4) {
      const from = source + (<usize>k << 2);
      const row0 = v128.load(from);
      const row1 = v128.load(from + strideBytes);
      const row2 = v128.load(from + strideBytes * 2);
      const row3 = v128.load(from + strideBytes * 3);
      const low01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(target, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 16);
      v128.store(target, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 32);
      v128.store(target, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 48);
      target += 64;
    }
  }
  for (; k < depth; k++) {
    for (let i = 0; i < panelHeight; i++) {
      const value: f32 = i < height ? load<f32>(source + <usize>i * strideBytes + (<usize>k << 2)) : 0;
      store<f32>(target + (<usize>i << 2), value);
    }
    target += panelHeight * 4;
  }
}

/** Packs up to four neighbouring columns of `depth` rows; missing columns become zeros. */
function packLeftColumns(source: usize, stride: i32, height: i32, depth: i32): void {
  const strideBytes = <usize>stride << 2;
  let target = leftPanel;
  for (let k = 0; k < depth; k++) {
    if (height == panelHeight) {
      v128.store(target, v128.load(source));
    } else {
      for (let i = 0; i < panelHeight; i++) {
        const value: f32 = i < height ? load<f32>(source + (<usize>i << 2)) : 0;
        store<f32>(target + (<usize>i << 2), value);
      }
    }
    source += strideBytes;
    target += panelHeight * 4;
  }
}
