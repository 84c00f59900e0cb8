/** Exact arithmetic on symbolic sizes, checked against plain integers by substitution. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  constant,
  divideExactly,
  type Expression,
  equals,
  floorDivide,
  format,
  integerOf,
  maximum,
  minimum,
  multiply,
  remainder,
  scale,
  substitute,
  subtract,
  symbol,
  symbolsOf,
} from './expression';

const H = symbol('H');
const I = symbol('I');

describe('format', () => {
  const cases: readonly (readonly [Expression, string])[] = [
    [constant(0), '0'],
    [constant(-12_288), '−12,288'],
    [add(scale(multiply(H, add(H, I)), 4), scale(H, 8)), '4·H·I + 4·H² + 8·H'],
    [subtract(H, constant(1)), 'H − 1'],
    [floorDivide(add(H, I), constant(2)) ?? H, '⌊(H + I)/2⌋'],
    [remainder(H, constant(3)) ?? H, '(H mod 3)'],
    [maximum(H, I, add(H, constant(1))), 'max(H + 1, I)'],
    [minimum(H, constant(4), constant(7)), 'min(H, 4)'],
  ];
  test.each(cases)('%#: %s', (expression, text) => expect(format(expression)).toBe(text));
});

describe('equals', () => {
  const cases: readonly (readonly [Expression, Expression, 'yes' | 'no' | 'open'])[] = [
    [scale(H, 2), add(H, H), 'yes'],
    [H, add(H, constant(1)), 'no'],
    [add(H, I), H, 'no'],
    [H, I, 'open'],
    [H, constant(5), 'open'],
    [scale(H, 2), H, 'no'],
  ];
  test.each(cases)('%#', (left, right, certainty) => expect(equals(left, right)).toBe(certainty));
});

test('division is exact where it can be', () => {
  expect(divideExactly(add(scale(H, 6), scale(multiply(H, I), 2)), scale(H, 2))).toEqual(add(constant(3), I));
  expect(divideExactly(H, constant(2))).toBeUndefined();
  expect(floorDivide(H, constant(0))).toBeUndefined();
});

test('refuses what is no exact integer', () => {
  expect(() => constant(1.5)).toThrow(RangeError);
  expect(() => constant(2 ** 53)).toThrow(RangeError);
  expect(() => multiply(constant(2 ** 40), constant(2 ** 40))).toThrow(RangeError);
});

/** An expression over H and I together with what it is for given values of them. */
type Formula = { readonly expression: Expression; readonly value: (h: number, i: number) => number };

const formulas: fc.Arbitrary<Formula> = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { maxDepth: 4 },
    fc.constant<Formula>({ expression: H, value: (h) => h }),
    fc.constant<Formula>({ expression: I, value: (_, i) => i }),
    fc.integer({ min: -9, max: 9 }).map((n): Formula => ({ expression: constant(n), value: () => n })),
    fc
      .tuple(fc.constantFrom('+', '-', '*', 'max', 'min', '//', '%'), tie('formula'), tie('formula'))
      .map(([operator, a, b]): Formula => combine(operator, a, b)),
  ),
})).formula;

function combine(operator: string, a: Formula, b: Formula): Formula {
  const both =
    (f: (x: number, y: number) => number) =>
    (h: number, i: number): number =>
      f(a.value(h, i), b.value(h, i));
  switch (operator) {
    case '+':
      return { expression: add(a.expression, b.expression), value: both((x, y) => x + y) };
    case '-':
      return { expression: subtract(a.expression, b.expression), value: both((x, y) => x - y) };
    case '*':
      return { expression: multiply(a.expression, b.expression), value: both((x, y) => x * y) };
    case 'max':
      return { expression: maximum(a.expression, b.expression), value: both(Math.max) };
    case 'min':
      return { expression: minimum(a.expression, b.expression), value: both(Math.min) };
    default: {
      const quotient = operator === '//';
      const expression = quotient ? floorDivide(a.expression, constant(3)) : remainder(a.expression, constant(3));
      return {
        expression: expression ?? a.expression,
        value: (h, i) => (quotient ? Math.floor(a.value(h, i) / 3) : a.value(h, i) - 3 * Math.floor(a.value(h, i) / 3)),
      };
    }
  }
}

test('a formula with values put in is the number that plain arithmetic gives', () => {
  fc.assert(
    fc.property(formulas, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (formula, h, i) => {
      const values = new Map([
        ['H', constant(h)],
        ['I', constant(i)],
      ]);
      const result = substitute(formula.expression, values);
      expect(result && integerOf(result)).toBe(formula.value(h, i) + 0);
      expect(symbolsOf(formula.expression).every((name) => name === 'H' || name === 'I')).toBe(true);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('what is said to be equal or different is so for all values', () => {
  fc.assert(
    fc.property(formulas, formulas, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (a, b, h, i) => {
      const certainty = equals(a.expression, b.expression);
      if (certainty === 'yes') expect(a.value(h, i) + 0).toBe(b.value(h, i) + 0);
      if (certainty === 'no') expect(a.value(h, i) + 0).not.toBe(b.value(h, i) + 0);
    }),
    { seed: 4, numRuns: 500 },
  );
});
