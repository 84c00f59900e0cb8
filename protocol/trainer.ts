/**
 * The border between whoever starts a training run (the extension, the command line) and the trainer process.
 *
 * One JSON document a line in both directions: the starter writes one `TrainerRequest` to standard input, after a `start`
 * perhaps a `stop`; the trainer answers on standard output, a run by `RunEvent`s, and exits 0. Anything on standard error is for people. A
 * trainer whose output ends without `finished` or `rejected` has crashed. `unroll train --jsonl` prints the same events, and
 * `failed` after a crash, so that its stream always ends in one of the three.
 */
import type { Cell, ModelGraph } from '../model/graph';
import type { DeviceProfile } from '../model/time/profile';

/**
 * An architecture that a model can be trained as. `rnn`, `gru` and `lstm` change the cells and leave each layer its direction
 * or directions; `bigru` and `bilstm` read in both.
 */
export type Variant = Cell | 'bilstm' | 'bigru' | 'cnn-lstm' | 'cnn-lstm-attention';

export type BackendName = 'reference' | 'wasm' | 'webgpu' | 'tfjs-node-gpu';

/** Whether a process can train on a backend, as it found out by opening it and comparing what it computes with the reference. */
export type BackendStatus =
  | {
      readonly name: BackendName;
      readonly available: true;
      /** What computes, for people. */
      readonly device: string;
      /** Whether a processor does what is asked of a GPU: never to be called one, and never taken unasked. */
      readonly isSoftware: boolean;
      /** From nothing to its first results. */
      readonly startSeconds: number;
    }
  | { readonly name: BackendName; readonly available: false; readonly because: string };

/** What a variant trains on. */
export interface RunDevice {
  readonly backend: BackendName;
  /** For people. */
  readonly device: string;
}

/** Of a run that goes on elsewhere: where it trained before, and why it does so no longer. */
export interface MovedFrom extends RunDevice {
  readonly because: string;
}

/** Where sequences come from. */
export type DataRecipe =
  | {
      readonly kind: 'table';
      /**
       * Absolute path of a file of columns or arrays, whose ending tells its format: CSV or TSV with a header line, JSON lines,
       * Parquet, or NumPy's .npy and .npz.
       */
      readonly path: string;
      /** Columns fed to the model, or the array, or the column of texts; null takes every numeric column, or what is called so. */
      readonly features: readonly string[] | null;
      /** The column to forecast, or that names classes, or the array of targets; null takes the last feature. */
      readonly target: string | null;
    }
  | {
      readonly kind: 'text';
      /** Absolute path of a UTF-8 text, predicted character by character. */
      readonly path: string;
    }
  | { readonly kind: 'task'; readonly name: TaskName };

/** `auto` is the task that suits the model. */
export type TaskName =
  | 'adding'
  | 'copy-memory'
  | 'delayed-recall'
  | 'parity'
  | 'sine-mix'
  | 'characters'
  | 'digits'
  | 'auto';

export interface TrainingBudget {
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Left out: Adam. */
  readonly optimiser?: OptimiserChoice;
  /** Left out: the learning rate stays as it is. */
  readonly schedule?: LearningRateSchedule;
  /** Left out: by norm, to 1. */
  readonly clipping?: GradientClipping;
}

/** What is left out is as the model's framework has it by default, or 0 where PyTorch and Keras have nothing. */
export type OptimiserChoice =
  | { readonly name: 'sgd'; readonly momentum?: number; readonly nesterov?: boolean; readonly weightDecay?: number }
  | {
      readonly name: 'rmsprop';
      /** Of the running mean of squares: `alpha` of PyTorch, `rho` of Keras. */
      readonly decay?: number;
      readonly momentum?: number;
      /** Whether squares are taken around the running mean of gradients. */
      readonly centred?: boolean;
      readonly weightDecay?: number;
    }
  /** Weight decay of `adam` is the framework's own: a part of the gradient in PyTorch, apart from it in Keras. */
  | { readonly name: 'adam' | 'adamw'; readonly weightDecay?: number };

