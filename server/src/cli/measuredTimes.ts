/** What training on this machine took against what was predicted: said after a run, and kept for `npm run bench:predict`. */
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { errorText, formatSeconds } from '../../../model/time/wording';
import type { RunEvent, Variant } from '../../../protocol/trainer';
import { cacheFolder } from './cacheFolder';

export interface MeasuredStep {
  readonly model: string;
  readonly cell: Variant;
  readonly batch: number;
  /** Seconds a training step. */
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
  readonly measured: number;
}

/** Of the variants that were predicted; a step counts with the filling of its batch, without evaluations. */
export function measuredSteps(model: string, batch: number, events: readonly RunEvent[]): readonly MeasuredStep[] {
  return events.flatMap((event) => {
    if (event.type !== 'done' || event.steps === 0) return [];
    // Its steps were not all made by what they were predicted for.
    if (events.some((other) => other.type === 'moved' && other.cell === event.cell)) return [];
    const start = events.find((other) => other.type === 'run' && other.cell === event.cell);
    if (start?.type !== 'run' || start.predicted === undefined) return [];
    const { seconds: predicted, low, high } = start.predicted;
    return [{ model, cell: event.cell, batch, predicted, low, high, measured: event.seconds / event.steps }];
  });
}

/** `GRU: 3.3 ms a training step (3.1 ms predicted, 6% too little)`. */
export function measuredStepText({ cell, predicted, measured }: MeasuredStep): string {
  return `${cell.toUpperCase()}: ${formatSeconds(measured)} a training step (${errorText(measured, predicted)})`;
}

export function measuredTimesFile(): string {
  return path.join(cacheFolder(), 'measured-times.jsonl');
}

/** One line each at the end of the file; a cache that cannot be written costs nothing else. */
export async function keepMeasuredSteps(steps: readonly MeasuredStep[]): Promise<void> {
  if (steps.length === 0) return;
  const date = new Date().toISOString().slice(0, 10);
  const lines = steps.map((step) => `${JSON.stringify({ date, ...step })}\n`);
  try {
    await mkdir(cacheFolder(), { recursive: true });
    await appendFile(measuredTimesFile(), lines.join(''));
  } catch {
    // What was measured has been said.
  }
}
