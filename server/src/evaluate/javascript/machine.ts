/**
 * The evaluator of JavaScript and TypeScript: a small, total, bounded interpreter over the same abstract values as Python's.
 *
 * It runs the module, its functions and classes as an engine would, with every call of a library answered by that library's
 * description instead of its code. `await` is transparent, types are ignored, and exceptions end only what throws them. What
 * it cannot know becomes *unknown because …*; conditions that are not known run both ways.
 */
import type { Expression as Size } from '../../../../model/expression';
import { constant } from '../../../../model/expression';
import type { SourceLocation, SymbolOrigin } from '../../../../model/graph';
import type { Export, FunctionDefinition, Span } from '../../syntax/javascript/ast';
import type { SizesBySymbol } from '../../syntax/suppliedSizes';
import type { Workspace } from '../../workspace';
import { Circumstances } from '../circumstances';
import { Heap } from '../heap';
import { joinValues } from '../join';
import { type Library, type Machine, OutOfFuel } from '../machine';
import { openDictionary, openSequence } from '../python/methods';
import { createScope, globalScope, type Scope } from '../scope';
import { SymbolTable, type UsedSize } from '../symbolTable';
import {
  asNumber,
  type CallArguments,
  type CallSite,
  describe,
  dictionary,
  type ForeignValue,
  type InstanceValue,
  integer,
  keyOf,
  list,
  nameUnknown,
  noArguments,
  type SequenceValue,
  text,
  type UnknownValue,
  unknown,
  unknownResult,
  type Value,
} from '../values';
import { initialiseFields, missingMember } from './classes';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import { globalObject } from './globals';
import { Interest } from './interest';
import { methodOf } from './methods';
import { ModuleLoader, ModuleObject, moduleScope, type ScriptFile } from './modules';
import {
  ClassObject,
  FunctionObject,
  Getter,
  InstanceObject,
  MapObject,
  UngivenObject,
  undefinedValue,
} from './objects';
import { bind, propertyName, withDefault } from './patterns';
import { hoist, keysOf, run, runBody } from './statements';

const fuelPerRoot = 400_000;
/** Work of one file: its roots, and those of the files that it imports, together. */
const fuelPerFile = 2_500_000;
const deepestCall = 60;
/** Functions, classes and methods of a file that are looked at by themselves. */
const mostRoots = 500;
/** Work on everything of a file that is looked at by itself. */
const fuelForUncalled = 1_500_000;
/** What a condition that is not known costs beside the work in its branches, and each value that they leave different. */
const fuelPerFork = 20;
const fuelPerJoin = 3;

/** A library that also says what its objects can do: the same layer is called differently in another language. */
export interface JavaScriptLibrary extends Library {
  /** A member of an object of the library; undefined for what the object itself answers. */
  member(object: ForeignValue, name: string, site: CallSite): Value | undefined;
  /** What is set of an object of the library, where that is not the value that is assigned. */
  assigned?(object: ForeignValue, name: string, value: Value, site: CallSite): Value | undefined;
  /** A property was set of an object that may be any of the library's. */
  assignedToUnknown?(name: string | undefined, value: Value, site: CallSite): void;
}

export interface JavaScriptMachineOptions {
  readonly source: ScriptFile;
  /** The files around it; null where there are none. */
  readonly workspace: Workspace | null;
  readonly libraries: readonly JavaScriptLibrary[];
  /** Sizes that comments of the file, settings or the command line supply for symbols. */
  readonly sizes: SizesBySymbol;
}

