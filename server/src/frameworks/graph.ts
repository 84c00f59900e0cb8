/** Putting a model graph together from its layers and the record of a trace. */
import { symbolsOf } from '../../../model/expression';
import {
  type FlowNode,
  type FlowOperation,
  type Framework,
  type GraphProblem,
  isListed,
  type Layer,
  type LossApplication,
  type ModelForm,
  type ModelGraph,
  type Operation,
  type Quantity,
  type SourceLocation,
  type SymbolOrigin,
  type TensorType,
  type ValueReference,
  type Weight,
} from '../../../model/graph';
import type { Value } from '../evaluate/values';
import type { LayerValue } from './layer';
import { type FlowRecorder, type RecordedNode, TensorValue } from './tensor';
import { withShortTimeSymbols } from './timeSymbols';

/** A layer where the model holds it, or something in a layer's place that is not known. */
export type PlacedLayer =
  | {
      readonly path: string;
      readonly layer: LayerValue;
      /** Its weights here, where they are not all that the layer has: some may stand elsewhere in the model. */
      readonly weights?: readonly Weight[] | { readonly unknown: string };
    }
  | { readonly path: string; readonly fixed: FixedLayer };

/** Weights without an application of their own (`nn.Parameter`), or a module of which nothing is known. */
export interface FixedLayer {
  readonly type: string;
  readonly weights: readonly Weight[] | { readonly unknown: string };
  readonly location: SourceLocation;
  /** The object itself, where the model may hold it under several paths. */
  readonly identity?: object;
}

export interface GraphParts {
  readonly name: string;
  readonly framework: Framework;
  readonly form: ModelForm;
  readonly location: SourceLocation;
  readonly extent: SourceLocation;
  readonly layers: readonly PlacedLayer[];
  readonly nodes: readonly RecordedNode[];
  readonly outputs: readonly ValueReference[];
  readonly problems: readonly GraphProblem[];
  readonly loss: string | null;
  readonly losses?: readonly LossApplication[];
}

export function assembleGraph(parts: GraphParts, origins: ReadonlyMap<string, SymbolOrigin>): ModelGraph {
  const paths = new Map<LayerValue, string>();
  for (const placed of parts.layers) {
    if ('layer' in placed && !paths.has(placed.layer)) paths.set(placed.layer, placed.path);
  }
  const outputsOf = new Map<LayerValue, (readonly TensorType[])[]>();
  const flow = parts.nodes.map((node, id): FlowNode => {
    if (node.operation.kind === 'layer') {
      const { layer } = node.operation;
      outputsOf.set(layer, [...(outputsOf.get(layer) ?? []), node.outputs]);
    }
    return { ...node, id, operation: flowOperation(node.operation, paths) };
  });
  const layers: Layer[] = [];
  const seen = new Set<object>();
  for (const placed of parts.layers) {
    if ('fixed' in placed) {
      const { type, weights, location, identity } = placed.fixed;
      if (identity !== undefined && seen.has(identity)) continue;
      if (identity !== undefined) seen.add(identity);
      // An array that the model multiplies by itself: the flow has the products.
      const operation: Operation =
        'unknown' in weights
          ? { op: 'other', because: weights.unknown }
          : { op: 'other', because: `${type} is no layer`, products: [] };
      layers.push({
        path: placed.path,
        type,
        operation,
        location,
        coreLocation: location,
        weights,
        outputs: [],
      });
      continue;
    }
    const { layer, path } = placed;
    if (seen.has(layer)) continue;
    seen.add(layer);
    layers.push({
      path,
      type: layer.definition.type,
      ...layer.facts,
      ...(placed.weights === undefined ? {} : { weights: placed.weights }),
      location: layer.location,
      coreLocation: layer.coreLocation,
      outputs: outputsOf.get(layer) ?? [],
    });
  }
  const { nodes: _, layers: __, ...rest } = parts;
  return withShortTimeSymbols({ ...rest, layers, flow, symbols: symbolsIn(layers, flow, origins) });
}

function flowOperation(operation: RecordedNode['operation'], paths: ReadonlyMap<LayerValue, string>): FlowOperation {
  if (operation.kind !== 'layer') return operation;
  return { kind: 'layer', path: paths.get(operation.layer) ?? operation.layer.definition.type };
}

/** The symbols that sizes of the layers and shapes of the flow name, with their origins. */
function symbolsIn(
  layers: readonly Layer[],
  flow: readonly FlowNode[],
  origins: ReadonlyMap<string, SymbolOrigin>,
): SymbolOrigin[] {
  const names = new Set<string>();
  const visit = (size: Quantity): void => {
    if (size.kind === 'known') for (const name of symbolsOf(size.value)) names.add(name);
  };
  for (const layer of layers) {
    for (const size of sizesIn(layer.operation)) visit(size);
    if (isListed(layer.weights)) for (const weight of layer.weights) weight.shape.forEach(visit);
  }
  // In order of execution, the inputs first.
  for (const { shape } of flow.flatMap((node) => node.outputs)) if (shape.kind === 'known') shape.axes.forEach(visit);
  return [...names].map((name) => origins.get(name) ?? { name, meaning: 'a size that the source leaves open' });
}

function sizesIn(operation: Operation): readonly Quantity[] {
  switch (operation.op) {
    case 'recurrent':
      return [operation.inputSize, operation.hiddenSize, operation.layers];
    case 'embedding':
      return [operation.vocabulary, operation.width];
    case 'dense':
      return [operation.inputSize, operation.units];
    case 'conv1d':
      return [operation.inputSize, operation.filters, operation.kernel];
    case 'normalisation':
      return [operation.size];
    case 'other':
      return (operation.products ?? []).map(({ count }) => count);
    default:
      return [];
  }
}

/** The tensors in what a model returns, in order. */
export function tensorsIn(value: Value, recorder: FlowRecorder): ValueReference[] {
  if (value instanceof TensorValue) {
    return value.recorder === recorder && value.reference !== null ? [value.reference] : [];
  }
  if (value.kind === 'tuple' || value.kind === 'list') return value.items.flatMap((item) => tensorsIn(item, recorder));
  if (value.kind === 'dictionary') {
    return [...value.entries.values()].flatMap((entry) => tensorsIn(entry.value, recorder));
  }
  return [];
}
