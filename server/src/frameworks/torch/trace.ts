/** Running a module's `forward` on symbolic tensors. */
import { substitute, symbolsOf } from '../../../../model/expression';
import { known, type Quantity, type TensorType } from '../../../../model/graph';
import {
  type CallArguments,
  type CallSite,
  type ForeignValue,
  type FunctionValue,
  type InstanceValue,
  positionalArguments,
  unknown,
  type Value,
} from '../../evaluate/values';
import { annotatedTypes } from '../annotatedShapes';
import { unknownTensor } from '../shapes';
import { FlowRecorder, type Placeholder, type TensorDialect, TensorValue } from '../tensor';

/** A trace starts again while it learns what its inputs must be; code that keeps surprising it is left as it is. */
const mostTraces = 5;

/** The state that all layers and tensors of one file's PyTorch code share: what is being traced now. */
export class TorchTrace {
  /** The record of the trace that is running, or a scratch one outside of traces. */
  recorder: FlowRecorder;
  isTracing = false;
  /** What modules are given where the program calls them, by position: that of the first call. */
  private readonly calls = new WeakMap<InstanceValue, readonly (TensorType | undefined)[]>();

  constructor(private readonly dialect: TensorDialect) {
    this.recorder = new FlowRecorder(dialect);
  }

  /** Notes a call of a module outside of any trace. */
  noteCall(instance: InstanceValue, { positional, isOpen }: CallArguments): void {
    if (isOpen || this.calls.has(instance)) return;
    this.calls.set(
      instance,
      positional.map((value) => (value instanceof TensorValue ? value.type : undefined)),
    );
  }

  /** Runs `work` with tensors recorded apart. */
  within<Result>(recorder: FlowRecorder, work: () => Result): Result {
    const { recorder: outer, isTracing } = this;
    this.recorder = recorder;
    this.isTracing = true;
    try {
      return work();
    } finally {
      this.recorder = outer;
      this.isTracing = isTracing;
    }
  }

  /** Runs `forward` with a symbolic tensor for every parameter that has no default. */
  traceForward(
    instance: InstanceValue,
    forward: FunctionValue,
    site: CallSite,
  ): { recorder: FlowRecorder; result: Value } {
    let types: ReadonlyMap<string, TensorType> = annotatedTypes(forward.definition, forward.closure, site.machine);
    const called = this.calls.get(instance) ?? [];
    for (let round = 1; ; round++) {
      const placeholders: Placeholder[] = [];
      const recorder = new FlowRecorder(this.dialect, placeholders);
      const positional: Value[] = [];
      for (const parameter of forward.definition.parameters.slice(1)) {
        if (parameter.form !== 'plain' && parameter.form !== 'positionalOnly') break;
        if (forward.defaults.has(parameter.name)) break;
        const type = types.get(parameter.name) ?? unknownTensor(`nothing says what shape ${parameter.name} has`);
        const placeholder: Placeholder = { name: parameter.name, type, isRevised: false };
        placeholders.push(placeholder);
        positional.push(
          recorder.input(parameter.name, type, site.machine.locateIn(forward.closure, parameter), placeholder),
        );
      }
      const parameters = positionalArguments(...positional);
      const result = this.within(recorder, () =>
        site.machine.call({ ...forward, receiver: instance }, parameters, site),
      );
      const isSettled = placeholders.every((placeholder) => !placeholder.isRevised) && recorder.axes.size === 0;
      // Where nothing in the module says what it is given, a call of the program does.
      const open = placeholders.filter(({ name, type }) => type.shape.kind === 'unknown' && !types.has(name));
      const given = open.flatMap(({ name }): [string, TensorType][] => {
        const type = called[placeholders.findIndex((placeholder) => placeholder.name === name)];
        return type === undefined || type.shape.kind === 'unknown' ? [] : [[name, type]];
      });
      if ((isSettled && given.length === 0) || round === mostTraces) return { recorder, result };
      types = new Map([...placeholders.map(({ name, type }) => [name, settled(type, recorder)] as const), ...given]);
    }
  }
}

/** A type with the sizes that a trace found put in for the axes it had only named. */
function settled(type: TensorType, recorder: FlowRecorder): TensorType {
  if (type.shape.kind === 'unknown') return type;
  const axes = type.shape.axes.map((axis): Quantity => {
    if (axis.kind === 'unknown' || symbolsOf(axis.value).every((name) => !recorder.axes.has(name))) return axis;
    const value = substitute(axis.value, recorder.axes);
    return value === undefined ? axis : known(value);
  });
  return { ...type, shape: { kind: 'known', axes } };
}

/** The tensor a value is, or one of which nothing is known. */
export function asTensor(trace: TorchTrace, value: Value | undefined, because: string): TensorValue {
  if (value instanceof TensorValue) return value;
  if (value instanceof PackedSequence) return value.padded;
  const reason = value?.kind === 'unknown' ? value.because : because;
  return trace.recorder.constant(unknownTensor(reason));
}

/** A packed sequence, kept as the padded batch-first tensor it was made from: sizes are upper bounds. */
export class PackedSequence implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'packed sequence';

  constructor(readonly padded: TensorValue) {}

  attribute(name: string): Value {
    return unknown(`${name} of a packed sequence`);
  }
}