export class JavaScriptMachine implements Machine {
  readonly heap: Heap;
  readonly sizeNames = new Set<string>();
  readonly instances: readonly InstanceValue[] = [];
  /** Set while functions that nobody calls are looked at: then nothing says that what is not set will not be. */
  isExploring = false;
  private readonly table: SymbolTable;
  private readonly circumstances = new Circumstances();
  private readonly frames: Frame[] = [];
  /** Functions and classes of the analysed file and of programs around it, in the order in which they are made. */
  private readonly defined = new Map<ModuleObject, (FunctionObject | ClassObject)[]>();
  private readonly entered = new Set<FunctionDefinition>();
  /** The first instance of each class, for the methods that nobody calls. */
  private readonly examples = new Map<ClassObject, InstanceObject>();
  /** Classes that nothing constructs but the look at them by themselves. */
  private readonly onlyExplored = new Set<ClassObject>();
  private readonly main: ModuleObject;
  private readonly loader: ModuleLoader;
  /** The module of each outermost scope. */
  private readonly modules = new Map<Scope, ModuleObject>();
  /** Files that are run for what they make of the analysed one. */
  private readonly importers = new Set<string>();
  private fuelForImporters = fuelForUncalled;
  private fuelForOwnUncalled = fuelForUncalled;
  private fuel = fuelPerRoot;
  private fileFuel = fuelPerFile;

  constructor(private readonly options: JavaScriptMachineOptions) {
    this.heap = new Heap(
      (values, where) => this.join(values, where),
      (joined) => this.burn(fuelPerFork + joined * fuelPerJoin),
    );
    this.table = new SymbolTable(options.sizes);
    this.main = new ModuleObject(options.source, moduleScope());
    this.modules.set(this.main.scope, this.main);
    this.loader = new ModuleLoader(options.workspace, (module) => this.runImported(module));
    this.loader.adopt(this.main);
    this.defined.set(this.main, []);
  }

  /** The supplied sizes that took the place of a symbol. */
  get usedSizes(): readonly UsedSize[] {
    return this.table.usedSizes;
  }

  get symbols(): ReadonlyMap<string, SymbolOrigin> {
    return this.table.origins;
  }

  /** Runs the file as a program. */
  runMain(): void {
    this.runModule(this.main);
  }

  /** Runs a module's top level. A statement that hits its bound does not keep those after it from being read. */
  private runModule({ scope, source }: ModuleObject): void {
    const { body } = source.module;
    const isImporter = this.importers.has(source.file);
    const frame: Frame = {
      scope,
      home: scope,
      functionName: null,
      receiver: null,
      possibleReturns: [],
      round: '',
      uncertainExits: { count: 0 },
    };
    this.withFrame(frame, () => {
      hoist(this, frame, body);
      for (const statement of body) {
        if (isImporter && this.fuelForImporters <= 0) break;
        const spent = this.runRoot(() => run(this, frame, statement));
        if (isImporter) this.fuelForImporters -= spent;
      }
    });
  }

  /** Runs a module that another one imports, at its own expense. */
  private runImported(module: ModuleObject): void {
    this.modules.set(module.scope, module);
    if (this.importers.has(module.source.file)) this.defined.set(module, []);
    const { fuel } = this;
    this.runModule(module);
    this.fuel = fuel;
  }

  /** Whether something of the file that may make models has been called by nobody so far. */
  get hasUncalled(): boolean {
    const defined = this.defined.get(this.main) ?? [];
    const interest = this.interestIn(this.main, defined);
    return defined.some((value) => !this.isCalled(value) && interest.holds(value.definition));
  }

  private isCalled(value: FunctionObject | ClassObject): boolean {
    return value instanceof ClassObject ? this.examples.has(value) : this.entered.has(value.definition);
  }

  /** Runs a file around the analysed one that imports it, for what it makes of its functions and classes. */
  runImporter(file: string): void {
    if (this.loader.holds(file) || this.fuelForImporters <= 0) return;
    this.importers.add(file);
    const importer = this.loader.load(file);
    if (importer !== undefined) this.exploreModule(importer);
  }

  /**
   * Calls every function and method that nothing has called, with symbols for what is not given. Those that the file names
   * in a second place come last: most likely another one calls them, and says what they are given.
   */
  runUncalled(): void {
    this.exploreModule(this.main);
  }

  private interestIn(module: ModuleObject, defined: readonly (FunctionObject | ClassObject)[]): Interest {
    return new Interest(module, defined, (path) => this.isOfLibrary(path));
  }

