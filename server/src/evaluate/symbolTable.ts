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
   */
  symbol(origin: SymbolOrigin): Expression {
    const supplied = this.sizes.get(origin.name);
    if (supplied !== undefined) {
      this.used.set(`${origin.name} ${origin.location?.file}:${origin.location?.from}`, { ...supplied, origin });
      return constant(supplied.value);
    }
    const name = symbolName(this.origins, origin);
    this.origins.set(name, { ...origin, name });
    return symbol(name);
  }

  /** An unknown with a name of its own: the symbol it stands for is registered, or replaced by a supplied size. */
  named(name: string, because: string, location: SourceLocation): Value {
    const size = this.symbol({ name, meaning: because, location });
    const atom = size.terms[0]?.factors[0]?.atom;
    return atom?.kind === 'symbol' ? unknown(because, atom.name, location) : integer(size);
  }
}

/**
 * A name for the symbol of an origin that no other origin has: its own, else with its line (in a notebook after its cell),
 * else with as much more of its place as it takes.
 */
function symbolName(origins: ReadonlyMap<string, SymbolOrigin>, origin: SymbolOrigin): string {
  const { name, location } = origin;
  const line = `${location?.cell === undefined ? '' : `${location.cell}:`}${location?.line ?? '?'}`;
  const candidates = [name, `${name}@${line}`, `${name}@${line}:${location?.column ?? '?'}`];
  const free = candidates.find((candidate) => {
    const held = origins.get(candidate);
    return held === undefined || isSamePlace(held.location, location);
  });
  return free ?? `${name}@${location?.file ?? ''}:${line}:${location?.column ?? '?'}`;
}

function isSamePlace(left: SourceLocation | undefined, right: SourceLocation | undefined): boolean {
  return left?.file === right?.file && left?.from === right?.from;
}
