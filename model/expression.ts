/**
 * Exact symbolic integers: polynomials over named symbols, for tensor dimensions and costs.
 *
 * An expression is plain data in canonical form, so equal polynomials are structurally equal and can cross a process
 * border as JSON. Symbols stand for positive integers (`B`, `T`, `hidden_size`): a dimension or a count.
 */

export interface Expression {
  /** A sum of terms in canonical order; the empty sum is zero. */
  readonly terms: readonly Term[];
}

export interface Term {
  /** A non-zero integer. */
  readonly coefficient: number;
  /** A product of distinct atoms in canonical order; the empty product is one. */
  readonly factors: readonly Factor[];
}

export interface Factor {
  readonly atom: Atom;
  /** A positive integer. */
  readonly power: number;
}

/** What arithmetic cannot take apart: a symbol, or a function that is not polynomial. */
export type Atom =
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'floorQuotient'; readonly numerator: Expression; readonly denominator: Expression }
  | { readonly kind: 'remainder'; readonly numerator: Expression; readonly denominator: Expression }
  | { readonly kind: 'maximum' | 'minimum'; readonly operands: readonly Expression[] };

/** Whether something holds for every value of the symbols, for none, or depends on them. */
export type Certainty = 'yes' | 'no' | 'open';

export const zero: Expression = { terms: [] };
export const one: Expression = constant(1);

