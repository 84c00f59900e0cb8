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
  const graph = sameModel(original, analysis, composed);
  if (graph === undefined || analysis.syntaxErrors.length > original.analysis.syntaxErrors.length) {
    refuseAt(original.graph.location, `how ${original.graph.name} is put together is not understood.`);
  }
  return { analysis, graph, edits: composed };
}

/** The model of the same name that stands where the original one does now. */
function sameModel({ graph }: Draft, edited: FileAnalysis, edits: readonly TextEdit[]): ModelGraph | undefined {
  const { from } = graph.location;
  const shift = edits
    .filter((edit) => edit.from <= from)
    .reduce((sum, edit) => sum + edit.insert.length - (edit.to - edit.from), 0);
  const distance = ({ location }: ModelGraph): number => Math.abs(location.from - from - shift);
  return edited.models
    .filter(({ name, framework }) => name === graph.name && framework === graph.framework)
    .toSorted((a, b) => distance(a) - distance(b))[0];
}

/** Gives the whole rewrite up, with the place that is not understood. */
export function refuseAt(place: Pick<SourceLocation, 'line' | 'cell'>, message: string): never {
  throw new Refusal(sentenceAt(place, message));
}
