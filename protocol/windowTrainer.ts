/**
 * The border between the extension and a trainer in the editor's window: a worker of the preview page, which passes every
 * message on as it is. It takes the requests of a trainer process and gives the same events; what a process reads and writes
 * by itself, the worker asks the extension for.
 */
import type { TrainerEvent, TrainerRequest } from './trainer';

/** What the extension reads or writes for a trainer: what its spec names, and what comes with the program. */
export type FileQuestion =
  | { readonly kind: 'kernels' }
  | { readonly kind: 'digits' }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly bytes: Uint8Array };

/** Files in the order in which the question names them; none where something was written. */
export type FileAnswer =
  | { readonly kind: 'files'; readonly files: readonly Uint8Array[] }
  /** A phrase that says why not. */
  | { readonly kind: 'refused'; readonly because: string };

/** Calibration is of the processor, which the trainer process times. */
export type WindowTrainerRequest = Exclude<TrainerRequest, { readonly type: 'calibrate' }>;

/** Direction: extension → page → worker. */
export type ToWindowTrainer =
  | WindowTrainerRequest
  | { readonly type: 'answer'; readonly number: number; readonly answer: FileAnswer };

/** Direction: worker → page → extension. */
export type FromWindowTrainer =
  | { readonly type: 'event'; readonly event: TrainerEvent }
  | { readonly type: 'question'; readonly number: number; readonly question: FileQuestion }
  /** Every few seconds, so that a worker that hangs can be told from one that computes. */
  | { readonly type: 'alive' }
  /** Everything asked for has been done. */
  | { readonly type: 'ended' }
  /** The worker could not be started, or threw. */
  | { readonly type: 'failed'; readonly message: string };
