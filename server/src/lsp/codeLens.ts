/** textDocument/codeLens: above each model its figures, which lead to its costs, a recommendation, and a training comparison. */
import type { CodeLens } from 'vscode-languageserver/node';
import { modelCosts } from '../../../model/costs/model';
import type { ModelGraph } from '../../../model/graph';
import { formatCount, formatScaled } from '../../../model/units';
import { commands, type ModelPosition } from '../../../protocol/languageServer';
import type { DocumentAnalysis } from './analyses';
import { budgetVerdicts } from './budgetAdvice';
import type { SourceDocument } from './openDocuments';
import type { ServerContext } from './server';

export async function codeLenses(
  context: ServerContext,
  document: SourceDocument,
  analysis: DocumentAnalysis,
): Promise<CodeLens[]> {
  if (!(await context.settings.of(document.uri)).codeLens) return [];
  const { models } = analysis;
  const verdictOn = await budgetVerdicts(context, document, analysis);
  return modelsByPlace(models.filter((graph) => isRecurrent(graph) && document.holds(graph.location))).flatMap(
    ([graph, ...others]): CodeLens[] => {
      const start = document.positionAt(graph.location.from);
      const range = { start, end: start };
      const position: ModelPosition = { uri: document.uri, line: start.line, model: graph.name };
      const title = others.length === 0 ? figures(graph) : `${figures(graph)}, and ${others.length} more`;
      return [
        { range, command: { title, command: commands.showCosts, arguments: [position] } },
        {
          range,
          command: { title: verdictOn(graph)?.text ?? 'Recommend', command: commands.recommend, arguments: [position] },
        },
        {
          range,
          command: { title: 'Compare by training', command: commands.compareByTraining, arguments: [position] },
        },
      ];
    },
  );
}

type NonEmpty<Item> = readonly [Item, ...Item[]];

/** A class that is built with several sets of arguments is several models at one place: they share their lenses. */
function modelsByPlace(models: readonly ModelGraph[]): readonly NonEmpty<ModelGraph>[] {
  const places = new Map<number, NonEmpty<ModelGraph>>();
  for (const model of models) {
    const { from } = model.location;
    const held = places.get(from);
    places.set(from, held === undefined ? [model] : [...held, model]);
  }
  return [...places.values()];
}

function isRecurrent({ layers }: ModelGraph): boolean {
  return layers.some(({ operation }) => operation.op === 'recurrent');
}

/** `66,369 parameters · 1.2 MFLOP per sequence`; what is not known is left to the hover. */
function figures(graph: ModelGraph): string {
  const { parameters, flops } = modelCosts(graph);
  const work = flops.value === null ? [] : [`${formatScaled(flops.value, 'FLOP')} per sequence`];
  return [formatCount(parameters, 'parameters'), ...work].join(' · ');
}
