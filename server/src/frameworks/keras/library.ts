/** What Keras' names mean to the evaluator, and the models that a file's Keras code defines. */
import {
  batchMeaning,
  known,
  type LossApplication,
  type ModelGraph,
  type Quantity,
  type SourceLocation,
  type TensorType,
  timeMeaning,
} from '../../../../model/graph';
import type { Library, Machine, SubclassBehaviour } from '../../evaluate/machine';
import type { PythonMachine } from '../../evaluate/python/machine';
import {
  type CallArguments,
  type CallSite,
  type InstanceValue,
  list,
  none,
  positionalArguments,
  type SequenceValue,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LibraryArguments, sizeOf } from '../arguments';
import { assembleGraph, type PlacedLayer, tensorsIn } from '../graph';
import { LayerValue } from '../layer';
import { floatTensor, shapeOf, unknownTensor } from '../shapes';
import { FlowRecorder, type RecordedNode, TensorValue } from '../tensor';
import { derivesFrom } from './classes';
import { cloned, clonedBy } from './cloning';
import { Configuration } from './configuration';
import { kerasDialect } from './dialect';
import { FunctionalModel } from './functionalModel';
import { kerasFunction } from './functions';
import { InputSpecification } from './inputSpecification';
import { copyOfLayer, isKerasLayer, kerasLayer, textGiven, unknownLayer } from './layers';
import { KerasLoss, lossOf } from './losses';
import { KerasModel } from './models';
import { Placement } from './placement';
import { SequentialModel } from './sequentialModel';
import { OwnClasses } from './subclass';
import { KerasTrace, tensorsAmong } from './trace';
import { variable } from './weights';
import { isWrapper, wrapper } from './wrappers';

/** Spellings of Keras' own root, longest first. */
const roots = [
  'tensorflow.compat.v2.keras.',
  'tensorflow.compat.v1.keras.',
  'tensorflow.python.keras.',
  'tensorflow.keras.',
  'tf_keras.',
  'keras.src.',
  'keras.',
];

/** Classes whose subclasses are layers or models of the program's own. */
const ownBases: ReadonlySet<string> = new Set([
  'keras.models.Model',
  'keras.layers.Layer',
  'keras.layers.AbstractRNNCell',
  'tensorflow.Module',
]);

const modelBases: ReadonlySet<string> = new Set(['keras.models.Model', 'keras.models.Sequential']);

export class KerasLibrary implements Library {
  private readonly trace = new KerasTrace(kerasDialect);
  private readonly own = new OwnClasses(this.trace);
  private readonly constructed: SequenceValue = list([]);

  canonicalPath(path: string): string | undefined {
    if (path === 'keras' || path === 'tensorflow.keras') return 'keras';
    const root = roots.find((prefix) => path.startsWith(prefix));
    // What is left of TensorFlow are functions of tensors and variables.
    if (root === undefined) return path.startsWith('tensorflow.') ? path : undefined;
    const rest = path.slice(root.length);
    if (isOfOldKeras(root, rest)) this.trace.isOld = true;
    const name = rest.slice(rest.lastIndexOf('.') + 1);
    if (name === 'from_config') return `keras.${rest}`;
    // After `from keras.models import *` every name may be taken to be of there: Keras has each of these once.
    if (isKerasLayer(name) || isWrapper(name) || /^(Input|InputLayer|Layer)$/.test(name)) return `keras.layers.${name}`;
    if (name === 'Sequential' || name === 'Model') return `keras.models.${name}`;
    // `keras.layers.recurrent.LSTM`, `keras.layers.core.Dense`: where older versions kept them.
    return `keras.${rest.replace(/^layers\.(?:\w+\.)+(\w+)$/, 'layers.$1').replace(/^models\.(?:\w+\.)+(\w+)$/, 'models.$1')}`;
  }

  /** Keras 3 and `tf.keras` of TensorFlow 2 have none of the recurrent layers of cuDNN. */
  isRemoved(path: string): boolean {
    const root = roots.find((prefix) => path.startsWith(prefix) && !prefix.includes('compat.v1'));
    return root !== undefined && /^layers\.(?:\w+\.)?CuDNN(?:LSTM|GRU)$/.test(path.slice(root.length));
  }

