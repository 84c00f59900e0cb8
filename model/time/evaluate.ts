/** The number that an expression has once its symbols have values, in plain floating point: estimates need no more. */
import type { Atom, Expression } from '../expression';

/** NaN where a symbol has no value. */
export function evaluate(expression: Expression, values: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const { coefficient, factors } of expression.terms) {
    let product = coefficient;
    for (const { atom, power } of factors) {
      const value = evaluateAtom(atom, values);
      product *= power === 1 ? value : value ** power;
    }
    sum += product;
  }
  return sum;
}

function evaluateAtom(atom: Atom, values: ReadonlyMap<string, number>): number {
  switch (atom.kind) {
    case 'symbol':
      return values.get(atom.name) ?? Number.NaN;
    case 'floorQuotient':
      return Math.floor(evaluate(atom.numerator, values) / evaluate(atom.denominator, values));
    case 'remainder': {
      const divisor = evaluate(atom.denominator, values);
      const dividend = evaluate(atom.numerator, values);
      return dividend - divisor * Math.floor(dividend / divisor);
    }
    case 'maximum':
      return Math.max(...atom.operands.map((operand) => evaluate(operand, values)));
    case 'minimum':
      return Math.min(...atom.operands.map((operand) => evaluate(operand, values)));
  }
}