  private exploreModule(module: ModuleObject): void {
    const wasExploring = this.isExploring;
    this.isExploring = true;
    this.exploreUncalled(module);
    this.isExploring = wasExploring;
  }

  private exploreUncalled(module: ModuleObject): void {
    const defined = this.defined.get(module) ?? [];
    const interest = this.interestIn(module, defined);
    let left = module === this.main ? this.fuelForOwnUncalled : this.fuelForImporters;
    const before = left;
    for (const isLast of [false, true]) {
      // The list grows while it is walked: functions make functions.
      for (let index = 0; index < defined.length && index < mostRoots; index++) {
        const value = defined[index];
        if (value === undefined || left <= 0 || !interest.holds(value.definition)) continue;
        if (!isLast && interest.isNamedTwice(value.name)) continue;
        if (value instanceof ClassObject) left -= this.exploreClass(value, interest, isLast);
        else if (!this.entered.has(value.definition)) {
          const { definition } = value;
          const site = this.siteOf(definition);
          // What it does to what is there already may not happen.
          left -= this.runRoot(() =>
            this.maybe(() => this.callFunction(value, undefinedValue, nothingGiven, site), definition),
          );
        }
      }
    }
    if (module === this.main) this.fuelForOwnUncalled = left;
    else this.fuelForImporters -= before - left;
  }

  private exploreClass(owner: ClassObject, interest: Interest, isLast: boolean): number {
    const site = this.siteOf(owner.definition);
    let spent = 0;
    if (!this.examples.has(owner)) {
      this.onlyExplored.add(owner);
      spent += this.runRoot(() => this.construct(owner, nothingGiven, site));
    }
    const made = this.onlyExplored.has(owner) ? undefined : this.examples.get(owner);
    const statics = [...owner.statics.values()].filter((value) => value instanceof FunctionObject);
    const members = [...owner.members.values()].map((member) => (member instanceof Getter ? member.body : member));
    for (const method of [...members, ...statics]) {
      if (this.entered.has(method.definition) || !interest.holds(method.definition)) continue;
      if (!isLast && interest.isNamedTwice(method.name)) continue;
      const call = (receiver: Value): Value => this.callFunction(method, receiver, nothingGiven, site);
      spent += this.runRoot(() => {
        // What it does to what the program has made may not happen.
        if (statics.includes(method)) this.maybe(() => call(owner), owner.definition);
        else if (made !== undefined) this.maybe(() => call(made), owner.definition);
        // Each method sees what the constructor leaves, not what the methods before it did.
        else call(this.construct(owner, nothingGiven, site));
      });
    }
    return spent;
  }

  private siteOf(span: Span): CallSite {
    return { span, machine: this };
  }

  /** Runs one root with fresh fuel, and gives what it took; an evaluation that hits its bound ends there. */
  private runRoot(work: () => void): number {
    const granted = Math.min(fuelPerRoot, this.fileFuel);
    this.fuel = granted;
    try {
      work();
    } catch (error) {
      // A RangeError is the host's own bound: its stack, or the largest exact integer.
      if (!(error instanceof OutOfFuel) && !(error instanceof RangeError)) throw error;
    }
    const spent = granted - this.fuel;
    this.fileFuel -= Math.min(spent, granted);
    return spent;
  }

  /** Whether the work of the whole file was used up, so that some of it was not looked at. */
  get isSpent(): boolean {
    return this.fileFuel <= 0 || this.fuelForOwnUncalled <= 0;
  }

  get fuelLeft(): number {
    return this.fuel;
  }

  /** Spends units of work. */
  burn(work = 1): void {
    this.fuel -= work;
    if (this.fuel < 0) throw new OutOfFuel();
  }

