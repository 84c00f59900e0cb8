/** A training run for people: a line that moves in a terminal, some lines in a file, and the outcome as a table. */
import { styleText } from 'node:util';
import { formatInteger } from '../../../model/expression';
import { formatObstaclePlace } from '../../../protocol/obstaclePlace';
import type { MetricDescription, Obstacle, RunEvent, Variant } from '../../../protocol/trainer';
import { alignedTable } from './table';

/** Where the lines go; of a terminal they can be written over. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

type DoneEvent = Extract<RunEvent, { type: 'done' }>;
type StepEvent = Extract<RunEvent, { type: 'step' }>;

/** How a variant stands; variants take turns, so several are under way at once. */
interface Standing {
  readonly steps: number;
  last: StepEvent | null;
  /** The held-out metric as it was measured last. */
  metric: number | null;
}

/** Lines per variant where they cannot be written over. */
const linesPerRun = 5;

const clearLine = '\r\u001b[K';

export function progressPrinter(output: Output): (event: RunEvent) => void {
  const running = new Map<Variant, Standing>();
  const done = new Map<Variant, DoneEvent>();
  const remarks = new Set<string>();
  let metric: MetricDescription | null = null;
  const line = (text: string): void => {
    output.write(`${output.isTTY ? clearLine : ''}${text}\n`);
  };
  const onStep = (event: StepEvent): void => {
    const standing = running.get(event.cell);
    if (standing === undefined) return;
    standing.last = event;
    standing.metric = event.metric ?? standing.metric;
    if (output.isTTY) {
      output.write(clearLine + [...running].map(([cell, of]) => shortStanding(cell, of)).join('  '));
      return;
    }
    const every = Math.max(1, Math.round(standing.steps / linesPerRun));
    if (event.step % every === 0) line(longStanding(event, standing, metric));
  };
  return (event) => {
    switch (event.type) {
      case 'rejected':
      case 'gradientReach':
      case 'finished':
      case 'failed':
        return;
      case 'data':
        metric = event.metric;
        line(
          `${event.description}: ${formatInteger(event.trainingSequences)} sequences to train on, ` +
            `${formatInteger(event.heldOutSequences)} held out.`,
        );
        if (event.baseline !== null) {
          line(`Without a model (${event.baseline.name}): ${event.metric.name} ${significant(event.baseline.metric)}.`);
        }
        line('');
        return;
      case 'run':
        running.set(event.cell, { steps: event.steps, last: null, metric: null });
        line(
          `${styleText('bold', event.cell.toUpperCase())}: ${formatInteger(event.parameters)} parameters, ` +
            `${event.steps} steps, ${event.backend} on ${event.device}`,
        );
        // Most remarks are about the data or the model and hold for every variant.
        for (const remark of event.remarks) if (!remarks.has(remark)) line(`  ${remark}`);
        for (const remark of event.remarks) remarks.add(remark);
        return;
      case 'step':
        return onStep(event);
      case 'moved':
        line(movedText(event));
        return;
      case 'done':
        running.delete(event.cell);
        // Another trainer that goes on ends variants again that were over.
        done.set(event.cell, event);
        line(
          `${event.cell.toUpperCase()} ${event.outcome} after ${formatInteger(event.steps)} steps in ` +
            `${event.seconds.toFixed(1)} s${event.because === null ? '' : `: ${event.because}`}`,
        );
        return;
      case 'verdict':
        line('');
        for (const row of outcomeTable(event.ranking, [...done.values()], metric)) line(row);
        line('');
        line(event.statement);
    }
  };
}

/** In one line: where a variant goes on, from which step, and why not where it was. */
export function movedText({ cell, step, from, to, because }: Extract<RunEvent, { type: 'moved' }>): string {
  const start = step === 0 ? 'from its start' : `after step ${formatInteger(step)}`;
  return (
    `${cell.toUpperCase()} goes on ${start} with ${to.backend} on ${to.device}, because ${from.backend} on ${from.device} ` +
    `computes no further: ${because}.`
  );
}

function shortStanding(cell: Variant, { steps, last }: Standing): string {
  return `${cell.toUpperCase()} ${last?.step ?? 0}/${steps}${last === null ? '' : ` loss ${significant(last.loss)}`}`;
}

function longStanding(event: StepEvent, standing: Standing, metric: MetricDescription | null): string {
  const measured =
    standing.metric === null || metric === null ? '' : `, ${metric.name} ${significant(standing.metric)}`;
  return (
    `${event.cell.toUpperCase()} step ${event.step} of ${standing.steps}: loss ${significant(event.loss)}${measured}, ` +
    `${formatInteger(event.sequencesPerSecond)} sequences/s`
  );
}

function outcomeTable(
  ranking: readonly Variant[],
  done: readonly DoneEvent[],
  metric: MetricDescription | null,
): readonly string[] {
  const placeOf = (cell: Variant): number => (ranking.includes(cell) ? ranking.indexOf(cell) : ranking.length);
  return alignedTable(
    [
      { title: 'variant', align: 'left' },
      { title: 'parameters', align: 'right' },
      { title: 'best held-out loss', align: 'right' },
      { title: metric === null ? 'metric' : `best ${metric.name}`, align: 'right' },
      { title: 'seconds', align: 'right' },
    ],
    [...done]
      .sort((a, b) => placeOf(a.cell) - placeOf(b.cell))
      .map(({ cell, parameters, bestHeldOutLoss, bestMetric, seconds }) => [
        cell.toUpperCase(),
        formatInteger(parameters),
        significant(bestHeldOutLoss),
        significant(bestMetric),
        seconds.toFixed(1),
      ]),
  );
}

/** What is in the way of a run, with its place. */
export function describeObstacle(obstacle: Obstacle): string {
  const { message, file } = obstacle;
  return file === null ? message : `${message} (${formatObstaclePlace(file, obstacle)})`;
}

/** Four significant digits, also for small losses; a dash where there is no number. */
export function significant(value: number | null): string {
  return value === null ? '–' : value.toPrecision(4);
}
