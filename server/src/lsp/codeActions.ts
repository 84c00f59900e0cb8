/** textDocument/codeAction: the fixes of findings, and changing a model to another cell or architecture. */
import { type CodeAction, CodeActionKind, type CodeActionParams } from 'vscode-languageserver/node';
import type { Cell, Layer, ModelGraph } from '../../../model/graph';
import type { Finding, Fix } from '../advice/rule';
import { ignoreHere } from '../advice/suppressed';
import { cellNames } from '../rewrite/cellDialect';
import type { DocumentAnalysis } from './analyses';
import { architectureActions } from './architectureActions';
import { budgetActions } from './budgetAdvice';
import { cellAction } from './cellActions';
import { diagnosticOf } from './diagnostics';
import type { SourceDocument } from './openDocuments';
import { rangeOf, touch } from './ranges';
import type { ServerContext } from './server';
import { workspaceEdit } from './workspaceEdit';

export async function codeActions(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
  params: CodeActionParams,
): Promise<CodeAction[]> {
  const only = params.context.only;
  const wants = (kind: string): boolean =>
    only === undefined || only.some((asked) => kind === asked || kind.startsWith(`${asked}.`));
  return [
    ...(wants(CodeActionKind.QuickFix) ? quickFixes(context, document, analysis, params) : []),
    ...(wants(CodeActionKind.RefactorRewrite) ? await rewrites(context, document, analysis, params) : []),
  ];
}

/** The fix of each finding at the range, and a comment that keeps the finding away. */
function quickFixes(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
  { range }: CodeActionParams,
): CodeAction[] {
  const here = analysis.findings.filter(
    ({ location }) => document.holds(location) && touch(rangeOf(document, location), range),
  );
  const action = (finding: Finding, fix: Fix | null, isPreferred: boolean): CodeAction[] => {
    if (fix === null) return [];
    const { title, edits } = fix;
    const diagnostics = [diagnosticOf(document, finding)];
    const edit = workspaceEdit(context, document, edits);
    return [{ title, kind: CodeActionKind.QuickFix, diagnostics, isPreferred, edit }];
  };
  return [
    ...here.flatMap((finding) => action(finding, finding.fix, true)),
    ...here.flatMap((finding) => action(finding, ignoreHere(analysis, finding), false)),
  ];
}

/** Offered on a recurrent layer's call and on the line that names its model; on the call of one of several also for it alone. */
async function rewrites(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
  { range }: CodeActionParams,
): Promise<CodeAction[]> {
  const graph = analysis.models.find((model) => isAt(document, model, range));
  if (graph === undefined) return [];
  const layer = layerToChangeAlone(document, graph, range);
  return [
    ...(await budgetActions(context, document, analysis, graph)),
    ...(layer === undefined ? [] : await changesTo(context, document, analysis, graph, layer)),
    ...(await changesTo(context, document, analysis, graph, null)),
    ...(await architectureActions(context, document, analysis, graph)),
  ];
}

/** Changes of the one layer, or of all recurrent layers of the model, to each cell that is not there yet. */
async function changesTo(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
  graph: ModelGraph,
  layer: Layer | null,
): Promise<CodeAction[]> {
  const present = new Set(
    (layer === null ? graph.layers : [layer]).flatMap(({ operation }) =>
      operation.op === 'recurrent' ? [operation.cell] : [],
    ),
  );
  const cells = (['rnn', 'gru', 'lstm'] as const satisfies readonly Cell[]).filter(
    (cell) => present.size > 1 || (present.size === 1 && !present.has(cell)),
  );
  const actions = cells.map((cell) => {
    const title = `Change ${layer === null ? graph.name : `only ${layer.path}`} to ${cellNames[cell]}`;
    return cellAction(context, document, analysis, graph, { cell, path: layer?.path ?? null }, title);
  });
  return (await Promise.all(actions)).flat();
}

/** The recurrent layer whose call is at the range, where the model has others that other calls make. */
function layerToChangeAlone(
  document: SourceDocument,
  { layers }: ModelGraph,
  range: CodeActionParams['range'],
): Layer | undefined {
  const recurrent = layers.filter(({ operation }) => operation.op === 'recurrent');
  const here = recurrent.filter(
    ({ location }) => document.holds(location) && touch(rangeOf(document, location), range),
  );
  const [layer] = here;
  return here.length === 1 && recurrent.length > 1 ? layer : undefined;
}

function isAt(document: SourceDocument, graph: ModelGraph, range: CodeActionParams['range']): boolean {
  const layers = graph.layers.filter(
    ({ operation, location }) => operation.op === 'recurrent' && document.holds(location),
  );
  const places = layers.map(({ location }) => rangeOf(document, location));
  if (document.holds(graph.location)) {
    const { line } = document.positionAt(graph.location.from);
    places.push({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  }
  return places.some((place) => touch(place, range));
}