  /** Runs ways of which one will happen from the same state, and leaves the join of what they change. */
  fork<Result>(
    ways: readonly (() => Result)[],
    survives: (result: Result) => 'goesOn' | 'returned' | 'raised',
    frame: Frame,
    where: Span,
  ): Result[] {
    return this.heap.fork(ways, survives, frame.home.variables, where);
  }

  /** The place of a span in the file whose code runs. */
  locate(span: Span): SourceLocation {
    const { lines } = this.running.source;
    const frame = this.frames.at(-1);
    return frame === undefined ? lines.locate(span) : this.circumstances.reached(span, lines, frame.home, frame.round);
  }

  locateIn(scope: Scope, span: Span): SourceLocation {
    return (this.modules.get(globalScope(scope)) ?? this.main).source.lines.locate(span);
  }

  textOf(place: Span | SourceLocation): string {
    const named =
      'file' in place ? [...this.modules.values()].find(({ source }) => source.file === place.file) : undefined;
    return (named ?? this.running).source.text.slice(place.from, place.to).replace(/\s+/g, ' ');
  }

  /** The module whose code runs. */
  private get running(): ModuleObject {
    const frame = this.frames.at(-1);
    return (frame && this.modules.get(globalScope(frame.scope))) ?? this.main;
  }

  computedUnknown(computation: string, source: UnknownValue): Value {
    return unknown(source.because, computation, source.location);
  }

  /** No library of JavaScript here has modules made of classes. */
  isModule(): boolean {
    return false;
  }

  derivesFrom(): undefined {
    return undefined;
  }

  globalVariables(): Map<string, Value> {
    return this.main.scope.variables;
  }

  currentFunctionName(): string | null {
    return this.frames.findLast((frame) => frame.functionName !== null)?.functionName ?? null;
  }

  symbol(origin: SymbolOrigin): Size {
    return this.table.symbol(origin, origin.location && this.circumstances.of(origin.location));
  }

  namedUnknown(name: string, because: string, location: SourceLocation): Value {
    return this.table.named(name, because, location, this.circumstances.of(location));
  }

  bound(name: string, value: Value, span: Span): Value {
    if (value.kind === 'foreign') value.named?.(name);
    if (value.kind !== 'unknown' || value.name !== null) return nameUnknown(value, name);
    const named = this.namedUnknown(name, value.because, value.location ?? this.locate(span));
    return named.kind === 'unknown' && value.alternatives ? { ...named, alternatives: value.alternatives } : named;
  }

  /** A new array: a way of a condition that does not make it says nothing about it. */
  made(value: SequenceValue): SequenceValue {
    this.heap.born(value);
    return value;
  }

  /** Remembers a function or class of the file or of a program around it, to be looked at by itself should nothing call it. */
  noteDefinition(value: FunctionObject | ClassObject): void {
    const defined = this.defined.get(this.running);
    if (defined === undefined || defined.length >= mostRoots) return;
    if (!defined.some(({ definition }) => definition === value.definition)) defined.push(value);
  }

  // Values.

  truth(value: Value): boolean | undefined {
    switch (value.kind) {
      case 'none':
        return false;
      case 'boolean':
        return value.value;
      case 'integer': {
        const number = asNumber(value);
        // A size that is a lone symbol is at least one.
        if (number === undefined) return value.value.terms.every((term) => term.coefficient > 0) ? true : undefined;
        return number !== 0;
      }
      case 'float':
        return value.value !== 0 && !Number.isNaN(value.value);
      case 'string':
        return value.value !== '';
      case 'unknown':
      case 'library':
      case 'quotient':
        return undefined;
      default:
        return value !== undefinedValue;
    }
  }

  itemsOf(value: Value): readonly Value[] | undefined {
    switch (value.kind) {
      case 'list':
      case 'tuple':
      case 'set':
        return value.isOpen ? undefined : value.items;
      case 'string':
        return [...value.value].map(text);
      case 'foreign':
        if (value instanceof MapObject) {
          const { entries, isOpen } = value.entries;
          return isOpen.value ? undefined : [...entries.values()].map((entry) => list([entry.key, entry.value]));
        }
        return value.items?.();
      default:
        return undefined;
    }
  }

