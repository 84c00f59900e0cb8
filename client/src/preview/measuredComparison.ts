/** What a finished comparison says to a recommendation for the same model, and where the last of each model is kept. */
import type * as vscode from 'vscode';
import type { PreviewRecord } from '../../../protocol/panel';
import type { MeasuredComparison, MeasuredResult } from '../../../protocol/recommendation';
import type { RunEvent } from '../../../protocol/trainer';

/** Null where no verdict was reached, or one of less than two variants. */
export function measuredComparison({ startedAt, events }: PreviewRecord): MeasuredComparison | null {
  const data = lastOf(events, 'data');
  const verdict = lastOf(events, 'verdict');
  if (data === undefined || verdict === undefined || verdict.ranking.length < 2) return null;
  const results = verdict.ranking.flatMap((variant, place): MeasuredResult[] => {
    const done = events.findLast((event) => event.type === 'done' && event.cell === variant);
    if (done?.type !== 'done' || done.bestMetric === null) return [];
    const tiesWithBest = place === 0 || (verdict.tied ?? []).includes(variant);
    return [{ variant, place, parameters: done.parameters, metric: done.bestMetric, tiesWithBest }];
  });
  return results.length < 2 ? null : { startedAt, data: data.description, metricName: data.metric.name, results };
}

function lastOf<Type extends RunEvent['type']>(
  events: readonly RunEvent[],
  type: Type,
): Extract<RunEvent, { type: Type }> | undefined {
  return events.findLast((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
}

const storageKey = 'measuredComparisons';
/** Models whose comparisons are kept; the oldest give way. */
const mostKept = 50;

/** The last comparison of each model of this workspace. */
export class MeasuredComparisons {
  constructor(private readonly storage: vscode.Memento) {}

  of(uri: string, modelName: string): MeasuredComparison | null {
    return this.all().find(([key]) => key === keyOf(uri, modelName))?.[1] ?? null;
  }

  async keep(record: PreviewRecord): Promise<void> {
    const comparison = measuredComparison(record);
    if (comparison === null) return;
    const key = keyOf(record.uri, record.modelName);
    const others = this.all().filter(([other]) => other !== key);
    await this.storage.update(storageKey, [...others, [key, comparison]].slice(-mostKept));
  }

  private all(): readonly (readonly [string, MeasuredComparison])[] {
    return this.storage.get<readonly (readonly [string, MeasuredComparison])[]>(storageKey, []);
  }
}

function keyOf(uri: string, modelName: string): string {
  return `${uri}#${modelName}`;
}
