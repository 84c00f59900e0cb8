/** What recommendations in the editor rest on: the setting's budgets, this machine, and what the program says of its data. */
import { findDevice } from '../../../model/time/devices';
import { openChoices, type RecommendationChoices } from '../../../protocol/recommendation';
import type { RecommendOptions } from '../advice/conditions';
import { type ProgramHints, programHints } from '../advice/programHints';
import type { FileAnalysis } from '../analysis';
import type { ServerContext } from './server';

export type OptionsOrRefusal =
  | { readonly kind: 'options'; readonly options: RecommendOptions }
  | { readonly kind: 'refused'; readonly message: string };

/** The setting's budgets with `said` in place of them. */
export async function recommendationOptions(
  { settings, machine }: ServerContext,
  uri: string,
  said: Partial<RecommendationChoices>,
): Promise<OptionsOrRefusal> {
  const { budgets } = await settings.of(uri);
  const choices: RecommendationChoices = { ...openChoices, ...budgets, ...said };
  // The first ranking may come before the machine is measured; the next knows it.
  machine.ask();
  const thisMachine = machine.known();
  const choice = choices.device === null ? null : findDevice(choices.device, thisMachine);
  if (choice?.kind === 'refused') return choice;
  return { kind: 'options', options: { ...choices, device: choice?.profile ?? null, thisMachine, measured: null } };
}

export function hintsOf({ workspace }: ServerContext, analysis: FileAnalysis): ProgramHints {
  return programHints(analysis, workspace);
}
