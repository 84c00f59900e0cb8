/** What a recommendation is, as `unroll recommend --json` prints it and the panel shows it. */

export type Architecture = 'rnn' | 'gru' | 'lstm' | 'bigru' | 'bilstm' | 'cnn-lstm' | 'cnn-lstm-attention';

/** What a model's source is to become. */
export interface ArchitectureChange {
  readonly architecture: Architecture;
  /** Units of its first recurrent layer, to which the others are scaled; null leaves them all as they are. */
  readonly width: number | null;
}

export type TaskKind =
  | 'classification'
  | 'regression'
  | 'forecasting'
  | 'tagging'
  | 'seq2seq'
  | 'generation'
  | 'unknown';

/** What the ranking was made from; null where neither the source nor the user said. */
export interface RecommendationInputs {
  readonly sequenceLength: number | null;
  /** Where the length comes from: "Input(shape=(30, 4)) at line 12", "--seq-len". */
  readonly sequenceLengthSource: string;
  readonly task: TaskKind;
  readonly streaming: boolean;
  readonly maxParameters: number | null;
  readonly maxMemoryMegabytes: number | null;
  readonly maxLatencyMs: number | null;
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
  readonly fits: boolean;
  /** As good as the one above it, as far as anyone can tell without measuring. */
  readonly tiesWithPrevious: boolean;
  readonly isCurrent: boolean;
  /** What its source must be asked to become; null where it is this already, or is of a kind that is not rewritten. */
  readonly change: ArchitectureChange | null;
  readonly reasons: readonly Reason[];
}

export interface Recommendation {
  readonly modelName: string;
  readonly inputs: RecommendationInputs;
  readonly ranking: readonly RankedArchitecture[];
  /** One sentence: what to take and what decided. */
  readonly summary: string;
  /** The constraint that decided, in a phrase. */
  readonly decidedBy: string;
  /** "Above 400 steps: LSTM". */
  readonly wouldChangeIf: readonly string[];
  /** What is better served by none of these, and what is missing. */
  readonly caveats: readonly string[];
}
