/** The conditions that architectures are ranked under: what a person says, else what the model and its program say. */
import { formatInteger } from '../../../model/expression';
import type { ModelGraph } from '../../../model/graph';
import type { DeviceProfile } from '../../../model/time/profile';
import type { MeasuredComparison, RecommendationChoices } from '../../../protocol/recommendation';
import { type Task, taskOf } from './modelFacts';
import type { ProgramHints } from './programHints';
import type { Conditions } from './ranking';
import { type SequenceLength, sequenceLengthOf } from './sequenceLength';
import { VariantLedger } from './variantLedger';

export interface RecommendOptions extends Omit<RecommendationChoices, 'device'> {
  /** Where times are predicted for; null for nowhere. */
  readonly device: DeviceProfile | null;
  /** The machine that this runs on, where it has been measured. */
  readonly thisMachine: DeviceProfile | null;
  readonly measured: MeasuredComparison | null;
}

/** The conditions, with where each part of them comes from. */
export interface SourcedConditions {
  readonly conditions: Conditions;
  readonly length: SequenceLength;
  readonly task: Task;
  readonly sequences: SequenceCount;
}

export function conditionsFor(graph: ModelGraph, options: RecommendOptions, hints: ProgramHints): SourcedConditions {
  const length = lengthFor(graph, options, hints);
  const task: Task = options.task === null ? taskOf(graph, hints) : { kind: options.task, source: 'as you said' };
  const sequences = sequencesFor(options, length, hints);
  const { streaming, maxParameters, maxMemoryMegabytes, maxLatencyMs, measured } = options;
  return {
    conditions: {
      ledger: new VariantLedger(graph, options.device),
      situation: { steps: length.steps, task: task.kind, streaming, sequences: sequences.count },
      maxParameters,
      maxMemoryMegabytes,
      maxLatencyMs,
      measured,
    },
    length,
    task,
    sequences,
  };
}

/** What a person says, else the shapes of the model, else what the program says around it. */
function lengthFor(graph: ModelGraph, { sequenceLength }: RecommendOptions, hints: ProgramHints): SequenceLength {
  const found = sequenceLengthOf(graph);
  const hinted = hints.sequenceLength;
  const inProgram: SequenceLength =
    found.steps === null && hinted !== null ? { steps: hinted.value, source: hinted.source } : found;
  if (sequenceLength === null) return inProgram;
  const differs = inProgram.steps !== null && inProgram.steps !== sequenceLength;
  const source = differs ? `as you said, not the ${inProgram.steps} of ${inProgram.source}` : 'as you said';
  return { steps: sequenceLength, source };
}

export interface SequenceCount {
  readonly count: number | null;
  readonly source: string;
}

/** A series of n rows has n − T windows of T steps that each end before another row. */
function sequencesFor(
  { sequences }: RecommendOptions,
  { steps }: SequenceLength,
  { data, windows }: ProgramHints,
): SequenceCount {
  if (sequences !== null) return { count: sequences, source: 'as you said' };
  if (data === null) return { count: null, source: 'no table or text beside the file is named in it' };
  const { name, kind, items } = data;
  if (kind === 'rows' && windows === null) return { count: items, source: `the rows of ${name}` };
  const what = `${formatInteger(items)} ${kind} of ${name}`;
  if (steps === null) return { count: null, source: `the ${what}, cut into sequences of unknown length` };
  return kind === 'rows'
    ? { count: Math.max(0, items - steps), source: `windows over the ${what}` }
    : { count: Math.floor(items / steps), source: `the ${what}, cut into sequences` };
}
