/** What PyTorch's names mean to the evaluator, and the models that a file's PyTorch code defines. */
import type { Cell, ModelGraph, SourceLocation } from '../../../../model/graph';
import { registerModule } from '../../evaluate/attributes';
import type { Library, SubclassBehaviour } from '../../evaluate/machine';
import type { PythonMachine } from '../../evaluate/python/machine';
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  type InstanceValue,
  isSame,
  list,
  none,
  type SequenceValue,
  text,
  tuple,
  type UnknownValue,
  unknown,
  type Value,
} from '../../evaluate/values';
import { assembleGraph, type FixedLayer, type PlacedLayer, tensorsIn } from '../graph';
import { LayerValue, WeightHandle } from '../layer';
import { unknownTensor } from '../shapes';
import { FlowRecorder, TensorValue } from '../tensor';
import { ContainerValue, container } from './containers';
import { applyToModules, descendants } from './descendants';
import { plainLayer } from './layers';
import { recurrentLayer, undecidedLayer } from './recurrent';
import { packing, torchDialect, torchFunction } from './tensors';
import { TorchTrace } from './trace';

const moduleClasses: ReadonlySet<string> = new Set([
  'torch.nn.Module',
  'pytorch_lightning.LightningModule',
  'lightning.LightningModule',
  'lightning.pytorch.LightningModule',
]);

/** Losses without arrays of their own that nothing here tells apart. */
const otherLosses: ReadonlySet<string> = new Set([
  'CTCLoss',
  'KLDivLoss',
  'PoissonNLLLoss',
  'GaussianNLLLoss',
  'HingeEmbeddingLoss',
  'MarginRankingLoss',
  'MultiLabelMarginLoss',
  'MultiLabelSoftMarginLoss',
  'MultiMarginLoss',
  'SoftMarginLoss',
  'TripletMarginLoss',
  'CosineEmbeddingLoss',
]);

const recurrentClasses: Readonly<Record<string, Cell>> = {
  RNN: 'rnn',
  RNNCell: 'rnn',
  GRU: 'gru',
  GRUCell: 'gru',
  LSTM: 'lstm',
  LSTMCell: 'lstm',
};

/** Canonical names of losses by their PyTorch class. */
const losses: Readonly<Record<string, string>> = {
  CrossEntropyLoss: 'crossEntropy',
  NLLLoss: 'negativeLogLikelihood',
  MSELoss: 'meanSquaredError',
  L1Loss: 'meanAbsoluteError',
  BCELoss: 'binaryCrossEntropy',
  BCEWithLogitsLoss: 'binaryCrossEntropyWithLogits',
  HuberLoss: 'huber',
  SmoothL1Loss: 'huber',
};

/** `self._modules`, through which some code registers modules by computed names. */
class AttributeTable implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'modules by name';

  constructor(private readonly instance: InstanceValue) {}

  attribute(name: string, site: CallSite): Value | undefined {
    if (name === 'values' || name === 'items' || name === 'keys') return undefined;
    return builtin(name, () => {
      registerModule(this.instance, unknown(name), unknown(`what ${name} registers is not known`), site);
      return none;
    });
  }

  index([index]: readonly Value[]): Value {
    const held = index?.kind === 'string' ? this.instance.attributes.get(index.value) : undefined;
    return held ?? unknown('a module whose name is not known');
  }

  setItem(index: Value, value: Value | undefined, site: CallSite): void {
    if (value !== undefined) registerModule(this.instance, index, value, site);
    else if (index.kind === 'string') site.machine.heap.deleteVariable(this.instance.attributes, index.value);
  }
}

/** A tensor array registered with a module by itself. */
class ParameterValue extends TensorValue {
  readonly isTrained: { value: Value } = { value: boolean(true) };
  location: SourceLocation | null = null;

  override attribute(name: string, site: CallSite): Value | undefined {
    // What is taken out of a parameter is a tensor like any other, registered nowhere.
    if (name === 'data') return this.recorder.constant(this.type);
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
}

/** A loss function object: calling it on a model's output says what the model is trained on. */
class LossValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'loss';

  constructor(readonly name: string) {}

  attribute(name: string): Value | undefined {
    return name === 'to' || name === 'cuda' ? builtin(name, () => this) : undefined;
  }

  call({ positional: [prediction] }: CallArguments): Value {
    const source = prediction === undefined ? undefined : moduleBehind(prediction);
    if (source !== undefined) source.losses.add(this.name);
    return unknown('a loss is only known when it runs');
  }
}

