/** What Flax' and JAX' names mean to the evaluator, and the models that a file's Flax code defines. */
import type { ModelGraph, Quantity, SourceLocation } from '../../../../model/graph';
import { known } from '../../../../model/graph';
import type { Library, SubclassBehaviour } from '../../evaluate/machine';
import type { PythonMachine } from '../../evaluate/python/machine';
import {
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  type InstanceValue,
  noArguments,
  none,
  positionalArguments,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import type { Parameter } from '../../syntax/python/ast';
import { annotatedTypes } from '../annotatedShapes';
import { LibraryArguments, sizeOf, sizesOf } from '../arguments';
import { assembleGraph, type PlacedLayer, tensorsIn } from '../graph';
import { LayerValue } from '../layer';
import { floatTensor, unknownTensor } from '../shapes';
import { FlowRecorder, TensorValue } from '../tensor';
import { arrayFunction, flaxDialect } from './arrays';
import { type Api, type Direction, isCellType } from './cells';
import { CellLayer, type FlaxTrace, PlainLayer, plainLayer, undecided } from './layers';
import { ModuleStack, ParameterValue } from './modules';
import { attributeLayers, autoName, namesHeld, placedParameter, strangers } from './placement';
import { SequentialValue } from './sequential';

/** Classes and functions that are given back changed in nothing that sizes depend on. */
const transparent: ReadonlySet<string> = new Set([
  ...['compact', 'nowrap', 'jit', 'remat', 'checkpoint', 'remat_scan', 'module_method'].map(
    (name) => `flax.linen.${name}`,
  ),
  ...['flax.nnx.jit', 'flax.nnx.remat', 'flax.nnx.List', 'jax.jit', 'jax.checkpoint', 'flax.nnx.data'],
]);

/** Methods that run a module on inputs given to them, and the position of the first of these. */
const runners: ReadonlyMap<string, number> = new Map([
  ['init', 1],
  ['init_with_output', 1],
  ['lazy_init', 1],
  ['tabulate', 1],
  ['apply', 1],
]);

const step: Direction = { directions: 1, returnState: false, batchFirst: true, goBackwards: false, singleStep: true };

/** `nn.scan(Cell, …)`: a class whose instances run the cell over an axis. */
class ScannedClass implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'scanned cell';

  constructor(
    readonly cellType: string,
    readonly isBatchFirst: boolean,
    private readonly make: (parameters: CallArguments, site: CallSite) => Value,
  ) {}

  attribute(): Value | undefined {
    return undefined;
  }

  call(parameters: CallArguments, site: CallSite): Value {
    return this.make(parameters, site);
  }
}

interface Run {
  readonly inputs: CallArguments;
}

export class FlaxLibrary implements Library, FlaxTrace {
  recorder = new FlowRecorder(flaxDialect);
  private readonly modules = new ModuleStack();
  /** Inputs that modules were first run on. */
  private readonly runs = new Map<InstanceValue, Run>();
  /** Modules that run inside others, with what they were applied to. */
  private readonly inner = new Map<InstanceValue, Run>();

  canonicalPath(path: string): string | undefined {
    return /^(flax|jax)\b/.test(path) ? path.replace(/^flax\.linen\.transforms\./, 'flax.linen.') : undefined;
  }

  applied(layer: LayerValue, site: CallSite): void {
    this.modules.applied(layer, site);
  }

  call(path: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const [first] = parameters.positional;
    if (transparent.has(path)) return first;
    if (path === 'flax.linen.initializers' || path.includes('.initializers.')) return none;
    const name = path.slice(path.lastIndexOf('.') + 1);
    const api = path.startsWith('flax.linen.') ? 'linen' : path.startsWith('flax.nnx.') ? 'nnx' : null;
    if (api !== null && /^[A-Z]/.test(name)) return this.construct(api, name, parameters, site);
    if (path === 'flax.linen.scan') return this.scan(parameters, site);
    return arrayFunction(this, path, parameters, site);
  }

