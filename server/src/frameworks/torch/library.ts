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
  type InstanceValue,
  none,
  positionalArguments,
  text,
  unknown,
  type Value,
} from '../../evaluate/values';
import { fromQuantity, LibraryArguments } from '../arguments';
import { assembleGraph, tensorsIn } from '../graph';
import { LayerValue } from '../layer';
import { unknownTensor } from '../shapes';
import { FlowRecorder } from '../tensor';
import { derivesFrom } from './classes';
import { type ContainerHome, ContainerValue, container, isContainerType } from './containers';
import { undecidedLayer } from './layer';
import { plainLayer } from './layers';
import { type LossRecord, lossFunction, lossValue, ModuleOutput } from './losses';
import { baseAttribute, isModule, moduleAttribute, modulesBelow, register } from './modules';
import { ParameterValue, parameter, shapeOfArray } from './parameters';
import { containerLayers, eachArrayOnce, placedLayers, placeOf } from './placement';
import { recurrentLayer } from './recurrent';
import { reparametrised } from './reparametrisations';
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

export class TorchLibrary implements Library, ContainerHome {
  readonly trace = new TorchTrace(torchDialect);
  private readonly lossesOf = new Map<Value, LossRecord>();
  /** Every container and layer outside of classes, whether or not the branch that made it happens. */
  private readonly sequentials: ContainerValue[] = [];
  /** Recurrent layers constructed at the top level of a file, as short scripts use them by themselves. */
  private readonly topLevelLayers: LayerValue[] = [];

  /** By the class in `torch.nn` that a class of the program derives from. */
  private readonly behaviours = new Map<string, SubclassBehaviour>();

