/** textDocument/hover: what the layer or model under the cursor costs, and why what is found there is a mistake. */
import { type Hover, MarkupKind, type Position } from 'vscode-languageserver/node';
import type { ModelGraph, SourceLocation } from '../../../model/graph';
import { commands, type ModelPosition } from '../../../protocol/languageServer';
import { ruleSummary } from '../advice/rulePage';
import { rules } from '../advice/rules/registry';
import { sizesOfModel } from '../analysers/sizes';
import type { FileAnalysis } from '../analysis';
import type { DocumentAnalysis } from './analyses';
import { layersNamedAt } from './layersAt';
import { layerMarkdown, modelMarkdown } from './layerText';
import type { SourceDocument } from './openDocuments';
import { rulePageUri } from './rulePages';

/**
 * @param followsCommands whether the editor runs commands that a hover links to
 * @param timesOf what is known of the time that a model takes
 */
export function hover(
  document: SourceDocument,
  analysis: DocumentAnalysis,
  position: Position,
  followsCommands = false,
  timesOf: (graph: ModelGraph) => readonly string[] = () => [],
): Hover | null {
  const offset = document.offsetAt(position);
  const parts = [
    ...costsAt(document, analysis, position, offset, followsCommands, timesOf),
    ...rulesAt(document, analysis, offset),
  ];
  return parts.length === 0 ? null : markdown(parts);
}

/** The documentation of each rule that finds something here. */
function rulesAt(document: SourceDocument, { findings }: DocumentAnalysis, offset: number): readonly string[] {
  const codes = findings.flatMap(({ code, location }) =>
    document.holds(location) && location.from <= offset && offset <= location.to ? [code] : [],
  );
  return rules.filter(({ code }) => codes.includes(code)).map((rule) => ruleSummary(rule, rulePageUri(rule.code)));
}

function costsAt(
  document: SourceDocument,
  { models, text, usedSizes }: FileAnalysis,
  position: Position,
  offset: number,
  followsCommands: boolean,
  timesOf: (graph: ModelGraph) => readonly string[],
): readonly string[] {
  const layers = layersNamedAt(models, text, offset);
  const supplied = (graph: ModelGraph) => sizesOfModel(graph, models, usedSizes);
  if (layers.length > 0) {
    return layers.map(({ graph, layer }) => layerMarkdown(graph, layer, supplied(graph)));
  }
  const here = models.filter(({ location }) => isOnFirstLine(document, location, position, offset));
  const link = (graph: ModelGraph) => (followsCommands ? costsLink(document, graph) : null);
  return here.map((graph) => modelMarkdown(graph, supplied(graph), link(graph), timesOf(graph)));
}

function costsLink(document: SourceDocument, { name, location }: ModelGraph): string {
  const { line } = document.positionAt(location.from);
  const place: ModelPosition = { uri: document.uri, line, model: name };
  // Parentheses would end the link.
  const argument = encodeURIComponent(JSON.stringify([place])).replace(/[()]/g, (sign) =>
    sign === '(' ? '%28' : '%29',
  );
  return `command:${commands.showCosts}?${argument}`;
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