  private construct(api: Api, type: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const [first] = parameters.positional;
    const nameGiven = parameters.keywords.get('name');
    const name = nameGiven?.kind === 'string' ? nameGiven.value : null;
    const location = site.machine.locate(site.span);
    if (isCellType(type)) {
      const given = new LibraryArguments(
        api === 'linen' ? ['features'] : ['in_features', 'hidden_features'],
        parameters,
        site,
      );
      // The cells of older versions took their width from the carry.
      const hidden = given.size(api === 'linen' ? 'features' : 'hidden_features');
      const cell = { type, api, hidden, input: api === 'linen' ? null : given.size('in_features') };
      return this.made(new LayerValue(new CellLayer(null, cell, step, this), location, location, name));
    }
    switch (type) {
      case 'RNN':
        return this.overTime(first ?? parameters.keywords.get('cell'), parameters, location, name, site);
      case 'Bidirectional':
        return this.bothWays(parameters, location, name, site);
      case 'Sequential': {
        const given = api === 'linen' ? (first ?? parameters.keywords.get('layers')) : tuple(parameters.positional);
        const parts = given === undefined ? undefined : site.machine.itemsOf(given);
        return parts === undefined ? undefined : new SequentialValue(parts);
      }
      case 'Param': {
        const value = new ParameterValue(
          first instanceof TensorValue ? first.type : unknownTensor('its data is not known'),
          null,
          this.recorder,
          flaxDialect,
        );
        value.location = location;
        return value;
      }
      case 'Module':
      case 'Rngs':
        return undefined;
      default:
    }
    const entry = plainLayer(api, type);
    const layer = (because: string): PlainLayer => undecided(type, because, this);
    if (entry === undefined) {
      return this.made(new LayerValue(layer(`${type} is not a layer that Unroll knows`), location, location, name));
    }
    const [signature, describe] = entry;
    const described = describe(new LibraryArguments(signature, parameters, site), site);
    const definition = 'undecided' in described ? layer(described.undecided) : new PlainLayer(type, described, this);
    return this.made(new LayerValue(definition, location, location, name));
  }

  private made(layer: LayerValue): LayerValue {
    this.modules.made(layer);
    return layer;
  }

  /** `nn.RNN(cell)`, over a cell of Flax or a module that steps like one. */
  private overTime(
    cell: Value | undefined,
    parameters: CallArguments,
    location: SourceLocation,
    name: string | null,
    site: CallSite,
  ): Value | undefined {
    const given = new LibraryArguments(['cell'], parameters, site);
    const [returnState, timeMajor, reverse] = [
      given.flag('return_carry', false),
      given.flag('time_major', false),
      given.flag('reverse', false),
    ];
    if (typeof returnState !== 'boolean' || typeof timeMajor !== 'boolean') return undefined;
    if (cell instanceof LayerValue && cell.definition instanceof CellLayer) {
      const direction: Direction = {
        directions: 1,
        returnState,
        batchFirst: !timeMajor,
        goBackwards: reverse === true,
        singleStep: false,
      };
      return this.made(
        new LayerValue(new CellLayer('RNN', cell.definition.cell, direction, this), location, cell.location, name),
      );
    }
    if (cell?.kind === 'instance') return builtin('RNN', (given, at) => this.stepThrough(cell, given, returnState, at));
    const because = cell?.kind === 'unknown' ? cell.because : 'its cell is not followed';
    return this.made(new LayerValue(undecided('RNN', because, this), location, location, name));
  }

  /** A module run over time: one step of it, with the axis of time put back into what it gives. */
  private stepThrough(cell: InstanceValue, parameters: CallArguments, returnState: boolean, site: CallSite): Value {
    const [input] = parameters.positional;
    const axes = input instanceof TensorValue ? input.axes : undefined;
    const time = axes?.[axes.length - 2];
    const stepped =
      input instanceof TensorValue && axes !== undefined
        ? input.withType(floatTensor(axes.filter((_, position) => position !== axes.length - 2)))
        : (input ?? unknown('an RNN that is applied to nothing'));
    const carry = parameters.keywords.get('initial_carry') ?? unknown('the first carry of a module is not followed');
    const result = site.machine.call(cell, positionalArguments(carry, stepped), site);
    const [last, output] = result.kind === 'tuple' ? result.items : [];
    if (last === undefined || output === undefined) return unknown('what a cell gives is not followed');
    const sequence = this.withTime(output, time);
    return returnState ? tuple([last, sequence]) : sequence;
  }

  private withTime(value: Value, time: Quantity | undefined): Value {
    if (value.kind === 'tuple') return tuple(value.items.map((item) => this.withTime(item, time)));
    if (!(value instanceof TensorValue) || value.axes === undefined || time === undefined) return value;
    return value.withType(floatTensor([...value.axes.slice(0, -1), time, ...value.axes.slice(-1)]));
  }

