/** What Keras' models, wrappers and own layers tell of what they hold: their sublayers, and the arrays of all of them. */
import { boolean, builtin, type CallSite, list, noArguments, none, type Value } from '../../evaluate/values';
import { LayerValue } from '../layer';
import { Composite } from './composite';
import { arrayLists, KerasLayer, LayerArray, variableList } from './layers';
import { type KerasTrace, notFollowed } from './trace';
import { WeightValue } from './weights';

/** The layers and models that a value holds directly, each once. */
export function sublayersOf(trace: KerasTrace, holder: Value): readonly Value[] {
  const held =
    holder instanceof Composite
      ? holder.sublayers()
      : holder instanceof LayerValue && holder.definition instanceof KerasLayer
        ? holder.definition.held.map(({ layer }) => layer)
        : trace.own?.isOwn(holder) === true
          ? trace.own.sublayersOf(holder)
          : [];
  return [...new Set(held)];
}

/** Everything within a value, itself first, each once. */
export function flattened(trace: KerasTrace, holder: Value, found = new Set<Value>()): ReadonlySet<Value> {
  if (found.has(holder)) return found;
  found.add(holder);
  for (const part of sublayersOf(trace, holder)) flattened(trace, part, found);
  return found;
}

/** The arrays of a value and of all that it holds, each once; undefined where they are not all known. */
function variablesOf(trace: KerasTrace, holder: Value): readonly WeightValue[] | undefined {
  const isOpen = (value: Value): boolean =>
    value instanceof Composite ? value.parts().some((part) => !('value' in part)) : false;
  const arrays: WeightValue[] = [];
  for (const value of flattened(trace, holder)) {
    if (isOpen(value)) return undefined;
    const isPlainLayer = value instanceof LayerValue && value.definition instanceof KerasLayer;
    const own = isPlainLayer
      ? value.definition instanceof KerasLayer && value.definition.held.length === 0
        ? value.definition.variables(value)
        : []
      : trace.own?.isOwn(value) === true
        ? trace.own.variablesOf(value)
        : [];
    if (own === undefined) return undefined;
    for (const array of own) {
      if (!(array instanceof WeightValue)) return undefined;
      // An own layer's attribute may name an array of a layer that it holds.
      if (!arrays.some((other) => isSameArray(other, array))) arrays.push(array);
    }
  }
  return arrays;
}

function isSameArray(left: WeightValue, right: WeightValue): boolean {
  if (left === right) return true;
  const [a, b] = [left, right];
  return a instanceof LayerArray && b instanceof LayerArray && a.layer === b.layer && a.name === b.name;
}

/** An attribute that everything that holds layers has; undefined for any other. */
export function holderAttribute(
  trace: KerasTrace,
  holder: Value,
  trainable: Value,
  name: string,
  site: CallSite,
): Value | undefined {
  if (arrayLists.has(name)) {
    return variableList(variablesOf(trace, holder), name, trainable) ?? notFollowed('which arrays there are', site);
  }
  switch (name) {
    case 'trainable':
      return trainable;
    case 'layers':
    case '_layers':
      return list(sublayersOf(trace, holder));
    case '_flatten_layers':
      return builtin(name, ({ positional, keywords }, at) => {
        const includesSelf = at.machine.truth(positional[0] ?? keywords.get('include_self') ?? boolean(true));
        const isDeep = at.machine.truth(positional[1] ?? keywords.get('recursive') ?? boolean(true));
        const parts = isDeep === false ? sublayersOf(trace, holder) : [...flattened(trace, holder)].slice(1);
        return list(includesSelf === false ? parts : [holder, ...parts]);
      });
    case 'quantize':
      return builtin(name, (_parameters, at) => {
        for (const value of flattened(trace, holder)) {
          if (!(value instanceof LayerValue) || !quantizable.has(value.definition.type)) continue;
          const quantize = value.attribute(name, at);
          if (quantize?.kind === 'builtin') quantize.call(noArguments, at);
        }
        return none;
      });
    default:
      return undefined;
  }
}

/** Layers of which a model's `quantize` changes the arrays. */
const quantizable: ReadonlySet<string> = new Set([
  'Dense',
  'EinsumDense',
  'Embedding',
  'ReversibleEmbedding',
  'MultiHeadAttention',
  'GroupQueryAttention',
]);
