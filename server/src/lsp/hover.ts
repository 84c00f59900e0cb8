/** textDocument/hover: what the layer or model under the cursor costs. */
import { type Hover, MarkupKind, type Position } from 'vscode-languageserver/node';
import type { ModelGraph, SourceLocation } from '../../../model/graph';
import { sizesOfModel } from '../analysers/sizes';
import type { FileAnalysis } from '../analysis';
import { layersNamedAt } from './layersAt';
import { layerMarkdown, modelMarkdown } from './layerText';
import type { SourceDocument } from './openDocuments';

export function hover(
  document: SourceDocument,
  { models, text, usedSizes }: FileAnalysis,
  position: Position,
): Hover | null {
  const offset = document.offsetAt(position);
  const layers = layersNamedAt(models, text, offset);
  const supplied = (graph: ModelGraph) => sizesOfModel(graph, models, usedSizes);
  if (layers.length > 0) {
    return markdown(layers.map(({ graph, layer }) => layerMarkdown(graph, layer, supplied(graph))));
  }
  const here = models.filter(({ location }) => isOnFirstLine(document, location, position, offset));
  return here.length === 0 ? null : markdown(here.map((graph) => modelMarkdown(graph, supplied(graph))));
}

function isOnFirstLine(
  document: SourceDocument,
  location: SourceLocation,
  position: Position,
  offset: number,
): boolean {
  const { from, to } = location;
  return document.holds(location) && document.positionAt(from).line === position.line && from <= offset && offset <= to;
}

/** The same text once, however many models share it. */
function markdown(parts: readonly string[]): Hover {
  const value = [...new Set(parts)].join('\n\n---\n\n');
  return { contents: { kind: MarkupKind.Markdown, value } };
}
