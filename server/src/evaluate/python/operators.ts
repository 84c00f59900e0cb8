/** Python's operators over abstract values that no framework defines. */
import {
  add,
  constant,
  type Expression,
  equals,
  floorDivide,
  integerOf,
  maximum,
  minimum,
  multiply,
  negate,
  remainder,
  subtract,
} from '../../../../model/expression';
import type { ArithmeticOperator, ComparisonOperator } from '../../syntax/python/ast';
import {
  asInteger,
  asNumber,
  boolean,
  describe,
  float,
  integer,
  isEnumeration,
  isSame,
  keyOf,
  list,
  mappingOf,
  type SequenceValue,
  text,
  tuple,
  unknown,
  type Value,
} from '../values';

/** Sequences longer than any list of layers, so that no program fills the memory. */
const longestSequence = 10_000;

/** The value of `left operator right`. */
export function applyOperator(operator: ArithmeticOperator, left: Value, right: Value): Value {
  return (
    onIntegers(operator, left, right) ??
    onFloats(operator, left, right) ??
    onSequences(operator, left, right) ??
    unknown(
      left.kind === 'unknown'
        ? left.because
        : right.kind === 'unknown'
          ? right.because
          : `${describe(left)} ${operator} ${describe(right)} is not followed`,
    )
  );
}

function onIntegers(operator: ArithmeticOperator, leftValue: Value, rightValue: Value): Value | undefined {
  const left = asOperand(leftValue);
  const right = asOperand(rightValue);
  if (left === undefined || right === undefined) return undefined;
  try {
    return arithmetic(operator, left, right);
  } catch (error) {
    if (error instanceof RangeError) return unknown(error.message);
    throw error;
  }
}

function arithmetic(operator: ArithmeticOperator, left: Expression, right: Expression): Value | undefined {
  switch (operator) {
    case '+':
      return integer(add(left, right));
    case '-':
      return integer(subtract(left, right));
    case '*':
      return integer(multiply(left, right));
    case '//': {
      const quotient = floorDivide(left, right);
      return quotient ? integer(quotient) : unknown('division by zero');
    }
    case '%': {
      const rest = remainder(left, right);
      return rest ? integer(rest) : unknown('division by zero');
    }
    case '/': {
      const dividend = integerOf(left);
      const divisor = integerOf(right);
      if (divisor === 0) return unknown('division by zero');
      if (dividend !== undefined && divisor !== undefined) return float(dividend / divisor);
      return { kind: 'quotient', numerator: left, denominator: right };
    }
    case '**':
      return power(left, right);
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>':
      return bitwise(operator, integerOf(left), integerOf(right));
    case '@':
      return undefined;
  }
}

/** Booleans count as integers in arithmetic. */
function asOperand(value: Value): Expression | undefined {
  return value.kind === 'boolean' ? constant(value.value ? 1 : 0) : asInteger(value);
}

function power(base: Expression, exponent: Expression): Value | undefined {
  const times = integerOf(exponent);
  if (times === undefined) return undefined;
  const whole = integerOf(base);
  if (whole !== undefined) {
    // `constant` refuses what is too large to be exact.
    return times >= 0 ? integer(constant(whole ** times)) : float(whole ** times);
  }
  if (times < 0 || times > 8) return undefined;
  return integer(multiply(...Array.from({ length: times }, () => base)));
}

function bitwise(
  operator: '&' | '|' | '^' | '<<' | '>>',
  left: number | undefined,
  right: number | undefined,
): Value | undefined {
  if (left === undefined || right === undefined || left < 0 || right < 0 || right > 2 ** 31) return undefined;
  const [a, b] = [BigInt(left), BigInt(right)];
  if (operator === '<<' && right > 52) return undefined;
  const result =
    operator === '&'
      ? a & b
      : operator === '|'
        ? a | b
        : operator === '^'
          ? a ^ b
          : operator === '<<'
            ? a << b
            : a >> b;
  return Number.isSafeInteger(Number(result)) ? integer(constant(Number(result))) : undefined;
}

function onFloats(operator: ArithmeticOperator, leftValue: Value, rightValue: Value): Value | undefined {
  if (leftValue.kind === 'quotient' && rightValue.kind === 'integer' && (operator === '*' || operator === '/')) {
    const { numerator, denominator } = leftValue;
    return operator === '*'
      ? { kind: 'quotient', numerator: multiply(numerator, rightValue.value), denominator }
      : { kind: 'quotient', numerator, denominator: multiply(denominator, rightValue.value) };
  }
  const left = asNumber(leftValue);
  const right = asNumber(rightValue);
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case '+':
      return float(left + right);
    case '-':
      return float(left - right);
    case '*':
      return float(left * right);
    case '/':
      return right === 0 ? unknown('division by zero') : float(left / right);
    case '//':
      return right === 0 ? unknown('division by zero') : float(Math.floor(left / right));
    case '%':
      return right === 0 ? unknown('division by zero') : float(left - right * Math.floor(left / right));
    case '**':
      return float(left ** right);
    default:
      return undefined;
  }
}

