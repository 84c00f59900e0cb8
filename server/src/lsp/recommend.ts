/** unroll/recommend: the ranking of architectures for the model at a position. */
import { findDevice } from '../../../model/time/devices';
import type { RecommendParams, RecommendResult } from '../../../protocol/languageServer';
import { openChoices, type RecommendationChoices } from '../../../protocol/recommendation';
import { programHints } from '../advice/programHints';
import { recommendArchitecture } from '../advice/recommend';
import { modelAt } from './modelAt';
import type { ServerContext } from './server';

export async function recommend(context: ServerContext, params: RecommendParams): Promise<RecommendResult> {
  const { documents, analyses, settings, workspace, machine } = context;
  const document = documents.get(params.uri);
  const analysis = document === undefined ? null : await analyses.of(document);
  const graph = document && analysis ? modelAt(document, analysis.models, params.line, params.model) : undefined;
  if (graph === undefined || analysis === null) {
    return { kind: 'refused', message: 'There is no recurrent model at this place.' };
  }
  const { budgets } = await settings.of(params.uri);
  const choices: RecommendationChoices = { ...openChoices, ...budgets, ...said(params) };
  // The first ranking may come before the machine is measured; the next knows it.
  machine.ask();
  const thisMachine = machine.known();
  const choice = choices.device === null ? null : findDevice(choices.device, thisMachine);
  if (choice?.kind === 'refused') return choice;
  const options = {
    ...choices,
    device: choice?.profile ?? null,
    thisMachine,
    measured: params.measured ?? null,
  };
  return recommendArchitecture(
    graph,
    options,
    programHints(analysis, (path) => workspace.read(path)),
  );
}

/** The choices that a request holds; those it leaves out are not among them. */
function said(params: RecommendParams): Partial<RecommendationChoices> {
  const names = Object.keys(openChoices).filter((name) => name in params && Reflect.get(params, name) !== undefined);
  return Object.fromEntries(names.map((name) => [name, Reflect.get(params, name)]));
}