  keysOf(value: Value): readonly Value[] | undefined {
    return keysOf(value);
  }

  wholeNumber(value: Value): number | undefined {
    const number = asNumber(value);
    return Number.isInteger(number) ? number : undefined;
  }

  join(values: readonly (Value | undefined)[], where: Span): Value {
    return joinValues(this, values, where);
  }

  // Calls.

  call(callee: Value, parameters: CallArguments, site: CallSite): Value {
    return this.callOn(callee, undefinedValue, parameters, site);
  }

  /** Calls a value with what stands before the point of `self.method()`. */
  callOn(callee: Value, self: Value, parameters: CallArguments, site: CallSite): Value {
    this.burn();
    if (callee instanceof FunctionObject) return this.callFunction(callee, self, parameters, site);
    switch (callee.kind) {
      case 'builtin':
        return callee.call(parameters, site);
      case 'library':
        return this.callLibrary(callee.path, parameters, site);
      case 'foreign':
        if (callee.call !== undefined) return callee.call(parameters, site);
        return this.notFollowed(`${callee.description} is not called`, parameters, site);
      default:
        if (callee.kind === 'unknown') this.escape(parameters);
        return this.notFollowed(unknownResult(this.textOf(site.span), callee), parameters, site);
    }
  }

  /** The result of code that is not read. It may call the functions that it is given, now or later, or never. */
  private notFollowed(because: string, { positional }: CallArguments, site: CallSite): Value {
    for (const value of positional) {
      if (value instanceof FunctionObject && !this.entered.has(value.definition)) {
        this.maybe(() => this.callFunction(value, undefinedValue, nothingGiven, site), site.span);
      }
    }
    return unknown(because, null, this.locate(site.span));
  }

  /** Runs what may happen or not. */
  maybe(work: () => void, where: Span): void {
    this.heap.fork([work, () => {}], () => 'goesOn', this.main.scope.variables, where);
  }

  /** Arrays and objects that code which is not read has in hand may hold something else afterwards. */
  private escape({ positional }: CallArguments): void {
    for (const value of positional) {
      if (value.kind === 'list') openSequence(this.heap, value);
      else if (value.kind === 'dictionary') openDictionary(this.heap, value);
    }
  }

  private callFunction(callee: FunctionObject, self: Value, given: CallArguments, site: CallSite): Value {
    const { definition } = callee;
    this.entered.add(definition);
    if (this.frames.length >= deepestCall) return unknown('the calls go too deep to follow');
    if (definition.isGenerator) {
      return unknown(`what the generator ${callee.name ?? ''} yields is not followed`, null, this.locate(site.span));
    }
    const scope = createScope(callee.closure);
    this.circumstances.enter(scope, { ...given, positional: [self, ...given.positional] });
    // What a constructor makes is named as the class that the program asked for.
    const isConstructor = callee.owner?.construct === callee;
    const frame: Frame = {
      scope,
      home: scope,
      functionName: isConstructor && self instanceof InstanceObject ? self.owner.name : callee.name,
      receiver: callee.receiver ?? { self, owner: callee.owner },
      possibleReturns: [],
      round: '',
      uncertainExits: { count: 0 },
    };
    return this.withFrame(frame, () => {
      this.bindParameters(frame, callee, given);
      const { body } = definition;
      if (!isStatements(body)) return evaluate(this, frame, body);
      const outcome = runBody(this, frame, body);
      const last = outcome.kind === 'return' ? outcome.value : outcome.kind === 'throw' ? undefined : undefinedValue;
      const returns = last === undefined ? frame.possibleReturns : [...frame.possibleReturns, last];
      return returns.length === 0 ? unknown(`${callee.description} only throws`) : this.join(returns, definition);
    });
  }

