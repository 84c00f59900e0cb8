/** The search for a width: the answer of trying every width, with few counts. */
import { expect, it } from 'vitest';
import { widestWithin } from './widestWithin';

/** Parameters by width: of an LSTM, of a stack whose widths are rounded, and of a model that is mostly embedding. */
const models: readonly (readonly [string, (width: number) => number])[] = [
  ['one layer', (width) => 4 * width * (width + 8) + 4 * width + width + 1],
  [
    'a stack that is scaled',
    (width) => {
      const second = Math.max(1, Math.round(width / 3));
      return 3 * width * (width + 14) + 3 * second * (width + second) + 6 * (width + second) + second + 1;
    },
  ],
  ['an embedding in front', (width) => 1_280_000 + width * (width + 128) + width],
];

const cases = models.flatMap(([name, parametersAt]) =>
  [1, 2, 7, 64, 300].flatMap((width) =>
    [-1, 0, 1].map((beside) => ({ name, near: 16, budget: parametersAt(width) + beside, parametersAt })),
  ),
);

it.each(cases)('of $name within $budget', ({ near, budget, parametersAt }) => {
  let tried = 0;
  while (parametersAt(tried + 1) <= budget) tried += 1;
  let counts = 0;
  const found = widestWithin(
    budget,
    (width) => {
      counts += 1;
      return parametersAt(width);
    },
    near,
  );
  expect(found).toBe(tried === 0 ? null : tried);
  expect(counts).toBeLessThanOrEqual(12);
});

it('ends at the widest layer in use', () => {
  expect(widestWithin(1e12, (width) => 4 * width * (width + 1), 8)).toBe(16_384);
});

it('is not known where the parameters are known at the width of the source alone', () => {
  expect(widestWithin(100, (width) => (width === 8 ? 80 : null), 8)).toBeNull();
});
