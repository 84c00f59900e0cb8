/** What `analyze` and `recommend` say of the time a model takes: one training step, and one answer to one sequence. */
import type { ModelGraph } from '../../../model/graph';
import { lengthRequest, timeSaid } from '../../../model/time/openLength';
import type { DeviceProfile } from '../../../model/time/profile';
import { defaultBudget } from '../../../protocol/trainingDefaults';
import { runsOf, type TimeQuestion } from '../costs/times';

export function timeQuestion(profile: DeviceProfile, batch: number | null, steps: number | null): TimeQuestion {
  return { profile, batch: batch ?? defaultBudget.batchSize, steps };
}

/** One sentence for each run, and what they rest on. */
export function timeLines(graph: ModelGraph, question: TimeQuestion): readonly string[] {
  const { profile } = question;
  const said = runsOf(question).map((options) => timeSaid(graph, profile, options));
  const basis = said.flatMap(({ because }) => because ?? []).slice(0, 1);
  const requests = runsOf(question).flatMap((options) => lengthRequest(graph, profile, options) ?? []);
  const lines = said.map(({ text }) => capitalised(text));
  return [
    ...new Set([
      ...lines,
      ...basis.map((text) => `  ${text}`),
      ...requests.map((text) => `  ${text}, or --seq-len 100`),
    ]),
  ];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