  private bothWays(
    parameters: CallArguments,
    location: SourceLocation,
    name: string | null,
    site: CallSite,
  ): Value | undefined {
    const given = new LibraryArguments(['forward_rnn', 'backward_rnn', 'merge_fn'], parameters, site);
    const [forward, backward] = [given.get('forward_rnn'), given.get('backward_rnn')];
    const definitions = [forward, backward].flatMap((value) =>
      value instanceof LayerValue && value.definition instanceof CellLayer ? [value.definition] : [],
    );
    const [one, other] = definitions;
    const isAlike = one !== undefined && other !== undefined && JSON.stringify(one.cell) === JSON.stringify(other.cell);
    // A module that holds a direction under a name of its own would count it a second time.
    const isHeld = site.machine.instances.some(({ attributes }) =>
      [...attributes.values()].some((value) => value === forward || value === backward),
    );
    if (isHeld) {
      const because = 'a module holds its directions under names of their own too';
      return this.made(new LayerValue(undecided('Bidirectional', because, this), location, location, name));
    }
    const returnState = given.flag('return_carry', false);
    if (!isAlike || one === undefined || given.has('merge_fn') || returnState !== false) {
      const because = 'its two directions are not alike, or are joined in a way of their own';
      return this.made(new LayerValue(undecided('Bidirectional', because, this), location, location, name));
    }
    const direction: Direction = { ...one.settings, directions: 2, returnState: false, goBackwards: false };
    const core = forward instanceof LayerValue ? forward.coreLocation : location;
    return this.made(new LayerValue(new CellLayer('Bidirectional', one.cell, direction, this), location, core, name));
  }

  /** `nn.scan` over a cell of Flax; over anything else what it gives is not known. */
  private scan({ positional: [scanned], keywords }: CallArguments, _site: CallSite): Value | undefined {
    if (scanned?.kind !== 'library') return undefined;
    const type = scanned.path.slice(scanned.path.lastIndexOf('.') + 1);
    if (!isCellType(type)) return undefined;
    const axis = keywords.get('in_axes');
    const isBatchFirst = axis?.kind === 'integer' && axis.value.terms.length > 0;
    return new ScannedClass(type, isBatchFirst, (parameters, site) => {
      const given = new LibraryArguments(['features'], parameters, site);
      const cell = { type, api: 'linen' as const, hidden: given.size('features'), input: null };
      const direction: Direction = { ...step, singleStep: false, batchFirst: isBatchFirst, returnState: true };
      const location = site.machine.locate(site.span);
      const name = parameters.keywords.get('name');
      const definition = new CellLayer('scan', cell, direction, this);
      return this.made(new LayerValue(definition, location, location, name?.kind === 'string' ? name.value : null));
    });
  }

  subclass(path: string): SubclassBehaviour | undefined {
    if (path === 'flax.linen.Module' || path === 'flax.linen.RNNCellBase') return this.linen;
    return path === 'flax.nnx.Module' ? this.nnx : undefined;
  }

  private readonly linen: SubclassBehaviour = {
    ownsCalls: true,
    call: (instance, parameters, site) => {
      if (this.modules.current === undefined) {
        this.noteRun(instance, parameters, 0);
        return unknown('the output of a module is only known when it runs');
      }
      if (!this.inner.has(instance)) this.inner.set(instance, { inputs: parameters });
      this.modules.applied(instance, site);
      return this.run(instance, parameters, site);
    },
    attribute: (instance, name, site) => {
      const from = runners.get(name);
      if (from !== undefined) {
        return builtin(name, (parameters) => {
          this.noteRun(instance, parameters, from);
          return unknown('the weights of a module are only known when it runs');
        });
      }
      switch (name) {
        case 'param':
          return builtin(name, (parameters, at) => this.parameter(parameters, at));
        case 'bind':
        case 'clone':
          return builtin(name, () => instance);
        case 'name':
        case 'parent':
          return none;
        default:
          return unknown(`${name} of a module`, null, site.machine.locate(site.span));
      }
    },
  };

