/** unroll/previewModel: the model at a position as the trainer takes it, its data, and what stands in the way. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { trainingObstacles } from '../../../engine/plan/planModel';
import type { ModelPosition, PreviewModelResult } from '../../../protocol/languageServer';
import type { Variant } from '../../../protocol/trainer';
import { type NamedData, recipeFromDirectives } from '../preview/dataDirective';
import { modelAt } from './modelAt';
import type { ServerContext } from './server';

const variants: readonly Variant[] = ['rnn', 'gru', 'lstm'];

export async function previewModel(
  { documents, analyses }: ServerContext,
  position: ModelPosition,
): Promise<PreviewModelResult> {
  const document = documents.get(position.uri);
  const analysis = document === undefined ? null : await analyses.of(document);
  const graph = document && analysis ? modelAt(document, analysis.models, position.line, position.model) : undefined;
  if (document === undefined || graph === undefined || analysis === null) {
    return { graph: null, uri: position.uri, variants: [], data: null, obstacles: [] };
  }
  const named: NamedData = analysis.file.startsWith('file:')
    ? recipeFromDirectives(analysis.directives, path.dirname(fileURLToPath(analysis.file)))
    : { kind: 'none' };
  const refused = named.kind === 'refused' ? [{ message: named.message, file: null, line: null }] : [];
  return {
    graph,
    uri: documents.partsOf(document).find((part) => part.holds(graph.location))?.uri ?? position.uri,
    variants,
    data: named.kind === 'recipe' ? named.recipe : null,
    obstacles: [...trainingObstacles(graph), ...refused],
  };
}