  private bindParameters(frame: Frame, callee: FunctionObject, given: CallArguments): void {
    const { parameters } = callee.definition;
    parameters.forEach((parameter, position) => {
      const { target } = parameter;
      const name = target.kind === 'name' ? target.name : 'options';
      const missing = (): Value =>
        given === nothingGiven ? ungiven(parameter.target.kind, name, callee) : undefinedValue;
      let value: Value;
      if (parameter.isRest) {
        const rest = list(given.positional.slice(position));
        value = given.isOpen || given === nothingGiven ? unknown('arguments that are not known') : this.made(rest);
      } else {
        const own = given.positional[position];
        const isOpen = given.isOpen && own === undefined;
        const held = isOpen ? unknown('it may be among arguments that are not known') : (own ?? missing());
        // What nobody gives takes its default.
        const isDefault = given === nothingGiven && parameter.default !== null;
        value = withDefault(this, frame, parameter.default, isDefault ? undefinedValue : held, target);
      }
      bind(this, frame, target, value, 'block');
      const self = frame.receiver?.self;
      if (parameter.isField && target.kind === 'name' && self instanceof InstanceObject) {
        this.heap.setVariable(self.attributes, name, this.bound(name, value, target));
      }
    });
    if (callee.definition.form !== 'arrow') {
      frame.scope.variables.set('arguments', given.isOpen ? unknown('arguments') : list(given.positional));
    }
  }

  /** `new callee(…)`. */
  construct(callee: Value, parameters: CallArguments, site: CallSite): Value {
    this.burn();
    if (callee instanceof FunctionObject) return this.constructFromFunction(callee, parameters, site);
    if (!(callee instanceof ClassObject)) return this.callOn(callee, undefinedValue, parameters, site);
    const instance = new InstanceObject(callee);
    this.heap.born(instance.attributes);
    for (const owner of callee.lineage) if (!this.examples.has(owner)) this.examples.set(owner, instance);
    this.initialise(callee, instance, parameters, site);
    return instance;
  }

  /** Before classes there were functions with `this`. */
  private constructFromFunction(callee: FunctionObject, parameters: CallArguments, site: CallSite): Value {
    const instance = dictionary();
    const result = this.callFunction(callee, instance, parameters, site);
    return result.kind === 'dictionary' ? result : instance;
  }

  private initialise(owner: ClassObject, instance: InstanceObject, parameters: CallArguments, site: CallSite): void {
    if (owner.base === null) initialiseFields(this, owner, instance);
    if (owner.construct !== null) this.callFunction(owner.construct, instance, parameters, site);
    else if (owner.base !== null) this.initialiseBase(owner, instance, parameters, site);
  }

  /** `super(…)`, which every constructor of a derived class calls. */
  constructBase(frame: Frame, parameters: CallArguments, site: CallSite): Value {
    const { owner, self } = frame.receiver ?? { owner: null, self: undefinedValue };
    if (owner !== null && self instanceof InstanceObject) this.initialiseBase(owner, self, parameters, site);
    return self;
  }

  private initialiseBase(
    owner: ClassObject,
    instance: InstanceObject,
    parameters: CallArguments,
    site: CallSite,
  ): void {
    const { base } = owner;
    if (this.frames.length >= deepestCall) return;
    if (base instanceof ClassObject) this.initialise(base, instance, parameters, site);
    else if (base?.kind === 'library') {
      // It stands where its class does: there its layers are added, and there a reader looks for it.
      const { definition, closure, name } = instance.owner;
      const frame: Frame = {
        scope: closure,
        home: closure,
        functionName: name,
        receiver: null,
        possibleReturns: [],
        round: '',
        uncertainExits: { count: 0 },
      };
      const at: CallSite = { ...site, span: definition };
      const made = this.withFrame(frame, () => this.callLibrary(base.path, parameters, at));
      this.heap.setVariable(instance.inherited, 'base', made);
    }
    initialiseFields(this, owner, instance);
  }