  private readonly nnx: SubclassBehaviour = {
    ownsCalls: true,
    call: (instance, parameters, site) => {
      if (this.modules.current !== undefined) return this.run(instance, parameters, site);
      this.noteRun(instance, parameters, 0);
      return unknown('the output of a module is only known when it runs');
    },
    attribute: (instance, name) => (name === 'train' || name === 'eval' ? builtin(name, () => instance) : undefined),
  };

  /** `self.param(name, initialiser, shape)` inside a module. */
  private parameter({ positional: [name, , shape] }: CallArguments, site: CallSite): Value {
    const sizes = sizesOf(shape, site) ?? (shape?.kind === 'integer' ? [sizeOf(shape, site)] : undefined);
    const type = sizes === undefined ? unknownTensor('the shape of a param is not known') : floatTensor(sizes);
    const value = new ParameterValue(type, null, this.recorder, flaxDialect);
    if (name?.kind === 'string') value.name = name.value;
    value.location = site.machine.locate(site.span);
    this.modules.current?.add(value, site);
    return value;
  }

  private noteRun(instance: InstanceValue, parameters: CallArguments, from: number): void {
    if (this.runs.has(instance)) return;
    this.runs.set(instance, { inputs: { ...parameters, positional: parameters.positional.slice(from) } });
  }

  /** Runs `setup`, once in a trace, and `__call__`. */
  private run(instance: InstanceValue, parameters: CallArguments, site: CallSite): Value {
    return this.modules.within(instance, (isFirst) => {
      const method = (name: string): Value => site.machine.attribute(instance, name, site);
      const setup = isFirst ? method('setup') : none;
      if (setup.kind === 'function') {
        site.machine.call(setup, noArguments, site);
      }
      const call = method('__call__');
      return call.kind === 'function'
        ? site.machine.call(call, parameters, site)
        : unknown('a module without __call__');
    });
  }

  /** A graph for every module that the file makes, those that run inside others with what they are applied to. */
  models(machine: PythonMachine): ModelGraph[] {
    const roots = machine.instances.filter((instance) => this.isModule(machine, instance));
    const graphs = roots.flatMap((root) => {
      const graph = this.graphOf(machine, root, this.runs.get(root));
      return graph === undefined ? [] : [{ graph, instance: root }];
    });
    const inner = [...this.inner].filter(([instance]) => !roots.includes(instance));
    const shown = inner.flatMap(([instance, run]) => {
      const graph = this.graphOf(machine, instance, run);
      return graph === undefined ? [] : [{ graph, instance }];
    });
    // A class that nothing at the top makes was looked at by itself; where it runs inside another, that says more.
    const known = new Set(shown.map(({ instance }) => instance.class));
    const top = graphs.filter(({ instance }) => !known.has(instance.class) || !isUncalled(machine, instance));
    return [...top, ...shown].map(({ graph }) => graph);
  }

  private isModule(machine: PythonMachine, { class: owner }: InstanceValue): boolean {
    const behaviour = machine.behaviourOf(owner);
    return behaviour === this.linen || behaviour === this.nnx;
  }

  private graphOf(machine: PythonMachine, instance: InstanceValue, run: Run | undefined): ModelGraph | undefined {
    const { definition } = instance.class;
    const location = machine.locateIn(instance.class.home, definition.nameSpan);
    const site: CallSite = { span: definition.nameSpan, machine };
    const outer = this.recorder;
    const recorder = new FlowRecorder(flaxDialect);
    this.recorder = recorder;
    this.modules.reset();
    let result: Value = none;
    const calledBefore = new Set(machine.calledUnknowns);
    const isWithinBounds = machine.runRoot(() => {
      result = this.run(instance, this.inputsOf(machine, instance, run, recorder, site), site);
    });
    this.recorder = outer;
    const layers =
      machine.behaviourOf(instance.class) === this.nnx
        ? attributeLayers(machine, instance, '', location)
        : [...this.linenLayers(machine, instance, '', location), ...strangers(machine, calledBefore, location)];
    if (layers.length === 0) return undefined;
    const problems = isWithinBounds ? [] : [{ message: '__call__ does more than is followed', location }];
    return assembleGraph(
      {
        name: definition.name,
        framework: 'flax',
        form: 'module',
        location,
        extent: machine.locateIn(instance.class.home, definition),
        layers,
        nodes: recorder.nodes,
        outputs: tensorsIn(result, recorder),
        problems,
        loss: null,
      },
      machine.symbols,
    );
  }

