/** How a layer of a functional configuration is applied: the `inbound_nodes` of Keras 2 and of Keras 3 as one form. */
import { entryOf, itemsOf, type JsonNode, textOf } from '../../syntax/json';

/** An output of an application of another layer. */
export interface TensorReference {
  readonly kind: 'tensor';
  readonly layer: string;
  /** Which application of the layer, counted from 0. */
  readonly node: number;
  readonly output: number;
}

/** An argument of an application: tensors, lists of arguments, and plain values. */
export type Argument =
  | TensorReference
  | { readonly kind: 'list'; readonly items: readonly Argument[] }
  | { readonly kind: 'plain'; readonly value: JsonNode };

export interface Application {
  readonly positional: readonly Argument[];
  readonly keywords: ReadonlyMap<string, Argument>;
}

/** The applications of a layer in order; empty for inputs and for layers that are never applied. */
export function applicationsOf(layer: JsonNode): readonly Application[] {
  return (itemsOf(layer, 'inbound_nodes') ?? []).map((node) =>
    node.kind === 'object' ? applicationOfKeras3(node) : applicationOfKeras2(node),
  );
}

/**
 * `{"args": […], "kwargs": {…}}`, with tensors as `{"class_name": "__keras_tensor__", "config": {"keras_history": […]}}`.
 * Source: Keras 3, keras/src/models/functional.py, `serialize_node`.
 */
function applicationOfKeras3(node: JsonNode): Application {
  return {
    positional: (itemsOf(node, 'args') ?? []).map(argumentOf),
    keywords: keywordsOf(entryOf(node, 'kwargs')),
  };
}

/**
 * A list of `[layer, node, output, kwargs]`, one for each tensor of the first argument. Keyword arguments are written with
 * each of them alike. Source: Keras 2, keras/engine/functional.py, `get_network_config`.
 */
function applicationOfKeras2(node: JsonNode): Application {
  const entries = node.kind === 'array' ? node.items : [];
  // A single tensor may stand without a list around it.
  const tensors = entries[0]?.kind === 'string' ? [node] : entries;
  const [first] = tensors;
  const references = tensors.map(argumentOf);
  const [only] = references;
  return {
    positional: only !== undefined && references.length === 1 ? [only] : [{ kind: 'list', items: references }],
    keywords: keywordsOf(first?.kind === 'array' ? first.items[3] : undefined),
  };
}

function keywordsOf(node: JsonNode | undefined): ReadonlyMap<string, Argument> {
  if (node?.kind !== 'object') return new Map();
  return new Map([...node.entries].map(([name, value]) => [name, argumentOf(value)]));
}

function argumentOf(node: JsonNode): Argument {
  const reference = referenceOf(node);
  if (reference !== undefined) return reference;
  if (node.kind === 'array' && node.items.length > 0) return { kind: 'list', items: node.items.map(argumentOf) };
  return { kind: 'plain', value: node };
}

/** The tensor that `["lstm", 0, 0]`, perhaps with keyword arguments behind it, or a `__keras_tensor__` names. */
function referenceOf(node: JsonNode): TensorReference | undefined {
  const items =
    textOf(node, 'class_name') === '__keras_tensor__'
      ? itemsOf(entryOf(node, 'config'), 'keras_history')
      : node.kind === 'array'
        ? node.items
        : undefined;
  const [layer, application, output] = items ?? [];
  if (layer?.kind !== 'string' || application?.kind !== 'number' || output?.kind !== 'number') return undefined;
  return { kind: 'tensor', layer: layer.value, node: application.value, output: output.value };
}

/** The tensors that `input_layers` or `output_layers` name: one, a list of them, or an object of them. */
export function referencesIn(node: JsonNode | undefined): readonly TensorReference[] {
  if (node === undefined) return [];
  const reference = referenceOf(node);
  if (reference !== undefined) return [reference];
  if (node.kind === 'array') return node.items.flatMap(referencesIn);
  return node.kind === 'object' ? [...node.entries.values()].flatMap(referencesIn) : [];
}
