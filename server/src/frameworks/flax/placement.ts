/** The layers and parameters that Flax modules hold, by the names that Flax gives them. */
import type { SourceLocation } from '../../../../model/graph';
import type { PythonMachine } from '../../evaluate/python/machine';
import type { InstanceValue, Value } from '../../evaluate/values';
import type { PlacedLayer } from '../graph';
import { LayerValue } from '../layer';
import { ParameterValue } from './modules';
import { SequentialValue } from './sequential';

/** `RNN(LSTMCell)` is `RNN` to Flax, `scan(LSTMCell)` is `ScanLSTMCell`. */
export function autoName(type: string): string {
  return type.replace(/^scan\((.*)\)$/, 'Scan$1').replace(/\(.*$/, '');
}

/** What a trace called that code which is not read had made, as `nn.vmap(Block)(4)`: it may be a module with weights. */
export function strangers(machine: PythonMachine, before: ReadonlySet<Value>, location: SourceLocation): PlacedLayer[] {
  const called = [...machine.calledUnknowns].filter((value) => !before.has(value));
  return called.flatMap((value, index): PlacedLayer[] => {
    if (value.kind !== 'unknown' || value.mayBeModule !== true) return [];
    const place = value.location ?? location;
    return [
      {
        path: `unknown_call_${index}`,
        fixed: { type: 'unknown', weights: { unknown: value.because }, location: place },
      },
    ];
  });
}

export function placedParameter(value: ParameterValue, path: string, location: SourceLocation): PlacedLayer {
  const { shape } = value.type;
  return {
    path,
    fixed: {
      type: 'Param',
      weights:
        shape.kind === 'known' ? [{ name: 'value', shape: shape.axes, trainable: true }] : { unknown: shape.because },
      location: value.location ?? location,
    },
  };
}

/** Names of what a module's attributes hold: `layers_0` for the first of a list. */
export function namesHeld({ attributes }: InstanceValue): ReadonlyMap<Value, string> {
  const names = new Map<Value, string>();
  const hold = (name: string, value: Value): void => {
    if (!names.has(value)) names.set(value, name);
    if (value.kind === 'list' || value.kind === 'tuple') {
      for (const [index, item] of value.items.entries()) hold(`${name}_${index}`, item);
    }
    if (value instanceof SequentialValue) {
      for (const [index, part] of value.parts.entries()) hold(`${name}.layers_${index}`, part);
    }
    if (value.kind === 'dictionary') {
      for (const { key, value: item } of value.entries.values()) {
        if (key.kind === 'string') hold(`${name}_${key.value}`, item);
      }
    }
  };
  for (const [name, value] of attributes) hold(name, value);
  return names;
}

/** The layers that an nnx module holds: its attributes, whether they are applied or not. */
export function attributeLayers(
  machine: PythonMachine,
  instance: InstanceValue,
  prefix: string,
  location: SourceLocation,
  depth = 0,
): PlacedLayer[] {
  if (depth > 20) return [];
  const within = (value: Value, path: string): PlacedLayer[] => {
    if (value instanceof LayerValue) return [{ path, layer: value }];
    if (value instanceof ParameterValue) return [placedParameter(value, path, location)];
    if (value instanceof SequentialValue) return value.parts.flatMap((part, index) => within(part, `${path}.${index}`));
    if (value.kind === 'list' || value.kind === 'tuple')
      return value.items.flatMap((item, index) => within(item, `${path}.${index}`));
    if (value.kind === 'instance' && machine.behaviourOf(value.class) !== undefined) {
      return attributeLayers(machine, value, `${path}.`, location, depth + 1);
    }
    const mayHold =
      value.kind === 'unknown' &&
      (machine.calledUnknowns.has(value) || (value.alternatives ?? []).some((one) => one instanceof LayerValue));
    if (value.kind !== 'unknown' || !mayHold) return [];
    return [{ path, fixed: { type: 'unknown', weights: { unknown: value.because }, location } }];
  };
  return [...instance.attributes].flatMap(([name, value]) => within(value, `${prefix}${name}`));
}