/** The output of a module called outside of a trace: of interest only for what is done with it. */
class ModuleOutput implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'tensor';

  constructor(readonly module: { readonly losses: Set<string> }) {}

  attribute(): Value {
    // Whatever is done to it, it stays that module's output.
    return builtin('method', () => this);
  }

  index(): Value {
    return this;
  }

  binary(): Value {
    return this;
  }

  unpack(count: number): readonly Value[] {
    return Array.from({ length: count }, () => this);
  }
}

function moduleBehind(value: Value): { readonly losses: Set<string> } | undefined {
  return value instanceof ModuleOutput ? value.module : undefined;
}

export class TorchLibrary implements Library {
  private readonly trace = new TorchTrace(torchDialect);
  private readonly lossesOf = new Map<Value, Set<string>>();
  private readonly sequentials: SequenceValue = list([]);
  /** Recurrent layers constructed at the top level of a file, as short scripts use them by themselves. */
  private readonly topLevelLayers: SequenceValue = list([]);

  canonicalPath(path: string): string | undefined {
    if (path === 'torch' || path.startsWith('torch.')) {
      return path
        .replace(/^torch\.nn\.modules\.\w+\./, 'torch.nn.')
        .replace(/^torch\.nn\.parameter\./, 'torch.nn.')
        .replace(/^torch\.functional\./, 'torch.');
    }
    return moduleClasses.has(path) ? path : undefined;
  }

  constant(path: string): Value | undefined {
    return path.startsWith('torch.float') || path.startsWith('torch.int') || path === 'torch.long'
      ? unknown(path, null)
      : undefined;
  }

  call(path: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const name = path.slice(path.lastIndexOf('.') + 1);
    if (path.startsWith('torch.nn.utils.rnn.')) return packing(this.trace, name, parameters, site);
    if (path.startsWith('torch.nn.functional.')) return torchFunction(this.trace, name, parameters, site);
    if (path.startsWith('torch.nn.') && path.split('.').length === 3) return this.construct(name, parameters, site);
    if (/^torch\.nn\.utils\.(?!rnn\.|clip_grad)/.test(path)) return reparametrised(parameters, site);
    if (path.startsWith('torch.autograd.Variable') || path === 'torch.jit.script') return parameters.positional[0];
    if (/^torch\.\w+$/.test(path)) return torchFunction(this.trace, name, parameters, site);
    return undefined;
  }

  private construct(name: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const cell = Object.hasOwn(recurrentClasses, name) ? recurrentClasses[name] : undefined;
    if (cell !== undefined) {
      const layer = recurrentLayer(this.trace, cell, name.endsWith('Cell'), parameters, site);
      if (site.machine.currentFunctionName() === null) {
        site.machine.heap.setItems(this.topLevelLayers, [...this.topLevelLayers.items, layer]);
      }
      return layer;
    }
    switch (name) {
      case 'Sequential':
      case 'ModuleList':
      case 'ModuleDict': {
        const value = container(name, parameters, site);
        if (name === 'Sequential' && value instanceof ContainerValue && !this.trace.isTracing) {
          site.machine.heap.setItems(this.sequentials, [...this.sequentials.items, value]);
        }
        return value;
      }
      case 'Parameter': {
        const [data] = parameters.positional;
        const type = data instanceof TensorValue ? data.type : unknownTensor('its data is not known');
        const value = new ParameterValue(type, null, this.trace.recorder, torchDialect);
        value.location = site.machine.locate(site.span);
        value.isTrained.value = parameters.positional[1] ?? parameters.keywords.get('requires_grad') ?? boolean(true);
        return value;
      }
      case 'Module':
        return undefined;
      default: {
        const loss = Object.hasOwn(losses, name) ? losses[name] : undefined;
        if (loss !== undefined || otherLosses.has(name)) return new LossValue(loss ?? name);
        const because = `${name} is not a layer that Unroll knows`;
        const undescribed = (): Value =>
          new LayerValue(undecidedLayer(this.trace, name, because), site.machine.locate(site.span));
        return plainLayer(this.trace, name, parameters, site) ?? (/^[A-Z]/.test(name) ? undescribed() : undefined);
      }
    }
  }

  subclass(path: string): SubclassBehaviour | undefined {
    // A class derived from a layer or a container is a module too, though what it inherits is not counted.
    return moduleClasses.has(path) || /^torch\.nn\.[A-Z]\w*$/.test(path) ? this.moduleBehaviour : undefined;
  }

