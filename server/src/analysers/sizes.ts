/** What became of the sizes that somebody supplied: which were asked for, and which comments name one that nothing asks for. */
import type { ModelGraph, SourceLocation } from '../../../model/graph';
import type { UsedSize } from '../evaluate/symbolTable';
import { nearestName } from '../spelling';
import type { Directives } from '../syntax/directives';
import type { LineMap } from '../syntax/lines';
import { sizeSymbols, writtenName } from '../syntax/sizeNames';

/** A size of a comment that nothing in the file asked for. */
export interface UnaskedSize {
  readonly name: string;
  readonly location: SourceLocation;
  /** The open size that may have been meant. */
  readonly nearest: string | null;
}

/** @param asked names of all symbols that the file's evaluation handed out */
export function unaskedSizes(
  { sizes }: Directives,
  used: readonly UsedSize[],
  asked: ReadonlyMap<string, unknown>,
  models: readonly ModelGraph[],
  lines: LineMap,
): readonly UnaskedSize[] {
  const usedSymbols = new Set(used.map(({ origin }) => origin.name));
  // A length of time is called after its place where a file has several.
  const names = new Set([...asked.keys(), ...usedSymbols].map((name) => name.replace(/@.*/, '')));
  const open = models.flatMap(({ symbols }) => symbols.map(({ name }) => writtenName(name)));
  return sizes.flatMap(({ name, span }) =>
    span === undefined || sizeSymbols(name).some((symbol) => names.has(symbol))
      ? []
      : [{ name, location: lines.locate(span), nearest: nearestName(name, open) }],
  );
}

/** The supplied sizes that a model may rest on: those asked for within it, and those asked for outside of every model. */
export function sizesOfModel(
  { location, extent }: ModelGraph,
  models: readonly ModelGraph[],
  used: readonly UsedSize[],
): readonly UsedSize[] {
  const isWithin = (place: SourceLocation | undefined, around: SourceLocation): boolean =>
    place !== undefined && place.file === around.file && around.from <= place.from && place.to <= around.to;
  const found = used.filter(({ origin }) => {
    const others = models.filter((model) => model.location.from !== location.from);
    return isWithin(origin.location, extent) || !others.some((model) => isWithin(origin.location, model.extent));
  });
  return [...new Map(found.map((size) => [size.name, size])).values()];
}
