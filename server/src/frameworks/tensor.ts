/**
 * Symbolic tensors and the record of what is done with them.
 *
 * Running a model's own code on these, instead of numbers, gives its flow: which layer is applied to what, in which order,
 * with which shapes.
 */

import { constant, type Expression, integerOf, symbol } from '../../../model/expression';
import {
  type FlowNode,
  type FlowOperation,
  type FunctionDetails,
  type IndexStep,
  known,
  type OwnArray,
  type Quantity,
  type Shape,
  type SourceLocation,
  type TensorType,
  unknown as unknownQuantity,
} from '../../../model/graph';
import { asNumber, type CallSite, type ForeignValue, tuple, unknown, type Value } from '../evaluate/values';
import { fromQuantity, sizeOf } from './arguments';
import type { LayerValue } from './layer';
import { axisPosition, broadcast, broadcastShapes, difference, isSameSize, shapeOf, unknownTensor } from './shapes';

/** A flow node before layers have paths. */
export interface RecordedNode {
  readonly operation:
    | Exclude<FlowOperation, { kind: 'layer' }>
    | { readonly kind: 'layer'; readonly layer: LayerValue };
  readonly inputs: FlowNode['inputs'];
  readonly outputs: readonly TensorType[];
  readonly location: SourceLocation;
  readonly isConditional?: true;
  readonly initialStates?: readonly TensorType[];
  readonly told?: readonly string[];
  readonly arrays?: readonly OwnArray[];
}

/** What is known of an argument of `forward` before and while it is traced. */
export interface Placeholder {
  readonly name: string;
  /** Found by what the code does with it; the next trace starts from it. */
  type: TensorType;
  /** Set when this trace learnt something that the trace should have known from the start. */
  isRevised: boolean;
}

/** What a framework's tensors can do besides what all tensors can. */
export interface TensorDialect {
  attribute(tensor: TensorValue, name: string, site: CallSite): Value | undefined;
}

/** The record of one trace: every operation in order of execution. */
export class FlowRecorder {
  readonly nodes: RecordedNode[] = [];
  /** Sizes that the trace found for axes it had only named. */
  readonly axes = new Map<string, Expression>();
  private readonly arrayNumbers = new Map<TensorValue, number>();

  constructor(
    private readonly dialect: TensorDialect,
    readonly placeholders: readonly Placeholder[] = [],
  ) {}

  record(
    operation: RecordedNode['operation'],
    inputs: readonly TensorValue[],
    outputs: readonly TensorType[],
    location: SourceLocation,
    isConditional = false,
    initialStates: readonly TensorType[] = [],
    told: readonly string[] = [],
  ): readonly TensorValue[] {
    const node = this.nodes.length;
    const arrays = operation.kind === 'function' ? inputs.flatMap((input) => this.ownArray(input)) : [];
    this.nodes.push({
      operation,
      inputs: inputs.flatMap((input) => (input.recorder === this && input.reference !== null ? [input.reference] : [])),
      outputs,
      location,
      ...(isConditional ? { isConditional } : {}),
      ...(initialStates.length > 0 ? { initialStates } : {}),
      ...(told.length > 0 ? { told } : {}),
      ...(arrays.length > 0 ? { arrays } : {}),
    });
    return outputs.map((type, output) => new TensorValue(type, { node, output }, this, this.dialect));
  }

  /** A trained array that is computed with by itself, under a name that tells it from the others. */
  private ownArray(value: TensorValue): readonly OwnArray[] {
    if (value.arrayName === undefined) return [];
    const number = this.arrayNumbers.get(value) ?? this.arrayNumbers.size + 1;
    this.arrayNumbers.set(value, number);
    return [{ name: `${value.arrayName} ${number}`, shape: value.type.shape }];
  }

  /** A function of tensors with one result. */
  apply(
    name: string,
    inputs: readonly TensorValue[],
    type: TensorType,
    site: CallSite,
    axis: number | null = null,
    details: FunctionDetails = {},
  ): TensorValue {
    const [result] = this.record(
      { kind: 'function', name, axis, ...details },
      inputs,
      [type],
      site.machine.locate(site.span),
      site.machine.heap.isConditional,
    );
    return result ?? new TensorValue(type, null, this, this.dialect);
  }

