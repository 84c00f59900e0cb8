/** Arithmetic on quantities: what depends on an unknown is unknown for the same reason, and so is what grows too large. */
import { add, constant, type Expression, multiply } from '../expression';
import { known, type Quantity, unknown } from '../graph';

/** Applies `compute` where every operand is known. */
export function combine(
  operands: readonly Quantity[],
  compute: (values: readonly Expression[]) => Expression,
): Quantity {
  const values: Expression[] = [];
  for (const operand of operands) {
    if (operand.kind === 'unknown') return operand;
    values.push(operand.value);
  }
  try {
    return known(compute(values));
  } catch (error) {
    if (error instanceof RangeError) return unknown(error.message);
    throw error;
  }
}

export function integer(value: number): Quantity {
  return combine([], () => constant(value));
}

export function sum(...operands: readonly Quantity[]): Quantity {
  return combine(operands, (values) => add(...values));
}

export function product(...operands: readonly Quantity[]): Quantity {
  return combine(operands, (values) => multiply(...values));
}

export function times(factor: number, ...operands: readonly Quantity[]): Quantity {
  return product(integer(factor), ...operands);
}