  call(path: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const name = path.slice(path.lastIndexOf('.') + 1);
    switch (path) {
      case 'keras.layers.Input':
        return this.input(parameters, site);
      case 'keras.layers.InputLayer':
        return new InputSpecification(
          this.inputType(parameters, ['input_shape'], site),
          site.machine.locate(site.span),
        );
      case 'keras.models.Sequential':
        return this.sequential(parameters, site);
      case 'keras.models.Model':
        return this.functional(parameters, site);
      case 'keras.models.clone_model': {
        const given = new LibraryArguments(['model', 'input_tensors', 'clone_function'], parameters, site);
        const change = given.isNone('clone_function') ? undefined : given.get('clone_function');
        const copy =
          change === undefined
            ? cloned(given.get('model'), this.trace, site)
            : clonedBy(given.get('model'), change, this.trace, site);
        if (copy !== undefined) this.register(copy, site);
        return copy;
      }
      case 'keras.backend.set_image_data_format':
      case 'keras.config.set_image_data_format': {
        const format = parameters.positional[0] ?? parameters.keywords.get('data_format');
        if (format !== undefined) site.machine.heap.setVariable(this.trace.settings, 'data_format', format);
        return none;
      }
      case 'tensorflow.Variable':
      case 'keras.Variable':
        return variable(this.trace, parameters, site, path === 'keras.Variable');
      case 'tensorflow.function':
        // A decorator: with arguments it gives the decorator itself.
        return parameters.positional[0] ?? { kind: 'library', path: 'tensorflow.function' };
      default:
    }
    if (name === 'from_config' || path === 'keras.models.model_from_json') return this.again(path, parameters, site);
    if (path.startsWith('keras.losses.')) {
      const loss = lossOf(name);
      if (loss === null) return undefined;
      const isLogits = new LibraryArguments(['from_logits'], parameters, site).flag('from_logits', false);
      const fromLogits = /crossentropy/i.test(name) && typeof isLogits === 'boolean' ? isLogits : null;
      return new KerasLoss(loss, fromLogits, site.machine.locate(site.span));
    }
    const isLayer = path.startsWith('keras.layers.');
    if (!isLayer || /^[a-z]/.test(name)) {
      return (
        kerasFunction(this.trace, path, parameters, site) ??
        (isLayer ? this.functionForm(name, parameters, site) : undefined)
      );
    }
    const stated = (given: LibraryArguments): TensorType | null => this.statedInput(given, parameters, site);
    if (isWrapper(name)) return wrapper(this.trace, name, parameters, site, stated);
    return (
      kerasLayer(this.trace, name, parameters, site, stated) ??
      unknownLayer(this.trace, name, `${name} is not a layer that Unroll knows`, site)
    );
  }

  /** `LSTM.from_config(layer.get_config())`: the same layer or model anew. */
  private again(path: string, { positional: [given], keywords }: CallArguments, site: CallSite): Value | undefined {
    const configuration = given ?? keywords.get('config');
    const whole = configuration instanceof Configuration ? configuration.of : undefined;
    if (whole instanceof LayerValue) {
      const isOfClass = path.replace(/\.from_config$/, '').endsWith(`.${whole.libraryClass?.replace(/^.*\./, '')}`);
      return isOfClass ? copyOfLayer(whole) : undefined;
    }
    const copy = cloned(whole, this.trace, site);
    if (copy !== undefined) this.register(copy, site);
    return copy;
  }

  /** `keras.layers.concatenate([a, b])` and its like: the layer of that name, applied at once. */
  private functionForm(name: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const given = parameters.keywords.get('inputs');
    const [first = given, ...rest] = parameters.positional;
    if (first === undefined) return undefined;
    const keywords = new Map(parameters.keywords);
    if (given !== undefined) keywords.delete('inputs');
    // Keras 1 joined tensors with `merge([…], mode="concat")`.
    const mode = name === 'merge' ? textOf(keywords.get('mode') ?? rest[0]) : null;
    const type = mode === null ? `${name.charAt(0).toUpperCase()}${name.slice(1)}` : mergeLayers[mode];
    if (type === undefined) return undefined;
    if (mode !== null) {
      keywords.delete('mode');
      const axis = keywords.get('concat_axis');
      if (axis !== undefined) keywords.set('axis', axis);
    }
    const positional = mode === null ? rest : [];
    const layer = kerasLayer(this.trace, type, { ...parameters, positional, keywords }, site, () => null);
    return layer?.call(positionalArguments(first), site);
  }

