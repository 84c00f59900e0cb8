/** What all Keras code of one file shares while it is evaluated: where applications are recorded, and on whose behalf. */
import type { TensorType } from '../../../../model/graph';
import { boolean, type CallSite, type InstanceValue, unknown, type Value } from '../../evaluate/values';
import { FlowRecorder, type RecordedNode, type TensorDialect, TensorValue } from '../tensor';

/** What is known of layers and models that are instances of the program's own classes. */
export interface OwnInstances {
  isOwn(value: Value): value is InstanceValue;
  /** The layer of Keras that an instance of a class derived from one is. */
  layerOf(value: Value): Value | null;
  /** The layers and models that an instance holds directly. */
  sublayersOf(instance: InstanceValue): readonly Value[];
  /** The arrays that are the instance's own, without those of what it holds; undefined where they are not all known. */
  variablesOf(instance: InstanceValue): readonly Value[] | undefined;
  setTrainable(instance: InstanceValue, value: Value, site: CallSite): void;
}

export class KerasTrace {
  own: OwnInstances | null = null;
  /** Whether names of the program are those of Keras before 2.4. */
  isOld = false;
  /** What `set_image_data_format` last said, changed through the heap. */
  readonly settings = new Map<string, Value>();
  /** The record of the code that runs: all functional code of a file, or one model's own code. */
  recorder: FlowRecorder;
  /** Which model or layer of the program's own recorded a node: the outermost one that was being applied. */
  readonly owners = new WeakMap<RecordedNode, Value>();
  /** Nodes whose inputs are not followed, with the reason. */
  readonly unfollowed = new WeakMap<RecordedNode, string>();
  /** Types of the first application of a model or layer of the program's own. */
  readonly firstInputs = new WeakMap<Value, readonly TensorType[]>();

  constructor(readonly dialect: TensorDialect) {
    this.recorder = new FlowRecorder(dialect);
  }

  /** Runs `work` with tensors recorded apart. */
  within<Result>(recorder: FlowRecorder, work: () => Result): Result {
    const outer = this.recorder;
    this.recorder = recorder;
    try {
      return work();
    } finally {
      this.recorder = outer;
    }
  }

  /** Sets whether a layer or model, and what it holds, is trained. */
  setTrainable(part: Value, value: Value, site: CallSite): void {
    if (part.kind === 'foreign') part.setAttribute?.('trainable', value, site);
    else if (this.own?.isOwn(part)) this.own.setTrainable(part, value, site);
  }

  /** Runs the application of a model, and remembers that what it records is the model's. */
  applied(owner: Value, inputs: readonly TensorValue[], work: () => Value): Value {
    if (!this.firstInputs.has(owner) && inputs.length > 0) {
      this.firstInputs.set(
        owner,
        inputs.map(({ type }) => type),
      );
    }
    const start = this.recorder.nodes.length;
    const result = work();
    for (const node of this.recorder.nodes.slice(start)) this.owners.set(node, owner);
    return result;
  }
}

/** The tensors that a value is: one, or a list of nothing else. */
export function tensorsOf(value: Value | undefined, site: CallSite): readonly TensorValue[] | undefined {
  if (value instanceof TensorValue) return [value];
  const items =
    value?.kind === 'dictionary'
      ? [...value.entries.values()].map((entry) => entry.value)
      : value?.kind === 'list' || value?.kind === 'tuple'
        ? site.machine.itemsOf(value)
        : undefined;
  if (items === undefined || items.length === 0) return undefined;
  const tensors = items.filter((item): item is TensorValue => item instanceof TensorValue);
  return tensors.length === items.length ? tensors : undefined;
}

/** The tensors anywhere among the arguments of a call, in order. */
export function tensorsAmong(values: Iterable<Value>): readonly TensorValue[] {
  return [...values].flatMap((value): readonly TensorValue[] => {
    if (value instanceof TensorValue) return [value];
    if (value.kind === 'list' || value.kind === 'tuple') return tensorsAmong(value.items);
    if (value.kind === 'dictionary') return tensorsAmong([...value.entries.values()].map((entry) => entry.value));
    return [];
  });
}

export function notFollowed(what: string, site: CallSite): Value {
  return unknown(`${what} is not followed`, null, site.machine.locate(site.span));
}

/** Whether setting `trainable` to a value that it has already changes nothing: on TensorFlow, Keras passes such a setting over. */
export function isHeld(held: Value | undefined, value: Value): boolean {
  const now = held ?? boolean(true);
  return now.kind === 'boolean' && value.kind === 'boolean' && now.value === value.value;
}

/** The truth of what `trainable` is set to, where it is known. */
export function flagOf(value: Value, site: CallSite): Value {
  const truth = site.machine.truth(value);
  return truth === undefined ? value : boolean(truth);
}
