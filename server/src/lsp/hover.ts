/** textDocument/hover: what the layer or model under the cursor costs. */
import { type Hover, MarkupKind, type Position } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { FileAnalysis } from '../analysis';
import { layersNamedAt } from './layersAt';
import { layerMarkdown, modelMarkdown } from './layerText';

export function hover(document: TextDocument, { models, text }: FileAnalysis, position: Position): Hover | null {
  const offset = document.offsetAt(position);
  const layers = layersNamedAt(models, text, offset);
  if (layers.length > 0) return markdown(layers.map(({ graph, layer }) => layerMarkdown(graph, layer)));
  const here = models.filter(({ location }) => isOnFirstLine(document, location, position, offset));
  return here.length === 0 ? null : markdown(here.map(modelMarkdown));
}

function isOnFirstLine(
  document: TextDocument,
  { from, to }: { readonly from: number; readonly to: number },
  position: Position,
  offset: number,
): boolean {
  return document.positionAt(from).line === position.line && from <= offset && offset <= to;
}

/** The same text once, however many models share it. */
function markdown(parts: readonly string[]): Hover {
  const value = [...new Set(parts)].join('\n\n---\n\n');
  return { contents: { kind: MarkupKind.Markdown, value } };
}