  derivesFrom(path: string, of: string): boolean | undefined {
    return path.startsWith('keras.') ? derivesFrom(path, of) : undefined;
  }

  subclass(path: string): SubclassBehaviour | undefined {
    if (path === 'keras.models.Sequential') return this.own.sequentialBehaviour;
    if (ownBases.has(path)) return this.own.behaviour;
    const name = path.slice(path.lastIndexOf('.') + 1);
    if (!path.startsWith('keras.layers.') || !(isKerasLayer(name) || isWrapper(name))) return undefined;
    return this.own.layerBehaviour((parameters, site) => this.call(path, parameters, site));
  }

  private input(parameters: CallArguments, site: CallSite): Value {
    const tensor = parameters.keywords.get('tensor');
    if (tensor instanceof TensorValue) return tensor;
    const type = this.inputType(parameters, ['shape', 'batch_size', 'dtype'], site);
    const name = parameters.keywords.get('name');
    return this.trace.recorder.input(
      name?.kind === 'string' ? name.value : 'input',
      type,
      site.machine.locate(site.span),
    );
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
    const isEmbedding = given.has('output_dim') && given.has('input_dim') && !given.has('activation');
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
    // One number is taken for a tuple of one, as older versions of Keras do.
    const items =
      shape.kind === 'tuple' || shape.kind === 'list' ? shape.items : shape.kind === 'integer' ? [shape] : undefined;
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

  /** Every input has a time axis of its own: nothing says that two inputs are equally long. */
  private axis(role: 'batch' | 'time', site: CallSite): Quantity {
    if (role === 'batch') return known(site.machine.symbol({ name: 'B', meaning: batchMeaning }));
    const location = site.machine.locate(site.span);
    return known(site.machine.symbol({ name: 'T', meaning: timeMeaning, location }));
  }

  private sequential(parameters: CallArguments, site: CallSite): Value {
    // Keras 2 has the name in second place, Keras 3 in third.
    const [, second] = parameters.positional;
    const signature = second?.kind === 'string' ? ['layers', 'name'] : ['layers', 'trainable', 'name'];
    const given = new LibraryArguments(signature, parameters, site);
    const layers = given.get('layers');
    const items = layers === undefined || layers.kind === 'none' ? [] : site.machine.itemsOf(layers);
    const stack = items ?? [unknown('the layers of the model are not known', null, site.machine.locate(site.span))];
    const model = new SequentialModel(
      this.trace,
      stack,
      site.machine.locate(site.span),
      textGiven(given, 'name'),
      site.machine.currentFunctionName(),
      given.get('trainable') ?? null,
    );
    this.register(model, site);
    return model;
  }

  private functional(parameters: CallArguments, site: CallSite): Value {
    const given = new LibraryArguments(['inputs', 'outputs', 'name'], parameters, site);
    // Keras 1 wrote `input` and `output`.
    const from = given.get('inputs') ?? given.get('input');
    const to = given.get('outputs') ?? given.get('output');
    const inputs = tensorsAmong(from === undefined ? [] : [from]);
    const outputs = tensorsAmong(to === undefined ? [] : [to]);
    const missing = missingTensor(to) ?? missingTensor(from);
    const because =
      missing !== undefined
        ? `what the model is made of is not followed${missing.kind === 'unknown' ? `: ${missing.because}` : ''}`
        : outputs.length === 0
          ? 'the model states no outputs'
          : null;
    const model = new FunctionalModel(
      this.trace,
      inputs,
      outputs,
      site.machine.locate(site.span),
      textGiven(given, 'name'),
      site.machine.currentFunctionName(),
      because,
      given.get('trainable') ?? null,
    );
    this.register(model, site);
    return model;
  }

  private register(model: Value, site: CallSite): void {
    site.machine.heap.setItems(this.constructed, [...this.constructed.items, model]);
  }

  /** A graph for every model that was constructed, and for every class of the program's own that is one. */
  models(machine: PythonMachine): ModelGraph[] {
    this.own.finish(machine);
    const made = this.constructed.items.flatMap((model) => {
      let found: ModelGraph[] = [];
      machine.runRoot(() => {
        found = this.graphsOf(machine, model);
      });
      return found.map((graph) => ({ graph, isInner: model instanceof KerasModel && model.isInner }));
    });
    const graphs = made.map(({ graph }) => graph);
    const own = this.ownGraphs(machine, graphs);
    // A model that a class of the program's own makes for itself is shown as part of what holds it.
    const outer = [...made.flatMap(({ graph, isInner }) => (isInner ? [] : [graph])), ...own];
    const parts = new Set(outer.flatMap(({ layers }) => layers.map(placeOf)));
    const shown = made.filter(
      ({ graph, isInner }) => !isInner || !graph.layers.every((layer) => parts.has(placeOf(layer))),
    );
    return [...shown.map(({ graph }) => graph), ...own];
  }

  /** The graph of a value that is a model. */
  graphsOf(machine: Machine, model: Value): ModelGraph[] {
    if (model instanceof SequentialModel) return this.sequentialGraph(machine, model);
    if (model instanceof FunctionalModel) return this.functionalGraph(machine, model);
    return [];
  }

  private sequentialGraph(machine: Machine, model: SequentialModel): ModelGraph[] {
    const recorder = new FlowRecorder(kerasDialect);
    const site: CallSite = { span: model.location, machine };
    const type = model.inputType ?? unknownTensor('the model states no input shape');
    const input = recorder.input('input', type, model.location);
    const result = this.trace.within(recorder, () => model.applyTo(input, site));
    const placed = new Placement(this.own, site).whole(model).map(withoutDot);
    return this.graph(machine, model, 'sequential', placed, recorder.nodes, tensorsIn(result, recorder));
  }

  private functionalGraph(machine: Machine, model: FunctionalModel): ModelGraph[] {
    const { nodes, outputs } = model.subgraph;
    const placed = new Placement(this.own, { span: model.location, machine }).whole(model).map(withoutDot);
    return this.graph(machine, model, 'functional', placed, nodes, outputs);
  }

  private graph(
    machine: Machine,
    model: KerasModel,
    form: ModelGraph['form'],
    layers: readonly PlacedLayer[],
    nodes: readonly RecordedNode[],
    outputs: ModelGraph['outputs'],
  ): ModelGraph[] {
    if (layers.length === 0) return [];
    const { name, location, loss } = model;
    const extent = extentOf(location, layers);
    return [
      assembleGraph(
        { name, framework: 'keras', form, location, extent, layers, nodes, outputs, problems: [], ...lossParts(loss) },
        machine.symbols,
      ),
    ];
  }

  private isModel(machine: PythonMachine, instance: InstanceValue): boolean {
    return machine
      .lineage(instance.class)
      .some(({ bases }) =>
        bases.some((base) => base.kind === 'library' && modelBases.has(this.canonicalPath(base.path) ?? '')),
      );
  }

  /** Models first; a layer of the program's own stands for itself only where no model holds it. */
  private ownGraphs(machine: PythonMachine, others: readonly ModelGraph[]): ModelGraph[] {
    const instances = machine.instances.filter((instance) => this.own.isOwn(instance));
    const models = instances.filter((instance) => this.isModel(machine, instance));
    const layersAlone = instances.filter((instance) => !models.includes(instance));
    // What holds others is traced first: it says what its parts are applied to.
    const ordered = [...models, ...layersAlone].sort((a, b) => holding(b, a) - holding(a, b));
    const traces = new Map(
      ordered.map((instance) => {
        let traced: ReturnType<OwnClasses['traced']> = { recorder: new FlowRecorder(kerasDialect), result: none };
        const isWithinBounds = machine.runRoot(() => {
          traced = this.own.traced(instance, machine);
        });
        return [instance, { ...traced, isWithinBounds }];
      }),
    );
    // What another file's model holds is still to be shown in the file that defines it.
    const { file } = machine.currentSource;
    const here = others.filter(({ location }) => location.file === file);
    const held = new Set(here.flatMap(({ layers }) => layers.map(placeOf)));
    const graphs: ModelGraph[] = [];
    for (const instance of [...models, ...layersAlone]) {
      const { definition } = instance.class;
      const site: CallSite = { span: definition.nameSpan, machine };
      const placed = new Placement(this.own, site).whole(instance);
      const places = placed.flatMap((item) => ('layer' in item ? [placeOf(item.layer)] : []));
      if (placed.length === 0 || (!models.includes(instance) && places.every((place) => held.has(place)))) continue;
      const trace = traces.get(instance);
      if (trace === undefined) continue;
      const functional = this.own.functionalOf(instance);
      const { home } = instance.class;
      const { location: made } = instance.construction;
      // A class of another file is shown where this file constructs it.
      const isElsewhere = home !== machine.globals && made.file === file;
      const location = isElsewhere ? made : machine.locateIn(home, definition.nameSpan);
      const extent = isElsewhere ? made : machine.locateIn(home, definition);
      if (location.file === file) for (const place of places) held.add(place);
      graphs.push(
        assembleGraph(
          {
            name: definition.name,
            framework: 'keras',
            form: 'subclass',
            location,
            extent,
            layers: placed,
            nodes: functional?.subgraph.nodes ?? trace.recorder.nodes,
            outputs: functional?.subgraph.outputs ?? tensorsIn(trace.result, trace.recorder),
            problems: trace.isWithinBounds ? [] : [{ message: 'call does more than is followed', location }],
            ...lossParts(this.own.lossOf(instance)),
          },
          machine.symbols,
        ),
      );
    }
    return graphs;
  }
}

/**
 * Whether a name says that the program is written for Keras before 2.4, or takes the classes that later versions kept of it:
 * there a GRU is made with `reset_after=False` unless it is told otherwise.
 */
function isOfOldKeras(root: string, rest: string): boolean {
  if (/^layers\.recurrent\.GRU(?:Cell)?$/.test(rest)) return true;
  return (
    root === 'keras.' &&
    /^(?:engine\.topology\b|backend\.tensorflow_backend\b|layers\.(?:CuDNN\w+|Merge|merge)$)/.test(rest)
  );
}

const mergeLayers: Readonly<Record<string, string>> = {
  concat: 'Concatenate',
  sum: 'Add',
  mul: 'Multiply',
  ave: 'Average',
  max: 'Maximum',
};

function textOf(value: Value | undefined): string | null {
  return value?.kind === 'string' ? value.value : null;
}

/** 1 when the first instance reaches the second through its attributes. */
function holding(holder: InstanceValue, part: InstanceValue): 0 | 1 {
  const seen = new Set<Value>();
  const visit = (value: Value): boolean => {
    if (value === part) return true;
    if (seen.has(value)) return false;
    seen.add(value);
    if (value.kind === 'list' || value.kind === 'tuple') return value.items.some(visit);
    if (value.kind === 'dictionary') return [...value.entries.values()].some((entry) => visit(entry.value));
    return value.kind === 'instance' && [...value.attributes.values()].some(visit);
  };
  return holder !== part && visit(holder) ? 1 : 0;
}

function placeOf({ location }: { readonly location: SourceLocation }): string {
  return `${location.file}:${location.from}`;
}

/** The root of a model has no name in the paths of its layers. */
function withoutDot<Placed extends PlacedLayer>(placed: Placed): Placed {
  return { ...placed, path: placed.path.replace(/^\./, '') };
}

/** From the first to the last place that makes the model. */
function extentOf(location: SourceLocation, placed: readonly PlacedLayer[]): SourceLocation {
  const places = placed
    .map((item) => ('layer' in item ? item.layer.location : item.fixed.location))
    .filter(({ file }) => file === location.file);
  const first = places.reduce((earliest, other) => (other.from < earliest.from ? other : earliest), location);
  return { ...first, to: Math.max(location.to, ...places.map((place) => place.to)) };
}

/** The first thing among what should be tensors that is none. */
function missingTensor(value: Value | undefined): Value | undefined {
  if (value === undefined || value instanceof TensorValue) return undefined;
  if (value.kind === 'list' || value.kind === 'tuple') {
    return value.items.map(missingTensor).find((missing) => missing !== undefined);
  }
  if (value.kind === 'dictionary') {
    return [...value.entries.values()]
      .map((entry) => missingTensor(entry.value))
      .find((missing) => missing !== undefined);
  }
  return value;
}

function elementOf(dtype: Value | undefined): TensorType['element'] {
  const name = dtype?.kind === 'string' ? dtype.value : dtype?.kind === 'library' ? dtype.path : '';
  if (/int/.test(name)) return 'integer';
  return dtype === undefined || /float/.test(name) ? 'float' : 'unknown';
}

function openSize(position: number, site: CallSite): Quantity {
  return known(site.machine.symbol({ name: `D${position}`, meaning: `size of axis ${position} of the input` }));
}

function lossParts(loss: LossApplication | null): Pick<ModelGraph, 'loss' | 'losses'> {
  return loss === null ? { loss: null } : { loss: loss.name, losses: [loss] };
}