/** What becomes of the learning rate η over the steps s = 1, 2, …, S of a run. */
export type LearningRateSchedule =
  | { readonly kind: 'constant' }
  /** η·factor^⌊(s − 1) / every⌋ */
  | { readonly kind: 'step'; readonly every: number; readonly factor: number }
  /** η·factor^(s − 1) */
  | { readonly kind: 'exponential'; readonly factor: number }
  /** η·s / warmUp for s ≤ warmUp, then η·(1 + cos(π·(s − 1 − warmUp) / (S − warmUp))) / 2, which comes to 0 after the last step. */
  | { readonly kind: 'cosine'; readonly warmUp: number };

export type GradientClipping =
  | { readonly kind: 'none' }
  /** Every number of the gradient to between −limit and limit. */
  | { readonly kind: 'value'; readonly limit: number }
  /** The whole gradient to a norm of at most `limit`. */
  | { readonly kind: 'norm'; readonly limit: number };

/** Direction: starter → trainer. Everything a run depends on; the same spec gives the same curves. */
export interface PreviewSpec {
  readonly graph: ModelGraph;
  readonly variants: readonly Variant[];
  readonly data: DataRecipe;
  /** Steps of each training sequence, for a model that leaves its length open; null takes the model's or a default. */
  readonly sequenceLength: number | null;
  readonly budget: TrainingBudget;
  readonly seed: number;
  readonly backend: BackendName | 'auto';
  /** Threads to train on; left out or null, one less than there are cores. */
  readonly threads?: number | null;
  /**
   * Absolute path of a file that the state of the run is written to: at its start, every ten seconds, two where a device trains, and
   * at its end.
   */
  readonly checkpointFile?: string | null;
  /** The same where there is no `checkpointFile`, and only while a device trains, whose driver may end the process. */
  readonly rescueFile?: string | null;
  /** Absolute path of such a file, of a run with the same spec but for the number of steps, which is gone on from. */
  readonly resumeFile?: string | null;
  /** The machine as it was timed, where it was: then each run says what its steps are predicted to take. */
  readonly machine?: DeviceProfile | null;
  /** As `ProbeRequest` has it. */
  readonly tensorFlowFolders?: readonly string[];
  /** Where `resumeFile` was written, if on another backend, whose trainer is gone: the run says so and goes on nonetheless. */
  readonly movedFrom?: MovedFrom | null;
}

export type TrainerRequest =
  | { readonly type: 'start'; readonly spec: PreviewSpec }
  /** Finish the current step, report what has been reached, exit. */
  | { readonly type: 'stop' }
  /** Time the engine's kernels, which takes less than two seconds. */
  | { readonly type: 'calibrate' }
  | ProbeRequest
  /** Train a few steps of the run on the backends that `auto` takes into account, and time them: well under a second. */
  | { readonly type: 'trial'; readonly spec: PreviewSpec };

/** Open every backend, check it and time its start. */
export interface ProbeRequest {
  readonly type: 'probe';
  /**
   * Absolute paths of folders that TensorFlow.js for Node is installed in. It is code of others, which the trainer runs: only what
   * the user has named, or the workspace's where the user trusts it and has asked for that backend by name.
   */
  readonly tensorFlowFolders?: readonly string[];
}

/** Direction: trainer → starter. The only line in answer to `calibrate`. */
export type CalibrationEvent =
  | { readonly type: 'calibrated'; readonly profile: DeviceProfile }
  | { readonly type: 'notCalibrated'; readonly message: string };

/** Direction: trainer → starter. The only line in answer to `probe`: every backend once. */
export interface ProbeEvent {
  readonly type: 'probed';
  readonly backends: readonly BackendStatus[];
}

/** How long steps of a run take on a backend. */
export interface Trial {
  readonly backend: BackendName;
  readonly device: string;
  /** Of one step of every variant, those that train side by side counted as they do. */
  readonly secondsPerStep: number;
  readonly perVariant: readonly { readonly variant: Variant; readonly secondsPerStep: number }[];
}

/** Direction: trainer → starter. The only line in answer to `trial`: the fastest first, software adapters left out. */
export type TrialEvent =
  | { readonly type: 'trialled'; readonly trials: readonly Trial[] }
  | { readonly type: 'rejected'; readonly obstacles: readonly Obstacle[] };

