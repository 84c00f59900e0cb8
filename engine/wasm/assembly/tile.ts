/**
 * Tiles of a matrix product, held in registers. The right factor lies in panels of neighbouring columns, so that row k of a
 * panel is one stretch; the left one is read where it lies, a row every `rowStep` bytes and an element every `innerStep`. Sums
 * start from `start`, whose rows are `startStride` bytes apart, and end in `result`. Addresses and steps are in bytes.
 *
 * The narrow tile fills the sixteen 128-bit registers of x86: eight sums, as many as two multiply-add units with a latency of
 * four cycles keep busy. The wide ones need twice as many, and are for engines that join neighbouring pairs of 128-bit
 * operations into 256-bit ones (V8's revectorisation); elsewhere they spill and lose. They load, compute and store every sum in
 * the same way, without a branch, because only then are the pairs found.
 */
import { multiplyAdd } from './lanes';

export const narrowHeight: i32 = 4;
export const narrowWidth: i32 = 8;
export const wideHeight: i32 = 6;
export const wideWidth: i32 = 16;

export function narrowTile(
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
  let left1 = left + rowStep;
  let left2 = left1 + rowStep;
  let left3 = left2 + rowStep;
  let sum00 = v128.load(start);
  let sum01 = v128.load(start, 16);
  start += startStride;
  let sum10 = v128.load(start);
  let sum11 = v128.load(start, 16);
  start += startStride;
  let sum20 = v128.load(start);
  let sum21 = v128.load(start, 16);
  start += startStride;
  let sum30 = v128.load(start);
  let sum31 = v128.load(start, 16);
  const end = right + (<usize>depth << 5);
  while (right < end) {
    const right0 = v128.load(right);
    const right1 = v128.load(right, 16);
    let value = v128.load32_splat(left);
    sum00 = multiplyAdd(value, right0, sum00);
    sum01 = multiplyAdd(value, right1, sum01);
    value = v128.load32_splat(left1);
    sum10 = multiplyAdd(value, right0, sum10);
    sum11 = multiplyAdd(value, right1, sum11);
    value = v128.load32_splat(left2);
    sum20 = multiplyAdd(value, right0, sum20);
    sum21 = multiplyAdd(value, right1, sum21);
    value = v128.load32_splat(left3);
    sum30 = multiplyAdd(value, right0, sum30);
    sum31 = multiplyAdd(value, right1, sum31);
    left += innerStep;
    left1 += innerStep;
    left2 += innerStep;
    left3 += innerStep;
    right += 32;
  }
  v128.store(result, sum00);
  v128.store(result, sum01, 16);
  result += stride;
  v128.store(result, sum10);
  v128.store(result, sum11, 16);
  result += stride;
  v128.store(result, sum20);
  v128.store(result, sum21, 16);
  result += stride;
  v128.store(result, sum30);
  v128.store(result, sum31, 16);
}

