/** What Keras' names mean to the evaluator, and the models that a file's Keras code defines. */
import type { ModelGraph, Quantity, SourceLocation, TensorType, ValueReference } from '../../../../model/graph';
import { known } from '../../../../model/graph';
import type { Library, Machine, SubclassBehaviour } from '../../evaluate/machine';
import {
  type CallArguments,
  type CallSite,
  list,
  type SequenceValue,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LibraryArguments, sizeOf } from '../arguments';
import { assembleGraph, type PlacedLayer } from '../graph';
import { LayerValue } from '../layer';
import { floatTensor, shapeOf, unknownTensor } from '../shapes';
import { FlowRecorder, type RecordedNode, shapeValue, type TensorDialect, TensorValue } from '../tensor';
import { KerasLayer, kerasLayer, undecided } from './layers';
import { FunctionalModel, InputSpecification, KerasLoss, lossOf, SequentialModel } from './models';

const kerasDialect: TensorDialect = {
  attribute: (tensor, name) => (name === 'shape' ? shapeValue(tensor) : undefined),
};

/** Spellings of Keras' own root, longest first. */
const roots = [
  'tensorflow.compat.v2.keras.',
  'tensorflow.python.keras.',
  'tensorflow.keras.',
  'tf_keras.',
  'keras.src.',
  'keras.',
];

export class KerasLibrary implements Library {
  /** All functional code of a file is recorded together; a model is the part between its inputs and its outputs. */
  private readonly recorder = new FlowRecorder(kerasDialect);
  private readonly constructed: SequenceValue = list([]);

  canonicalPath(path: string): string | undefined {
    if (path === 'keras' || path === 'tensorflow.keras') return 'keras';
    const root = roots.find((prefix) => path.startsWith(prefix));
    if (root === undefined) return undefined;
    const rest = path.slice(root.length);
    // `keras.layers.recurrent.LSTM`, `keras.layers.core.Dense`: where older versions kept them.
    return `keras.${rest.replace(/^layers\.(?:\w+\.)+(\w+)$/, 'layers.$1').replace(/^models\.(?:\w+\.)+(\w+)$/, 'models.$1')}`;
  }

  call(path: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const name = path.slice(path.lastIndexOf('.') + 1);
    switch (path) {
      case 'keras.Input':
      case 'keras.layers.Input':
      case 'keras.engine.Input':
        return this.input(parameters, site);
      case 'keras.layers.InputLayer':
        return new InputSpecification(
          this.inputType(parameters, ['input_shape'], site),
          site.machine.locate(site.span),
        );
      case 'keras.Sequential':
      case 'keras.models.Sequential':
        return this.sequential(parameters, site);
      case 'keras.Model':
      case 'keras.models.Model':
        return this.functional(parameters, site);
      default:
    }
    if (path.startsWith('keras.losses.')) {
      const loss = lossOf(name);
      return loss === null ? undefined : new KerasLoss(loss);
    }
    if (!path.startsWith('keras.layers.') && !path.startsWith('keras.activations.')) return undefined;
    if (/^[a-z]/.test(name)) return this.functionForm(name, parameters, site);
    const stated = (given: LibraryArguments): TensorType | null => this.statedInput(given, parameters, site);
    return (
      kerasLayer(this.recorder, name, parameters, site, stated) ??
      new LayerValue(
        new KerasLayer(undecided(name, `${name} is not a layer that Unroll knows`), this.recorder, null),
        site.machine.locate(site.span),
      )
    );
  }

  /** `keras.layers.concatenate([a, b])` and its like: the layer of that name, applied at once. */
  private functionForm(name: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const [first, ...rest] = parameters.positional;
    const type = name.charAt(0).toUpperCase() + name.slice(1);
    if (first === undefined) return undefined;
    const layer = kerasLayer(this.recorder, type, { ...parameters, positional: rest }, site, () => null);
    return layer?.call({ positional: [first], keywords: new Map(), isOpen: false }, site);
  }