  made(made: ContainerValue): void {
    if (made.type === 'Sequential' && !this.trace.isTracing) this.sequentials.push(made);
  }

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
    if (path.startsWith('torch.nn.functional.')) {
      const loss = this.trace.isTracing ? undefined : lossFunction(name, parameters, site);
      return loss ?? torchFunction(this.trace, name, parameters, site);
    }
    const [, initialised] = /^torch\.nn\.(\w+)\.__init__$/.exec(path) ?? [];
    if (initialised !== undefined) return this.initialise(initialised, parameters, site);
    if (/^torch\.nn\.Embedding(?:Bag)?\.from_pretrained$/.test(path)) return this.pretrained(path, parameters, site);
    if (path.startsWith('torch.nn.') && path.split('.').length === 3) return this.construct(name, parameters, site);
    // Initialisers give back what they fill.
    if (path.startsWith('torch.nn.init.')) return parameters.positional[0] ?? parameters.keywords.get('tensor');
    if (path.startsWith('torch.nn.utils.')) {
      return reparametrised(this.trace, path.slice('torch.nn.utils.'.length), parameters, site);
    }
    if (path.startsWith('torch.autograd.Variable') || path === 'torch.jit.script') return parameters.positional[0];
    if (/^torch\.\w+$/.test(path)) return torchFunction(this.trace, name, parameters, site);
    return undefined;
  }

  /** `nn.Module.__init__(self)`, and of a layer's class with its arguments. */
  private initialise(name: string, { positional, keywords, isOpen }: CallArguments, site: CallSite): Value {
    const [instance, ...given] = positional;
    if (instance?.kind === 'instance') {
      this.behaviourOf(name).construct?.(instance, { positional: given, keywords, isOpen }, site);
    }
    return none;
  }

  /** `nn.Embedding.from_pretrained(array)`: as large as the array, and not trained unless `freeze` says otherwise. */
  private pretrained(path: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const given = new LibraryArguments(['embeddings', 'freeze', 'padding_idx'], parameters, site);
    const name = path.split('.')[2] ?? '';
    const embeddings = given.get('embeddings');
    const axes = embeddings && shapeOfArray(embeddings);
    const [rows, width] = axes ?? [];
    if (rows === undefined || width === undefined || axes?.length !== 2) return undefined;
    const sizes = positionalArguments(fromQuantity(rows), fromQuantity(width));
    const layer = this.construct(name, sizes, site);
    const frozen = given.flag('freeze', true);
    const isTrained = typeof frozen === 'boolean' ? boolean(!frozen) : unknown(frozen.because);
    if (layer instanceof LayerValue) layer.setTrained('*', isTrained, site);
    return layer;
  }

  private construct(name: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const cell = Object.hasOwn(recurrentClasses, name) ? recurrentClasses[name] : undefined;
    if (cell !== undefined) {
      const layer = recurrentLayer(this.trace, cell, name.endsWith('Cell'), parameters, site);
      if (site.machine.currentFunctionName() === null) {
        this.topLevelLayers.push(layer);
      }
      return layer;
    }
    if (isContainerType(name)) return container(name, parameters, this, site);
    switch (name) {
      case 'Parameter':
        return parameter(this.trace, parameters, site);
      case 'Module':
        return undefined;
      default: {
        const loss = lossValue(name);
        if (loss !== undefined) return loss;
        const because = `${name} is not a layer that Unroll knows`;
        const described = plainLayer(this.trace, name, parameters, site);
        return described ?? (/^[A-Z]/.test(name) ? undecidedLayer(this.trace, name, because, site) : undefined);
      }
    }
  }

  derivesFrom(path: string, of: string): boolean | undefined {
    return path.startsWith('torch.') ? derivesFrom(path, of) : undefined;
  }

  subclass(path: string): SubclassBehaviour | undefined {
    if (moduleClasses.has(path)) return this.behaviourOf('Module');
    const [, name] = /^torch\.nn\.([A-Z]\w*)$/.exec(path) ?? [];
    return name === undefined ? undefined : this.behaviourOf(name);
  }

  /** How instances of classes derived from `torch.nn.<name>` behave. */
  private behaviourOf(name: string): SubclassBehaviour {
    const behaviour = this.behaviours.get(name) ?? this.subclassBehaviour(name);
    this.behaviours.set(name, behaviour);
    return behaviour;
  }

  private subclassBehaviour(name: string): SubclassBehaviour {
    return {
      construct: (instance, parameters, site) => {
        // `Module.__init__` starts with nothing registered, also when it is called again.
        for (const [held, value] of [...instance.attributes]) {
          if (isRegistered(value)) site.machine.heap.deleteVariable(instance.attributes, held);
        }
        // What it inherits from a layer or a container is kept as one of that class.
        const base = name === 'Module' ? undefined : this.construct(name, parameters, site);
        if (base !== undefined) site.machine.heap.setVariable(instance.attributes, baseAttribute, base);
      },
      call: (instance, parameters, site) => {
        const forward = instance.attributes.get('forward') ?? findMethod(site, instance, 'forward');
        if (!this.trace.isTracing) {
          this.trace.noteCall(instance, parameters);
          return new ModuleOutput(this.lossesFor(instance));
        }
        if (forward?.kind === 'function')
          return site.machine.call({ ...forward, receiver: instance }, parameters, site);
        const base = instance.attributes.get(baseAttribute);
        if (base !== undefined) return site.machine.call(base, parameters, site);
        return unknown(`${instance.class.definition.name} has no forward`);
      },
      attribute: (instance, attribute, site) => {
        if (attribute === '__dict__') {
          // Writing there goes around registration, and what is written cannot be told.
          registerModule(instance, unknown(attribute), unknown('__dict__ of a module is not followed'), site);
          return unknown('__dict__ of a module is not followed');
        }
        const base = instance.attributes.get(baseAttribute);
        if (base?.kind === 'foreign' && attribute === 'forward') {
          return builtin(attribute, (parameters, at) => at.machine.call(base, parameters, at));
        }
        const own = moduleAttribute(instance, attribute, site);
        return own ?? (base?.kind === 'foreign' ? base.attribute(attribute, site) : undefined);
      },
      assigned: (instance, attribute, value, site) => {
        const base = instance.attributes.get(baseAttribute);
        const isOfBase =
          (base instanceof LayerValue &&
            base.arrays()?.some(([own]) => own === attribute || own.startsWith(`${attribute}.`))) ||
          (base instanceof ContainerValue && isModule(value, site));
        if (isOfBase) register(base, text(attribute), value, site);
        return isOfBase ? undefined : value;
      },
    };
  }

  private lossesFor(module: Value): LossRecord {
    const held = this.lossesOf.get(module) ?? [];
    this.lossesOf.set(module, held);
    return held;
  }

  /** A graph for every distinct module of the file, and for every `nn.Sequential` that stands by itself. */
  models(machine: PythonMachine): ModelGraph[] {
    const behaviours: ReadonlySet<unknown> = new Set(this.behaviours.values());
    const graphs = machine.instances
      .filter((instance) => behaviours.has(machine.behaviourOf(instance.class)))
      .flatMap((instance) => this.moduleGraph(machine, instance));
    const held = new Set(graphs.flatMap((graph) => graph.layers.map(({ location }) => placeKey(location))));
    const parts = this.containersWithin(machine);
    for (const sequential of this.sequentials) {
      if (parts.has(placeKey(sequential.location))) continue;
      const graph = this.sequentialGraph(machine, sequential);
      if (graph.layers.length > 0) graphs.push(graph);
    }
    for (const layer of this.topLevelLayers) {
      if (!held.has(placeKey(layer.location))) {
        graphs.push(singleLayerGraph(machine, layer));
      }
    }
    return graphs;
  }

  /** Where containers that stand in a module are made, and those without a name that stand in another container. */
  private containersWithin(machine: PythonMachine): ReadonlySet<string> {
    const site: CallSite = { span: { from: 0, to: 0 }, machine };
    const within = machine.instances.flatMap((instance) => containersBelow(instance, site));
    const nameless = this.sequentials
      .flatMap((sequential) => containersBelow(sequential, site).filter((inner) => inner !== sequential))
      .filter(({ name }) => name === null);
    return new Set([...within, ...nameless].map(({ location }) => placeKey(location)));
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
    const layers = eachArrayOnce(placedLayers(machine, instance, ''));
    if (layers.length === 0) return [];
    const losses = this.lossesFor(instance);
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
          loss: losses[0]?.name ?? null,
          losses,
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
      result = this.trace.within(recorder, () => sequential.call(positionalArguments(input), site));
    });
    return assembleGraph(
      {
        name: sequential.name ?? 'Sequential',
        framework: 'torch',
        form: 'sequential',
        location: sequential.location,
        extent: sequential.location,
        layers: eachArrayOnce(containerLayers(machine, sequential, '')),
        nodes: recorder.nodes,
        outputs: tensorsIn(result, recorder),
        problems: [],
        loss: null,
      },
      machine.symbols,
    );
  }
}

function placeKey({ file, from }: SourceLocation): string {
  return `${file}:${from}`;
}

function containersBelow(module: Value, site: CallSite): ContainerValue[] {
  const all = modulesBelow(module, site).flatMap((inner) => {
    const base = inner.kind === 'instance' ? inner.attributes.get(baseAttribute) : undefined;
    return base === undefined ? [inner] : [inner, base];
  });
  return all.filter((inner): inner is ContainerValue => inner instanceof ContainerValue);
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

/** What a module registers when it is set as an attribute, as far as it is known to be such. */
function isRegistered(value: Value): boolean {
  return value instanceof LayerValue || value instanceof ContainerValue || value instanceof ParameterValue;
}
