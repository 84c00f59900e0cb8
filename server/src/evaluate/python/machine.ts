/**
 * The evaluator of Python: a small, total, bounded interpreter over abstract values.
 *
 * It runs the module body, functions and constructors as Python would, with every call of a library answered by that
 * library's description instead of its code. What it cannot know becomes *unknown because …*; conditions that are not known
 * run both ways. Work is bounded by fuel, depth by a limit: every program ends.
 */
import { type Expression as Size, symbolsOf } from '../../../../model/expression';
import type { SourceLocation, SymbolOrigin } from '../../../../model/graph';
import type { ClassDefinition, FunctionDefinition, Lambda, Span } from '../../syntax/python/ast';
import type { SourceFile } from '../../syntax/sourceFile';
import type { SizesBySymbol } from '../../syntax/suppliedSizes';
import type { Workspace } from '../../workspace';
import { dictionaryView, openVariables } from '../attributes';
import { Circumstances } from '../circumstances';
import { Heap } from '../heap';
import { joinValues } from '../join';
import { type Library, type Machine, OutOfFuel, type SubclassBehaviour } from '../machine';
import { createScope, globalScope, type Scope } from '../scope';
import { SymbolTable, type UsedSize } from '../symbolTable';
import {
  asInteger,
  asNumber,
  boolean,
  type CallArguments,
  type CallSite,
  type ClassValue,
  describe,
  type FunctionValue,
  type InstanceValue,
  isEnumeration,
  nameUnknown,
  noArguments,
  none,
  text,
  type UnknownValue,
  unknown,
  unknownResult,
  type Value,
  valueOfMember,
} from '../values';
import { setAttribute } from './assignment';
import { builtins } from './builtins';
import { bindParameters } from './calls';
import { isDataDescriptor, readThrough } from './descriptors';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import { harmlessBases, inertLibraries, isLookUp, weightlessLibraries } from './libraryPolicy';
import { attributeOfBuiltin, openDictionary, openSequence } from './methods';
import { ModuleLoader } from './modules';
import { fieldsOf, fillFields, memberFor, membersOf, recordMethod } from './records';
import { runBlock } from './statements';
import { UncalledDefinitions } from './uncalled';

/** Work of one statement, function or trace that is looked at by itself. */
const fuelPerRoot = 200_000;
/** Work of one file: its roots together. */
const fuelPerFile = 1_500_000;
/** What a condition that is not known costs beside the work in its branches, and each value that they leave different. */
const fuelPerFork = 5;
const fuelPerJoin = 3;
const deepestCall = 60;

/** Names that a module's own statements have assigned before a place. What it imported is not expected to be overwritten. */
function assignedBefore({ module }: SourceFile, where: Span): ReadonlySet<string> {
  const targets = module.body.flatMap((statement) =>
    statement.kind === 'assign' && statement.from < where.from ? statement.targets : [],
  );
  return new Set(targets.flatMap((target) => (target.kind === 'name' ? [target.name] : [])));
}

/** Why the result of something that is not read is not known. A relative import names a file that should be there. */
function unreadResult(path: string): string {
  return path.startsWith('.')
    ? `${path} is not found in the workspace`
    : `the result of ${path} is only known when it runs`;
}

export interface MachineOptions {
  readonly source: SourceFile;
  readonly workspace: Workspace | null;
  readonly libraries: readonly Library[];
  /** Sizes that comments of the file, settings or the command line supply for symbols. */
  readonly sizes: SizesBySymbol;
}