  private callLibrary(path: string, parameters: CallArguments, site: CallSite): Value {
    for (const library of this.options.libraries) {
      const canonical = library.canonicalPath(path);
      const result = canonical === undefined ? undefined : library.call(canonical, parameters, site);
      if (result !== undefined) return result;
    }
    return this.notFollowed(`the result of ${path} is only known when it runs`, parameters, site);
  }

  // Properties.

  attribute(object: Value, name: string, site: CallSite): Value {
    const found = this.findAttribute(object, name, site);
    if (found instanceof Getter) return this.callOn(found.body, object, noArguments, site);
    if (found !== undefined) return found;
    const because = object.kind === 'unknown' ? object.because : `${describe(object)} has no known property ${name}`;
    // What stands behind an unknown object is named by the property: `config.hiddenSize` is `hiddenSize`.
    return object.kind === 'unknown' && !namelessProperties.has(name)
      ? this.namedUnknown(name, because, object.location ?? this.locate(site.span))
      : unknown(because, null, this.locate(site.span));
  }

  private findAttribute(object: Value, name: string, site: CallSite): Value | undefined {
    if (object instanceof InstanceObject) return this.instanceMember(object, name, site);
    switch (object.kind) {
      case 'library':
        return this.libraryMember(object.path, name, site);
      case 'foreign':
        for (const library of this.options.libraries) {
          const member = library.member(object, name, site);
          if (member !== undefined) return member;
        }
        return object.attribute(name, site) ?? methodOf(this, object, name);
      case 'dictionary': {
        const entry = object.entries.get(keyOf(text(name)) ?? '');
        if (entry !== undefined) return entry.value;
        const method = methodOf(this, object, name);
        if (method !== undefined) return method;
        const because = `the object has no known property ${name}`;
        return object.isOpen.value ? this.namedUnknown(name, because, this.locate(site.span)) : undefinedValue;
      }
      default:
        return methodOf(this, object, name);
    }
  }

  private instanceMember(instance: InstanceObject, name: string, site: CallSite): Value | undefined {
    const own = instance.attributes.get(name) ?? instance.owner.member(name);
    if (own !== undefined) return own;
    if (name === 'constructor') return instance.owner;
    if (instance.base !== undefined) return this.attribute(instance.base, name, site);
    return missingMember(this, instance, name);
  }

  /** A member of a library: its constant where it has one, else the path itself. */
  private libraryMember(path: string, name: string, site: CallSite): Value {
    const member = `${path}.${name}`;
    for (const library of this.options.libraries) {
      const canonical = library.canonicalPath(member);
      const constantValue = canonical === undefined ? undefined : library.constant?.(canonical, site);
      if (constantValue !== undefined) return constantValue;
    }
    return { kind: 'library', path: member };
  }

  /** `object[index]`. */
  item(object: Value, index: Value, site: CallSite): Value {
    const position = this.wholeNumber(index);
    if (object.kind === 'string' && position !== undefined) {
      const unit = object.value[position];
      return unit === undefined ? undefinedValue : text(unit);
    }
    const items = object.kind === 'list' || object.kind === 'tuple' ? this.itemsOf(object) : undefined;
    if (items !== undefined && position !== undefined) return items[position] ?? undefinedValue;
    if (object.kind === 'foreign' && object.index !== undefined && index.kind !== 'string') {
      return object.index([index], site);
    }
    const name = propertyName(index);
    if (name !== undefined && index.kind !== 'integer') return this.attribute(object, name, site);
    if (object.kind === 'dictionary' && name !== undefined) return this.attribute(object, name, site);
    const because =
      object.kind === 'unknown' ? object.because : `which item of ${describe(object)} is taken is not known`;
    return unknown(because, null, this.locate(site.span));
  }

  setAttribute(object: Value, name: string, value: Value, site: CallSite): void {
    this.setProperty(object, text(name), value, site);
  }

