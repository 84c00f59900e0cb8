/** What a recommendation is, as `unroll recommend --json` prints it and the panel shows it. */

import type { Variant } from './trainer';

export type Architecture = 'rnn' | 'gru' | 'lstm' | 'bigru' | 'bilstm' | 'cnn-lstm' | 'cnn-lstm-attention';

/** What a model's source is to become. */
export interface ArchitectureChange {
  readonly architecture: Architecture;
  /** Units of its first recurrent layer, to which the others are scaled; null leaves them all as they are. */
  readonly width: number | null;
}

export const taskKinds = [
  'classification',
  'regression',
  'forecasting',
  'tagging',
  'seq2seq',
  'generation',
  'unknown',
] as const;

export type TaskKind = (typeof taskKinds)[number];

export function isTaskKind(text: string): text is TaskKind {
  return taskKinds.some((kind) => kind === text);
}

/** What a person may say for a ranking; null leaves it to the source, and sets no limit. */
export interface RecommendationChoices {
  readonly sequenceLength: number | null;
  readonly task: TaskKind | null;
  /** Training sequences. */
  readonly sequences: number | null;
  /** Whether it must answer while the sequence comes in; null leaves it to the source. */
  readonly streaming: boolean | null;
  readonly maxParameters: number | null;
  readonly maxMemoryMegabytes: number | null;
  /** For one answer: to a whole sequence, or to one step where it is streaming. */
  readonly maxLatencyMs: number | null;
  /** Where it is to run, as `unroll devices` names it. */
  readonly device: string | null;
}

export const openChoices: RecommendationChoices = {
  sequenceLength: null,
  task: null,
  sequences: null,
  streaming: null,
  maxParameters: null,
  maxMemoryMegabytes: null,
  maxLatencyMs: null,
  device: null,
};

/** What the last comparison by training found of a model. */
export interface MeasuredComparison {
  /** ISO 8601. */
  readonly startedAt: string;
  /** "weather.csv, 1,200 training sequences". */
  readonly data: string;
  /** "RMSE (temp_max)". */
  readonly metricName: string;
  /** Best first; those that diverged or were never measured are left out. */
  readonly results: readonly MeasuredResult[];
}

export interface MeasuredResult {
  readonly variant: Variant;
  readonly parameters: number;
  readonly metric: number;
  /** 0 for the best. */
  readonly place: number;
  /** Not told from the best by more than the noise of the held-out part. */
  readonly tiesWithBest: boolean;
}

/** What the ranking was made from; null where neither the source nor the user said. */
export interface RecommendationInputs {
  readonly sequenceLength: number | null;
  /** Where the length comes from: "Input(shape=(30, 4)) at line 12", "--seq-len". */
  readonly sequenceLengthSource: string;
  readonly task: TaskKind;
  /** "the loss sparse_categorical_crossentropy", "as you said". */
  readonly taskSource: string;
  /** Training sequences. */
  readonly sequences: number | null;
  readonly sequencesSource: string;
  readonly streaming: boolean;
  /** "lstm is stateful at line 5", "as you said"; what was looked for in vain where it is not streaming. */
  readonly streamingSource: string;
  readonly maxParameters: number | null;
  readonly maxMemoryMegabytes: number | null;
  readonly maxLatencyMs: number | null;
  /** Where times are predicted for; null for nowhere. */
  readonly device: DeviceName | null;
}

export interface DeviceName {
  readonly id: string;
  readonly label: string;
}

/** A predicted time for one answer, which is an estimate: `low` and `high` are where it is expected to be. */
export interface PredictedLatency {
  readonly milliseconds: number;
  readonly low: number;
  readonly high: number;
  /** What takes most of it, and what the figures rest on. */
  readonly because: string;
  /** Null without a limit; `maybe` where the limit lies between `low` and `high`. */
  readonly keepsLimit: 'yes' | 'maybe' | 'no' | null;
}

export interface Reason {
  readonly text: string;
  /** A work cited ("Greff et al. 2017"), or null for what follows from the numbers themselves. */
  readonly source: string | null;
  readonly weighs: 'for' | 'against' | 'excludes';
}

export interface RankedArchitecture {
  readonly architecture: Architecture;
  /** Says "in one direction" where the model reads in both and this does not. */
  readonly label: string;
  /** Hidden width chosen to fit the budgets; null when none fits. */
  readonly width: number | null;
  /** Exact parameters of the model with this architecture at this width; null when not known. */
  readonly parameters: number | null;
  /** Bytes of the weights in 32-bit floats. */
  readonly weightBytes: number | null;
  /** Matrix-multiply MACs per sequence; null when the length is not known. */
  readonly macs: number | null;
  /** Null without a device, and where it cannot be predicted. */
  readonly latency: PredictedLatency | null;
  /** False for what cannot be used or keeps no budget; true also where it may miss the latency. */
  readonly fits: boolean;
  /** What decided its place, in a phrase. */
  readonly decidedBy: string;
  /** What training it here has shown; null where it was not trained. */
  readonly measured: MeasuredResult | null;
  /** As good as the one above it, as far as anyone can tell without measuring. */
  readonly tiesWithPrevious: boolean;
  /** Just what the file has, with its width. */
  readonly isCurrent: boolean;
  /** The width in the file of what it has, where another is chosen here; else null. */
  readonly widthInFile: number | null;
  /** What its source must be asked to become; null where it is this already, or is of a kind that is not rewritten. */
  readonly change: ArchitectureChange | null;
  readonly reasons: readonly Reason[];
}

/** Something else than a recurrent network. */
export interface Alternative {
  /** "a transformer". */
  readonly name: string;
  readonly text: string;
  readonly source: string;
}

/** Where a budget begins to exclude everything, and from where on it excludes nothing. */
export interface BudgetRange {
  readonly from: number;
  readonly to: number;
}

export interface Recommendation {
  readonly modelName: string;
  /** What was asked for, the setting's budgets among it. */
  readonly choices: RecommendationChoices;
  readonly inputs: RecommendationInputs;
  readonly ranking: readonly RankedArchitecture[];
  /** One sentence: what to take and what decided. */
  readonly summary: string;
  /** The constraint that decided, in a phrase. */
  readonly decidedBy: string;
  /** "Above 400 steps: LSTM". */
  readonly wouldChangeIf: readonly string[];
  /** What may serve better than any of the ranked. */
  readonly alternatives: readonly Alternative[];
  /** What is missing or without effect, and what to do about it. */
  readonly caveats: readonly string[];
  /** What the figures and the order rest on. */
  readonly basis: readonly string[];
  /** Between which budgets a choice makes a difference; null where that is not known. */
  readonly ranges: {
    readonly parameters: BudgetRange | null;
    readonly memoryMegabytes: BudgetRange | null;
    readonly latencyMs: BudgetRange | null;
  };
  /** The devices that times can be predicted for. */
  readonly devices: readonly DeviceName[];
}
