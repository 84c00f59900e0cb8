/** Which model of a document a position means. */
import type { ModelGraph } from '../../../model/graph';
import type { SourceDocument } from './openDocuments';

/**
 * The model of that name; without a name the innermost around the line, else the nearest above it, else the first.
 * `line` counts from 0, as LSP does. Of several models of one name (a class built with different arguments) the one at
 * the line is meant.
 */
export function modelAt(
  document: SourceDocument,
  models: readonly ModelGraph[],
  line: number,
  name: string | null,
): ModelGraph | undefined {
  const from = document.offsetAt({ line, character: 0 });
  const to = document.offsetAt({ line: line + 1, character: 0 });
  if (name !== null) {
    const named = models.filter((model) => model.name === name);
    return named.find(({ location }) => from <= location.from && location.from < to) ?? named[0];
  }
  const around = models.filter(({ extent }) => extent.from <= to && from <= extent.to);
  const length = ({ extent }: ModelGraph): number => extent.to - extent.from;
  if (around.length > 0) return around.reduce((inner, model) => (length(model) < length(inner) ? model : inner));
  const above = models.filter(({ location }) => location.from < to);
  if (above.length === 0) return models[0];
  return above.reduce((nearest, model) => (model.location.from > nearest.location.from ? model : nearest));
}
