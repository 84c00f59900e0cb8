/** JavaScript's operators over abstract values that no framework defines. */
import type { ArithmeticOperator, ComparisonOperator } from '../../syntax/javascript/ast';
import { applyOperator, compare as comparePython } from '../python/operators';
import { asInteger, asNumber, describe, float, isSame, number, text, unknown, type Value } from '../values';
import { ClassObject, FunctionObject, isNothing, undefinedValue } from './objects';

/** What `String(value)` gives; undefined when it is not known. */
export function plainText(value: Value): string | undefined {
  switch (value.kind) {
    case 'string':
      return value.value;
    case 'none':
      return 'null';
    case 'boolean':
      return String(value.value);
    case 'integer':
    case 'float': {
      const known = asNumber(value);
      return known === undefined ? undefined : String(known);
    }
    case 'list': {
      const parts = value.items.map((item) => (isNothing(item) ? '' : plainText(item)));
      return parts.every((part) => part !== undefined) ? parts.join(',') : undefined;
    }
    default:
      return value === undefinedValue ? 'undefined' : undefined;
  }
}

/** What `Number(value)` gives. */
export function toNumber(value: Value): Value {
  switch (value.kind) {
    case 'integer':
    case 'float':
    case 'quotient':
    case 'unknown':
      return value;
    case 'boolean':
      return number(value.value ? 1 : 0);
    case 'none':
      return number(0);
    case 'string':
      return number(Number(value.value));
    default:
      return value === undefinedValue ? float(Number.NaN) : unknown(`${describe(value)} is not a number`);
  }
}

/** The value of `left operator right`. */
export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value): Value {
  if (operator === '+') {
    const joined = concatenated(left, right);
    if (joined !== undefined) return joined;
  }
  const [a, b] = [toNumber(left), toNumber(right)];
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== undefined && y !== undefined) return number(onNumbers(operator, x, y));
  // Of two sizes the quotient stays exact, for `Math.floor` to round.
  return operator === '>>>' ? unknown('>>> is not followed') : applyOperator(operator, a, b);
}

function concatenated(left: Value, right: Value): Value | undefined {
  const isText = (value: Value): boolean => value.kind === 'string' || value.kind === 'list';
  if (!isText(left) && !isText(right)) return undefined;
  const [a, b] = [plainText(left), plainText(right)];
  if (a === undefined || b === undefined) return unknown('a text that is not all known');
  return a.length + b.length > longestText ? unknown('a text that is too long to follow') : text(a + b);
}

/** Longer than any name or list of characters, so that no program fills the memory. */
export const longestText = 100_000;

function onNumbers(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '**':
      return left ** right;
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '<<':
      return left << right;
    case '>>':
      return left >> right;
    case '>>>':
      return left >>> right;
  }
}

/** Whether `left operator right` holds; undefined when it is not known. */
export function compare(operator: ComparisonOperator, left: Value, right: Value): boolean | undefined {
  switch (operator) {
    case '==':
    case '===':
      return isEqual(left, right, operator === '===');
    case '!=':
    case '!==':
      return negated(isEqual(left, right, operator === '!=='));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparePython(operator, left, right);
    case 'in':
      return right.kind === 'dictionary' ? comparePython('in', left, right) : undefined;
    case 'instanceof':
      return undefined;
  }
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function isEqual(left: Value, right: Value, isStrict: boolean): boolean | undefined {
  if (left.kind === 'unknown' || right.kind === 'unknown') return isSame(left, right) ? true : undefined;
  if (isNothing(left) || isNothing(right)) {
    if (left.kind === 'library' || right.kind === 'library') return undefined;
    return isStrict
      ? left === right || (left.kind === 'none' && right.kind === 'none')
      : isNothing(left) && isNothing(right);
  }
  if (isPrimitive(left) && isPrimitive(right)) {
    if (left.kind === 'string' && right.kind === 'string') return left.value === right.value;
    const isAlike = left.kind === right.kind || (asInteger(left) !== undefined && asInteger(right) !== undefined);
    if (!isAlike && isStrict && typeName(left) !== typeName(right)) return false;
    return comparePython('==', isStrict ? left : toNumber(left), isStrict ? right : toNumber(right));
  }
  if (left === right) return true;
  // Two objects are the same object or they are not; those of libraries may be given out twice.
  return isObject(left) && isObject(right) ? false : undefined;
}

function isPrimitive(value: Value): boolean {
  return ['string', 'boolean', 'integer', 'float', 'quotient'].includes(value.kind);
}

function isObject(value: Value): boolean {
  return value.kind === 'list' || value.kind === 'dictionary' || value.kind === 'set';
}

/** What `typeof value` gives; undefined when it is not known. */
export function typeName(value: Value): string | undefined {
  switch (value.kind) {
    case 'none':
    case 'list':
    case 'dictionary':
    case 'set':
      return 'object';
    case 'boolean':
    case 'string':
      return value.kind;
    case 'integer':
    case 'float':
    case 'quotient':
      return 'number';
    case 'builtin':
      return 'function';
    case 'foreign':
      if (value === undefinedValue) return 'undefined';
      return value instanceof FunctionObject || value instanceof ClassObject ? 'function' : 'object';
    default:
      return undefined;
  }
}