  /** A tensor that is given, not computed. */
  input(name: string, type: TensorType, location: SourceLocation, placeholder: Placeholder | null = null): TensorValue {
    const [result] = this.record({ kind: 'input', name }, [], [type], location);
    return new TensorValue(type, result?.reference ?? null, this, this.dialect, placeholder);
  }

  /** A tensor whose origin is of no interest (zeros for an initial state). */
  constant(type: TensorType): TensorValue {
    return new TensorValue(type, null, this, this.dialect);
  }
}

export class TensorValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'tensor';
  readonly isTrainedArray?: true;
  constructor(
    readonly type: TensorType,
    readonly reference: { readonly node: number; readonly output: number } | null,
    readonly recorder: FlowRecorder,
    private readonly dialect: TensorDialect,
    readonly placeholder: Placeholder | null = null,
  ) {}

  /** Its data are its own; of those nothing is known here. */
  deepCopy(): TensorValue {
    return this;
  }

  /** The same tensor, with more known of its type. */
  withType(type: TensorType): TensorValue {
    return new TensorValue(type, this.reference, this.recorder, this.dialect, this.placeholder);
  }

  /** Of a trained array: what the program calls it. */
  get arrayName(): string | undefined {
    return undefined;
  }

  get axes(): readonly Quantity[] | undefined {
    return this.type.shape.kind === 'known' ? this.type.shape.axes : undefined;
  }

  attribute(name: string, site: CallSite): Value | undefined {
    return this.dialect.attribute(this, name, site);
  }

  index(indices: readonly Value[], site: CallSite): Value {
    const steps = indices.map((index) => indexStep(index, site));
    const type: TensorType = { shape: indexedShape(this.type.shape, steps), element: this.type.element };
    const [result] = this.recorder.record(
      { kind: 'index', steps },
      [this],
      [type],
      site.machine.locate(site.span),
      site.machine.heap.isConditional,
    );
    return result ?? this.recorder.constant(type);
  }

  binary(operator: string, other: Value, isReflected: boolean, site: CallSite): Value | undefined {
    const name = arithmeticNames[operator];
    if (name === undefined) return undefined;
    if (!(other instanceof TensorValue)) {
      const number = isReflected && !commutative.has(operator) ? undefined : asNumber(other);
      return this.recorder.apply(name, [this], this.type, site, null, number === undefined ? {} : { operand: number });
    }
    if (operator === '@') return this.recorder.apply(name, [this, other], multiplied(this, other), site);
    const shape = broadcastShapes(this.type.shape, other.type.shape);
    return this.recorder.apply(name, [this, other], { shape, element: this.type.element }, site);
  }

  negate(site: CallSite): Value {
    return this.recorder.apply('negate', [this], this.type, site);
  }

  length(): Value | undefined {
    const [first] = this.axes ?? [];
    return first === undefined ? undefined : fromQuantity(first);
  }

  /** Taking a tensor apart gives its slices along the first axis. */
  unpack(count: number, site: CallSite): readonly Value[] {
    return Array.from({ length: count }, (_, position) =>
      this.index([{ kind: 'integer', value: constant(position) }], site),
    );
  }

  join(other: Value, site: CallSite): Value | undefined {
    if (!(other instanceof TensorValue) || other.isTrainedArray) return undefined;
    const isSame =
      this.axes !== undefined &&
      this.axes.length === other.axes?.length &&
      this.axes.every((axis, position) => {
        const counterpart = other.axes?.[position];
        return counterpart !== undefined && isSameSize(axis, counterpart);
      });
    const type = isSame ? this.type : unknownTensor('the shape depends on a condition that is not known');
    return this.recorder.apply('either', [this, other], type, site);
  }
}

const commutative: ReadonlySet<string> = new Set(['+', '*']);

const arithmeticNames: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '**': 'power',
  '@': 'matmul',
};

/** `(…, n, k) @ (…, k, m)` is `(…, n, m)`. */
export function multiplied(left: TensorValue, right: TensorValue): TensorType {
  const [a, b] = [left.axes, right.axes];
  const rows = a?.at(-2);
  const columns = b?.at(-1);
  if (a === undefined || b === undefined || rows === undefined || columns === undefined || b.length < 2) {
    return unknownTensor('the shapes that are multiplied are not known');
  }
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
  if (batch === undefined) return unknownTensor('the shapes that are multiplied do not fit');
  return { shape: shapeOf([...batch, rows, columns]), element: 'float' };
}

