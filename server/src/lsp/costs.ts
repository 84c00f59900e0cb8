/** unroll/costs: what the model at a position costs, as data and as Markdown. */
import { publishedDevices } from '../../../model/time/devices';
import type { CostsParams, CostsResult } from '../../../protocol/languageServer';
import { costReport } from '../costs/costReport';
import { costsMarkdown } from './costsMarkdown';
import { modelAt } from './modelAt';
import type { ServerContext } from './server';

export async function costs(
  { documents, analyses, machine }: ServerContext,
  params: CostsParams,
): Promise<CostsResult> {
  const document = documents.get(params.uri);
  const analysis = document === undefined ? null : await analyses.of(document);
  const graph = document && analysis ? modelAt(document, analysis.models, params.line, params.model) : undefined;
  if (graph === undefined) {
    const message = 'No model was found here. Open the file that builds it, or place the cursor in its class.';
    return { kind: 'refused', message };
  }
  // The first report may come before the machine is measured; the next knows it.
  machine.ask();
  const thisMachine = machine.known();
  const devices = thisMachine === null ? publishedDevices : [thisMachine, ...publishedDevices];
  const report = costReport(graph, { ...params, devices });
  return { kind: 'costs', report, markdown: costsMarkdown(report) };
}
