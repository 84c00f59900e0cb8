/** The conditions that architectures are ranked under: what a person says, else what the model and its program say. */
import { formatInteger, integerOf } from '../../../model/expression';
import type { ModelGraph } from '../../../model/graph';
import type { DeviceProfile } from '../../../model/time/profile';
import type { MeasuredComparison, RecommendationChoices } from '../../../protocol/recommendation';
import { attends, recurrentLayers } from './architectures';
import type { DataFile } from './facts/dataFile';
import { answersEachStep, type Task, taskOf } from './modelFacts';
import type { ProgramHints } from './programHints';
import type { Conditions } from './ranking';
import { type SequenceLength, sequenceLengthOf } from './sequenceLength';
import { streamingSourceOf } from './streamingUse';
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
  readonly streaming: Streaming;
}

/** The conditions for a model: what `options` leave open is taken from the model, then from its program. */
export function conditionsFor(graph: ModelGraph, options: RecommendOptions, hints: ProgramHints): SourcedConditions {
  const streaming = streamingFor(graph, options, hints);
  const length = lengthFor(graph, options, hints);
  const task: Task = options.task === null ? taskOf(graph, hints) : { kind: options.task, source: 'as you said' };
  const sequences = sequencesFor(options, length, hints);
  const { maxParameters, maxMemoryMegabytes, maxLatencyMs, measured } = options;
  return {
    conditions: {
      ledger: new VariantLedger(graph, options.device),
      situation: {
        steps: length.steps,
        task: task.kind,
        streaming: streaming.isStreaming,
        answersEachStep: answersEachStep(graph) && !attends(graph),
        sequences: sequences.count,
      },
      maxParameters,
      maxMemoryMegabytes,
      maxLatencyMs,
      measured,
    },
    length,
    task,
    sequences,
    streaming,
  };
}

export interface Streaming {
  readonly isStreaming: boolean;
  /** What says so, or that nothing does. */
  readonly source: string;
}

function streamingFor(graph: ModelGraph, { streaming }: RecommendOptions, hints: ProgramHints): Streaming {
  if (streaming !== null) return { isStreaming: streaming, source: 'as you said' };
  const source = streamingSourceOf(graph, hints.carriedStates);
  return { isStreaming: source !== null, source: source ?? 'nothing in the file hands a state on' };
}

/** What a person says, else the shapes of the model, else the arrays it is given, else what the program says around it. */
function lengthFor(graph: ModelGraph, { sequenceLength }: RecommendOptions, hints: ProgramHints): SequenceLength {
  const inProgram = lengthInProgram(graph, hints);
  if (sequenceLength === null) return inProgram;
  const differs = inProgram.steps !== null && inProgram.steps !== sequenceLength;
  const source = differs ? `as you said, not the ${inProgram.steps} of ${inProgram.source}` : 'as you said';
  return { steps: sequenceLength, source };
}

function lengthInProgram(graph: ModelGraph, hints: ProgramHints): SequenceLength {
  const found = sequenceLengthOf(graph);
  if (found.steps === 1 && streamingSourceOf(graph, hints.carriedStates) !== null) {
    return { steps: null, source: 'each call takes one step and hands its state on' };
  }
  if (found.steps !== null) return found;
  const { data, sequenceLength } = hints;
  if (data !== null && data.steps !== null && isInputOf(graph, data)) {
    return { steps: data.steps, source: `the shape of ${data.name}` };
  }
  return sequenceLength === null ? found : { steps: sequenceLength.value, source: sequenceLength.source };
}

/** Arrays whose vectors are of another width than the model reads are for something else. */
function isInputOf(graph: ModelGraph, { features }: DataFile): boolean {
  const size = recurrentLayers(graph)[0]?.operation.inputSize;
  const width = size?.kind === 'known' ? integerOf(size.value) : undefined;
  return features === null || width === undefined || width === features;
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
  if (data === null) return { count: null, source: 'no table, text or array beside the file is named in it' };
  const { name, kind, items, isEstimated } = data;
  const basis = isEstimated ? ', estimated from the first part of the file' : '';
  if (kind === 'sequences') return { count: items, source: `the shape of ${name}` };
  if (kind === 'rows' && windows === null) return { count: items, source: `the rows of ${name}${basis}` };
  const what = `${isEstimated ? 'about' : 'the'} ${formatInteger(items)} ${kind} of ${name}${basis}`;
  if (steps === null) return { count: null, source: `${what}, cut into sequences of unknown length` };
  const whole = kind === 'rows' ? items - steps : Math.floor(items / steps);
  if (whole < 1) return { count: null, source: `${what} are fewer than one sequence of ${formatInteger(steps)} steps` };
  const count = isEstimated ? Number(whole.toPrecision(2)) : whole;
  return { count, source: kind === 'rows' ? `windows over ${what}` : `${what}, cut into sequences` };
}
