/** Matrix products of the WebAssembly backends against the reference, over sizes that cross every block of the kernels. */
import { describe, expect, test } from 'vitest';
import { createArenaPlanner } from '../arena';
import { type BackendFactory, matrixOf } from '../backend';
import { createRandom } from '../random';
import { createReferenceBackend } from '../reference/backend';
import { wasmBackends } from './backends';

const sizes = [
  { rows: 1, inner: 1, columns: 1 },
  { rows: 4, inner: 8, columns: 8 },
  { rows: 5, inner: 7, columns: 9 },
  { rows: 6, inner: 1030, columns: 11 },
  { rows: 9, inner: 260, columns: 520 },
];

describe.each(wasmBackends)('$name', ({ create }) => {
  test.each(sizes)('$rows × $inner × $columns', async ({ rows, inner, columns }) => {
    const expected = await products(createReferenceBackend, rows, inner, columns);
    const actual = await products(create, rows, inner, columns);
    for (const [name, numbers] of Object.entries(expected)) {
      const other = Object.entries(actual).find(([key]) => key === name)?.[1] ?? [];
      const worst = Math.max(...numbers.map((number, index) => Math.abs(number - (other[index] ?? Number.NaN))));
      expect(worst, name).toBeLessThan(1e-5 * Math.sqrt(inner) * 4);
    }
  });
});

/** The products of one random pair of matrices in every form the engine asks for; the results' rows lie apart. */
async function products(create: BackendFactory, rows: number, inner: number, columns: number) {
  const arena = createArenaPlanner(0, 0);
  const left = matrixOf(arena.reserve(rows * inner), rows, inner);
  const leftTransposed = matrixOf(arena.reserve(rows * inner), inner, rows);
  const right = matrixOf(arena.reserve(inner * columns), inner, columns);
  const rightTransposed = matrixOf(arena.reserve(inner * columns), columns, inner);
  const packed = arena.reservePacked(inner, columns);
  const gap = 3;
  const resultSpan = arena.reserve(rows * (columns + gap));
  const result = { offset: resultSpan.offset, rows, columns, rowStride: columns + gap };
  const backend = create(arena.length);
  const random = createRandom(3, rows * inner * columns);
  for (const { offset, rows: height, columns: width } of [left, leftTransposed, right, rightTransposed]) {
    const length = height * width;
    backend.write({ offset, length }, Float32Array.from({ length }, random.normal));
  }
  const read = async (): Promise<number[]> => Array.from(await backend.read(resultSpan));
  const results: Record<string, number[]> = {};
  backend.fill(resultSpan, 2);
  backend.pack(right, false, packed);
  backend.multiply(left, packed, result, false);
  results['left · right'] = await read();
  backend.pack(rightTransposed, true, packed);
  backend.multiply(left, packed, result, true);
  results['plus left · rightᵀ'] = await read();
  backend.multiplyTransposed(leftTransposed, right, result);
  results['leftᵀ · right'] = await read();
  return results;
}
