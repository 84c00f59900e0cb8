/** What the analysis of one file gives, whatever the file's language. */
import type { Tree } from '@lezer/common';
import type { Framework, GraphProblem, ModelGraph, SourceLocation } from '../../../model/graph';
import type { UsedSize } from '../evaluate/symbolTable';
import type { Directives } from '../syntax/directives';
import type { LineMap } from '../syntax/lines';
import type { Span } from '../syntax/python/ast';
import type { UnaskedSize } from './sizes';

export type Language = 'python' | 'javascript' | 'json';

export interface FileAnalysis {
  /** As given: a path or a URI; every location in the result names it. */
  readonly file: string;
  readonly text: string;
  readonly language: Language;
  readonly tree: Tree;
  readonly lines: LineMap;
  /** The framework of the file's models, or that it imports; null when it names none and so is of no interest. */
  readonly framework: Framework | null;
  readonly models: readonly ModelGraph[];
  readonly syntaxErrors: readonly SourceLocation[];
  /** Where the parser had to recover, in order: offsets into the text. */
  readonly recoveries: readonly number[];
  readonly directives: Directives;
  /** The supplied sizes that took the place of a symbol. */
  readonly usedSizes: readonly UsedSize[];
  /** Sizes of comments that nothing asked for. */
  readonly unaskedSizes: readonly UnaskedSize[];
  /** Classes and functions that were looked at with the defaults of their parameters, as nothing calls them (Python). */
  readonly uncalled?: readonly Span[];
  /** What keeps the file as a whole from being read. */
  readonly problems?: readonly GraphProblem[];
}

/** That the bound on the work of one file kept some of it from being looked at. */
export function stoppedAtBound(lines: LineMap): GraphProblem {
  const message =
    'Reading this file was stopped at the bound on the work that one file may take: more models may be in what was not read.';
  return { message, location: lines.locate({ from: 0, to: 0 }) };
}

/** One graph for models that are alike: the same definition constructed twice with the same sizes. */
export function distinctModels(models: readonly ModelGraph[]): ModelGraph[] {
  const counts = new Map<string, number>();
  for (const model of models) counts.set(placeOf(model), (counts.get(placeOf(model)) ?? 0) + 1);
  const seen = new Set<string>();
  return models.filter((model) => {
    const place = placeOf(model);
    // Most definitions make one model: there is nothing to compare.
    if (counts.get(place) === 1) return true;
    const key = `${place} ${contentOf(model)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function placeOf({ name, location }: ModelGraph): string {
  return `${name} ${location.from}`;
}

function contentOf({ layers, loss }: ModelGraph): string {
  return JSON.stringify([
    layers.map(({ path, operation, weights, outputs }) => [path, operation, weights, outputs]),
    loss,
  ]);
}