function onSequences(operator: ArithmeticOperator, left: Value, right: Value): Value | undefined {
  if (operator === '%' && left.kind === 'string') return undefined;
  if (operator === '+') {
    if (left.kind === 'string' && right.kind === 'string') return text(left.value + right.value);
    const items = joinedItems(left, right);
    if (items !== undefined) return left.kind === 'list' ? list(items) : tuple(items);
  }
  if (operator === '*') {
    const [sequence, count] = left.kind === 'integer' ? [right, asNumber(left)] : [left, asNumber(right)];
    if (count === undefined || count < 0) return undefined;
    if (sequence.kind === 'string' && sequence.value.length * count <= longestSequence) {
      return text(sequence.value.repeat(count));
    }
    if ((sequence.kind === 'list' || sequence.kind === 'tuple') && sequence.items.length * count <= longestSequence) {
      const items = Array.from({ length: count }, () => sequence.items).flat();
      return sequence.kind === 'list' ? list(items) : tuple(items);
    }
  }
  return undefined;
}

function joinedItems(left: Value, right: Value): readonly Value[] | undefined {
  if (left.kind !== right.kind || (left.kind !== 'list' && left.kind !== 'tuple')) return undefined;
  if (right.kind !== 'list' && right.kind !== 'tuple') return undefined;
  return left.items.length + right.items.length > longestSequence ? undefined : [...left.items, ...right.items];
}

export function negative(value: Value): Value {
  if (value.kind === 'float') return float(-value.value);
  const whole = asOperand(value);
  if (whole !== undefined) return integer(negate(whole));
  return unknown(value.kind === 'unknown' ? value.because : `−${describe(value)} is not followed`);
}

/** Whether `left operator right` holds; undefined when it is not known. */
export function compare(operator: ComparisonOperator, left: Value, right: Value): boolean | undefined {
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return negated(isEqual(left, right));
    case 'is':
      return isIdentical(left, right);
    case 'is not':
      return negated(isIdentical(left, right));
    case 'in':
      return isIn(left, right);
    case 'not in':
      return negated(isIn(left, right));
    case '<':
      return isLess(left, right);
    case '>':
      return isLess(right, left);
    case '<=':
      return negated(isLess(right, left));
    case '>=':
      return negated(isLess(left, right));
  }
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function isEqual(left: Value, right: Value): boolean | undefined {
  if (left.kind === 'unknown' || right.kind === 'unknown') return isSame(left, right) ? true : undefined;
  const [whole, other] = [asOperand(left), asOperand(right)];
  if (whole !== undefined && other !== undefined) {
    const certainty = equals(whole, other);
    return certainty === 'open' ? undefined : certainty === 'yes';
  }
  if ((left.kind === 'tuple' || left.kind === 'list') && right.kind === left.kind) {
    if (left.items.length !== right.items.length) return false;
    const parts = left.items.map((item, index) => {
      const counterpart = right.items[index];
      return counterpart === undefined ? false : isEqual(item, counterpart);
    });
    return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
  }
  if (left.kind === 'instance' && right.kind === 'instance' && isEnumeration(left.class)) return left === right;
  if (left.kind === 'foreign' || right.kind === 'foreign') {
    if (left === right) return true;
    // Modules are equal to themselves alone; what comparing tensors gives depends on their data.
    const areModules = isObject(left) && isObject(right) && !(isTensor(left) || isTensor(right));
    return areModules ? false : undefined;
  }
  const [leftKey, rightKey] = [keyOf(left), keyOf(right)];
  if (leftKey === undefined || rightKey === undefined) return left === right ? true : undefined;
  if (left.kind === 'library' || right.kind === 'library') return leftKey === rightKey ? true : undefined;
  return leftKey === rightKey;
}

/** `is` is asked of None, True, False and classes; whatever is known to be of another kind is not None. */
function isIdentical(left: Value, right: Value): boolean | undefined {
  if (left.kind === 'unknown' || right.kind === 'unknown') return undefined;
  if (left.kind === 'none' || right.kind === 'none') return left.kind === right.kind;
  if (isObject(left) && isObject(right)) return left === right;
  return isEqual(left, right);
}

function isTensor(value: Value): boolean {
  return value.kind === 'foreign' && (value.description === 'tensor' || value.isTrainedArray === true);
}

/** Modules, arrays and instances: each is one object here, however it is reached. */
function isObject(value: Value): boolean {
  if (value.kind === 'foreign') return value.libraryClass !== undefined || value.isTrainedArray === true;
  return value.kind === 'instance';
}

