/**
 * What a value that is not known was computed from, as far as that tells two of the same place apart: one line of a function
 * gives another size with other arguments, and in another round of a loop.
 */
import { format } from '../../../model/expression';
import type { SourceLocation } from '../../../model/graph';
import type { Scope } from './scope';
import type { CallArguments, Value } from './values';

/** How deep arguments are told apart, and how many items of each. */
const deepest = 3;
const mostItems = 64;

export class Circumstances {
  private readonly arguments = new WeakMap<Scope, CallArguments>();
  private readonly places = new WeakMap<SourceLocation, (depth: number) => string>();
  private readonly numbers = new WeakMap<object, number>();
  private objects = 0;

  /** A function's body begins with these arguments. */
  enter(scope: Scope, given: CallArguments): void {
    this.arguments.set(scope, given);
  }

  /** A place was reached in a function's body, in these rounds of the loops around it. */
  reach(location: SourceLocation, scope: Scope, rounds: readonly number[]): void {
    if (scope.parent === null && rounds.length === 0) return;
    const round = rounds.join('.');
    this.places.set(location, (depth) => `${round} ${this.argumentsAround(scope, depth)}`);
  }

  /** What is looked up is the same wherever it is asked for by the same keys. */
  lookUp(location: SourceLocation, owner: SourceLocation | null, given: CallArguments): void {
    this.places.set(
      location,
      (depth) => `${owner === null ? '' : this.of(owner, depth + 1)}[${this.ofArguments(given, depth)}]`,
    );
  }

  /** A text that two values of one place share when nothing says that they differ. */
  of(location: SourceLocation, depth = 0): string {
    return depth > deepest ? '…' : (this.places.get(location)?.(depth) ?? '');
  }

  private argumentsAround(scope: Scope, depth: number): string {
    const parts: string[] = [];
    for (let current: Scope | null = scope; current !== null; current = current.parent) {
      const given = this.arguments.get(current);
      if (given !== undefined) parts.push(this.ofArguments(given, depth));
    }
    return parts.join('<');
  }

  private ofArguments({ positional, keywords }: CallArguments, depth: number): string {
    const named = [...keywords].map(([name, value]) => `${name}=${this.ofValue(value, depth)}`);
    return [...positional.map((value) => this.ofValue(value, depth)), ...named].join();
  }

  private ofValue(value: Value, depth: number): string {
    if (depth > deepest) return '…';
    switch (value.kind) {
      case 'none':
      case 'ellipsis':
        return value.kind;
      case 'boolean':
      case 'float':
      case 'string':
        return JSON.stringify(value.value);
      case 'integer':
        return format(value.value);
      case 'list':
      case 'tuple':
      case 'set':
        return `[${value.items.slice(0, mostItems).map((item) => this.ofValue(item, depth + 1))}]`;
      case 'dictionary':
        return `{${[...value.entries].slice(0, mostItems).map(([key, entry]) => `${key}:${this.ofValue(entry.value, depth + 1)}`)}}`;
      case 'function':
        return `${this.numberOf(value.definition)}${value.receiver === null ? '' : `.${this.ofValue(value.receiver, depth + 1)}`}`;
      case 'class':
        return String(this.numberOf(value.definition));
      case 'instance':
        return `${this.numberOf(value.class.definition)}(${value.construction ? this.ofArguments(value.construction.parameters, depth + 1) : ''})`;
      case 'library':
        return value.path;
      case 'unknown':
        return `${value.name}@${value.location?.file}:${value.location?.from}${value.location ? this.of(value.location, depth + 1) : ''}`;
      // Tensors are made anew whenever a model is traced; layers stay.
      case 'foreign':
        return /tensor/.test(value.description) ? 'tensor' : String(this.numberOf(value));
      default:
        return value.kind;
    }
  }

  private numberOf(object: object): number {
    const number = this.numbers.get(object) ?? ++this.objects;
    this.numbers.set(object, number);
    return number;
  }
}

/** Does work in one round of a loop. */
export function inRound<Result>({ rounds }: { readonly rounds: number[] }, round: number, work: () => Result): Result {
  rounds.push(round);
  try {
    return work();
  } finally {
    rounds.pop();
  }
}
