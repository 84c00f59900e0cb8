/** A model on its way to another architecture: the program as the edits so far leave it, read again after each round. */
import type { ModelGraph, SourceLocation } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { composeEdits } from '../composeEdits';
import { sentenceAt, type TextEdit } from '../edits';
import { Refusal } from '../stateWalk';

export interface Draft {
  readonly analysis: FileAnalysis;
  readonly graph: ModelGraph;
  /** Of the original text. */
  readonly edits: readonly TextEdit[];
}

/** Reads the original program again, with these edits made. */
export type AnalyseEdited = (edits: readonly TextEdit[]) => FileAnalysis;

/** Makes edits of the draft's text. */
export function advance(
  original: Draft,
  draft: Draft,
  edits: readonly TextEdit[],
  analyseEdited: AnalyseEdited,
): Draft {
  if (edits.length === 0) return draft;
  const composed = composeEdits(draft.edits, edits, original.analysis.text.length);
  const analysis = analyseEdited(composed);
  const graph = sameModel(original, analysis);
  if (graph === undefined || analysis.syntaxErrors.length > original.analysis.syntaxErrors.length) {
    refuseAt(original.graph.location, `how ${original.graph.name} is put together is not understood.`);
  }
  return { analysis, graph, edits: composed };
}

/** The model of the same name, and of several of that name the one at the same place among them. */
function sameModel({ analysis, graph }: Draft, edited: FileAnalysis): ModelGraph | undefined {
  const named = (models: readonly ModelGraph[]): readonly ModelGraph[] =>
    models.filter(({ name, framework }) => name === graph.name && framework === graph.framework);
  const before = named(analysis.models);
  const after = named(edited.models);
  return after.length === before.length ? after[before.indexOf(graph)] : undefined;
}

/** Gives the whole rewrite up, with the place that is not understood. */
export function refuseAt(place: Pick<SourceLocation, 'line' | 'cell'>, message: string): never {
  throw new Refusal(sentenceAt(place, message));
}
