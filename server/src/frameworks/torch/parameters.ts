/** `nn.Parameter`: arrays that a module registers by themselves. */
import type { Quantity, SourceLocation, TensorType } from '../../../../model/graph';
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  isSame,
  unknown,
  type Value,
} from '../../evaluate/values';
import type { FixedLayer } from '../graph';
import { ArrayData, WeightHandle } from '../layer';
import { shapeOf, unknownTensor } from '../shapes';
import { TensorValue } from '../tensor';
import { torchDialect } from './tensors';
import type { TorchTrace } from './trace';

/** Methods whose result is a new tensor, which is registered nowhere, or on a device where the parameter is not. */
const copying: ReadonlySet<string> = new Set(['clone', 'cuda', 'double', 'half', 'bfloat16']);

/** A tensor array registered with a module by itself. */
export class ParameterValue extends TensorValue {
  readonly libraryClass = 'torch.nn.Parameter';
  override readonly isTrainedArray = true;
  readonly isTrained: { value: Value } = { value: boolean(true) };
  location: SourceLocation | null = null;

  override get arrayName(): string | undefined {
    const { value } = this.isTrained;
    return value.kind === 'boolean' && value.value ? 'parameter' : undefined;
  }

  override attribute(name: string, site: CallSite): Value | undefined {
    // What is taken out of a parameter is a tensor like any other, registered nowhere.
    if (name === 'data') return this.recorder.constant(this.type);
    if (name === 'requires_grad') return this.isTrained.value;
    if (copying.has(name)) return builtin(name, () => this.recorder.constant(this.type));
    if (name !== 'requires_grad_') return super.attribute(name, site);
    return builtin(name, ({ positional: [flag] }, at) => {
      this.setAttribute('requires_grad', flag ?? boolean(true), at);
      return this;
    });
  }

  override deepCopy(): ParameterValue {
    const copied = new ParameterValue(this.type, this.reference, this.recorder, torchDialect);
    copied.location = this.location;
    copied.isTrained.value = this.isTrained.value;
    return copied;
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    if (name !== 'requires_grad') return;
    const either = unknown('whether it is trained depends on a condition');
    site.machine.heap.setState(this.isTrained, value, (states) => {
      const [first = either] = states;
      return states.every((state) => isSame(state, first)) ? first : either;
    });
  }

  /** One of two parameters is neither a known one nor a plain tensor. */
  override join(): undefined {
    return undefined;
  }
}

/** `nn.Parameter(data, requires_grad=True)`. */
export function parameter(trace: TorchTrace, { positional, keywords }: CallArguments, site: CallSite): ParameterValue {
  const data = positional[0] ?? keywords.get('data');
  const value = parameterOf(trace, data, site);
  value.isTrained.value = positional[1] ?? keywords.get('requires_grad') ?? boolean(true);
  return value;
}

/** A parameter that holds some data, as `nn.Parameter` and lists of parameters make it. */
export function parameterOf(trace: TorchTrace, data: Value | undefined, site: CallSite): ParameterValue {
  const value = new ParameterValue(typeOf(data), null, trace.recorder, torchDialect);
  value.location = site.machine.locate(site.span);
  site.machine.heap.born(value.isTrained);
  return value;
}

function typeOf(data: Value | undefined): TensorType {
  if (data instanceof TensorValue) return data.type;
  const shape = data && shapeOfArray(data);
  return shape === undefined
    ? unknownTensor(data?.kind === 'unknown' ? data.because : 'its data is not known')
    : { shape: shapeOf([...shape]), element: 'float' };
}

/** The axes of a tensor or of an array, where they are known. */
export function shapeOfArray(data: Value): readonly Quantity[] | undefined {
  if (data instanceof TensorValue) return data.axes;
  return data instanceof WeightHandle || data instanceof ArrayData ? data.shape : undefined;
}

/** The array as a part of a model by itself. */
export function parameterPart(value: ParameterValue, where: SourceLocation): FixedLayer {
  const { shape } = value.type;
  const said = value.isTrained.value;
  const trainable = said.kind === 'boolean' ? said.value : null;
  return {
    type: 'Parameter',
    weights: shape.kind === 'known' ? [{ name: 'data', shape: shape.axes, trainable }] : { unknown: shape.because },
    location: value.location ?? where,
    identity: value,
  };
}

/** An array of a layer that is registered elsewhere, as a part of a model by itself. */
export function handlePart(value: WeightHandle): FixedLayer {
  const weight = value.layer.ownWeight(value.name);
  return {
    type: 'Parameter',
    weights: weight === undefined ? { unknown: 'it is an array of a layer that is not known' } : [weight],
    location: value.layer.location,
    identity: value,
  };
}

/** Whether a value is an array that is trained or frozen by itself. */
export function isArray(value: Value): value is ParameterValue | WeightHandle {
  return value instanceof ParameterValue || value instanceof WeightHandle;
}