  private readonly moduleBehaviour: SubclassBehaviour = {
    // `Module.__init__` starts with nothing registered, also when it is called again.
    construct: (instance, _parameters, site) => {
      for (const [name, value] of [...instance.attributes]) {
        if (isRegistered(value)) site.machine.heap.deleteVariable(instance.attributes, name);
      }
    },
    call: (instance, parameters, site) => {
      const forward = instance.attributes.get('forward') ?? findMethod(site, instance, 'forward');
      if (!this.trace.isTracing) return new ModuleOutput({ losses: this.lossesFor(instance) });
      if (forward?.kind === 'function') return site.machine.call({ ...forward, receiver: instance }, parameters, site);
      return unknown(`${instance.class.definition.name} has no forward`);
    },
    attribute: (instance, name, site) => {
      switch (name) {
        case 'to':
        case 'cuda':
        case 'cpu':
        case 'float':
        case 'double':
        case 'half':
        case 'train':
        case 'eval':
        case 'apply':
          return builtin(name, ({ positional: [method] }, at) => {
            if (method !== undefined) applyToModules(instance, method, at);
            return instance;
          });
        case 'children':
        case 'named_children':
        case 'modules':
        case 'named_modules':
          return builtin(name, (_parameters, site) => descendants(instance, name, site));
        case 'requires_grad_':
        case 'parameters':
        case 'named_parameters':
          return builtin(name, (parameters, site) => moduleParameters(name, instance, parameters, site));
        case 'add_module':
        case 'register_module':
        case 'register_parameter':
        case 'register_buffer':
          return builtin(name, ({ positional, keywords }, site) => {
            const key = positional[0] ?? keywords.get('name');
            const value = positional[1] ?? keywords.get('module') ?? keywords.get('param') ?? keywords.get('tensor');
            // A buffer is no trained array; it is kept as a plain tensor.
            if (key !== undefined && value !== undefined) registerModule(instance, key, value, site);
            return none;
          });
        case '_modules':
          return new AttributeTable(instance);
        case '__dict__':
          // Writing there goes around registration, and what is written cannot be told.
          registerModule(instance, unknown(name), unknown('__dict__ of a module is not followed'), site);
          return unknown('__dict__ of a module is not followed');
        case 'set_submodule':
        case 'get_submodule':
        case 'get_parameter':
          // Ways around registration, or to what only a path names: neither is followed.
          return builtin(name, (_parameters, site) => {
            registerModule(instance, unknown(name), unknown(`${name} is not followed`), site);
            return unknown(`${name} is not followed`);
          });
        case 'zero_grad':
        case 'load_state_dict':
        case 'save_hyperparameters':
          return builtin(name, () => none);
        default:
          return undefined;
      }
    },
  };

  private lossesFor(module: Value): Set<string> {
    const held = this.lossesOf.get(module) ?? new Set();
    this.lossesOf.set(module, held);
    return held;
  }

  /** A graph for every distinct module of the file, and for every `nn.Sequential` that stands by itself. */
  models(machine: PythonMachine): ModelGraph[] {
    const graphs = machine.instances
      .filter((instance) => machine.behaviourOf(instance.class) === this.moduleBehaviour)
      .flatMap((instance) => this.moduleGraph(machine, instance));
    const held = new Set(
      graphs.flatMap((graph) => graph.layers.map((layer) => `${layer.location.file}:${layer.location.from}`)),
    );
    for (const sequential of this.sequentials.items) {
      if (!(sequential instanceof ContainerValue)) continue;
      const graph = this.sequentialGraph(machine, sequential);
      const isPart = graph.layers.some((layer) => held.has(`${layer.location.file}:${layer.location.from}`));
      if (!isPart && graph.layers.length > 0) graphs.push(graph);
    }
    for (const layer of this.topLevelLayers.items) {
      if (layer instanceof LayerValue && !held.has(`${layer.location.file}:${layer.location.from}`)) {
        graphs.push(singleLayerGraph(machine, layer));
      }
    }
    return graphs;
  }

