/** What frameworks and builtins may ask of the evaluator that runs them, whatever its source language. */
import type { Expression } from '../../../model/expression';
import type { SourceLocation, SymbolOrigin } from '../../../model/graph';
import type { Span } from '../syntax/python/ast';
import type { Heap } from './heap';
import type { Scope } from './scope';
import type { CallArguments, CallSite, InstanceValue, UnknownValue, Value } from './values';

export interface Machine {
  readonly heap: Heap;
  locate(span: Span): SourceLocation;
  /** The place of a span in the file that a scope belongs to. */
  locateIn(scope: Scope, span: Span): SourceLocation;
  /** The source text of a place, white space folded: the name of last resort for an unknown size. */
  textOf(place: Span | SourceLocation): string;
  call(callee: Value, parameters: CallArguments, site: CallSite): Value;
  /** An attribute of any value; unknown when it is not there or not known. */
  attribute(object: Value, name: string, site: CallSite): Value;
  /** Sets an attribute as an assignment of the program does. */
  setAttribute(object: Value, name: string, value: Value, site: CallSite): void;
  /** The items of a value when all are known; undefined otherwise. */
  itemsOf(value: Value): readonly Value[] | undefined;
  /** Whether a value counts as true; undefined when that is not known. */
  truth(value: Value): boolean | undefined;
  /**
   * The symbol for a size that the source does not determine. Two origins never share a symbol: where a name is taken,
   * the line is added to it. A directive of the file (`# unroll: name=256`) makes it a constant.
   */
  symbol(origin: SymbolOrigin): Expression;
  /** An unknown named by how it is computed from another: `len(words)`, or what the program calls that. */
  computedUnknown(computation: string, source: UnknownValue): Value;
  /** The value as it is bound to a name: what is unknown takes the name, and with it its symbol. */
  bound(name: string, value: Value, span: Span): Value;
  /** Whether instances of the object's class hold layers, by what a library says of its bases. */
  isModule(object: InstanceValue): boolean;
  /** Whether a library's class is another one or derives from it; undefined where no library says. */
  derivesFrom(path: string, of: string): boolean | undefined;
  /** The global variables of the file whose code is running. */
  globalVariables(): Map<string, Value>;
  /** The innermost function being run: names models that a function builds and returns. */
  currentFunctionName(): string | null;
  /** Names of unknown values that were used as sizes: these are numbers. */
  readonly sizeNames: Set<string>;
  /** Everything constructed so far of classes that a library's class is a base of, in order. */
  readonly instances: readonly InstanceValue[];
  /** Where each symbol that was handed out comes from, by its name. */
  readonly symbols: ReadonlyMap<string, SymbolOrigin>;
}

/** Raised when the bound on work is reached; ends the evaluation of one root, never of the file. */
export class OutOfFuel extends Error {
  constructor() {
    super('evaluation was stopped at its bound');
  }
}

/** The meaning of a library: what its functions return and what subclasses of its classes can do. */
export interface Library {
  /** The path under which the library knows a value, or undefined when the path is not its own. */
  canonicalPath(path: string): string | undefined;
  /** Whether current releases no longer have what a path names, so that importing it raises. */
  isRemoved?(path: string): boolean;
  /** Value of a constant or object of the library; undefined for functions, classes and what is not known. */
  constant?(path: string, site: CallSite): Value | undefined;
  /** The result of calling a function or class of the library. */
  call(path: string, parameters: CallArguments, site: CallSite): Value | undefined;
  /** Whether one of its classes is another or derives from it; undefined for what it does not know. */
  derivesFrom?(path: string, of: string): boolean | undefined;
  /** How instances of user classes derived from this class behave; undefined when it is no base with a meaning here. */
  subclass?(path: string): SubclassBehaviour | undefined;
}

export interface SubclassBehaviour {
  /** Whether calls go through `call` even where the class defines `__call__` itself. */
  readonly ownsCalls?: boolean;
  /** The method that calling an instance runs, and any work around it. */
  call(instance: InstanceValue, parameters: CallArguments, site: CallSite): Value;
  /** An attribute that the base class gives its instances. */
  attribute(instance: InstanceValue, name: string, site: CallSite): Value | undefined;
  /** What the base class' own constructor does with its arguments. */
  construct?(instance: InstanceValue, parameters: CallArguments, site: CallSite): void;
  /**
   * What the base class makes of a value that is assigned to an attribute: what the attribute holds from then on, undefined
   * where the base class keeps the value itself.
   */
  assigned?(instance: InstanceValue, name: string, value: Value, site: CallSite): Value | undefined;
}