function isName(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*(?:[@#].*)?$/u.test(text);
}

function placeKey(computation: string, location: SourceLocation | null): string {
  return `${computation} ${location?.file}:${location?.from}`;
}

/** Methods that change what construction and attributes mean. */
const hooks = ['__new__', '__init_subclass__', '__setattr__', '__getattribute__'] as const;

export class PythonMachine implements Machine {
  readonly heap: Heap;
  readonly globals: Scope = createScope(null);
  readonly instances: InstanceValue[] = [];
  /** Functions and classes that something has called. */
  readonly entered = new Set<FunctionDefinition | Lambda | ClassDefinition>();
  readonly uncalled = new UncalledDefinitions(this);
  readonly modules: ModuleLoader;
  /** Libraries imported whole, by the file that does. */
  private readonly starImports = new Map<Scope, readonly string[]>();
  /** The files by their global scopes. */
  private readonly sources = new Map<Scope, SourceFile>();
  /** Scopes of the analysed file and of the programs that import it: what they define is looked at by itself. */
  private readonly programs = new Set<Scope>();
  private readonly table: SymbolTable;
  private readonly circumstances = new Circumstances();
  readonly sizeNames = new Set<string>();
  /** Names that the program gave to what it computes from unknown values, by computation and origin. */
  private readonly computedNames = new Map<string, string>();
  /** Unknown values that the program calls: functions or modules of which nothing is known. */
  readonly calledUnknowns = new Set<Value>();
  /** What the program put into libraries' modules (`tf.model = …`), by path. */
  readonly libraryAttributes = new Map<string, Value>();
  /** Whether any class of the program has members that decide what reading and setting them does. */
  hasDescriptors = false;
  private readonly frames: Frame[] = [];
  private fuel = fuelPerRoot;
  private fileFuel = fuelPerFile;

  constructor(private readonly options: MachineOptions) {
    this.table = new SymbolTable(options.sizes);
    this.heap = new Heap(
      (values, where) => this.join(values, where),
      (joined) => this.burn(fuelPerFork + joined * fuelPerJoin),
    );
    this.modules = new ModuleLoader(options.workspace, (source, scope, name) => this.runModule(source, scope, name));
    this.modules.adopt(options.source, this.globals);
  }

  /** Runs the analysed file as `python file.py` would. */
  runMain(): void {
    this.runModule(this.options.source, this.globals, '__main__');
  }

  /** Runs a file that imports the analysed one, for what it constructs of the classes defined there. */
  runImporter(file: string): void {
    const scope = this.modules.runProgram(file);
    if (scope !== undefined) this.uncalled.runFunctions(scope);
  }

  private runModule(source: SourceFile, scope: Scope, name: string): void {
    this.sources.set(scope, source);
    if (name === '__main__') this.programs.add(scope);
    scope.variables.set('__name__', text(name));
    scope.variables.set('__file__', text(source.file));
    const frame: Frame = {
      scope,
      functionName: null,
      owner: null,
      receiver: null,
      possibleReturns: [],
      round: '',
      uncertainExits: { breaks: 0, continues: 0 },
    };
    // A statement that hits its bound does not keep the definitions after it from being read.
    for (const statement of source.module.body)
      this.runRoot(() => this.withFrame(frame, () => runBlock(this, frame, [statement])));
  }

  /** Runs one root with fresh fuel; an evaluation that hits its bound ends there and is reported as false. */
  runRoot(work: () => void): boolean {
    const fuelAround = this.fuel;
    const granted = Math.min(fuelPerRoot, this.fileFuel);
    this.fuel = granted;
    try {
      work();
      return true;
    } catch (error) {
      // A RangeError is the host's own bound: its stack, or the largest exact integer.
      if (error instanceof OutOfFuel || error instanceof RangeError) return false;
      throw error;
    } finally {
      this.fileFuel -= granted - Math.max(this.fuel, 0);
      this.fuel = fuelAround;
    }
  }

  noteDefinition(value: FunctionValue | ClassValue, scope: Scope): void {
    if (this.programs.has(globalScope(scope))) this.uncalled.note(value);
  }

  /** The file whose code is running; between roots, the analysed one. */
  get currentSource(): SourceFile {
    return this.sourceOf(this.frames.at(-1)?.scope ?? this.globals);
  }

  /** The file that a scope belongs to. */
  sourceOf(scope: Scope): SourceFile {
    return this.sources.get(globalScope(scope)) ?? this.options.source;
  }

  /** Whether the work of the whole file was used up, so that some of it was not looked at. */
  get isSpent(): boolean {
    return this.fileFuel <= 0;
  }

  /** Work left to the present root. */
  get fuelLeft(): number {
    return this.fuel;
  }

  /** Spends units of work. */
  burn(work = 1): void {
    this.fuel -= work;
    if (this.fuel < 0) throw new OutOfFuel();
  }

  locate(span: Span): SourceLocation {
    const { lines } = this.currentSource;
    const frame = this.frames.at(-1);
    return frame === undefined ? lines.locate(span) : this.circumstances.reached(span, lines, frame.scope, frame.round);
  }

  /** The place of a span in the file that a scope belongs to. */
  locateIn(scope: Scope, span: Span): SourceLocation {
    return this.sourceOf(scope).lines.locate(span);
  }

  textOf(place: Span | SourceLocation): string {
    const source =
      'file' in place ? [...this.sources.values()].find(({ file }) => file === place.file) : this.currentSource;
    return (source ?? this.options.source).text.slice(place.from, place.to).replace(/\s+/g, ' ');
  }

  currentFunctionName(): string | null {
    return this.frames.findLast((frame) => frame.functionName !== null)?.functionName ?? null;
  }

  /** The supplied sizes that took the place of a symbol. */
  get usedSizes(): readonly UsedSize[] {
    return this.table.usedSizes;
  }

  get symbols(): ReadonlyMap<string, SymbolOrigin> {
    return this.table.origins;
  }

  symbol(origin: SymbolOrigin): Size {
    return this.table.symbol(origin, origin.location && this.circumstances.of(origin.location));
  }

  /** An unknown named by how it is computed from another: `len(words)`, or what the program calls that. */
  computedUnknown(computation: string, source: UnknownValue): Value {
    const { because, location } = source;
    if (location === null) return { ...unknown(because, computation), mayBeModule: false };
    const name = this.computedNames.get(placeKey(computation, location)) ?? computation;
    const named = this.namedUnknown(name, because, location);
    return named.kind === 'unknown' ? { ...named, mayBeModule: false } : named;
  }

  /** An unknown with a name of its own: the symbol it stands for is registered, or replaced by a supplied size. */
  namedUnknown(name: string, because: string, location: SourceLocation): Value {
    return this.table.named(name, because, location, this.circumstances.of(location));
  }

  /** Gives what is bound to a variable or an attribute its name, where it has none. */
  bound(name: string, value: Value, span: Span): Value {
    if (value.kind === 'foreign') value.named?.(name);
    if (value.kind !== 'unknown' || (value.name !== null && isName(value.name))) return nameUnknown(value, name);
    // What was only named by how it is computed (`len(words)`) takes the name it is given, here and wherever it comes again.
    if (value.name !== null) this.computedNames.set(placeKey(value.name, value.location), name);
    const named = this.namedUnknown(name, value.because, value.location ?? this.locate(span));
    return named.kind === 'unknown' ? { ...value, ...named } : named;
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
        return value.value !== 0;
      case 'string':
        return value.value !== '';
      case 'list':
      case 'tuple':
      case 'set':
        return value.items.length > 0 && !value.isOpen ? true : value.isOpen ? undefined : false;
      case 'dictionary':
        return value.entries.size > 0 || (value.isOpen.value ? undefined : false);
      case 'function':
      case 'builtin':
      case 'class':
      case 'module':
        return true;
      case 'instance':
        // Members of an enumeration are true, those that stand for a value as that value is.
        return isEnumeration(value.class) ? this.truth(valueOfMember(value) ?? boolean(true)) : undefined;
      case 'library':
      case 'ellipsis':
      case 'quotient':
      case 'slice':
      case 'unknown':
        return undefined;
      case 'foreign':
        // Truth of a tensor depends on its data; layers and models are always true.
        if (value.description === 'tensor') return undefined;
        return value.length === undefined ? true : this.truth(value.length() ?? unknown('a length that is not known'));
    }
  }

  itemsOf(value: Value): readonly Value[] | undefined {
    switch (value.kind) {
      case 'list':
      case 'tuple':
      case 'set':
        return value.isOpen ? undefined : value.items;
      case 'dictionary':
        return value.isOpen.value ? undefined : [...value.entries.values()].map((entry) => entry.key);
      case 'string':
        return [...value.value].map(text);
      case 'foreign':
        return value.items?.();
      case 'instance':
        return value.class.nature === 'tuple' ? [...value.attributes.values()] : undefined;
      case 'class':
        return membersOf(value);
      default:
        return undefined;
    }
  }

  /** The value after branches that left these; undefined means that a branch left the name unbound. */
  join(values: readonly (Value | undefined)[], where: Span): Value {
    return joinValues(this, values, where);
  }

  // Calls.

  call(callee: Value, parameters: CallArguments, site: CallSite): Value {
    this.burn();
    switch (callee.kind) {
      case 'function':
        return this.callFunction(callee, parameters, site);
      case 'builtin':
        return callee.call(parameters, site);
      case 'class':
        return this.construct(callee, parameters, site);
      case 'instance':
        return this.callInstance(callee, parameters, site);
      case 'library':
        return this.callLibrary(callee.path, parameters, site);
      case 'foreign':
        return (
          callee.call?.(parameters, site) ??
          unknown(`${callee.description} is not called`, null, this.locate(site.span))
        );
      case 'unknown': {
        for (let called: UnknownValue | undefined = callee; called !== undefined; called = called.owner) {
          this.calledUnknowns.add(called);
        }
        this.escape(parameters, site);
        const place = this.locate(site.span);
        const location = isLookUp(callee) ? this.circumstances.lookedUp(place, callee.location, parameters) : place;
        return {
          ...unknown(unknownResult(this.textOf(site.span), callee), null, location),
          ...(isLookUp(callee) ? {} : { mayBeModule: true }),
          ...this.callOnAny(callee, parameters, site),
        };
      }
      default:
        return unknown(`${describe(callee)} cannot be called`, null, this.locate(site.span));
    }
  }

  /** A method of an object that may be one of several: what it does may have happened to each, what it gives may be any's. */
  private callOnAny(
    { owner, name }: UnknownValue,
    parameters: CallArguments,
    site: CallSite,
  ): Pick<UnknownValue, 'alternatives' | 'mayBeModule'> {
    const objects = (owner?.alternatives ?? []).filter(({ kind }) => kind === 'foreign' || kind === 'instance');
    if (name === null || objects.length === 0) return {};
    const results = objects.map((object) =>
      this.heap.perhaps(() => this.call(this.attribute(object, name, site), parameters, site), site.span),
    );
    const given = results.flatMap((result) => (result && this.itemsOf(result)) ?? (result ? [result] : []));
    return { alternatives: given.filter(isObject), mayBeModule: false };
  }

  private callFunction(callee: FunctionValue, given: CallArguments, site: CallSite): Value {
    const parameters =
      callee.receiver === null ? given : { ...given, positional: [callee.receiver, ...given.positional] };
    const run = (): Value => this.runFunction(callee, parameters, site);
    return callee.memory === undefined ? run() : callee.memory.recall(parameters, !this.heap.isConditional, run);
  }

  /** Runs a function whose arguments hold the receiver of a method. */
  private runFunction(callee: FunctionValue, parameters: CallArguments, site: CallSite): Value {
    const { definition } = callee;
    this.entered.add(definition);
    if (this.frames.length >= deepestCall) return unknown('the calls go too deep to follow');
    if (definition.kind === 'function' && definition.isGenerator) {
      return unknown(`what the generator ${definition.name} yields is not followed`, null, this.locate(site.span));
    }
    const scope = createScope(callee.closure);
    this.circumstances.enter(scope, parameters);
    this.heap.born(scope.variables);
    for (const [name, value] of bindParameters(this, callee, parameters)) scope.variables.set(name, value);
    const first = definition.parameters[0]?.name;
    const frame: Frame = {
      scope,
      functionName: definition.kind === 'function' ? definition.name : null,
      owner: callee.owner,
      receiver: first === undefined ? null : (scope.variables.get(first) ?? null),
      possibleReturns: [],
      round: '',
      uncertainExits: { breaks: 0, continues: 0 },
    };
    return this.withFrame(frame, () => {
      if (definition.kind === 'lambda') return evaluate(this, frame, definition.body);
      const outcome = runBlock(this, frame, definition.body);
      const last = outcome.kind === 'return' ? outcome.value : outcome.kind === 'raise' ? undefined : none;
      const returns = last === undefined ? frame.possibleReturns : [...frame.possibleReturns, last];
      return returns.length === 0 ? unknown(`${definition.name} only raises`) : this.join(returns, definition);
    });
  }

  private construct(callee: ClassValue, parameters: CallArguments, site: CallSite): Value {
    this.entered.add(callee.definition);
    if (isEnumeration(callee)) return memberFor(callee, parameters, site);
    const instance: InstanceValue = {
      kind: 'instance',
      class: callee,
      attributes: new Map(),
      construction: { parameters, location: this.locate(site.span) },
    };
    this.heap.born(instance.attributes);
    const behaviour = this.behaviourOf(callee);
    const hook = this.hookOf(callee);
    if (hook !== undefined && behaviour === undefined) {
      return unknown(`${callee.definition.name} has a ${hook} of its own`, null, this.locate(site.span));
    }
    if (behaviour !== undefined) this.instances.push(instance);
    const initialiser = this.findInClass(callee, '__init__');
    const fields = fieldsOf(this, callee);
    if (initialiser?.kind === 'function') this.call({ ...initialiser, receiver: instance }, parameters, site);
    else if (fields !== undefined) fillFields(this, instance, fields, parameters, site);
    else if (behaviour !== undefined) behaviour.construct?.(instance, parameters, site);
    else if (this.hasUnknownBase(callee)) {
      return unknown(
        `${callee.definition.name} derives from something that is not known`,
        null,
        this.locate(site.span),
      );
    }
    return instance;
  }

  private callInstance(instance: InstanceValue, parameters: CallArguments, site: CallSite): Value {
    const behaviour = this.behaviourOf(instance.class);
    const own = behaviour?.ownsCalls === true ? undefined : this.findInClass(instance.class, '__call__');
    if (own?.kind === 'function') return this.call({ ...own, receiver: instance }, parameters, site);
    if (behaviour !== undefined) return behaviour.call(instance, parameters, site);
    return unknown(`${describe(instance)} cannot be called`, null, this.locate(site.span));
  }

  private callLibrary(path: string, parameters: CallArguments, site: CallSite): Value {
    if (path === 'builtins.object.__setattr__') return this.setPlainly(parameters, site);
    for (const library of this.options.libraries) {
      const canonical = library.canonicalPath(path);
      if (canonical === undefined) continue;
      const result = library.call(canonical, parameters, site);
      if (result !== undefined) return result;
    }
    if (!inertLibraries.test(path) || path.endsWith('.shuffle')) this.escape(parameters, site);
    return {
      ...unknown(unreadResult(path), null, this.locate(site.span)),
      mayBeModule: !weightlessLibraries.test(path),
    };
  }

  /** `object.__setattr__(object, name, value)`: around what a class does when attributes are set. */
  private setPlainly({ positional: [object, name, value] }: CallArguments, site: CallSite): Value {
    // A module does not register what is set like this, and reading it is not followed.
    if (object?.kind !== 'instance' || this.isModule(object) || value === undefined) return none;
    if (name?.kind === 'string') {
      this.heap.setVariable(object.attributes, name.value, this.bound(name.value, value, site.span));
    } else openVariables(this.heap, object.attributes, 'an attribute whose name is not known was set');
    return none;
  }

  /** What is handed to code that is not read may come back changed. */
  private escape({ positional, keywords }: CallArguments, site: CallSite): void {
    for (const value of [...positional, ...keywords.values()]) {
      if (value.kind === 'list' || value.kind === 'set') {
        openSequence(this.heap, value);
        // Arrays of layers handed on in a list (`filter(…, model.parameters())`) may come back frozen.
        for (const item of value.items) {
          const isArray = item.kind === 'foreign' && item.isTrainedArray === true;
          if (isArray) item.setAttribute?.('requires_grad', unknown('code that is not read may freeze it'), site);
        }
      } else if (value.kind === 'dictionary') openDictionary(this.heap, value);
      else if (value.kind === 'foreign') value.escape?.(site);
      else if (value.kind === 'instance' && !this.isModule(value)) {
        openVariables(this.heap, value.attributes, 'code that is not read may have changed it');
      }
    }
  }

  isModule(object: InstanceValue): boolean {
    return this.behaviourOf(object.class) !== undefined;
  }

  derivesFrom(path: string, of: string): boolean | undefined {
    for (const library of this.options.libraries) {
      const [own, other] = [library.canonicalPath(path), library.canonicalPath(of)];
      const answer = own === undefined ? undefined : library.derivesFrom?.(own, other ?? of);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  globalVariables(): Map<string, Value> {
    const scope = this.frames.at(-1)?.scope;
    return (scope === undefined ? this.globals : globalScope(scope)).variables;
  }

  // Attributes.

  attribute(object: Value, name: string, site: CallSite): Value {
    const found = this.findAttribute(object, name, site);
    // What an attribute or a property gives is named after it, so that it is the same symbol wherever it goes.
    if (found !== undefined) return found.kind === 'unknown' ? this.bound(name, found, site.span) : found;
    const array = name === 'shape' ? this.arrayBehind(object) : undefined;
    if (array !== undefined) return { ...unknown(array.because, name, array.location), owner: array };
    if (object.kind !== 'unknown') {
      return unknown(`${describe(object)} has no known attribute ${name}`, null, this.locate(site.span));
    }
    // What stands behind an unknown object is named by the attribute: `config.hidden_size` is `hidden_size`.
    const value = this.namedUnknown(name, object.because, object.location ?? this.locate(site.span));
    if (value.kind !== 'unknown') return value;
    const held = (object.alternatives ?? []).filter(({ kind }) => kind === 'foreign' || kind === 'instance');
    if (held.length === 0) return { ...value, owner: object };
    const alternatives = held.map((each) => this.attribute(each, name, site)).filter(isObject);
    return { ...value, owner: object, ...(alternatives.length > 0 ? { alternatives } : {}) };
  }

  /** The array `x` that stands behind `x / 255`, whose shape it has: arithmetic took the unknown for a number. */
  private arrayBehind(object: Value): UnknownValue | undefined {
    if (object.kind !== 'integer' && object.kind !== 'quotient') return undefined;
    const sizes = object.kind === 'integer' ? [object.value] : [object.numerator, object.denominator];
    const [name, ...others] = new Set(sizes.flatMap(symbolsOf));
    const origin = name === undefined || others.length > 0 ? undefined : this.symbols.get(name);
    return origin?.location && unknown(origin.meaning, origin.name, origin.location);
  }

  setAttribute(object: Value, name: string, value: Value, site: CallSite): void {
    setAttribute(this, object, name, value, site);
  }

  private findAttribute(object: Value, name: string, site: CallSite): Value | undefined {
    switch (object.kind) {
      case 'instance':
        return this.instanceAttribute(object, name, site);
      case 'class': {
        const member = this.findInClass(object, name);
        if (member?.kind === 'function' && decoratorNames(member).includes('classmethod')) {
          return { ...member, receiver: object };
        }
        if (member !== undefined) return this.readMember(member, null, object, site);
        return name === '__name__' ? text(object.definition.name) : undefined;
      }
      case 'module':
        return object.scope.variables.get(name) ?? this.modules.submodule(object, name);
      case 'library':
        if (name === '__name__') return text(object.path.slice(object.path.lastIndexOf('.') + 1));
        return this.libraryMember(`${object.path}.${name}`, site);
      case 'foreign':
        if (name === '__class__' && object.libraryClass) return { kind: 'library', path: object.libraryClass };
        return object.attribute(name, site);
      default:
        return attributeOfBuiltin(this, object, name);
    }
  }

  /** What a name means that only a star import of a library can have brought; undefined where none has. */
  starred(scope: Scope, name: string): Value | undefined {
    for (const path of (this.starImports.get(globalScope(scope)) ?? []).toReversed()) {
      const known = this.options.libraries.some((library) => library.canonicalPath(`${path}.${name}`) !== undefined);
      if (known) return this.libraryMember(`${path}.${name}`, { span: { from: 0, to: 0 }, machine: this });
    }
    return undefined;
  }

  /**
   * A class of the analysed file by its name, for a program around it that imports a class of that name from a package which
   * is not found: packages hand on the classes of their files.
   */
  reexported(scope: Scope, name: string): Value | undefined {
    const home = globalScope(scope);
    const value = home !== this.globals && this.programs.has(home) ? this.globals.variables.get(name) : undefined;
    return value?.kind === 'class' && value.home === this.globals ? value : undefined;
  }

  /** Whether a file imports a whole library: what its names mean is then not to be seen in it. */
  importsWholeLibrary(home: Scope): boolean {
    return this.starImports.has(home);
  }

  /** `from path import *` of something that the workspace does not hold. */
  noteStarImport(scope: Scope, path: string, where: Span): void {
    const isLibrary = this.options.libraries.some((library) => library.canonicalPath(`${path}.x`) !== undefined);
    const home = globalScope(scope);
    if (isLibrary) this.starImports.set(home, [...(this.starImports.get(home) ?? []), path]);
    else if (!inertLibraries.test(path)) {
      const earlier = assignedBefore(this.sourceOf(home), where);
      openVariables(this.heap, home.variables, `a star import of ${path} may have set it`, earlier);
    }
  }

  /** Whether a library no longer has what this path names. */
  isRemoved(path: string): boolean {
    return this.options.libraries.some((library) => library.isRemoved?.(path) === true);
  }

  /** A member of a library: its constant where it has one, else the path itself. */
  libraryMember(path: string, site: CallSite): Value {
    const assigned = this.libraryAttributes.get(path);
    if (assigned !== undefined) return assigned;
    for (const library of this.options.libraries) {
      const canonical = library.canonicalPath(path);
      const constantValue = canonical === undefined ? undefined : library.constant?.(canonical, site);
      if (constantValue !== undefined) return constantValue;
    }
    return { kind: 'library', path };
  }

  private instanceAttribute(instance: InstanceValue, name: string, site: CallSite): Value | undefined {
    const own = instance.attributes.get(name);
    if (own !== undefined && !(this.hasDescriptors && isDataDescriptor(this, this.findInClass(instance.class, name)))) {
      return own;
    }
    if (name === '__class__') return instance.class;
    if (name === '__dict__' && !this.isModule(instance)) return dictionaryView(instance.attributes);
    const member = this.findInClass(instance.class, name);
    if (member?.kind === 'function') return this.boundMember(member, instance, site);
    if (member !== undefined) return this.readMember(member, instance, instance.class, site);
    return this.behaviourOf(instance.class)?.attribute(instance, name, site) ?? recordMethod(instance, name);
  }

  private readMember(member: Value, instance: InstanceValue | null, owner: ClassValue, site: CallSite): Value {
    return (this.hasDescriptors ? readThrough(this, member, instance, owner, site) : undefined) ?? member;
  }

  /** What reading a function from an instance of its class gives: a method, or the value of a property. */
  boundMember(member: FunctionValue, instance: InstanceValue, site: CallSite): Value {
    const names = decoratorNames(member);
    if (names.includes('staticmethod')) return member;
    if (names.includes('classmethod')) return { ...member, receiver: instance.class };
    const method = { ...member, receiver: instance };
    return names.includes('property') || names.includes('cached_property')
      ? this.call(method, noArguments, site)
      : method;
  }

  /** `super().name`: the first definition after `owner` in the receiver's line of classes. */
  superAttribute(owner: ClassValue, receiver: Value, name: string, site: CallSite): Value | undefined {
    const line = receiver.kind === 'instance' ? this.lineage(receiver.class) : this.lineage(owner);
    for (const ancestor of line.slice(line.indexOf(owner) + 1)) {
      const member = ancestor.attributes.get(name);
      if (member?.kind === 'function') {
        return receiver.kind === 'instance' ? this.boundMember(member, receiver, site) : member;
      }
      if (member !== undefined) return member;
    }
    if (receiver.kind !== 'instance') return undefined;
    const behaviour = this.behaviourOf(receiver.class);
    if (name === '__init__') {
      return {
        kind: 'builtin',
        name: '__init__',
        call: (parameters, at) => {
          behaviour?.construct?.(receiver, parameters, at);
          return none;
        },
      };
    }
    return behaviour?.attribute(receiver, name, site);
  }

  findInClass(owner: ClassValue, name: string): Value | undefined {
    for (const ancestor of this.lineage(owner)) {
      const member = ancestor.attributes.get(name);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  /** The class and its ancestors, depth first, later occurrences of a shared ancestor winning, as Python's order does. */
  lineage(owner: ClassValue): readonly ClassValue[] {
    const order: ClassValue[] = [];
    const visit = (current: ClassValue): void => {
      order.push(current);
      for (const base of current.bases) {
        if (base.kind === 'class' && order.length < 100) visit(base);
      }
    };
    visit(owner);
    return order.filter((current, index) => order.lastIndexOf(current) === index);
  }

  /** What a library says of instances of a class, through the first base that has a meaning there. */
  behaviourOf(owner: ClassValue): SubclassBehaviour | undefined {
    for (const ancestor of this.lineage(owner)) {
      for (const base of ancestor.bases) {
        if (base.kind !== 'library') continue;
        const found = this.subclassBehaviour(base.path);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  private subclassBehaviour(path: string): SubclassBehaviour | undefined {
    for (const library of this.options.libraries) {
      const canonical = library.canonicalPath(path);
      const behaviour = canonical === undefined ? undefined : library.subclass?.(canonical);
      if (behaviour !== undefined) return behaviour;
    }
    return undefined;
  }

  /** A method by which a class changes how its instances come to be or what setting attributes does; none is followed. */
  hookOf(owner: ClassValue): string | undefined {
    return this.lineage(owner).flatMap(({ attributes }) => hooks.filter((name) => attributes.has(name)))[0];
  }

  /** Whether a class derives from something whose effects on instances are not known here. */
  hasUnknownBase(owner: ClassValue): boolean {
    return this.lineage(owner).some((ancestor) =>
      ancestor.bases.some(
        (base) =>
          base.kind === 'unknown' ||
          (base.kind === 'library' &&
            this.subclassBehaviour(base.path) === undefined &&
            !harmlessBases.test(base.path)),
      ),
    );
  }

  // Names.

  builtin(name: string): Value | undefined {
    return builtins.get(name);
  }

  withFrame<Result>(frame: Frame, work: () => Result): Result {
    this.frames.push(frame);
    try {
      return work();
    } finally {
      this.frames.pop();
    }
  }

  /** The index a value stands for in a sequence of known length, negative ones counted from the end. */
  positionIn(index: Value, length: number): number | undefined {
    const size = asInteger(index);
    const position = size === undefined ? undefined : asNumber(index);
    if (position === undefined || !Number.isInteger(position)) return undefined;
    const counted = position < 0 ? position + length : position;
    return counted >= 0 && counted < length ? counted : undefined;
  }
}

/** The last part of each decorator's name: `property`, `cached_property`. */
function decoratorNames({ definition }: FunctionValue): readonly string[] {
  const decorators = definition.kind === 'function' ? definition.decorators : [];
  return decorators.map((node) => (node.kind === 'name' || node.kind === 'attribute' ? node.name : ''));
}

/** Whether a value is an object that code may change, or a tuple that may hold such. */
function isObject({ kind }: Value): boolean {
  return kind === 'foreign' || kind === 'instance' || kind === 'tuple';
}