function indexStep(index: Value, site: CallSite): IndexStep {
  switch (index.kind) {
    case 'integer':
      return { kind: 'at', position: known(index.value) };
    case 'slice': {
      const bound = (value: Value | null): Quantity | null =>
        value === null || value.kind === 'none' ? null : sizeOf(value, site);
      return { kind: 'slice', from: bound(index.lower), to: bound(index.upper), step: bound(index.step) };
    }
    case 'none':
      return { kind: 'newAxis' };
    case 'ellipsis':
      return { kind: 'ellipsis' };
    default:
      return { kind: 'other' };
  }
}

function indexedShape(shape: Shape, steps: readonly IndexStep[]): Shape {
  if (shape.kind === 'unknown') return shape;
  if (steps.some((step) => step.kind === 'other')) {
    return { kind: 'unknown', because: 'it is indexed by something that is not known' };
  }
  const { axes } = shape;
  const consumed = steps.filter((step) => step.kind === 'at' || step.kind === 'slice').length;
  const result: Quantity[] = [];
  let position = 0;
  for (const step of steps) {
    if (step.kind === 'newAxis') result.push(known(constant(1)));
    else if (step.kind === 'ellipsis') {
      const skipped = axes.length - consumed;
      result.push(...axes.slice(position, position + skipped));
      position += skipped;
    } else {
      const axis = axes[position];
      position += 1;
      if (axis === undefined) return { kind: 'unknown', because: 'it is indexed with more positions than it has axes' };
      if (step.kind === 'slice') result.push(slicedSize(axis, step));
    }
  }
  return shapeOf([...result, ...axes.slice(position)]);
}

/** The size of `axis[from:to:step]`. Bounds beyond the end, which Python forgives, are only known for exact sizes. */
function slicedSize(axis: Quantity, step: Extract<IndexStep, { kind: 'slice' }>): Quantity {
  if (step.from === null && step.to === null && step.step === null) return axis;
  const size = axis.kind === 'known' ? integerOf(axis.value) : undefined;
  const exact = (bound: Quantity | null): number | null | undefined =>
    bound === null ? null : bound.kind === 'known' ? integerOf(bound.value) : undefined;
  const [from, to, by] = [exact(step.from), exact(step.to), exact(step.step)];
  if (size !== undefined && from !== undefined && to !== undefined && by !== undefined) {
    if (by !== null && by < 1) return unknownQuantity('a slice that runs backwards');
    const clamp = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, 0), size);
    const span = Math.max(0, clamp(to ?? size) - clamp(from ?? 0));
    return known(constant(Math.ceil(span / (by ?? 1))));
  }
  // `[1:]` and `[:-1]` of a symbolic axis: the usual shifts of a sequence against itself.
  if (by === null && to === null && from !== undefined && from !== null) {
    return from >= 0 ? difference(axis, known(constant(from))) : known(constant(-from));
  }
  if (by === null && from === null && to !== undefined && to !== null) {
    return to < 0 ? difference(axis, known(constant(-to))) : unknownQuantity('a slice of an axis that is not known');
  }
  return unknownQuantity('a slice with bounds that are not known');
}

/** The shape as a value of the program: a tuple of sizes. */
export function shapeValue(tensor: TensorValue): Value {
  const { shape } = tensor.type;
  return shape.kind === 'known' ? tuple(shape.axes.map(fromQuantity)) : unknown(shape.because);
}

/** One axis as a value of the program. */
export function axisValue(tensor: TensorValue, axis: Value | undefined): Value {
  const number = asNumber(axis);
  const position =
    number === undefined || tensor.axes === undefined ? undefined : axisPosition(number, tensor.axes.length);
  const size = position === undefined ? undefined : tensor.axes?.[position];
  return size === undefined ? unknown('the size of an axis that is not known') : fromQuantity(size);
}

/** An axis whose size a trace has yet to find. */
export function openAxis(placeholder: string, position: number): Quantity {
  return known(symbol(`${placeholder}.shape[${position}]`));
}
