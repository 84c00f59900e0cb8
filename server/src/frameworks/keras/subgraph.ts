/** The part of a record that lies between the inputs and the outputs of a functional model. */
import { type Expression, format, substitute, symbolsOf } from '../../../../model/expression';
import type { Quantity, Shape, TensorType, ValueReference } from '../../../../model/graph';
import { known, unknown as unknownQuantity } from '../../../../model/graph';
import { isSameSize } from '../shapes';
import type { FlowRecorder, RecordedNode, TensorValue } from '../tensor';
import { axesOf } from './describe';

export interface Subgraph {
  /** In order of execution, with references among themselves. */
  readonly nodes: readonly RecordedNode[];
  /** The recorder's own nodes, in the same order. */
  readonly recorded: readonly RecordedNode[];
  readonly inputs: readonly ValueReference[];
  readonly outputs: readonly ValueReference[];
}

/** The nodes that lie between inputs and outputs, renumbered in their order. */
export function between(
  recorder: FlowRecorder,
  inputs: readonly TensorValue[],
  outputs: readonly TensorValue[],
): Subgraph {
  const ends = new Set(inputs.map((input) => input.reference?.node));
  const needed = new Set<number>();
  const pending = outputs.map((output) => output.reference?.node);
  for (let id = pending.pop(); pending.length > 0 || id !== undefined; id = pending.pop()) {
    if (id === undefined || needed.has(id)) continue;
    needed.add(id);
    if (!ends.has(id)) pending.push(...(recorder.nodes[id]?.inputs.map((input) => input.node) ?? []));
  }
  const order = [...needed].sort((a, b) => a - b);
  const renumbered = new Map(order.map((id, position) => [id, position]));
  const moved = (reference: ValueReference | null): ValueReference[] => {
    const node = reference === null ? undefined : renumbered.get(reference.node);
    return reference === null || node === undefined ? [] : [{ ...reference, node }];
  };
  const recorded = order.flatMap((id) => recorder.nodes[id] ?? []);
  return {
    recorded,
    nodes: recorded.map((node) => ({ ...node, inputs: node.inputs.flatMap(moved) })),
    inputs: inputs.flatMap((input) => moved(input.reference)),
    outputs: outputs.flatMap((output) => moved(output.reference)),
  };
}

/** Gives the sizes of one set of inputs for those of another, in whatever was computed from the first. */
export class Resizing {
  private readonly sizes = new Map<string, Expression>();
  private readonly open = new Set<string>();

  /** The symbols of `from` stand for the sizes of `to` at the same place. */
  add(from: TensorType, to: TensorType): void {
    const [old, fresh] = [axesOf(from), axesOf(to)];
    old?.forEach((axis, position) => {
      const size = fresh?.[position];
      if (axis.kind === 'unknown') return;
      for (const name of symbolsOf(axis.value)) {
        const held = this.sizes.get(name);
        const isLone = format(axis.value) === name;
        if (size?.kind !== 'known' || !isLone) this.open.add(name);
        else if (held !== undefined && !isSameSize(known(held), size)) this.open.add(name);
        else this.sizes.set(name, size.value);
      }
    });
  }

  apply(type: TensorType): TensorType {
    const { shape } = type;
    const resized: Shape =
      shape.kind === 'known'
        ? { kind: 'known', axes: shape.axes.map((axis) => this.size(axis)) }
        : shape.last === undefined
          ? shape
          : { ...shape, last: this.size(shape.last) };
    return { ...type, shape: resized };
  }

  private size(size: Quantity): Quantity {
    if (size.kind === 'unknown') return size;
    const names = symbolsOf(size.value);
    if (names.some((name) => this.open.has(name))) return unknownQuantity('a size that two inputs share here only');
    if (names.every((name) => !this.sizes.has(name))) return size;
    const value = substitute(size.value, this.sizes);
    return value === undefined ? unknownQuantity('a size that cannot be worked out') : known(value);
  }
}