  private moduleGraph(machine: PythonMachine, instance: InstanceValue): ModelGraph[] {
    const { definition } = instance.class;
    const site: CallSite = { span: definition.nameSpan, machine };
    const forward = machine.findInClass(instance.class, 'forward');
    let recorder = new FlowRecorder(torchDialect);
    let result: Value = none;
    const problems: { message: string; location: SourceLocation }[] = [];
    if (forward?.kind === 'function') {
      const isWithinBounds = machine.runRoot(() => {
        ({ recorder, result } = this.trace.traceForward(instance, forward, site));
      });
      if (!isWithinBounds) {
        problems.push({
          message: 'forward does more than is followed',
          location: machine.locateIn(instance.class.home, definition.nameSpan),
        });
      }
    }
    // After the trace: only then is it known which unknown attributes the module calls.
    const layers = placedLayers(machine, instance, '');
    if (layers.length === 0) return [];
    const [loss = null] = this.lossesFor(instance);
    return [
      assembleGraph(
        {
          name: definition.name,
          framework: 'torch',
          form: 'module',
          ...placeOf(machine, instance),
          layers,
          nodes: recorder.nodes,
          outputs: tensorsIn(result, recorder),
          problems,
          loss,
        },
        machine.symbols,
      ),
    ];
  }

  private sequentialGraph(machine: PythonMachine, sequential: ContainerValue): ModelGraph {
    const recorder = new FlowRecorder(torchDialect, []);
    const site: CallSite = { span: sequential.location, machine };
    const input = recorder.input('input', unknownTensor('nothing says what shape the input has'), sequential.location);
    let result: Value = none;
    machine.runRoot(() => {
      result = this.trace.within(recorder, () =>
        sequential.call({ positional: [input], keywords: new Map(), isOpen: false }, site),
      );
    });
    return assembleGraph(
      {
        name: sequential.name ?? 'Sequential',
        framework: 'torch',
        form: 'sequential',
        location: sequential.location,
        extent: sequential.location,
        layers: containerLayers(machine, sequential, ''),
        nodes: recorder.nodes,
        outputs: tensorsIn(result, recorder),
        problems: [],
        loss: null,
      },
      machine.symbols,
    );
  }
}

function findMethod(site: CallSite, instance: InstanceValue, name: string): Value | undefined {
  const found = site.machine.attribute(instance, name, site);
  return found.kind === 'unknown' ? undefined : found;
}

/** A layer used by itself. What scripts do with it step by step is not followed. */
function singleLayerGraph(machine: PythonMachine, layer: LayerValue): ModelGraph {
  const name = layer.variable ?? layer.definition.type;
  const { location } = layer;
  return assembleGraph(
    {
      name,
      framework: 'torch',
      form: 'module',
      location,
      extent: location,
      layers: [{ path: name, layer }],
      nodes: [],
      outputs: [],
      problems: [],
      loss: null,
    },
    machine.symbols,
  );
}

/** The layer or container that a class derives from, whose own weights are not counted; undefined for plain modules. */
function inheritedLayer(machine: PythonMachine, instance: InstanceValue): string | undefined {
  for (const { bases } of machine.lineage(instance.class)) {
    for (const base of bases) {
      if (base.kind === 'library' && /^torch\.nn\.(.*\.)?[A-Z]\w*$/.test(base.path) && !base.path.endsWith('.Module')) {
        return base.path;
      }
    }
  }
  return undefined;
}

/** `nn.utils.weight_norm(layer)` and its like change the arrays of what they are given, and give it back. */
function reparametrised({ positional: [layer] }: CallArguments, site: CallSite): Value {
  if (layer instanceof LayerValue) layer.reparametrise(site);
  return layer ?? none;
}

/** `module.parameters()`, `named_parameters()` and `requires_grad_()`. */
function moduleParameters(
  name: string,
  instance: InstanceValue,
  { positional: [flag], keywords }: CallArguments,
  site: CallSite,
): Value {
  const found = trainedObjects(instance, '', new Set());
  if (name === 'requires_grad_') {
    const value = flag ?? keywords.get('requires_grad') ?? boolean(true);
    for (const { object } of found) object.setAttribute('requires_grad', value, site);
    return instance;
  }
  return list(found.map(({ path, object }) => (name === 'parameters' ? object : tuple([text(path), object]))));
}

interface TrainedObject {
  readonly path: string;
  readonly object: WeightHandle | ParameterValue;
}

/** The arrays below an object, each once, by their paths. */
function trainedObjects(value: Value, path: string, seen: Set<Value>): TrainedObject[] {
  if (seen.has(value)) return [];
  seen.add(value);
  const below = (entries: Iterable<readonly [string, Value]>): TrainedObject[] =>
    [...entries].flatMap(([name, inner]) => trainedObjects(inner, path === '' ? name : `${path}.${name}`, seen));
  if (value instanceof ParameterValue) return [{ path, object: value }];
  if (value instanceof LayerValue) {
    return (value.handles() ?? []).map((object) => ({ path: `${path}.${object.name}`, object }));
  }
  if (value instanceof ContainerValue) return below(value.entries());
  return value.kind === 'instance' ? below(value.attributes) : [];
}