  /** `object[key] = value`. */
  setProperty(object: Value, key: Value, value: Value, site: CallSite): void {
    const name = propertyName(key);
    const held = name === undefined || key.kind !== 'string' ? value : this.bound(name, value, site.span);
    switch (object.kind) {
      case 'dictionary':
        if (name === undefined) this.heap.setState(object.isOpen, true, (states) => states.includes(true));
        else this.heap.setEntry(object, keyOf(text(name)) ?? '', { key: text(name), value: held });
        return;
      case 'list':
        this.setItem(object, key, value);
        return;
      case 'foreign':
        if (name === undefined) return;
        if (object instanceof InstanceObject) this.heap.setVariable(object.attributes, name, held);
        else if (object instanceof FunctionObject) this.heap.setVariable(object.properties, name, held);
        else if (object instanceof ClassObject) this.heap.setVariable(object.statics, name, held);
        else {
          const library = this.options.libraries.find((candidate) => candidate.assigned !== undefined);
          object.setAttribute?.(name, library?.assigned?.(object, name, held, site) ?? held, site);
        }
        return;
      case 'unknown':
        for (const library of this.options.libraries) library.assignedToUnknown?.(name, held, site);
        return;
      default:
    }
  }

  private setItem(array: SequenceValue, key: Value, value: Value): void {
    const position = this.wholeNumber(key);
    const { items } = array;
    if (position !== undefined && position >= 0 && position < items.length) {
      this.heap.setItems(array, items.with(position, value));
    } else if (position === items.length) this.heap.setItems(array, [...items, value]);
    else this.heap.setItems(array, [...items, unknown('changed at an index that is not known')]);
  }

  // Names.

  /** What a name stands for that the file does not define. */
  global(name: string): Value | undefined {
    return globalObject(name, (source, site) => {
      const module = this.module(source, site);
      return module instanceof ModuleObject ? module.required : module;
    });
  }

  /** The module of a name as it is imported. */
  module(source: string, site: CallSite): Value {
    const module = source.startsWith('.') ? this.loader.resolve(source, this.running.source.file) : undefined;
    if (module !== undefined) return module;
    if (/^[./]/.test(source) && !this.isOfLibrary(source)) {
      return unknown(`${source} is another file`, null, this.locate(site.span));
    }
    return { kind: 'library', path: source };
  }

  /** Exports under other names, and of other modules. */
  passOn({ source, names, ...span }: Export): void {
    const module = this.running;
    const origin = source === null ? null : this.module(source, { span, machine: this });
    for (const { local, exported } of names) {
      if (origin === null) module.renamed.set(exported, local);
      else if (local === '*') module.passedOn.push(origin);
      else module.borrowed.set(exported, this.exported(origin, local, { span, machine: this }));
    }
  }

  exported(source: Value, name: string, site: CallSite): Value {
    if (source.kind === 'library' && name === 'default') return source;
    return this.attribute(source, name, site);
  }

  private isOfLibrary(path: string): boolean {
    return this.options.libraries.some((library) => library.canonicalPath(path) !== undefined);
  }

  withFrame<Result>(frame: Frame, work: (frame: Frame) => Result): Result {
    this.frames.push(frame);
    try {
      return work(frame);
    } finally {
      this.frames.pop();
    }
  }

  /** The length of an array or a text, where it is known. */
  lengthOf(value: Value): Value | undefined {
    const items = this.itemsOf(value);
    return items === undefined ? undefined : integer(constant(items.length));
  }
}

/** Properties that say nothing of what they hold: the variable that takes it names it better. */
const namelessProperties: ReadonlySet<string> = new Set(['value', 'data', 'length', 'shape', 'default']);

/** The arguments of a function that is looked at by itself: nobody says what they are. */
const nothingGiven: CallArguments = { ...noArguments };

function isStatements(body: FunctionDefinition['body']): body is Exclude<FunctionDefinition['body'], { kind: string }> {
  return Array.isArray(body);
}

function ungiven(kind: string, name: string, callee: FunctionObject): Value {
  return kind === 'objectPattern'
    ? new UngivenObject(callee.name ?? 'a function')
    : unknown(`no call gives ${name}${callee.name === null ? '' : ` of ${callee.name}`}`);
}