/** Whatever a trainer writes. */
export type TrainerEvent = RunEvent | CalibrationEvent | ProbeEvent | TrialEvent;

/** Why a model or its data cannot be trained here, with the place when there is one. */
export interface Obstacle {
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
  /** Of a notebook: the place of the cell among all its cells, counted from 1; lines are counted within it. */
  readonly cell?: number;
}

/** What is measured on the held-out part besides the loss. */
export interface MetricDescription {
  /** "RMSE (temp_max)" or "bits per character": with the unit a person would use. */
  readonly name: string;
  readonly lowerIsBetter: boolean;
}

/** Direction: trainer → starter. */
export type RunEvent =
  /** The run cannot start; last event. */
  | { readonly type: 'rejected'; readonly obstacles: readonly Obstacle[] }
  /** The data is loaded and split; `baseline` is what a forecast without a model reaches on the held-out part. */
  | {
      readonly type: 'data';
      readonly description: string;
      readonly trainingSequences: number;
      readonly heldOutSequences: number;
      readonly metric: MetricDescription;
      readonly baseline: { readonly name: string; readonly metric: number; readonly loss: number } | null;
    }
  /** A variant is about to train. `remarks` say how it differs from the source (a layer skipped, a size taken). */
  | {
      readonly type: 'run';
      readonly cell: Variant;
      readonly parameters: number;
      readonly backend: BackendName;
      readonly device: string;
      readonly steps: number;
      readonly remarks: readonly string[];
      /** Seconds a training step, where the machine was timed before. */
      readonly predicted?: { readonly seconds: number; readonly low: number; readonly high: number };
    }
  /** Loss of one training batch; now and then with the metric and loss on the held-out part. `seconds` count this variant's own time. */
  | {
      readonly type: 'step';
      readonly cell: Variant;
      readonly step: number;
      readonly loss: number;
      readonly heldOutLoss: number | null;
      readonly metric: number | null;
      readonly seconds: number;
      readonly sequencesPerSecond: number;
    }
  /**
   * Norm of the gradient of the last step's loss with respect to the hidden state k steps before the end, for each lag k, over
   * the training batch. Five times in a run, at most 2 % of the time of its training steps where there are 300.
   */
  | { readonly type: 'gradientReach'; readonly cell: Variant; readonly byLag: readonly number[] }
  /**
   * The device of a variant is lost, and it goes on elsewhere from a moment that was kept: after `step`, 0 for the start. Its
   * steps after that one are trained again and come again, perhaps with other numbers, so that whoever keeps events drops those
   * that came before (`standingEvents`). Other variants stand. Where another trainer goes on, this follows its `run`.
   */
  | {
      readonly type: 'moved';
      readonly cell: Variant;
      readonly step: number;
      readonly from: RunDevice;
      readonly to: RunDevice;
      /** What became of the device, to stand after a colon: "it did not answer for 10 seconds". */
      readonly because: string;
    }
  /** A variant has ended: by its budget, by a stop, or because its numbers ran away or a thread was lost (`because`). */
  | {
      readonly type: 'done';
      readonly cell: Variant;
      readonly outcome: 'finished' | 'stopped' | 'diverged';
      readonly because: string | null;
      readonly steps: number;
      readonly bestLoss: number | null;
      readonly bestHeldOutLoss: number | null;
      readonly bestMetric: number | null;
      readonly seconds: number;
      readonly parameters: number;
    }
  /** What the run showed, in order of merit. `statement` is one or two honest sentences, ties and a lost baseline included. */
  | {
      readonly type: 'verdict';
      readonly ranking: readonly Variant[];
      /** The best and what the noise of the held-out part does not tell from it; left out by earlier versions. */
      readonly tied?: readonly Variant[];
      readonly statement: string;
      readonly beatsBaseline: boolean | null;
    }
  /** Last event of a run that started. */
  | { readonly type: 'finished' }
  /** Last event in place of the others, by whoever started the trainer: it ended before its run did. */
  | { readonly type: 'failed'; readonly message: string };
