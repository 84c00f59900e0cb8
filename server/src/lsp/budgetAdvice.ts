/** What a code lens and a light bulb say of a model that exceeds the setting's budgets. */
import { type CodeAction, CodeActionKind } from 'vscode-languageserver/node';
import type { ModelGraph } from '../../../model/graph';
import { commands, type ModelPosition } from '../../../protocol/languageServer';
import { type BudgetVerdict, budgetVerdict } from '../advice/budgetVerdict';
import type { DocumentAnalysis } from './analyses';
import { changeAction } from './architectureActions';
import type { SourceDocument } from './openDocuments';
import { hintsOf, recommendationOptions } from './recommendationOptions';
import type { ServerContext } from './server';

/** The verdict on each model; null for one that keeps the budgets, and where none is set. */
export async function budgetVerdicts(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
): Promise<(graph: ModelGraph) => BudgetVerdict | null> {
  const { budgets } = await context.settings.of(document.uri);
  // Most people set none: nothing is worked out for them.
  if (Object.keys(budgets).length === 0) return () => null;
  const asked = await recommendationOptions(context, document.uri, {});
  if (asked.kind === 'refused') return () => null;
  const hints = hintsOf(context, analysis);
  return (graph) => budgetVerdict(graph, asked.options, hints);
}

/** The ranking, and the change to what fits. */
export async function budgetActions(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
  graph: ModelGraph,
): Promise<CodeAction[]> {
  const verdict = (await budgetVerdicts(context, document, analysis))(graph);
  if (verdict === null) return [];
  const { line } = document.positionAt(graph.location.from);
  const position: ModelPosition = { uri: document.uri, line, model: graph.name };
  const kind = CodeActionKind.RefactorRewrite;
  const title = `${verdict.text}: show the ranking`;
  const show: CodeAction = {
    title,
    kind,
    command: { title, command: commands.recommend, arguments: [position] },
  };
  if (verdict.change === null) return [show];
  const change = await changeAction(context, document, analysis, graph, verdict.change, `${verdict.text}: change it`);
  return [...change, show];
}
