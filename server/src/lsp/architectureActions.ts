/**
 * Changing a model to another architecture: as code actions, and as the request behind the recommendation's button.
 *
 * A rewrite reads the program several times, so an action gets its edit when it is resolved, where the client can wait.
 */
import {
  type CodeAction,
  CodeActionKind,
  MessageType,
  ShowMessageNotification,
  type ShowMessageParams,
} from 'vscode-languageserver/node';
import type { ModelGraph } from '../../../model/graph';
import type { ChangeArchitectureParams, ChangeArchitectureResult } from '../../../protocol/languageServer';
import type { Architecture, ArchitectureChange } from '../../../protocol/recommendation';
import { architectures, cellChangeTo, currentArchitecture, labelOf, recurrentLayers } from '../advice/architectures';
import { changeArchitecture, whyNever } from '../rewrite/architecture/change';
import type { Rewrite } from '../rewrite/edits';
import { rewritesArchitecture } from '../rewrite/supported';
import type { DocumentAnalysis } from './analyses';
import { isCellActionData, rewriteOfCell } from './cellActions';
import { modelAt } from './modelAt';
import type { SourceDocument } from './openDocuments';
import { editsByDocument } from './ranges';
import { type DocumentRewrite, isResolvedLater } from './rewriteAnswers';
import type { ServerContext } from './server';
import { workspaceEdit } from './workspaceEdit';

/** What an action that is not resolved yet carries. */
interface ActionData {
  readonly unroll: ChangeArchitectureParams;
}

/** One for each architecture that takes more than another cell. */
export async function architectureActions(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
  graph: ModelGraph,
): Promise<CodeAction[]> {
  if (recurrentLayers(graph).length === 0) return [];
  const current = currentArchitecture(graph);
  const names = (Object.keys(architectures) as Architecture[]).filter(
    (name) =>
      name !== current &&
      rewritesArchitecture(graph, { architecture: name, width: null }) &&
      cellChangeTo(graph, name) === null,
  );
  const actions = names.map((architecture) => {
    const title = `Change ${graph.name} to ${lowerCased(labelOf(graph, architecture))}`;
    return changeAction(context, document, analysis, graph, { architecture, width: null }, title);
  });
  return (await Promise.all(actions)).flat();
}

/** At most one: none where the change cannot be made and the client cannot show why. */
export async function changeAction(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
  graph: ModelGraph,
  { architecture, width }: ArchitectureChange,
  title: string,
): Promise<CodeAction[]> {
  const kind = CodeActionKind.RefactorRewrite;
  const { line } = document.positionAt(graph.location.from);
  if (isResolvedLater(context) && whyNever(graph, architecture) === null) {
    const data: ActionData = { unroll: { uri: document.uri, line, model: graph.name, architecture, width } };
    return [{ title, kind, data }];
  }
  const rewrite = await rewriteOf(context, document, analysis, graph, architecture, width);
  if (rewrite.kind === 'edits') return [{ title, kind, edit: workspaceEdit(context, document, rewrite.edits) }];
  return context.client().textDocument?.codeAction?.disabledSupport === true
    ? [{ title, kind, disabled: { reason: rewrite.message } }]
    : [];
}

/** `Bidirectional GRU` within a sentence. */
function lowerCased(label: string): string {
  return label.replace(/^Bidirectional/, 'bidirectional');
}

function rewriteOf(
  { analyses }: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
  graph: ModelGraph,
  architecture: Architecture,
  width: number | null,
): Promise<Rewrite> {
  return analyses
    .withEdits(document)
    .then((analyseEdited) => changeArchitecture(analysis, graph, { architecture, width }, analyseEdited));
}

/** codeAction/resolve: the edit, or the reason why there is none, which the user is told. */
export async function resolveCodeAction(context: ServerContext, action: CodeAction): Promise<CodeAction> {
  const { data } = action;
  if (!isActionData(data) && !isCellActionData(data)) return action;
  const rewrite = isCellActionData(data) ? await rewriteOfCell(context, data) : await rewriteFor(context, data.unroll);
  if (rewrite.kind === 'refused') {
    const params: ShowMessageParams = { type: MessageType.Warning, message: rewrite.message };
    await context.connection.sendNotification(ShowMessageNotification.type, params);
    return action;
  }
  return { ...action, edit: workspaceEdit(context, rewrite.document, rewrite.edits) };
}

function isActionData(data: unknown): data is ActionData {
  return typeof data === 'object' && data !== null && 'unroll' in data;
}

/** unroll/changeArchitecture: the edits for the client to apply as one. */
export async function changeArchitectureAnswer(
  context: ServerContext,
  params: ChangeArchitectureParams,
): Promise<ChangeArchitectureResult> {
  const rewrite = await rewriteFor(context, params);
  if (rewrite.kind === 'refused') return rewrite;
  return { kind: 'edits', rewrites: editsByDocument(context.documents, rewrite.document, rewrite.edits) };
}

async function rewriteFor(context: ServerContext, params: ChangeArchitectureParams): Promise<DocumentRewrite> {
  const { documents, analyses } = context;
  const document = documents.get(params.uri);
  const analysis = document === undefined ? null : await analyses.of(document);
  const graph = document && analysis ? modelAt(document, analysis.models, params.line, params.model) : undefined;
  if (document === undefined || analysis === null || graph === undefined) {
    return { kind: 'refused', message: 'There is no recurrent model in this file any more.' };
  }
  if (!(params.architecture in architectures) || !(params.width === null || isWidth(params.width))) {
    return {
      kind: 'refused',
      message: 'A model is changed to one of the ranked architectures, with a whole number of units.',
    };
  }
  const rewrite = await rewriteOf(context, document, analysis, graph, params.architecture, params.width);
  return rewrite.kind === 'refused' ? rewrite : { ...rewrite, document };
}

function isWidth(width: number): boolean {
  return Number.isSafeInteger(width) && width > 0;
}