  /** What the module was run on; for what is not known of that a tensor of which only the width has a name. */
  private inputsOf(
    machine: PythonMachine,
    instance: InstanceValue,
    run: Run | undefined,
    recorder: FlowRecorder,
    site: CallSite,
  ): CallArguments {
    const call = machine.findInClass(instance.class, '__call__');
    if (call?.kind !== 'function') return noArguments;
    const parameters = call.definition.parameters.slice(1);
    const annotated = annotatedTypes(call.definition, call.closure, machine);
    const open = (parameter: Parameter): TensorValue => {
      const stated = annotated.get(parameter.name);
      if (stated !== undefined) {
        return recorder.input(parameter.name, stated, machine.locateIn(instance.class.home, parameter));
      }
      const name = `${parameter.name}.shape[-1]`;
      const place = machine.locateIn(instance.class.home, parameter);
      const last = known(machine.symbol({ name, meaning: `width of ${parameter.name}`, location: place }));
      const because = `nothing says what shape ${parameter.name} has`;
      return recorder.input(parameter.name, { shape: { kind: 'unknown', because, last }, element: 'unknown' }, place);
    };
    if (run !== undefined) {
      const again = (value: Value, name: string): Value => this.again(value, name, recorder, site);
      return {
        positional: run.inputs.positional.map((value, index) => {
          const parameter = parameters[index];
          const isOpen = value.kind === 'unknown' && parameter !== undefined;
          return isOpen ? open(parameter) : again(value, parameter?.name ?? 'input');
        }),
        keywords: new Map([...run.inputs.keywords].map(([name, value]) => [name, again(value, name)])),
        isOpen: run.inputs.isOpen,
      };
    }
    const required = parameters.filter(({ form, name }) => form === 'plain' && !call.defaults.has(name));
    return positionalArguments(...required.map(open));
  }

  /** A value of an earlier run as an input of this trace. */
  private again(value: Value, name: string, recorder: FlowRecorder, site: CallSite): Value {
    if (value instanceof TensorValue) return recorder.input(name, value.type, site.machine.locate(site.span));
    if (value.kind === 'tuple') return tuple(value.items.map((item) => this.again(item, name, recorder, site)));
    return value;
  }

  /** The layers that a linen module has applied, named by the attributes that hold them, else as Flax names them. */
  private linenLayers(
    machine: PythonMachine,
    instance: InstanceValue,
    prefix: string,
    location: SourceLocation,
    depth = 0,
  ): PlacedLayer[] {
    if (depth > 20) return [];
    const held = namesHeld(instance);
    const counts = new Map<string, number>();
    const numbered = (type: string): string => {
      const count = counts.get(type) ?? 0;
      counts.set(type, count + 1);
      return `${type}_${count}`;
    };
    const notKnown = [...instance.attributes].flatMap(([name, value]): PlacedLayer[] =>
      value.kind === 'unknown' && machine.calledUnknowns.has(value)
        ? [{ path: `${prefix}${name}`, fixed: { type: 'unknown', weights: { unknown: value.because }, location } }]
        : [],
    );
    const applied = (this.modules.frameOf(instance)?.children.items ?? []).flatMap((child): PlacedLayer[] => {
      if (child instanceof LayerValue) {
        const name = held.get(child) ?? child.givenName ?? numbered(autoName(child.definition.type));
        return [{ path: `${prefix}${name}`, layer: child }];
      }
      if (child instanceof ParameterValue) return [placedParameter(child, `${prefix}${child.name}`, location)];
      if (child.kind === 'instance') {
        const given = child.construction.parameters.keywords.get('name');
        const name =
          held.get(child) ?? (given?.kind === 'string' ? given.value : numbered(child.class.definition.name));
        return this.linenLayers(machine, child, `${prefix}${name}.`, location, depth + 1);
      }
      const because = child.kind === 'unknown' ? child.because : 'a part of the module is not followed';
      return [
        {
          path: `${prefix}${numbered('unknown')}`,
          fixed: { type: 'unknown', weights: { unknown: because }, location },
        },
      ];
    });
    return [...applied, ...notKnown];
  }
}

/** Whether nothing constructs the module: the evaluator did, to look at its class. */
function isUncalled(machine: PythonMachine, { class: owner, construction }: InstanceValue): boolean {
  return construction.location.from === machine.locateIn(owner.home, owner.definition).from;
}
