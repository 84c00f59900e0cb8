/**
 * Changing a model, or one layer of it, to another cell as a code action.
 *
 * What the source says against it is known at once; whether the changed program still fits takes reading it again, which
 * waits for the action to be resolved where the client can.
 */
import { type CodeAction, CodeActionKind } from 'vscode-languageserver/node';
import type { Cell, ModelGraph } from '../../../model/graph';
import { changeCellChecked } from '../rewrite/architecture/change';
import { changeCell } from '../rewrite/cell';
import type { DocumentAnalysis } from './analyses';
import { modelAt } from './modelAt';
import type { SourceDocument } from './openDocuments';
import { type DocumentRewrite, isResolvedLater } from './rewriteAnswers';
import type { ServerContext } from './server';
import { workspaceEdit } from './workspaceEdit';

interface CellChangeAsked {
  readonly cell: Cell;
  /** The one layer that changes; null for all recurrent layers of the model. */
  readonly path: string | null;
}

/** What an action that is not resolved yet carries. */
export interface CellActionData {
  readonly unrollCell: CellChangeAsked & { readonly uri: string; readonly line: number; readonly model: string };
}

/** At most one: none where the change cannot be made and the client cannot show why. */
export async function cellAction(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
  graph: ModelGraph,
  { cell, path }: CellChangeAsked,
  title: string,
): Promise<CodeAction[]> {
  const kind = CodeActionKind.RefactorRewrite;
  let rewrite = changeCell(analysis, graph, cell, path);
  if (rewrite.kind === 'edits' && isResolvedLater(context)) {
    const { line } = document.positionAt(graph.location.from);
    const data: CellActionData = { unrollCell: { uri: document.uri, line, model: graph.name, cell, path } };
    return [{ title, kind, data }];
  }
  if (rewrite.kind === 'edits') {
    const analyseEdited = await context.analyses.withEdits(document);
    rewrite = changeCellChecked(analysis, graph, cell, path, analyseEdited);
  }
  if (rewrite.kind === 'edits') return [{ title, kind, edit: workspaceEdit(context, document, rewrite.edits) }];
  const canDisable = context.client().textDocument?.codeAction?.disabledSupport === true;
  return canDisable ? [{ title, kind, disabled: { reason: rewrite.message } }] : [];
}

export function isCellActionData(data: unknown): data is CellActionData {
  return typeof data === 'object' && data !== null && 'unrollCell' in data;
}

/** The edits of an action that is being resolved, or the reason why there are none. */
export async function rewriteOfCell(
  { documents, analyses }: ServerContext,
  { unrollCell: { uri, line, model, cell, path } }: CellActionData,
): Promise<DocumentRewrite> {
  const document = documents.get(uri);
  const analysis = document === undefined ? null : await analyses.of(document);
  const graph = document && analysis ? modelAt(document, analysis.models, line, model) : undefined;
  if (document === undefined || analysis === null || graph === undefined) {
    return { kind: 'refused', message: 'There is no recurrent model in this file any more.' };
  }
  const rewrite = changeCellChecked(analysis, graph, cell, path, await analyses.withEdits(document));
  return rewrite.kind === 'refused' ? rewrite : { ...rewrite, document };
}
