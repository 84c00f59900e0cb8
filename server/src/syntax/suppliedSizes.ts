/** Sizes that the source leaves open and somebody supplies: a comment of the file, a setting, the command line. */
import type { Span } from './python/ast';
import { sizeSymbols } from './sizeNames';

export type SizeSource = 'comment' | 'setting' | 'commandLine';

/** Who supplies a size, in words for people. */
export const supplierNames: Readonly<Record<SizeSource, string>> = {
  comment: 'a comment of this file',
  setting: 'the setting unroll.sizes',
  commandLine: 'the command line',
};

export interface SuppliedSize {
  /** As it is written: `hidden_size`, `seq_len`. */
  readonly name: string;
  /** A positive integer. */
  readonly value: number;
  readonly source: SizeSource;
  /** Where a comment of the file names it. */
  readonly span?: Span;
}

/** By the symbol that each replaces. */
export type SizesBySymbol = ReadonlyMap<string, SuppliedSize>;

/** Later ones win: a comment of the file is given after what holds for the whole workspace. */
export function bySymbol(...groups: readonly (readonly SuppliedSize[])[]): SizesBySymbol {
  const found = new Map<string, SuppliedSize>();
  for (const size of groups.flat()) for (const symbol of sizeSymbols(size.name)) found.set(symbol, size);
  return found;
}

export interface SizesRead {
  readonly sizes: readonly SuppliedSize[];
  /** A sentence for each value that is no size. */
  readonly mistakes: readonly string[];
}

/** The setting `unroll.sizes`: names with their sizes. What is no object gives none. */
export function sizesOfSetting(value: unknown): SizesRead {
  if (value === undefined || value === null) return { sizes: [], mistakes: [] };
  if (typeof value !== 'object' || Array.isArray(value)) {
    return {
      sizes: [],
      mistakes: ['unroll.sizes takes an object of names and sizes, such as {"hidden_size": 256}.'],
    };
  }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const sizes = entries.flatMap(([name, size]): SuppliedSize[] =>
    isSize(size) ? [{ name, value: size, source: 'setting' }] : [],
  );
  const mistakes = entries.flatMap(([name, size]) =>
    isSize(size) ? [] : [`unroll.sizes: ${name} takes a whole number from 1 on, not ${JSON.stringify(size)}.`],
  );
  return { sizes, mistakes };
}

export function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
