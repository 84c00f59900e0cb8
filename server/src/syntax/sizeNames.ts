/** The names by which people supply the sizes that every model has: its sequence's length and its batch. */

/** Symbols of the analyser by the names people give them. */
const aliases: Readonly<Record<string, string>> = {
  seq_len: 'T',
  sequence_length: 'T',
  time_steps: 'T',
  batch_size: 'B',
  batch: 'B',
};

/** The symbols that a supplied size replaces: the one of its name, and the analyser's own where the name is one for it. */
export function sizeSymbols(name: string): readonly string[] {
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  return alias === undefined ? [name] : [name, alias];
}

/** What to write for a symbol: `seq_len` for `T`. */
export function writtenName(symbol: string): string {
  return Object.keys(aliases).find((name) => aliases[name] === symbol) ?? symbol;
}
