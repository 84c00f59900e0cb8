/** unroll/costs: what the model at a position costs, as data and as Markdown. */
import type { CostsParams, CostsResult } from '../../../protocol/languageServer';
import { costReport } from '../costs/costReport';
import { costsMarkdown } from './costsMarkdown';
import { modelAt } from './modelAt';
import type { ServerContext } from './server';

export async function costs({ documents, analyses }: ServerContext, params: CostsParams): Promise<CostsResult> {
  const document = documents.get(params.uri);
  const analysis = document === undefined ? null : await analyses.of(document);
  const graph = document && analysis ? modelAt(document, analysis.models, params.line, params.model) : undefined;
  if (graph === undefined) {
    const message = 'No model was found here. Open the file that builds it, or place the cursor in its class.';
    return { kind: 'refused', message };
  }
  const report = costReport(graph, params);
  return { kind: 'costs', report, markdown: costsMarkdown(report) };
}