export function wideTile4(
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
  let left1 = left + rowStep;
  let left2 = left1 + rowStep;
  let left3 = left2 + rowStep;
  let sum00 = v128.load(start);
  let sum01 = v128.load(start, 16);
  let sum02 = v128.load(start, 32);
  let sum03 = v128.load(start, 48);
  start += startStride;
  let sum10 = v128.load(start);
  let sum11 = v128.load(start, 16);
  let sum12 = v128.load(start, 32);
  let sum13 = v128.load(start, 48);
  start += startStride;
  let sum20 = v128.load(start);
  let sum21 = v128.load(start, 16);
  let sum22 = v128.load(start, 32);
  let sum23 = v128.load(start, 48);
  start += startStride;
  let sum30 = v128.load(start);
  let sum31 = v128.load(start, 16);
  let sum32 = v128.load(start, 32);
  let sum33 = v128.load(start, 48);
  const end = right + (<usize>depth << 6);
  while (right < end) {
    const right0 = v128.load(right);
    const right1 = v128.load(right, 16);
    const right2 = v128.load(right, 32);
    const right3 = v128.load(right, 48);
    let value = v128.load32_splat(left);
    sum00 = multiplyAdd(value, right0, sum00);
    sum01 = multiplyAdd(value, right1, sum01);
    sum02 = multiplyAdd(value, right2, sum02);
    sum03 = multiplyAdd(value, right3, sum03);
    value = v128.load32_splat(left1);
    sum10 = multiplyAdd(value, right0, sum10);
    sum11 = multiplyAdd(value, right1, sum11);
    sum12 = multiplyAdd(value, right2, sum12);
    sum13 = multiplyAdd(value, right3, sum13);
    value = v128.load32_splat(left2);
    sum20 = multiplyAdd(value, right0, sum20);
    sum21 = multiplyAdd(value, right1, sum21);
    sum22 = multiplyAdd(value, right2, sum22);
    sum23 = multiplyAdd(value, right3, sum23);
    value = v128.load32_splat(left3);
    sum30 = multiplyAdd(value, right0, sum30);
    sum31 = multiplyAdd(value, right1, sum31);
    sum32 = multiplyAdd(value, right2, sum32);
    sum33 = multiplyAdd(value, right3, sum33);
    left += innerStep;
    left1 += innerStep;
    left2 += innerStep;
    left3 += innerStep;
    right += 64;
  }
  v128.store(result, sum00);
  v128.store(result, sum01, 16);
  v128.store(result, sum02, 32);
  v128.store(result, sum03, 48);
  result += stride;
  v128.store(result, sum10);
  v128.store(result, sum11, 16);
  v128.store(result, sum12, 32);
  v128.store(result, sum13, 48);
  result += stride;
  v128.store(result, sum20);
  v128.store(result, sum21, 16);
  v128.store(result, sum22, 32);
  v128.store(result, sum23, 48);
  result += stride;
  v128.store(result, sum30);
  v128.store(result, sum31, 16);
  v128.store(result, sum32, 32);
  v128.store(result, sum33, 48);
}
export function wideTile6(
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
  let left1 = left + rowStep;
  let left2 = left1 + rowStep;
  let left3 = left2 + rowStep;
  let left4 = left3 + rowStep;
  let left5 = left4 + rowStep;
  let sum00 = v128.load(start);
  let sum01 = v128.load(start, 16);
  let sum02 = v128.load(start, 32);
  let sum03 = v128.load(start, 48);
  start += startStride;
  let sum10 = v128.load(start);
  let sum11 = v128.load(start, 16);
  let sum12 = v128.load(start, 32);
  let sum13 = v128.load(start, 48);
  start += startStride;
  let sum20 = v128.load(start);
  let sum21 = v128.load(start, 16);
  let sum22 = v128.load(start, 32);
  let sum23 = v128.load(start, 48);
  start += startStride;
  let sum30 = v128.load(start);
  let sum31 = v128.load(start, 16);
  let sum32 = v128.load(start, 32);
  let sum33 = v128.load(start, 48);
  start += startStride;
  let sum40 = v128.load(start);
  let sum41 = v128.load(start, 16);
  let sum42 = v128.load(start, 32);
  let sum43 = v128.load(start, 48);
  start += startStride;
  let sum50 = v128.load(start);
  let sum51 = v128.load(start, 16);
  let sum52 = v128.load(start, 32);
  let sum53 = v128.load(start, 48);
  const end = right + (<usize>depth << 6);
  while (right < end) {
    const right0 = v128.load(right);
    const right1 = v128.load(right, 16);
    const right2 = v128.load(right, 32);
    const right3 = v128.load(right, 48);
    let value = v128.load32_splat(left);
    sum00 = multiplyAdd(value, right0, sum00);
    sum01 = multiplyAdd(value, right1, sum01);
    sum02 = multiplyAdd(value, right2, sum02);
    sum03 = multiplyAdd(value, right3, sum03);
    value = v128.load32_splat(left1);
    sum10 = multiplyAdd(value, right0, sum10);
    sum11 = multiplyAdd(value, right1, sum11);
    sum12 = multiplyAdd(value, right2, sum12);
    sum13 = multiplyAdd(value, right3, sum13);
    value = v128.load32_splat(left2);
    sum20 = multiplyAdd(value, right0, sum20);
    sum21 = multiplyAdd(value, right1, sum21);
    sum22 = multiplyAdd(value, right2, sum22);
    sum23 = multiplyAdd(value, right3, sum23);
    value = v128.load32_splat(left3);
    sum30 = multiplyAdd(value, right0, sum30);
    sum31 = multiplyAdd(value, right1, sum31);
    sum32 = multiplyAdd(value, right2, sum32);
    sum33 = multiplyAdd(value, right3, sum33);
    value = v128.load32_splat(left4);
    sum40 = multiplyAdd(value, right0, sum40);
    sum41 = multiplyAdd(value, right1, sum41);
    sum42 = multiplyAdd(value, right2, sum42);
    sum43 = multiplyAdd(value, right3, sum43);
    value = v128.load32_splat(left5);
    sum50 = multiplyAdd(value, right0, sum50);
    sum51 = multiplyAdd(value, right1, sum51);
    sum52 = multiplyAdd(value, right2, sum52);
    sum53 = multiplyAdd(value, right3, sum53);
    left += innerStep;
    left1 += innerStep;
    left2 += innerStep;
    left3 += innerStep;
    left4 += innerStep;
    left5 += innerStep;
    right += 64;
  }
  v128.store(result, sum00);
  v128.store(result, sum01, 16);
  v128.store(result, sum02, 32);
  v128.store(result, sum03, 48);
  result += stride;
  v128.store(result, sum10);
  v128.store(result, sum11, 16);
  v128.store(result, sum12, 32);
  v128.store(result, sum13, 48);
  result += stride;
  v128.store(result, sum20);
  v128.store(result, sum21, 16);
  v128.store(result, sum22, 32);
  v128.store(result, sum23, 48);
  result += stride;
  v128.store(result, sum30);
  v128.store(result, sum31, 16);
  v128.store(result, sum32, 32);
  v128.store(result, sum33, 48);
  result += stride;
  v128.store(result, sum40);
  v128.store(result, sum41, 16);
  v128.store(result, sum42, 32);
  v128.store(result, sum43, 48);
  result += stride;
  v128.store(result, sum50);
  v128.store(result, sum51, 16);
  v128.store(result, sum52, 32);
  v128.store(result, sum53, 48);
}
