/** A trainer as the extension sees it, wherever it runs: started with a spec, heard through its events, ended in one of four ways. */
import type { PreviewSpec, RunEvent, TrainerEvent, TrainerRequest } from '../../../protocol/trainer';

/** How long a trainer that was asked to stop may take to finish its step before it is ended. */
export const stopDeadlineMs = 5_000;

export type TrainerEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'rejected' }
  /** The program could not be started at all. */
  | { readonly kind: 'notStarted'; readonly reason: string }
  /** It ended without `finished` or `rejected`; `how` is a phrase, such as a signal's name or "exit code 1". */
  | { readonly kind: 'crashed'; readonly how: string };

export interface TrainerListener {
  onEvent(event: RunEvent): void;
  /** A line meant for people: what the trainer wrote to standard error, or output that is no event. */
  onLog(line: string): void;
  /** Called exactly once, after the last event. */
  onEnd(end: TrainerEnd): void;
}

export interface Trainer {
  /** Undefined where it is no process, or could not be started. */
  readonly processId: number | undefined;
  /** Asks for an orderly end: the step under way is finished and reported. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

/** Something that trainers run in. */
export interface TrainerHost {
  readonly name: 'process' | 'window';
  start(spec: PreviewSpec, listener: TrainerListener): Trainer;
  /** Has a trainer of its own answer. Rejects with an Error that says how it ended instead. */
  ask(question: TrainerQuestion): Promise<TrainerEvent>;
}

export type TrainerQuestion = Extract<TrainerRequest, { readonly type: 'probe' | 'trial' }>;
