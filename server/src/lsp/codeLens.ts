/** textDocument/codeLens: above each model its figures, which lead to a recommendation, and a training comparison. */
import type { CodeLens } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type ModelCosts, modelCosts } from '../../../model/costs/model';
import type { ModelGraph } from '../../../model/graph';
import { formatCount, formatScaled } from '../../../model/units';
import { commands, type ModelPosition } from '../../../protocol/languageServer';
import type { FileAnalysis } from '../analysis';
import type { ServerContext } from './server';

export async function codeLenses(
  { settings }: ServerContext,
  document: TextDocument,
  { models }: FileAnalysis,
): Promise<CodeLens[]> {
  if (!(await settings.of(document.uri)).codeLens) return [];
  return models.filter(isRecurrent).flatMap((graph): CodeLens[] => {
    const start = document.positionAt(graph.location.from);
    const range = { start, end: start };
    const position: ModelPosition = { uri: document.uri, line: start.line, model: graph.name };
    return [
      { range, command: { title: figures(modelCosts(graph)), command: commands.recommend, arguments: [position] } },
      { range, command: { title: 'Compare by training', command: commands.compareByTraining, arguments: [position] } },
    ];
  });
}

function isRecurrent({ layers }: ModelGraph): boolean {
  return layers.some(({ operation }) => operation.op === 'recurrent');
}

/** `66,369 parameters · 1.2 MFLOP per sequence`; what is not known is left to the hover. */
function figures({ parameters, flops }: ModelCosts): string {
  const work = flops.value === null ? [] : [`${formatScaled(flops.value, 'FLOP')} per sequence`];
  return [formatCount(parameters, 'parameters'), ...work].join(' · ');
}