function isIn(needle: Value, haystack: Value): boolean | undefined {
  if (haystack.kind === 'string' && needle.kind === 'string') return haystack.value.includes(needle.value);
  const mapping = mappingOf(haystack);
  if (mapping !== undefined) {
    const key = keyOf(needle);
    if (key === undefined || needle.kind === 'unknown') return undefined;
    if (mapping.entries.has(key)) return true;
    return mapping.isOpen.value ? undefined : false;
  }
  const items =
    haystack.kind === 'list' || haystack.kind === 'tuple' || haystack.kind === 'set'
      ? haystack.items
      : haystack.kind === 'foreign'
        ? haystack.items?.()
        : undefined;
  if (items === undefined) return undefined;
  const answers = items.map((item) => isEqual(needle, item));
  if (answers.includes(true)) return true;
  const mayHoldMore = 'items' in haystack && haystack.kind !== 'foreign' && haystack.isOpen === true;
  return mayHoldMore || answers.includes(undefined) ? undefined : false;
}

function isLess(left: Value, right: Value): boolean | undefined {
  // An unknown that becomes a symbol only when it is used as a size may still be zero here (`dropout > 0`).
  if (left.kind === 'unknown' || right.kind === 'unknown') return undefined;
  const [whole, other] = [asOperand(left), asOperand(right)];
  if (whole !== undefined && other !== undefined) return isLessExpression(whole, other);
  const [a, b] = [asNumber(left), asNumber(right)];
  if (a !== undefined && b !== undefined) return a < b;
  if (left.kind === 'string' && right.kind === 'string') return left.value < right.value;
  if ((left.kind === 'tuple' || left.kind === 'list') && right.kind === left.kind) return isLessInOrder(left, right);
  return undefined;
}

/** Sequences are compared by the first items that differ, and by their lengths where none does. */
function isLessInOrder(left: SequenceValue, right: SequenceValue): boolean | undefined {
  if (left.isOpen || right.isOpen) return undefined;
  for (const [position, item] of left.items.entries()) {
    const other = right.items[position];
    if (other === undefined) return false;
    const isSameItem = isEqual(item, other);
    if (isSameItem === undefined) return undefined;
    if (!isSameItem) return isLess(item, other);
  }
  return left.items.length < right.items.length;
}

/** Symbols are at least one, which decides `hidden_size > 0` and `0 < layers`. */
function isLessExpression(left: Expression, right: Expression): boolean | undefined {
  const difference = subtract(right, left);
  const exact = integerOf(difference);
  if (exact !== undefined) return exact > 0;
  const isPlain = difference.terms.every((term) => term.factors.every(({ atom }) => atom.kind === 'symbol'));
  if (!isPlain) return undefined;
  const constantTerm = difference.terms.find((term) => term.factors.length === 0)?.coefficient ?? 0;
  const others = difference.terms.filter((term) => term.factors.length > 0).map((term) => term.coefficient);
  const total = others.reduce((sum, coefficient) => sum + coefficient, 0);
  if (others.every((coefficient) => coefficient > 0) && total + constantTerm > 0) return true;
  if (others.every((coefficient) => coefficient < 0) && total + constantTerm <= 0) return false;
  return undefined;
}

/** Python's `int(x)`: exact for integers, and for quotients of positive integers, which it rounds down. */
export function toInteger(value: Value): Value {
  switch (value.kind) {
    case 'boolean':
      return integer(constant(value.value ? 1 : 0));
    case 'integer':
      return value;
    case 'float':
      return Number.isFinite(value.value) ? integer(constant(Math.trunc(value.value))) : unknown('not a finite number');
    case 'quotient': {
      const quotient = floorDivide(value.numerator, value.denominator);
      return quotient ? integer(quotient) : unknown('division by zero');
    }
    case 'string': {
      const number = Number(value.value);
      return Number.isSafeInteger(number) && value.value.trim() !== ''
        ? integer(constant(number))
        : unknown(`${describe(value)} is not an integer`);
    }
    case 'unknown':
      return value;
    default: {
      const whole = asInteger(value);
      return whole === undefined ? unknown(`${describe(value)} is not a number`) : integer(whole);
    }
  }
}

/** `max` or `min` of values; exact for integers, symbolic ones included. */
export function extreme(kind: 'max' | 'min', values: readonly Value[]): Value {
  const wholes = values.map(asOperand).filter((whole): whole is Expression => whole !== undefined);
  if (wholes.length === values.length && wholes.length > 0) {
    return integer(kind === 'max' ? maximum(...wholes) : minimum(...wholes));
  }
  const numbers = values.map(asNumber).filter((number): number is number => number !== undefined);
  if (numbers.length === values.length && numbers.length > 0) {
    return float(kind === 'max' ? Math.max(...numbers) : Math.min(...numbers));
  }
  return unknown(`${kind} of values that are not all known`);
}

export function fromTruth(value: boolean | undefined, because: string): Value {
  return value === undefined ? unknown(because) : boolean(value);
}