  subclass(_path: string): SubclassBehaviour | undefined {
    return undefined;
  }

  private input(parameters: CallArguments, site: CallSite): Value {
    const type = this.inputType(parameters, ['shape', 'batch_size', 'dtype'], site);
    const name = parameters.keywords.get('name');
    return this.recorder.input(name?.kind === 'string' ? name.value : 'input', type, site.machine.locate(site.span));
  }

  private inputType(parameters: CallArguments, signature: readonly string[], site: CallSite): TensorType {
    const given = new LibraryArguments(signature, parameters, site);
    const whole = given.get('batch_shape') ?? given.get('batch_input_shape');
    const element = elementOf(given.get('dtype'));
    if (whole !== undefined && whole.kind !== 'none') return this.typeOf(whole, 0, element, site);
    const shape = given.get('shape') ?? given.get('input_shape');
    if (shape === undefined) return unknownTensor('its input states no shape');
    const batch = given.isNone('batch_size') ? undefined : given.size('batch_size');
    return this.typeOf(shape, 1, element, site, batch);
  }

  /** `input_shape=`, `batch_input_shape=`, `input_dim=` and `input_length=` of a first layer. */
  private statedInput(given: LibraryArguments, parameters: CallArguments, site: CallSite): TensorType | null {
    const isEmbedding = given.has('output_dim');
    if (given.has('batch_input_shape') || given.has('batch_shape') || given.has('input_shape')) {
      return this.inputType(parameters, [], site);
    }
    const length = given.get('input_length');
    const time = length === undefined || length.kind === 'none' ? this.axis('time', site) : sizeOf(length, site);
    if (isEmbedding) {
      return { shape: shapeOf([this.axis('batch', site), time]), element: 'integer' };
    }
    const width = given.get('input_dim');
    if (width === undefined) return null;
    const batch = this.axis('batch', site);
    const axes = given.has('input_length') || given.has('return_sequences') ? [batch, time] : [batch];
    return floatTensor([...axes, sizeOf(width, site)]);
  }

  private typeOf(
    shape: Value,
    batchAxes: 0 | 1,
    element: TensorType['element'],
    site: CallSite,
    batch: Quantity = this.axis('batch', site),
  ): TensorType {
    const items = shape.kind === 'tuple' || shape.kind === 'list' ? shape.items : undefined;
    if (items === undefined) {
      return {
        shape: {
          kind: 'unknown',
          because: shape.kind === 'unknown' ? shape.because : 'the shape of its input is not known',
        },
        element,
      };
    }
    const axes = items.map((item, position) => {
      if (item.kind !== 'none') return sizeOf(item, site);
      const place = position + batchAxes;
      return place === 0 ? this.axis('batch', site) : place === 1 ? this.axis('time', site) : openSize(place, site);
    });
    return { shape: shapeOf(batchAxes === 1 ? [batch, ...axes] : axes), element };
  }

  private axis(role: 'batch' | 'time', site: CallSite): Quantity {
    const [name, meaning] = role === 'batch' ? ['B', 'batch size'] : ['T', 'time steps'];
    return known(site.machine.symbol({ name, meaning }));
  }

  private sequential(parameters: CallArguments, site: CallSite): Value {
    const given = new LibraryArguments(['layers', 'name'], parameters, site);
    const layers = given.get('layers');
    const items = layers === undefined || layers.kind === 'none' ? [] : site.machine.itemsOf(layers);
    const stack = items ?? [unknown('the layers of the model are not known', null, site.machine.locate(site.span))];
    const model = new SequentialModel(
      stack,
      site.machine.locate(site.span),
      nameGiven(given),
      site.machine.currentFunctionName(),
    );
    this.register(model, site);
    return model;
  }

