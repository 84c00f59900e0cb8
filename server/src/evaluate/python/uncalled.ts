/** What nobody calls: functions, modules and methods that can make models are run by themselves, each as a root of its own. */
import type { Span } from '../../syntax/python/ast';
import { globalScope, type Scope } from '../scope';
import { type ClassValue, type FunctionValue, noArguments, type Value } from '../values';
import { weightlessLibraries } from './libraryPolicy';
import type { PythonMachine } from './machine';
import { relevantFunctions } from './relevance';

/** Functions and classes of a file that are looked at by themselves. */
const mostRoots = 500;

export class UncalledDefinitions {
  /** Every function and class that a definition statement of the file, or of a program that imports it, has reached. */
  private readonly defined: (FunctionValue | ClassValue)[] = [];

  /** Definitions of the analysed file that were run by themselves, as nothing that is known calls them. */
  readonly runAlone: Span[] = [];

  constructor(private readonly machine: PythonMachine) {}

  note(value: FunctionValue | ClassValue): void {
    this.defined.push(value);
  }

  /** Whether something of the analysed file is used by nothing in it, so that files that import it may say more. */
  get areAny(): boolean {
    return this.defined.some((value) => !this.isCalled(value));
  }

  /** Calls every function that nothing has called and constructs every such module, with symbols for what is not given. */
  run(): void {
    const { machine } = this;
    this.runFunctions(machine.globals);
    const classes = this.defined
      .slice(0, mostRoots)
      .filter((value): value is ClassValue => value.kind === 'class' && value.home === machine.globals);
    for (const value of classes) {
      if (this.isCalled(value) || machine.behaviourOf(value) === undefined) continue;
      this.runByItself(value);
    }
    for (const value of classes) if (machine.behaviourOf(value) === undefined) this.runMethods(value);
  }

  /** Calls the functions of one file that nothing has called. */
  runFunctions(home: Scope): void {
    let looked = 0;
    // Running one function may define others.
    while (looked < this.defined.length && looked < mostRoots) {
      const functions = this.defined
        .slice(looked, mostRoots)
        .filter((value): value is FunctionValue => value.kind === 'function' && globalScope(value.closure) === home);
      looked = this.defined.length;
      for (const value of this.relevantAmong(functions, home)) {
        if (this.isCalled(value)) continue;
        this.runByItself(value);
      }
    }
  }

  private runByItself(value: FunctionValue | ClassValue): void {
    const { machine } = this;
    const home = value.kind === 'class' ? value.home : globalScope(value.closure);
    if (home === machine.globals) this.runAlone.push(value.definition);
    machine.runRoot(() => machine.call(value, noArguments, { span: value.definition, machine }));
  }

  /** Methods of a plain class that nothing calls, where they can make models: `class Builder: def build(self): …`. */
  private runMethods(owner: ClassValue): void {
    const { machine } = this;
    const methods = [...owner.attributes.values()].filter(
      (member): member is FunctionValue => member.kind === 'function' && !this.isCalled(member),
    );
    const relevant = this.relevantAmong(methods, machine.globals);
    if (relevant.length === 0) return;
    const site = { span: owner.definition, machine };
    let instance: Value | undefined;
    machine.runRoot(() => {
      instance = machine.call(owner, noArguments, site);
    });
    for (const method of relevant) {
      const receiver = instance;
      if (receiver?.kind !== 'instance' || this.isCalled(method)) continue;
      machine.runRoot(() => machine.call(machine.boundMember(method, receiver, site), noArguments, site));
    }
  }

  private isCalled({ definition }: FunctionValue | ClassValue): boolean {
    return this.machine.entered.has(definition);
  }

  /** The functions of a file that can have to do with models, by what their text names. */
  private relevantAmong(functions: readonly FunctionValue[], home: Scope): readonly FunctionValue[] {
    if (this.machine.importsWholeLibrary(home)) return functions;
    const { text } = this.machine.sourceOf(home);
    const relevant = relevantFunctions(
      functions,
      home.variables,
      (value) => this.canMakeModels(value, home),
      ({ definition }) => text.slice(definition.from, definition.to),
    );
    return functions.filter((value) => relevant.has(value));
  }

  /** Whether code that uses a global value can construct a model through it. */
  private canMakeModels(value: Value, home: Scope): boolean {
    const { machine } = this;
    switch (value.kind) {
      case 'library':
        return !weightlessLibraries.test(value.path);
      case 'class':
        return machine.behaviourOf(value) !== undefined || machine.hasUnknownBase(value);
      case 'function':
        return globalScope(value.closure) !== home;
      case 'module':
      case 'foreign':
        return true;
      case 'instance':
        return machine.isModule(value);
      default:
        return false;
    }
  }
}
