/** unroll/recommend: the ranking of architectures for the model at a position. */
import type { RecommendParams, RecommendResult } from '../../../protocol/languageServer';
import { recommendArchitecture } from '../advice/recommend';
import { modelAt } from './modelAt';
import type { ServerContext } from './server';

export async function recommend(
  { documents, analyses }: ServerContext,
  params: RecommendParams,
): Promise<RecommendResult> {
  const document = documents.get(params.uri);
  const analysis = document === undefined ? null : await analyses.of(document);
  const graph = document && analysis ? modelAt(document, analysis.models, params.line, params.model) : undefined;
  if (graph === undefined) return { kind: 'refused', message: 'There is no recurrent model at this place.' };
  return recommendArchitecture(graph, {
    sequenceLength: params.sequenceLength,
    maxParameters: params.maxParameters,
    maxMemoryMegabytes: params.maxMemoryMegabytes,
    maxLatencyMs: null,
    device: null,
    streaming: params.streaming,
  });
}