  private functional(parameters: CallArguments, site: CallSite): Value | undefined {
    const given = new LibraryArguments(['inputs', 'outputs', 'name'], parameters, site);
    // Keras 1 wrote `input` and `output`.
    const inputs = tensorList(given.get('inputs') ?? given.get('input'), site);
    const outputs = tensorList(given.get('outputs') ?? given.get('output'), site);
    if (inputs === undefined || outputs === undefined || outputs.length === 0) return undefined;
    const location = site.machine.locate(site.span);
    const model = new FunctionalModel(inputs, outputs, location, nameGiven(given), site.machine.currentFunctionName());
    this.register(model, site);
    return model;
  }

  private register(model: Value, site: CallSite): void {
    site.machine.heap.setItems(this.constructed, [...this.constructed.items, model]);
  }

  /** A graph for every model that was constructed. */
  models(machine: Machine): ModelGraph[] {
    return this.constructed.items.flatMap((model) => this.graphsOf(machine, model));
  }

  /** The graph of a value that is a model. */
  graphsOf(machine: Machine, model: Value): ModelGraph[] {
    if (model instanceof SequentialModel) return this.sequentialGraph(machine, model);
    if (model instanceof FunctionalModel) return this.functionalGraph(machine, model);
    return [];
  }

  private sequentialGraph(machine: Machine, model: SequentialModel): ModelGraph[] {
    const recorder = new FlowRecorder(kerasDialect);
    const placed: PlacedLayer[] = [];
    const names = new LayerNames();
    const site: CallSite = { span: model.location, machine };
    const copies = new Map<LayerValue, LayerValue>();
    let current: TensorValue | undefined;
    for (const item of model.stack.items) {
      if (item instanceof InputSpecification) current ??= recorder.input('input', item.type, item.location);
      else if (item instanceof TensorValue) current ??= recorder.input('input', item.type, model.location);
      else if (item instanceof LayerValue && item.definition instanceof KerasLayer) {
        const stated = item.definition.statedInput ?? unknownTensor('the model states no input shape');
        current ??= recorder.input('input', stated, item.location);
        const isolated = copies.get(item) ?? recordedApart(item, item.definition, recorder);
        copies.set(item, isolated);
        if (!placed.some((held) => 'layer' in held && held.layer === isolated)) {
          placed.push({ path: names.next(isolated), layer: isolated });
        }
        const result = isolated.call({ positional: [current], keywords: new Map(), isOpen: false }, site);
        const [first] = result.kind === 'list' ? result.items : [result];
        current = first instanceof TensorValue ? first : undefined;
      } else {
        const because =
          item.kind === 'unknown'
            ? item.because
            : `${item.kind === 'foreign' ? item.description : item.kind} is not followed here`;
        const location = item.kind === 'unknown' && item.location !== null ? item.location : model.location;
        placed.push({
          path: `layer_${placed.length}`,
          fixed: { type: 'unknown', weights: { unknown: because }, location },
        });
        current = recorder.constant(unknownTensor(because));
      }
    }
    if (placed.length === 0) return [];
    return [
      assembleGraph(
        {
          name: model.name,
          framework: 'keras',
          form: 'sequential',
          location: model.location,
          extent: extentOf(model.location, placed),
          layers: placed,
          nodes: recorder.nodes,
          outputs: current?.reference ? [current.reference] : [],
          problems: [],
          loss: model.loss,
        },
        machine.symbols,
      ),
    ];
  }

