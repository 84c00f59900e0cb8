/** What PyTorch's names mean to the evaluator, and the models that a file's PyTorch code defines. */
import type { Cell, ModelGraph, SourceLocation } from '../../../../model/graph';
import { setNamed } from '../../evaluate/attributes';
import type { Library, SubclassBehaviour } from '../../evaluate/machine';
import type { PythonMachine } from '../../evaluate/python/machine';
import {
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  type InstanceValue,
  list,
  none,
  type SequenceValue,
  type UnknownValue,
  unknown,
  type Value,
} from '../../evaluate/values';
import { assembleGraph, type FixedLayer, type PlacedLayer, tensorsIn } from '../graph';
import { LayerValue } from '../layer';
import { unknownTensor } from '../shapes';
import { FlowRecorder, TensorValue } from '../tensor';
import { ContainerValue, container } from './containers';
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
      setNamed(this.instance, unknown(name), unknown(`what ${name} registers is not known`), site);
      return none;
    });
  }

  index([index]: readonly Value[]): Value {
    const held = index?.kind === 'string' ? this.instance.attributes.get(index.value) : undefined;
    return held ?? unknown('a module whose name is not known');
  }

  setItem(index: Value, value: Value | undefined, site: CallSite): void {
    if (value !== undefined) setNamed(this.instance, index, value, site);
    else if (index.kind === 'string') site.machine.heap.deleteVariable(this.instance.attributes, index.value);
  }
}

/** A tensor array registered with a module by itself. */
class ParameterValue extends TensorValue {}

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
        return new ParameterValue(type, null, this.trace.recorder, torchDialect);
      }
      case 'Module':
        return undefined;
      default: {
        const loss = Object.hasOwn(losses, name) ? losses[name] : undefined;
        if (loss !== undefined || name.endsWith('Loss')) return new LossValue(loss ?? name);
        const because = `${name} is not a layer that Unroll knows`;
        const undescribed = (): Value =>
          new LayerValue(undecidedLayer(this.trace, name, because), site.machine.locate(site.span));
        return plainLayer(this.trace, name, parameters, site) ?? (/^[A-Z]/.test(name) ? undescribed() : undefined);
      }
    }
  }

  subclass(path: string): SubclassBehaviour | undefined {
    return moduleClasses.has(path) ? this.moduleBehaviour : undefined;
  }

  private readonly moduleBehaviour: SubclassBehaviour = {
    call: (instance, parameters, site) => {
      const forward = instance.attributes.get('forward') ?? findMethod(site, instance, 'forward');
      if (!this.trace.isTracing) return new ModuleOutput({ losses: this.lossesFor(instance) });
      if (forward?.kind === 'function') return site.machine.call({ ...forward, receiver: instance }, parameters, site);
      return unknown(`${instance.class.definition.name} has no forward`);
    },
    attribute: (instance, name) => {
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
        case 'requires_grad_':
          return builtin(name, () => instance);
        case 'add_module':
        case 'register_module':
        case 'register_parameter':
        case 'register_buffer':
          return builtin(name, ({ positional: [key, value] }, site) => {
            // A buffer is no trained array; it is kept as a plain tensor.
            if (key !== undefined && value !== undefined) setNamed(instance, key, value, site);
            return none;
          });
        case '_modules':
        case '__dict__':
          return new AttributeTable(instance);
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

/** Where a module's model is shown: at its class, or at its construction when another file defines the class. */
function placeOf(machine: PythonMachine, instance: InstanceValue): Pick<ModelGraph, 'location' | 'extent'> {
  const { home, definition } = instance.class;
  const { location } = instance.construction;
  if (home !== machine.globals && location.file === machine.currentSource.file) return { location, extent: location };
  return { location: machine.locateIn(home, definition.nameSpan), extent: machine.locateIn(home, definition) };
}

/** The layers a module holds, as PyTorch registers them: attributes in order, containers and modules within. */
function placedLayers(machine: PythonMachine, instance: InstanceValue, prefix: string, depth = 0): PlacedLayer[] {
  if (depth > 20) return [];
  const placed = [...instance.attributes].flatMap(([name, value]) =>
    placedWithin(machine, value, `${prefix}${name}`, depth + 1),
  );
  if (!machine.hasUnknownBase(instance.class)) return placed;
  const because = `${instance.class.definition.name} derives from a class that is not read`;
  const location = machine.locateIn(instance.class.home, instance.class.definition.nameSpan);
  return [
    ...placed,
    { path: `${prefix}(inherited)`, fixed: { type: 'inherited', weights: { unknown: because }, location } },
  ];
}

function placedWithin(machine: PythonMachine, value: Value, path: string, depth: number): PlacedLayer[] {
  if (value instanceof LayerValue) return [{ path, layer: value }];
  if (value instanceof ContainerValue) return containerLayers(machine, value, `${path}.`, depth);
  if (value instanceof ParameterValue) return [{ path, fixed: parameterLayer(machine, value) }];
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
    machine.calledUnknowns.has(value) ||
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
  return {
    type: 'Parameter',
    weights:
      shape.kind === 'known' ? [{ name: 'data', shape: shape.axes, trainable: true }] : { unknown: shape.because },
    location: machine.locate({ from: 0, to: 0 }),
  };
}
