/** The symbols of one file's evaluation: sizes that the source does not determine, each with its origin. */
import { constant, type Expression, symbol } from '../../../model/expression';
import type { SourceLocation, SymbolOrigin } from '../../../model/graph';
import type { SizesBySymbol, SuppliedSize } from '../syntax/suppliedSizes';
import { integer, unknown, type Value } from './values';

/** A supplied size that took the place of a symbol, and where that symbol comes from. */
export interface UsedSize extends SuppliedSize {
  readonly origin: SymbolOrigin;
}

export class SymbolTable {
  readonly origins = new Map<string, SymbolOrigin>();

  /** The names that values of one place have, by what they were computed from besides it. */
  private readonly namesOfPlace = new Map<string, Map<string, string>>();

  private readonly used = new Map<string, UsedSize>();

  /** @param sizes values that somebody supplies for symbols */
  constructor(private readonly sizes: SizesBySymbol) {}

  /** The supplied sizes that were asked for, each with every place that asked. */
  get usedSizes(): readonly UsedSize[] {
    return [...this.used.values()];
  }

  /**
   * The symbol of an origin, or the size supplied for it. Two origins never share a symbol: where a name is taken, the line
   * is added to it.
   *
   * @param circumstances what tells values of one place apart, such as the arguments of the function around it
   */
  symbol(origin: SymbolOrigin, circumstances = ''): Expression {
    const supplied = this.sizes.get(origin.name);
    if (supplied !== undefined) {
      this.used.set(`${origin.name} ${origin.location?.file}:${origin.location?.from}`, { ...supplied, origin });
      return constant(supplied.value);
    }
    const name = this.nameOf(origin, circumstances);
    this.origins.set(name, { ...origin, name });
    return symbol(name);
  }

  /** An unknown with a name of its own: the symbol it stands for is registered, or replaced by a supplied size. */
  named(name: string, because: string, location: SourceLocation, circumstances = ''): Value {
    const size = this.symbol({ name, meaning: because, location }, circumstances);
    const atom = size.terms[0]?.factors[0]?.atom;
    return atom?.kind === 'symbol' ? unknown(because, atom.name, location) : integer(size);
  }

  /**
   * A name for the symbol of an origin that no other origin has: its own, else with its line (in a notebook after its cell),
   * else with as much more of its place as it takes, else with a number.
   */
  private nameOf(origin: SymbolOrigin, circumstances: string): string {
    const { name, location } = origin;
    const isOfPlace = (candidate: string): boolean => {
      const held = this.origins.get(candidate);
      return held === undefined || isSamePlace(held.location, location);
    };
    const ofPlace = isOfPlace(name) ? name : freeName(namesWithPlace(name, location), isOfPlace);
    const names = this.namesOfPlace.get(ofPlace) ?? new Map<string, string>();
    this.namesOfPlace.set(ofPlace, names);
    const held = names.get(circumstances) ?? (names.size === 0 ? ofPlace : `${ofPlace}#${names.size + 1}`);
    names.set(circumstances, held);
    return held;
  }
}

/** The first name that nobody else has; the last one holds the whole place. */
function freeName(names: readonly [string, ...string[]], isFree: (name: string) => boolean): string {
  return names.find(isFree) ?? names[names.length - 1] ?? names[0];
}

/** A name with its line (in a notebook after its cell), its column too, and its file. */
function namesWithPlace(name: string, location: SourceLocation | undefined): readonly [string, ...string[]] {
  const line = `${location?.cell === undefined ? '' : `${location.cell}:`}${location?.line ?? '?'}`;
  const column = location?.column ?? '?';
  return [`${name}@${line}`, `${name}@${line}:${column}`, `${name}@${location?.file ?? ''}:${line}:${column}`];
}

function isSamePlace(left: SourceLocation | undefined, right: SourceLocation | undefined): boolean {
  return left?.file === right?.file && left?.from === right?.from;
}