  private functionalGraph(machine: Machine, model: FunctionalModel): ModelGraph[] {
    const { nodes, outputs } = between(this.recorder, model.inputs, model.outputs);
    const placed: PlacedLayer[] = [];
    const names = new LayerNames();
    const seen = new Set<LayerValue>();
    for (const { operation } of nodes) {
      if (operation.kind !== 'layer' || seen.has(operation.layer)) continue;
      seen.add(operation.layer);
      placed.push({ path: names.next(operation.layer), layer: operation.layer });
    }
    const branch = nodes.find(({ operation }) => operation.kind === 'function' && operation.name === 'either');
    if (branch !== undefined) {
      const unknown = 'which layers it has depends on a condition that is not known';
      placed.push({ path: 'condition', fixed: { type: 'condition', weights: { unknown }, location: branch.location } });
    }
    if (placed.length === 0) return [];
    return [
      assembleGraph(
        {
          name: model.name,
          framework: 'keras',
          form: 'functional',
          location: model.location,
          extent: extentOf(model.location, placed),
          layers: placed,
          nodes,
          outputs,
          problems: [],
          loss: model.loss,
        },
        machine.symbols,
      ),
    ];
  }
}

/** The layer as this model builds it: another model may build it on another input. */
function recordedApart(layer: LayerValue, definition: KerasLayer, recorder: FlowRecorder): LayerValue {
  return new LayerValue(definition.recordedBy(recorder), layer.location, layer.coreLocation, layer.givenName);
}

/** Names of layers as Keras makes them: the given one, else the type in snake case with a count. */
class LayerNames {
  private readonly counts = new Map<string, number>();

  next(layer: LayerValue): string {
    const type = layer.definition.type.replace(/\(.*$/, '');
    const base = layer.givenName ?? snakeCase(type);
    const count = this.counts.get(base) ?? 0;
    this.counts.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  }
}

/** As Keras turns class names into layer names. Source: Keras 3, keras/src/utils/naming.py, `to_snake_case`. */
function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The nodes that lie between inputs and outputs, renumbered in their order. */
function between(
  recorder: FlowRecorder,
  inputs: readonly TensorValue[],
  outputs: readonly TensorValue[],
): { readonly nodes: readonly RecordedNode[]; readonly outputs: readonly ValueReference[] } {
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
  const moved = (reference: ValueReference): ValueReference[] => {
    const node = renumbered.get(reference.node);
    return node === undefined ? [] : [{ ...reference, node }];
  };
  return {
    nodes: order.flatMap((id) => {
      const node = recorder.nodes[id];
      return node === undefined ? [] : [{ ...node, inputs: node.inputs.flatMap(moved) }];
    }),
    outputs: outputs.flatMap((output) => (output.reference === null ? [] : moved(output.reference))),
  };
}

/** From the first to the last place that makes the model. */
function extentOf(location: SourceLocation, placed: readonly PlacedLayer[]): SourceLocation {
  const places = placed
    .map((item) => ('layer' in item ? item.layer.location : item.fixed.location))
    .filter(({ file }) => file === location.file);
  const first = places.reduce((earliest, other) => (other.from < earliest.from ? other : earliest), location);
  return { ...first, to: Math.max(location.to, ...places.map((place) => place.to)) };
}

function tensorList(value: Value | undefined, site: CallSite): readonly TensorValue[] | undefined {
  if (value instanceof TensorValue) return [value];
  const items =
    value === undefined
      ? undefined
      : value.kind === 'dictionary'
        ? [...value.entries.values()].map((entry) => entry.value)
        : site.machine.itemsOf(value);
  const tensors = items?.filter((item): item is TensorValue => item instanceof TensorValue);
  return tensors !== undefined && tensors.length === items?.length ? tensors : undefined;
}

function nameGiven(given: LibraryArguments): string | null {
  const name = given.get('name');
  return name?.kind === 'string' ? name.value : null;
}

function elementOf(dtype: Value | undefined): TensorType['element'] {
  const name = dtype?.kind === 'string' ? dtype.value : dtype?.kind === 'library' ? dtype.path : '';
  if (/int/.test(name)) return 'integer';
  return dtype === undefined || /float/.test(name) ? 'float' : 'unknown';
}

function openSize(position: number, site: CallSite): Quantity {
  return known(site.machine.symbol({ name: `D${position}`, meaning: `size of axis ${position} of the input` }));
}
