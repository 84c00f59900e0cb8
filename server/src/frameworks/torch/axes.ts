/** Names for the axes that a model's inputs must have, found from the layers they reach. */
import { type Expression, equals } from '../../../../model/expression';
import { batchMeaning, known, type Quantity, type TensorType, timeMeaning } from '../../../../model/graph';
import type { CallSite } from '../../evaluate/values';
import { openAxis, type Placeholder, type TensorValue } from '../tensor';
import type { TorchTrace } from './trace';

export type AxisRole = 'batch' | 'time' | Quantity;

/** The symbol for an axis: `B` for every batch, `T` for the first sequence and `T_name` for others. */
export function axisSymbol(
  trace: TorchTrace,
  role: 'batch' | 'time',
  placeholder: Placeholder | null,
  site: CallSite,
): Quantity {
  const name = axisName(trace, role, placeholder);
  return known(site.machine.symbol({ name, meaning: role === 'batch' ? batchMeaning : timeMeaning }));
}

function axisName(trace: TorchTrace, role: 'batch' | 'time', placeholder: Placeholder | null): string {
  if (role === 'batch') return 'B';
  const [first] = trace.recorder.placeholders.filter((candidate) => candidate.type.shape.kind === 'known');
  return placeholder === null || first === undefined || first === placeholder ? 'T' : `T_${placeholder.name}`;
}

/**
 * The tensor, knowing that the layer it is given to needs these axes. An input of the trace of which nothing is known takes
 * them; axes that are only named so far take what the layer needs of them.
 */
export function expectAxes(
  trace: TorchTrace,
  tensor: TensorValue,
  roles: readonly AxisRole[],
  site: CallSite,
  element: TensorType['element'] = 'float',
): TensorValue {
  const { placeholder } = tensor;
  const sizeOf = (role: AxisRole): Quantity =>
    typeof role === 'string' ? axisSymbol(trace, role, placeholder, site) : role;
  if (tensor.axes === undefined) {
    if (placeholder === null) return tensor;
    const type: TensorType = { shape: { kind: 'known', axes: roles.map(sizeOf) }, element };
    return revise(tensor, placeholder, type);
  }
  if (tensor.axes.length === roles.length) {
    tensor.axes.forEach((axis, position) => {
      const role = roles[position];
      const name = openAxisName(trace, axis);
      if (role === undefined || name === undefined || trace.recorder.axes.has(name)) return;
      const size = sizeOf(role);
      if (size.kind === 'known' && !isTaken(trace, name, size.value)) trace.recorder.axes.set(name, size.value);
    });
  }
  return tensor;
}

/** Whether another axis of the same input has the name already: two axes of one tensor are not equal for all that is known. */
function isTaken({ recorder }: TorchTrace, name: string, size: Expression): boolean {
  const input = name.slice(0, name.indexOf('.shape['));
  const named = [...recorder.axes].filter(([other]) => other !== name && other.startsWith(`${input}.shape[`));
  const shape = recorder.placeholders.find((placeholder) => placeholder.name === input)?.type.shape;
  const held = shape?.kind === 'known' ? shape.axes.flatMap((axis) => (axis.kind === 'known' ? [axis.value] : [])) : [];
  return [...named.map(([, value]) => value), ...held].some((other) => equals(other, size) === 'yes');
}

/** Gives an input of which nothing is known a number of axes, each named after the input. */
export function expectRank(tensor: TensorValue, rank: number, element: TensorType['element'] = 'unknown'): TensorValue {
  const { placeholder } = tensor;
  if (placeholder === null || tensor.axes !== undefined) return tensor;
  const axes = Array.from({ length: rank }, (_, position) => openAxis(placeholder.name, position));
  return revise(tensor, placeholder, { shape: { kind: 'known', axes }, element });
}

function revise(tensor: TensorValue, placeholder: Placeholder, type: TensorType): TensorValue {
  if (placeholder.type.shape.kind === 'unknown') {
    placeholder.type = type;
    placeholder.isRevised = true;
  }
  return tensor.withType(placeholder.type);
}

/** The name of an axis that is nothing but a placeholder's. */
function openAxisName(trace: TorchTrace, axis: Quantity): string | undefined {
  if (axis.kind === 'unknown') return undefined;
  const [term] = axis.value.terms;
  const [factor] = term?.factors ?? [];
  if (axis.value.terms.length !== 1 || term?.coefficient !== 1 || term.factors.length !== 1) return undefined;
  if (factor?.atom.kind !== 'symbol' || factor.power !== 1) return undefined;
  const { name } = factor.atom;
  return trace.recorder.placeholders.some((placeholder) => name.startsWith(`${placeholder.name}.shape[`))
    ? name
    : undefined;
}
