/** Module `math`, and NumPy's functions of the same meaning: exact for sizes where the result is a size. */
import { add, constant, floorDivide, integerOf, multiply } from '../../../../model/expression';
import { toInteger } from '../../evaluate/python/operators';
import { asInteger, asNumber, type CallSite, float, integer, type Value } from '../../evaluate/values';

type Meaning = (argumentsGiven: readonly Value[], site: CallSite) => Value | undefined;

const rounded =
  (round: (value: number) => number): Meaning =>
  ([value]) => {
    if (value?.kind === 'integer') return value;
    const number = asNumber(value);
    return number === undefined ? undefined : whole(round(number));
  };

const real =
  (meaning: (...values: number[]) => number): Meaning =>
  (values) => {
    const numbers = values.map((value) => (value.kind === 'boolean' ? Number(value.value) : asNumber(value)));
    if (numbers.length === 0 || !numbers.every((number) => number !== undefined)) return undefined;
    const result = meaning(...numbers);
    // Python raises where JavaScript gives NaN or infinity.
    return Number.isFinite(result) ? float(result) : undefined;
  };

const counted =
  (meaning: (...values: number[]) => number): Meaning =>
  (values) => {
    const numbers = values.map((value) => {
      const size = value.kind === 'integer' ? integerOf(value.value) : undefined;
      return size !== undefined && size >= 0 ? size : undefined;
    });
    if (numbers.length === 0 || !numbers.every((number) => number !== undefined)) return undefined;
    return whole(meaning(...numbers));
  };

function whole(value: number): Value | undefined {
  return Number.isSafeInteger(value) ? integer(constant(value)) : undefined;
}

/** Rounded up: for positive sizes ⌈a/b⌉ is ⌊(a + b − 1)/b⌋. */
const ceiling: Meaning = (given, site) => {
  const [value] = given;
  if (value?.kind !== 'quotient') return rounded(Math.ceil)(given, site);
  const quotient = floorDivide(add(value.numerator, value.denominator, constant(-1)), value.denominator);
  return quotient && integer(quotient);
};

const floor: Meaning = (given, site) => {
  const [value] = given;
  return value?.kind === 'quotient' ? toInteger(value) : rounded(Math.floor)(given, site);
};

const product: Meaning = ([value], site) => {
  const items = value === undefined ? undefined : site.machine.itemsOf(value);
  const sizes = items?.map(asInteger).filter((size) => size !== undefined);
  if (sizes !== undefined && sizes.length === items?.length) return integer(multiply(...sizes));
  const numbers = items?.map(asNumber);
  return numbers?.every((number) => number !== undefined)
    ? float(numbers.reduce((total, number) => total * number, 1))
    : undefined;
};

function greatestDivisor(...values: number[]): number {
  return values.reduce((left, right) => {
    let [a, b] = [left, right];
    while (b !== 0) [a, b] = [b, a % b];
    return a;
  }, 0);
}

function leastMultiple(...values: number[]): number {
  return values.reduce(
    (left, right) => (left === 0 || right === 0 ? 0 : (left / greatestDivisor(left, right)) * right),
    1,
  );
}

function squareRoot(value: number): number {
  const root = Math.floor(Math.sqrt(value));
  return root * root > value ? root - 1 : root;
}

function combinations(all: number, chosen: number): number {
  let result = 1;
  for (let index = 1; index <= chosen; index++) result = (result * (all - chosen + index)) / index;
  return chosen > all ? 0 : Math.round(result);
}

function factorial(value: number): number {
  let result = 1;
  for (let factor = 2; factor <= Math.min(value, 30); factor++) result *= factor;
  return result;
}

/** How many arguments each takes at most, and what it gives. */
const meanings: Readonly<Record<string, readonly [most: number, Meaning]>> = {
  'math.ceil': [1, ceiling],
  'math.floor': [1, floor],
  'math.trunc': [1, floor],
  'math.sqrt': [1, real(Math.sqrt)],
  // A quotient of logarithms may fall on either side of a whole number: another base is not followed.
  'math.log': [1, real(Math.log)],
  'math.log2': [1, real(Math.log2)],
  'math.exp': [1, real(Math.exp)],
  'math.pow': [2, real((base, exponent = Number.NaN) => base ** exponent)],
  'math.fabs': [1, real(Math.abs)],
  'math.gcd': [8, counted(greatestDivisor)],
  'math.lcm': [8, counted(leastMultiple)],
  'math.isqrt': [1, counted(squareRoot)],
  'math.comb': [2, counted((all, chosen = Number.NaN) => combinations(all, chosen))],
  'math.factorial': [1, counted(factorial)],
  'math.prod': [1, product],
  'numpy.prod': [1, product],
  'numpy.sqrt': [1, real(Math.sqrt)],
  'numpy.log2': [1, real(Math.log2)],
};

/** Undefined for functions and arguments that are not followed. */
export function mathematics(path: string, given: readonly Value[], site: CallSite): Value | undefined {
  const [most, meaning] = (isMathematics(path) ? meanings[path] : undefined) ?? [];
  return meaning === undefined || most === undefined || given.length > most ? undefined : meaning(given, site);
}

export function isMathematics(path: string): boolean {
  return Object.hasOwn(meanings, path);
}
