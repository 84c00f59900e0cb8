/** Figures and sentences that the preview derives from its state: time left, standing against the baseline, status. */
import { formatDuration, formatLoss } from '../common/format';
import { variantLabel } from '../common/variants';
import type { DataEvent, MovedEvent, PreviewState, VariantRun } from './state';

/** Steps before a time left is shown: the first ones compile, allocate and fill caches. */
const warmUpSteps = 10;

/** Seconds until the variant has done its steps, from its pace since its first reported step; null during the warm-up. */
export function secondsLeft(run: VariantRun): number | null {
  if (run.ended !== null || run.step <= warmUpSteps) return null;
  const firstStep = run.training.steps[0];
  const firstSeconds = run.training.seconds[0];
  if (firstStep === undefined || firstSeconds === undefined || run.step <= firstStep) return null;
  const secondsPerStep = (run.seconds - firstSeconds) / (run.step - firstStep);
  return Math.max(0, run.plannedSteps - run.step) * secondsPerStep;
}

/**
 * By which fraction a variant is better (positive) or worse than a forecast without a model: of the metric where it is
 * measured, else of the held-out loss. Null before the first measurement and without a baseline.
 */
export function improvementOverBaseline(run: VariantRun, data: DataEvent | null): number | null {
  const baseline = data?.baseline;
  if (data === null || baseline === null || baseline === undefined) return null;
  if (run.bestMetric !== null) {
    const saved = (baseline.metric - run.bestMetric) / Math.abs(baseline.metric);
    return finite(data.metric.lowerIsBetter ? saved : -saved);
  }
  return run.bestHeldOutLoss === null ? null : finite((baseline.loss - run.bestHeldOutLoss) / Math.abs(baseline.loss));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The runs as a table lists them: in order of merit once there is a verdict, before that in order of their start. */
export function rankedRuns(state: PreviewState): readonly VariantRun[] {
  if (state.verdict === null) return state.runs;
  const { ranking } = state.verdict;
  const place = (run: VariantRun): number => {
    const index = ranking.indexOf(run.cell);
    return index < 0 ? ranking.length : index;
  };
  return state.runs.toSorted((left, right) => place(left) - place(right));
}

/** One line on where the whole run stands. */
export function statusLine(state: PreviewState): string {
  switch (state.status) {
    case 'running':
      return runningLine(state);
    case 'finished':
      return state.obstacles.length > 0 ? 'Not started' : 'Finished';
    case 'stopped':
      return 'Stopped; what was reached is kept';
    case 'failed':
      return state.obstacles.length > 0 ? 'Not started' : 'Failed; the curves up to then are kept';
  }
}

function runningLine(state: PreviewState): string {
  const training = state.runs.filter((run) => run.ended === null);
  const [only] = training;
  if (only !== undefined && training.length === 1) {
    return `Training ${variantLabel(only.cell)} · step ${only.step} of ${only.plannedSteps}`;
  }
  if (training.length > 1) return `Training ${training.map((run) => variantLabel(run.cell)).join(', ')}`;
  if (state.runs.length > 0) return 'Between two variants';
  return state.data === null ? 'Reading the data' : 'Preparing the first variant';
}

/** How a variant stands, in a few words; empty while nothing needs saying. */
export function runRemark(run: VariantRun, status: PreviewState['status']): string {
  if (run.ended === null) return status === 'running' ? '' : 'cut off';
  switch (run.ended.outcome) {
    case 'finished':
      return '';
    case 'stopped':
      return run.ended.because ?? 'stopped';
    case 'diverged':
      return run.ended.because === null ? 'diverged' : `diverged: ${run.ended.because}`;
  }
}

/** What a screen reader says when the state moves on: beginnings, ends and failures, never single steps. */
export function announcement(before: PreviewState | null, after: PreviewState): string | null {
  const isSameRun = before !== null && before.id === after.id;
  const sentences: string[] = [];
  for (const run of after.runs) {
    const earlier = isSameRun ? before.runs.find((candidate) => candidate.cell === run.cell) : undefined;
    const label = variantLabel(run.cell);
    if (earlier === undefined && run.ended === null) sentences.push(`${label} has started.`);
    if (run.ended !== null && (earlier?.ended ?? null) === null) {
      const metric =
        run.bestMetric === null ? '' : `, best ${after.data?.metric.name ?? 'metric'} ${formatLoss(run.bestMetric)}`;
      sentences.push(`${label} has ${run.ended.outcome} after ${formatDuration(run.seconds)}${metric}.`);
    }
  }
  if (after.verdict !== null && !(isSameRun && before.verdict !== null)) sentences.push(after.verdict.statement);
  if (!isSameRun || before.status !== after.status) {
    if (after.status !== 'running') sentences.push(`${statusLine(after)}.`);
  }
  return sentences.length === 0 ? null : sentences.join(' ');
}

/** Where variants went on when their device was lost, in sentences: one for all that did so for the same reason. */
export function moveSentences({ runs }: PreviewState): readonly string[] {
  const together = new Map<string, MovedEvent[]>();
  for (const move of runs.flatMap(({ moves }) => moves)) {
    const key = JSON.stringify([move.from, move.to, move.because]);
    together.set(key, [...(together.get(key) ?? []), move]);
  }
  return [...together.values()].flatMap((moves) => {
    const [move] = moves;
    if (move === undefined) return [];
    const variants = moves.map(({ cell, step }) => `${variantLabel(cell)} ${moveStart(step)}`);
    return [`Moved from ${move.from.device} to ${move.to.device}: ${variants.join(', ')}. Reason: ${move.because}.`];
  });
}

function moveStart(step: number): string {
  return step === 0 ? 'from its start' : `after step ${step}`;
}

/** Remarks on how the variants differ from the source; one that all of them share is listed once, under null. */
export function groupedRemarks(
  runs: readonly VariantRun[],
): readonly { readonly run: VariantRun | null; readonly remarks: readonly string[] }[] {
  const isShared = (remark: string): boolean => runs.length > 1 && runs.every((run) => run.remarks.includes(remark));
  const shared = (runs[0]?.remarks ?? []).filter(isShared);
  const own = runs.map((run) => ({ run, remarks: run.remarks.filter((remark) => !isShared(remark)) }));
  return [{ run: null, remarks: shared }, ...own].filter((group) => group.remarks.length > 0);
}