/** The integer `value`. Throws a RangeError for anything but a safe integer: a rounded count would be a wrong one. */
export function constant(value: number): Expression {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${value} is not an integer that can be represented exactly`);
  }
  return value === 0 ? { terms: [] } : { terms: [{ coefficient: value, factors: [] }] };
}

export function symbol(name: string): Expression {
  return ofAtom({ kind: 'symbol', name });
}

function ofAtom(atom: Atom): Expression {
  return { terms: [{ coefficient: 1, factors: [{ atom, power: 1 }] }] };
}

/** The number an expression stands for, when it holds no symbol. */
export function integerOf(expression: Expression): number | undefined {
  if (expression.terms.length === 0) return 0;
  const [term] = expression.terms;
  return expression.terms.length === 1 && term !== undefined && term.factors.length === 0
    ? term.coefficient
    : undefined;
}

export function add(...operands: readonly Expression[]): Expression {
  let sum = 0;
  for (const operand of operands) {
    const value = integerOf(operand);
    if (value === undefined) return collect(operands.flatMap(({ terms }) => terms));
    sum = checked(sum + value);
  }
  return constant(sum);
}

export function negate(expression: Expression): Expression {
  return { terms: expression.terms.map((term) => ({ ...term, coefficient: -term.coefficient })) };
}

export function subtract(left: Expression, right: Expression): Expression {
  return add(left, negate(right));
}

export function multiply(...operands: readonly Expression[]): Expression {
  return operands.reduce(multiplyTwo, one);
}

export function scale(expression: Expression, factor: number): Expression {
  return multiplyTwo(expression, constant(factor));
}

/** More terms than any shape or count has; a product of more is refused rather than computed. */
const mostTerms = 4096;

function multiplyTwo(left: Expression, right: Expression): Expression {
  const a = integerOf(left);
  const b = integerOf(right);
  if (a === 0 || b === 0) return zero;
  if (a === 1) return right;
  if (b === 1) return left;
  if (a !== undefined && b !== undefined) return constant(checked(a * b));
  if (left.terms.length * right.terms.length > mostTerms) {
    throw new RangeError('an expression has too many terms to be followed');
  }
  const products: Term[] = [];
  for (const a of left.terms) {
    for (const b of right.terms) {
      products.push({
        coefficient: checked(a.coefficient * b.coefficient),
        factors: mergeFactors(a.factors, b.factors),
      });
    }
  }
  return collect(products);
}

/** `⌊left / right⌋`, as Python's `//`. Undefined for division by the constant zero. */
export function floorDivide(left: Expression, right: Expression): Expression | undefined {
  const divisor = integerOf(right);
  if (divisor === 0) return undefined;
  const dividend = integerOf(left);
  if (dividend !== undefined && divisor !== undefined) return constant(Math.floor(dividend / divisor));
  return divideExactly(left, right) ?? ofAtom({ kind: 'floorQuotient', numerator: left, denominator: right });
}

/** `left mod right` with the sign of the divisor, as Python's `%`. Undefined for a divisor of zero. */
export function remainder(left: Expression, right: Expression): Expression | undefined {
  const divisor = integerOf(right);
  if (divisor === 0) return undefined;
  const dividend = integerOf(left);
  if (dividend !== undefined && divisor !== undefined) {
    return constant(dividend - divisor * Math.floor(dividend / divisor));
  }
  if (divideExactly(left, right) !== undefined) return zero;
  return ofAtom({ kind: 'remainder', numerator: left, denominator: right });
}

/** The quotient when `right` is a single term that divides every term of `left`, undefined otherwise. */
export function divideExactly(left: Expression, right: Expression): Expression | undefined {
  const [divisor] = right.terms;
  if (right.terms.length !== 1 || divisor === undefined) {
    return left.terms.length > 0 && equals(left, right) === 'yes' ? one : undefined;
  }
  const quotients: Term[] = [];
  for (const term of left.terms) {
    if (term.coefficient % divisor.coefficient !== 0) return undefined;
    const factors = new Map(term.factors.map((factor) => [atomKey(factor.atom), factor]));
    for (const { atom, power } of divisor.factors) {
      const key = atomKey(atom);
      const held = factors.get(key);
      if (held === undefined || held.power < power) return undefined;
      if (held.power === power) factors.delete(key);
      else factors.set(key, { atom, power: held.power - power });
    }
    quotients.push({ coefficient: term.coefficient / divisor.coefficient, factors: [...factors.values()] });
  }
  return collect(quotients);
}

export function maximum(...operands: readonly Expression[]): Expression {
  return extreme('maximum', operands);
}

export function minimum(...operands: readonly Expression[]): Expression {
  return extreme('minimum', operands);
}

function extreme(kind: 'maximum' | 'minimum', operands: readonly Expression[]): Expression {
  const wanted = kind === 'maximum' ? 1 : -1;
  const kept: Expression[] = [];
  for (const operand of operands) {
    const rival = kept.findIndex((other) => signOf(subtract(operand, other)) !== undefined);
    const held = kept[rival];
    if (held === undefined) kept.push(operand);
    else if (signOf(subtract(operand, held)) === wanted) kept[rival] = operand;
  }
  const [only] = kept;
  if (kept.length === 1 && only !== undefined) return only;
  return ofAtom({ kind, operands: [...kept].sort((a, b) => compareText(keyOf(a), keyOf(b))) });
}

/** Decides `left == right` where it can be decided for all positive values of the symbols. */
export function equals(left: Expression, right: Expression): Certainty {
  const sign = signOf(subtract(left, right));
  return sign === undefined ? 'open' : sign === 0 ? 'yes' : 'no';
}

/** The sign of an expression where it is the same for all values of the symbols: they are positive. */
function signOf(expression: Expression): -1 | 0 | 1 | undefined {
  if (expression.terms.length === 0) return 0;
  const symbolsOnly = expression.terms.every(({ factors }) => factors.every(({ atom }) => atom.kind === 'symbol'));
  if (!symbolsOnly) return undefined;
  if (expression.terms.every(({ coefficient }) => coefficient > 0)) return 1;
  return expression.terms.every(({ coefficient }) => coefficient < 0) ? -1 : undefined;
}

/** Every symbol named in the expression, in order of name. */
export function symbolsOf(expression: Expression): string[] {
  const names = new Set<string>();
  const visit = (inner: Expression): void => {
    for (const term of inner.terms) {
      for (const { atom } of term.factors) {
        if (atom.kind === 'symbol') names.add(atom.name);
        else operandsOf(atom).forEach(visit);
      }
    }
  };
  visit(expression);
  return [...names].sort(compareText);
}

/** The expression with some symbols replaced. Undefined where the replacement divides by zero. */
export function substitute(
  expression: Expression,
  replacements: ReadonlyMap<string, Expression>,
): Expression | undefined {
  let sum: Expression = zero;
  for (const term of expression.terms) {
    let product: Expression = constant(term.coefficient);
    for (const { atom, power } of term.factors) {
      const replaced = substituteAtom(atom, replacements);
      if (replaced === undefined) return undefined;
      for (let count = 0; count < power; count++) product = multiplyTwo(product, replaced);
    }
    sum = add(sum, product);
  }
  return sum;
}

function substituteAtom(atom: Atom, replacements: ReadonlyMap<string, Expression>): Expression | undefined {
  if (atom.kind === 'symbol') return replacements.get(atom.name) ?? ofAtom(atom);
  const operands = operandsOf(atom).map((operand) => substitute(operand, replacements));
  const known = operands.filter((operand): operand is Expression => operand !== undefined);
  const [first, second] = known;
  if (known.length !== operands.length || first === undefined) return undefined;
  switch (atom.kind) {
    case 'floorQuotient':
      return second && floorDivide(first, second);
    case 'remainder':
      return second && remainder(first, second);
    case 'maximum':
    case 'minimum':
      return extreme(atom.kind, known);
  }
}

function operandsOf(atom: Exclude<Atom, { kind: 'symbol' }>): readonly Expression[] {
  return atom.kind === 'floorQuotient' || atom.kind === 'remainder'
    ? [atom.numerator, atom.denominator]
    : atom.operands;
}

/**
 * The expression as a person would write it: `4·hidden_size² + 12,288·T + 3`.
 * Numbers have thousands separators, as everywhere in the interface.
 */
export function format(expression: Expression): string {
  if (expression.terms.length === 0) return '0';
  return expression.terms
    .map((term, index) => {
      const magnitude = Math.abs(term.coefficient);
      const factors = term.factors.map(({ atom, power }) => formatAtom(atom) + superscript(power));
      const body = [...(magnitude !== 1 || factors.length === 0 ? [formatInteger(magnitude)] : []), ...factors].join(
        '·',
      );
      if (index === 0) return term.coefficient < 0 ? `−${body}` : body;
      return `${term.coefficient < 0 ? '−' : '+'} ${body}`;
    })
    .join(' ');
}

/** Rounded, in groups of three. By hand, because setting up a format of `Intl` takes longer than to read a model. */
export function formatInteger(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = BigInt(Math.round(Math.abs(value))).toString();
  const sign = value < 0 && digits !== '0' ? '-' : '';
  return sign + digits.replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function formatAtom(atom: Atom): string {
  switch (atom.kind) {
    case 'symbol':
      return atom.name;
    case 'floorQuotient':
      return `⌊${formatOperand(atom.numerator)}/${formatOperand(atom.denominator)}⌋`;
    case 'remainder':
      return `(${formatOperand(atom.numerator)} mod ${formatOperand(atom.denominator)})`;
    case 'maximum':
      return `max(${atom.operands.map(format).join(', ')})`;
    case 'minimum':
      return `min(${atom.operands.map(format).join(', ')})`;
  }
}

function formatOperand(expression: Expression): string {
  return expression.terms.length > 1 ? `(${format(expression)})` : format(expression);
}

function superscript(power: number): string {
  if (power === 1) return '';
  return [...String(power)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('');
}

/** Adds up terms with the same factors and puts them in canonical order: highest degree first, constants last. */
function collect(terms: readonly Term[]): Expression {
  if (terms.length < 2) return { terms };
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const key = productKey(term.factors);
    const held = sums.get(key);
    sums.set(key, held ? { ...held, coefficient: checked(held.coefficient + term.coefficient) } : term);
  }
  const entries = [...sums.entries()].filter(([, term]) => term.coefficient !== 0);
  entries.sort(([keyA, a], [keyB, b]) => degreeOf(b) - degreeOf(a) || compareText(keyA, keyB));
  return { terms: entries.map(([, term]) => term) };
}

function mergeFactors(left: readonly Factor[], right: readonly Factor[]): readonly Factor[] {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  const powers = new Map<string, Factor>();
  for (const factor of [...left, ...right]) {
    const key = atomKey(factor.atom);
    const held = powers.get(key);
    powers.set(key, held ? { atom: held.atom, power: held.power + factor.power } : factor);
  }
  return [...powers.entries()].sort(([a], [b]) => compareText(a, b)).map(([, factor]) => factor);
}

function checked(value: number): number {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError('a count is too large to be represented exactly');
  }
  return value;
}

function degreeOf(term: Term): number {
  return term.factors.reduce((degree, factor) => degree + factor.power, 0);
}

function keyOf(expression: Expression): string {
  return expression.terms.map((term) => `${term.coefficient}*${productKey(term.factors)}`).join('+');
}

function productKey(factors: readonly Factor[]): string {
  return factors.map((factor) => `${atomKey(factor.atom)}^${factor.power}`).join('*');
}

function atomKey(atom: Atom): string {
  return atom.kind === 'symbol' ? atom.name : `${atom.kind}(${operandsOf(atom).map(keyOf).join(',')})`;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
