/** textDocument/inlayHint: output shape and parameters after each layer's call, the formula in the tooltip. */
import { type InlayHint, MarkupKind, type Range } from 'vscode-languageserver/node';
import { layerCosts } from '../../../model/costs/layer';
import type { Layer, ModelGraph } from '../../../model/graph';
import { formatCount } from '../../../model/units';
import type { FileAnalysis } from '../analysis';
import { layersByPlace, type PlacedLayer } from './layersAt';
import { layerMarkdown, outputText } from './layerText';
import type { SourceDocument } from './openDocuments';
import type { ServerContext } from './server';

/** What a hint carries from its label to its tooltip: the call it stands behind. */
interface HintData {
  readonly uri: string;
  readonly version: number;
  readonly from: number;
}

export async function inlayHints(
  { settings }: ServerContext,
  document: SourceDocument,
  { models }: FileAnalysis,
  range: Range,
): Promise<InlayHint[]> {
  if (!(await settings.of(document.uri)).inlayHints) return [];
  const from = document.offsetAt(range.start);
  const to = document.offsetAt(range.end);
  return layersByPlace(models).flatMap((group): InlayHint[] => {
    const [first] = group;
    const label = labelOf(group);
    if (first === undefined || label === null) return [];
    const { location } = first.layer;
    if (!document.holds(location)) return [];
    if (location.to < from || to < location.to) return [];
    const data: HintData = { uri: document.uri, version: document.version, from: location.from };
    return [{ position: document.positionAt(location.to), label, paddingLeft: true, data }];
  });
}

export async function resolveInlayHint({ documents, analyses }: ServerContext, hint: InlayHint): Promise<InlayHint> {
  const document = isHintData(hint.data) ? documents.get(hint.data.uri) : undefined;
  if (document === undefined || !isHintData(hint.data) || document.version !== hint.data.version) return hint;
  const { from } = hint.data;
  const analysis = await analyses.of(document);
  const placed = layersByPlace(analysis?.models ?? []).find((group) => group[0]?.layer.location.from === from);
  const parts = new Set((placed ?? []).map(({ graph, layer }) => layerMarkdown(graph, layer)));
  return { ...hint, tooltip: { kind: MarkupKind.Markdown, value: [...parts].join('\n\n---\n\n') } };
}

function isHintData(data: unknown): data is HintData {
  return typeof data === 'object' && data !== null && 'uri' in data && 'version' in data && 'from' in data;
}

/** One label for all layers that the call makes; null where there is nothing to say. */
function labelOf(group: readonly PlacedLayer[]): string | null {
  const labels = new Set(group.flatMap(({ graph, layer }) => layerLabel(graph, layer) ?? []));
  const [first] = labels;
  if (first === undefined) return null;
  return labels.size === 1 ? first : `${first}, and ${labels.size - 1} more`;
}

function layerLabel(graph: ModelGraph, layer: Layer): string | null {
  const { op } = layer.operation;
  if (op === 'input' || op === 'dropout' || op === 'flatten' || op === 'activation') return null;
  const parameters = layerCosts(graph, layer).parameters;
  const counted = parameters.grade === 'unknown' || parameters.value === 0;
  const parts = [outputText(layer), counted ? null : formatCount(parameters, 'params')].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(' · ');
}
