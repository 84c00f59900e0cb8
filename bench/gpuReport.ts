/** The report of `bench:gpu`: what its measurements say, in Markdown. */
import type { Accuracy } from './gpuAccuracy';
import type { Role, WorkOfStep } from './gpuContestants';
import { millisecondsText, nothing, percent, table, timesText } from './output';
import { geometricMean } from './statistics';

export interface GpuRow {
  readonly model: string;
  readonly sequences: number;
  /** Whether starting the work of a step takes longer than doing it. */
  readonly isLaunchBound: boolean;
  /** Of a training step, or why there is no measurement. */
  readonly seconds: Readonly<Partial<Record<Role, number | string>>>;
  readonly work: WorkOfStep | null;
  readonly accuracy: Readonly<Partial<Record<Role, Accuracy>>>;
}

export interface GpuMeasurements {
  readonly contestants: readonly { readonly role: Role; readonly name: string; readonly device: string | null }[];
  /** A sentence for each that could not take part. */
  readonly missing: readonly string[];
  readonly rows: readonly GpuRow[];
}

interface Aim {
  readonly what: string;
  readonly against: Role;
  readonly rows: (row: GpuRow) => boolean;
  readonly least: number;
}

export const aims: readonly Aim[] = [
  { what: 'PyTorch with cuDNN, over the grid', against: 'torch', rows: () => true, least: 0.5 },
  {
    what: 'PyTorch with cuDNN, over launch-bound models',
    against: 'torch',
    rows: ({ isLaunchBound }) => isLaunchBound,
    least: 1,
  },
  { what: 'TensorFlow.js on WebGPU, over the grid', against: 'tfjs', rows: () => true, least: 20 },
];

/** How many times as fast the engine on the GPU trains; null where either was not measured. */
export function speedRatio({ seconds }: GpuRow, other: Role): number | null {
  const [own, theirs] = [seconds.webgpu, seconds[other]];
  return typeof own === 'number' && typeof theirs === 'number' ? theirs / own : null;
}

export function meanRatio(rows: readonly GpuRow[], other: Role): number | null {
  return geometricMean(rows.map((row) => speedRatio(row, other)).filter((ratio) => ratio !== null));
}

/** @param isMeasurement whether the aims mean something */
export function gpuReport(
  heading: readonly string[],
  { contestants, missing, rows }: GpuMeasurements,
  isMeasurement: boolean,
): string {
  const others = contestants.filter(({ role }) => role !== 'webgpu');
  const names = contestants.map(({ name }) => name);
  const launchBound = rows.filter(({ isLaunchBound }) => isLaunchBound);
  const means = (label: string, of: readonly GpuRow[]): string[] => [
    label,
    ...others.map(({ role }) => timesText(meanRatio(of, role))),
  ];
  return [
    ...heading,
    '',
    ...contestants.filter(({ device }) => device !== null).map(({ name, device }) => `- ${name}: ${device}`),
    ...missing.map((sentence) => `- ${sentence}`),
    '',
    ...(isMeasurement ? aimLines(rows) : []),
    '## Times as fast as others',
    '',
    table(
      ['model', ...others.map(({ name }) => name)],
      [
        ...rows.map((row) => [row.model, ...others.map(({ role }) => timesText(speedRatio(row, role)))]),
        means('geometric mean', rows),
        means('geometric mean of launch-bound models', launchBound),
      ],
    ),
    '',
    '## Sequences a second',
    '',
    table(
      ['model', ...names],
      rows.map(({ model, sequences, seconds }) => [
        model,
        ...contestants.map(({ role }) => throughputText(sequences, seconds[role])),
      ]),
    ),
    '',
    '## Milliseconds a training step',
    '',
    table(
      ['model', ...names],
      rows.map(({ model, seconds }) => [model, ...contestants.map(({ role }) => millisecondsText(seconds[role]))]),
    ),
    ...refusals(contestants, rows),
    '',
    '## What a step takes on the GPU',
    '',
    'Time within compute passes, by timestamps of the adapter; what is left of the time of a step, the GPU waits or copies. All',
    'other times are of batches that lie on the GPU; the last column is of batches that are sent there, a new one for each step.',
    '',
    table(
      ['model', 'dispatches', 'submissions', 'ms computing', 'share of the step', 'ms with new batches'],
      rows.map(({ model, work, seconds }) => [model, ...workCells(work, seconds.webgpu)]),
    ),
    '',
    '## Differences from the reference',
    '',
    'Of a version of each model with as many inputs and hidden units, but few and short sequences, in 64-bit arithmetic: the',
    'largest difference of the losses of four steps, and of a gradient, as a share of the largest of them.',
    '',
    table(
      ['model', 'losses, WebGPU', 'gradients, WebGPU', 'losses, WebAssembly', 'gradients, WebAssembly'],
      rows.map(({ model, accuracy }) => [
        model,
        ...(['webgpu', 'wasm'] as const).flatMap((role) => accuracyCells(accuracy[role])),
      ]),
    ),
  ].join('\n');
}

/** What is aimed at, beside what was seen. */
function aimLines(rows: readonly GpuRow[]): string[] {
  const cells = aims.map(({ what, against, rows: chosen, least }) => {
    const mean = meanRatio(rows.filter(chosen), against);
    const verdict = mean === null ? 'not measured' : mean >= least ? 'reached' : 'missed';
    return [what, `${least}×`, timesText(mean), verdict];
  });
  return ['## Aims', '', table(['geometric mean of training throughput', 'aim', 'seen', ''], cells), ''];
}

function throughputText(sequences: number, seconds: number | string | undefined): string {
  return typeof seconds === 'number' ? Math.round(sequences / seconds).toLocaleString('en-US') : nothing;
}

/** Why a contestant has no measurement of some models. */
function refusals(contestants: GpuMeasurements['contestants'], rows: readonly GpuRow[]): string[] {
  const sentences = contestants.flatMap(({ role, name }) => {
    const reasons = rows.map(({ seconds }) => seconds[role]).filter((result) => typeof result === 'string');
    return [...new Set(reasons)].map((reason) => `${name}: ${reason}.`);
  });
  return sentences.flatMap((sentence) => ['', sentence]);
}

function workCells(work: WorkOfStep | null, seconds: number | string | undefined): string[] {
  if (work === null) return Array<string>(5).fill(nothing);
  const { dispatches, submissions, gpuSeconds, secondsWithNewBatch } = work;
  const share = gpuSeconds === null || typeof seconds !== 'number' ? nothing : percent(gpuSeconds / seconds);
  return [
    dispatches.toFixed(0),
    submissions.toFixed(2),
    gpuSeconds === null ? nothing : millisecondsText(gpuSeconds),
    share,
    millisecondsText(secondsWithNewBatch),
  ];
}

function accuracyCells(accuracy: Accuracy | undefined): string[] {
  return accuracy === undefined
    ? [nothing, nothing]
    : [accuracy.losses.toExponential(1), accuracy.gradients.toExponential(1)];
}