/** Where a module's model is shown: at its class, or at its construction when another file defines the class. */
function placeOf(machine: PythonMachine, instance: InstanceValue): Pick<ModelGraph, 'location' | 'extent'> {
  const { home, definition } = instance.class;
  const { location } = instance.construction;
  if (home !== machine.globals && location.file === machine.currentSource.file) return { location, extent: location };
  return { location: machine.locateIn(home, definition.nameSpan), extent: machine.locateIn(home, definition) };
}

/** Deeper than modules are nested by people; recursive constructions are cut off here. */
const deepestNesting = 40;

/** The layers a module holds, as PyTorch registers them: attributes in order, containers and modules within. */
function placedLayers(machine: PythonMachine, instance: InstanceValue, prefix: string, depth = 0): PlacedLayer[] {
  if (depth > deepestNesting) {
    const location = machine.locateIn(instance.class.home, instance.class.definition.nameSpan);
    const weights = { unknown: 'modules are nested too deep to follow' };
    return [{ path: `${prefix}…`, fixed: { type: instance.class.definition.name, weights, location } }];
  }
  const placed = [...instance.attributes].flatMap(([name, value]) =>
    placedWithin(machine, value, `${prefix}${name}`, depth + 1),
  );
  const hook = machine.hookOf(instance.class);
  const inherited =
    inheritedLayer(machine, instance) ?? (hook === undefined ? undefined : `something that its ${hook} decides`);
  if (!machine.hasUnknownBase(instance.class) && inherited === undefined) return placed;
  const because = `${instance.class.definition.name} derives from ${inherited ?? 'a class that is not read'}`;
  const location = machine.locateIn(instance.class.home, instance.class.definition.nameSpan);
  return [
    ...placed,
    { path: `${prefix}(inherited)`, fixed: { type: 'inherited', weights: { unknown: because }, location } },
  ];
}

/** What a module registers when it is set as an attribute, as far as it is known to be such. */
function isRegistered(value: Value): boolean {
  return value instanceof LayerValue || value instanceof ContainerValue || value instanceof ParameterValue;
}

function placedWithin(machine: PythonMachine, value: Value, path: string, depth: number): PlacedLayer[] {
  if (value instanceof LayerValue) return [{ path, layer: value }];
  if (value instanceof ContainerValue) return containerLayers(machine, value, `${path}.`, depth);
  if (value instanceof ParameterValue) return [{ path, fixed: parameterLayer(machine, value) }];
  if (value instanceof WeightHandle) {
    const weights = { unknown: 'it is an array of another layer' };
    return [{ path, fixed: { type: 'Parameter', weights, location: value.layer.location } }];
  }
  if (value.kind === 'instance' && machine.behaviourOf(value.class) !== undefined) {
    return placedLayers(machine, value, `${path}.`, depth);
  }
  if (value.kind === 'unknown' && mayHoldWeights(machine, value)) {
    const location = value.location ?? machine.locate({ from: 0, to: 0 });
    return [{ path, fixed: { type: 'unknown', weights: { unknown: value.because }, location } }];
  }
  return [];
}

/** An unknown value that the program calls, or that may be a module, has weights for all anyone knows. */
function mayHoldWeights(machine: PythonMachine, value: UnknownValue): boolean {
  return (
    (value.mayBeModule !== false && machine.calledUnknowns.has(value)) ||
    (value.mayBeModule === true && (value.name === null || !machine.sizeNames.has(value.name))) ||
    (value.alternatives ?? []).some((alternative) => placedWithin(machine, alternative, '', 0).length > 0)
  );
}

function containerLayers(machine: PythonMachine, container: ContainerValue, prefix: string, depth = 0): PlacedLayer[] {
  return container.entries().flatMap(([name, module]) => {
    const path = `${prefix}${name}`;
    if (module.kind === 'unknown') {
      const { location } = container;
      return [{ path, fixed: { type: 'unknown', weights: { unknown: module.because }, location } }];
    }
    return placedWithin(machine, module, path, depth + 1);
  });
}

function parameterLayer(machine: PythonMachine, value: ParameterValue): FixedLayer {
  const { shape } = value.type;
  const said = value.isTrained.value;
  const trainable = said.kind === 'boolean' ? said.value : null;
  return {
    type: 'Parameter',
    weights: shape.kind === 'known' ? [{ name: 'data', shape: shape.axes, trainable }] : { unknown: shape.because },
    location: value.location ?? machine.locate({ from: 0, to: 0 }),
    identity: value,
  };
}
