/** What a model costs, as "Show Costs" shows it and `unroll analyze --json` prints parts of it. */
import type { Grade } from '../model/costs/amount';
import type { NumberFormat, Optimiser } from '../model/costs/memory';
import type { Cell } from '../model/graph';
import type { Architecture } from './recommendation';

/** A number with how certain it is. */
export interface Figure {
  /** Null where it is unknown or depends on letters. */
  readonly value: number | null;
  readonly grade: Grade;
  /** `33,024`, `4·H² + 8·H`, `unknown`. */
  readonly text: string;
  /** With names, with numbers, and its result; empty where there is none to show. */
  readonly formula: string;
  /** The rule that was applied, or what is missing. */
  readonly because: string;
}

/** Work is per sequence, memory in bytes per sequence. */
export interface CostFigures {
  readonly parameters: Figure;
  readonly trainable: Figure;
  readonly macs: Figure;
  readonly flops: Figure;
  readonly macsPerStep: Figure;
  readonly flopsPerStep: Figure;
  readonly inferenceMemory: Figure;
  /** Kept for backpropagation through time; of as many steps as `CostReport.truncate` says. */
  readonly trainingMemory: Figure;
  readonly sequentialDepth: Figure;
}

/** Milliseconds, null where they cannot be predicted; `because` says what they rest on or what is missing. */
export interface TimeEstimate {
  readonly milliseconds: number | null;
  /** The interval that the time is expected in. */
  readonly low: number | null;
  readonly high: number | null;
  readonly grade: 'estimated' | 'unknown';
  readonly because: string;
}

export interface RunTime extends TimeEstimate {
  /** Sequences at once. */
  readonly batch: number;
  /** `290 µs (230–440)`, of an open length `2.9 µs·T (2.3–4.4)`; null where nothing is predicted. */
  readonly text: string | null;
  /** What each step of a sequence takes, where only their number is missing; else null. */
  readonly perStep: TimeEstimate | null;
}

export interface TimesOnDevice {
  /** As `unroll devices` names it. */
  readonly device: string;
  readonly deviceLabel: string;
  /** What is supposed to run there. */
  readonly software: string;
  readonly training: RunTime;
  readonly inference: RunTime;
}

export interface TensorRow {
  readonly name: string;
  /** `(64, 256)`. */
  readonly shape: string;
  readonly parameters: Figure;
  /** Null where the source leaves it open. */
  readonly trainable: boolean | null;
}

export interface LayerRow extends CostFigures {
  readonly path: string;
  readonly type: string;
  readonly cell: Cell | null;
  /** `line 4`, with the file where that is another. */
  readonly place: string;
  /** `(B, 30, 64)`; null for a layer that is never applied. */
  readonly output: string | null;
  /** `O(T·H·(I+H)), factor 4`; empty where there is none to speak of. */
  readonly order: string;
  readonly tensors: readonly TensorRow[];
}

/** A product that the program makes itself, between its layers. */
export interface FunctionRow {
  readonly name: string;
  readonly place: string;
  readonly macs: Figure;
}

export interface ToolRow {
  readonly label: string;
  readonly unit: 'MACs' | 'FLOPs';
  readonly count: Figure;
  readonly rule: string;
  /** Why that is not the work of the recurrent layers; null where it is. */
  readonly fault: string | null;
}

/** A variant of the model; figures are null where they are not known. */
export interface SizedVariant {
  readonly width: number;
  readonly parameters: number | null;
  /** Per sequence. */
  readonly macs: number | null;
}

export interface VariantRow {
  readonly architecture: Architecture;
  readonly label: string;
  /** As wide as the model's own first recurrent layer; null where its sizes are not known. */
  readonly atWidth: SizedVariant | null;
  /** The widest with no more parameters than the model has; null where none is, or they are not known. */
  readonly atBudget: SizedVariant | null;
  readonly isCurrent: boolean;
}

export interface CostReport {
  readonly modelName: string;
  readonly framework: string;
  /** Length of the sequences where the source leaves it open and somebody gave it; else null. */
  readonly givenLength: number | null;
  readonly lengthIsOpen: boolean;
  /** Steps after which backpropagation through time is cut off; null for never. */
  readonly truncate: number | null;
  readonly layers: readonly LayerRow[];
  readonly functions: readonly FunctionRow[];
  readonly total: CostFigures;
  readonly weights: readonly { readonly format: NumberFormat; readonly bytes: Figure }[];
  readonly gradients: Figure;
  readonly optimisers: readonly { readonly optimiser: Optimiser; readonly label: string; readonly bytes: Figure }[];
  /** This machine first, where it has been measured. */
  readonly times: readonly TimesOnDevice[];
  /** What other tools would count for the recurrent layers and one sequence; empty where none of them reads the framework. */
  readonly tools: readonly ToolRow[];
  /** Side by side; empty for a model without a recurrent layer. */
  readonly variants: readonly VariantRow[];
  /** What keeps figures from being known. */
  readonly remarks: readonly string[];
}
