/** unroll/recommend: the ranking of architectures for the model at a position. */
import type { RecommendParams, RecommendResult } from '../../../protocol/languageServer';
import { openChoices, type RecommendationChoices } from '../../../protocol/recommendation';
import { recommendArchitecture } from '../advice/recommend';
import { modelAt } from './modelAt';
import { hintsOf, recommendationOptions } from './recommendationOptions';
import type { ServerContext } from './server';

export async function recommend(context: ServerContext, params: RecommendParams): Promise<RecommendResult> {
  const { documents, analyses } = context;
  const document = documents.get(params.uri);
  const analysis = document === undefined ? null : await analyses.of(document);
  const graph = document && analysis ? modelAt(document, analysis.models, params.line, params.model) : undefined;
  if (graph === undefined || analysis === null) {
    return { kind: 'refused', message: 'There is no recurrent model at this place.' };
  }
  const asked = await recommendationOptions(context, params.uri, said(params));
  if (asked.kind === 'refused') return asked;
  const options = { ...asked.options, measured: params.measured ?? null };
  return recommendArchitecture(graph, options, hintsOf(context, analysis));
}

/** The choices that a request holds; those it leaves out are not among them. */
function said(params: RecommendParams): Partial<RecommendationChoices> {
  const names = Object.keys(openChoices).filter((name) => Reflect.get(params, name) !== undefined);
  return Object.fromEntries(names.map((name) => [name, Reflect.get(params, name)]));
}
