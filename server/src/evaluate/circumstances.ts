/**
 * What a value that is not known was computed from, as far as that tells two of the same place apart: one line of a function
 * gives another size with other arguments, and in another round of a loop.
 */
import { format } from '../../../model/expression';
import type { SourceLocation } from '../../../model/graph';
import type { LineMap } from '../syntax/lines';
import type { Span } from '../syntax/python/ast';
import type { Scope } from './scope';
import type { CallArguments, Value } from './values';

/** How deep arguments are told apart, and how many items of each. */
const deepest = 3;
const mostItems = 64;
/** Characters that all descriptions of one evaluation may take; arguments after them are told apart from all others. */
const mostWritten = 10_000_000;

/** Where a value came to be: in a function's body, in some round of the loops around it, or looked up in another one. */
type Place =
  | { readonly kind: 'reached'; readonly scope: Scope; readonly round: string }
  | { readonly kind: 'lookUp'; readonly owner: SourceLocation | null; readonly given: CallArguments };

/** The place that was reached last. */
interface Latest {
  readonly span: Span;
  readonly scope: Scope;
  readonly round: string;
  readonly place: Place;
  readonly location: SourceLocation;
}

/** What a function was given, and how that reads at each depth. */
interface Given {
  readonly parameters: CallArguments;
  readonly described: string[];
}

export class Circumstances {
  private readonly given = new WeakMap<Scope, Given>();
  private readonly places = new WeakMap<SourceLocation, Place>();
  private readonly numbers = new WeakMap<object, number>();
  /** Descriptions by their text: each is passed on as its number, so that those made of others do not grow with them. */
  private readonly descriptions = new Map<string, string>();
  private objects = 0;
  private written = 0;
  private latest: Latest | null = null;

  /** A function's body begins with these arguments. */
  enter(scope: Scope, parameters: CallArguments): void {
    this.given.set(scope, { parameters, described: [] });
  }

  /**
   * The location of a span that is reached in a function's body, in this round of the loops around it (`inRound`). What
   * follows at the same place, such as the joins of one condition, shares it.
   */
  reached(span: Span, lines: LineMap, scope: Scope, round: string): SourceLocation {
    const { latest } = this;
    const isSamePlace = latest !== null && latest.scope === scope && latest.round === round;
    if (isSamePlace && latest.span === span) return latest.location;
    const location = lines.locate(span);
    const place = isSamePlace ? latest.place : { kind: 'reached' as const, scope, round };
    if (scope.parent !== null || round !== '') this.places.set(location, place);
    this.latest = { span, scope, round, place, location };
    return location;
  }

  /** The place of something looked up, which is the same wherever it is asked for by the same keys. */
  lookedUp(location: SourceLocation, owner: SourceLocation | null, given: CallArguments): SourceLocation {
    const own = { ...location };
    this.places.set(own, { kind: 'lookUp', owner, given });
    return own;
  }

  /** A text that two values of one place share when nothing says that they differ. */
  of(location: SourceLocation, depth = 0): string {
    if (depth > deepest) return '…';
    const place = this.places.get(location);
    if (place === undefined) return '';
    if (place.kind === 'reached') return `${place.round} ${this.argumentsAround(place.scope, depth)}`;
    const { owner, given } = place;
    return `${owner === null ? '' : this.of(owner, depth + 1)}[${this.numberOfText(this.ofArguments(given, depth))}]`;
  }

  private argumentsAround(scope: Scope, depth: number): string {
    const parts: string[] = [];
    for (let current: Scope | null = scope; current !== null; current = current.parent) {
      const given = this.given.get(current);
      if (given === undefined) continue;
      given.described[depth] ??= this.numberOfText(this.ofArguments(given.parameters, depth));
      parts.push(given.described[depth]);
    }
    return parts.join('<');
  }

  private numberOfText(description: string): string {
    this.written += description.length;
    const held = this.written < mostWritten ? this.descriptions.get(description) : undefined;
    const number = held ?? `#${++this.objects}`;
    if (this.written < mostWritten) this.descriptions.set(description, number);
    return number;
  }

  private ofArguments({ positional, keywords }: CallArguments, depth: number): string {
    if (this.written >= mostWritten) return '';
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
export function inRound<Result>(frame: { round: string }, round: number, work: () => Result): Result {
  const around = frame.round;
  frame.round = around === '' ? String(round) : `${around}.${round}`;
  try {
    return work();
  } finally {
    frame.round = around;
  }
}
