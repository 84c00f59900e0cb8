/** A worker as both of its sides see it, whatever kind of worker the host has. */

/** Whoever started the worker. */
export interface WorkerHandle<Sent, Received> {
  post(message: Sent): void;
  onMessage(listen: (message: Received) => void): void;
  /** Called once when it ends other than by `end`; `how` is a phrase for people. */
  onLost(listen: (how: string) => void): void;
  end(): void;
}

/** The worker itself. */
export interface WorkerPort<Sent, Received> {
  post(message: Sent): void;
  onMessage(listen: (message: Received) => void): void;
}

/** A worker ended in the middle of its work. The message is a sentence. */
export class WorkerLostError extends Error {
  constructor(how: string) {
    super(`A thread that trained ended unexpectedly (${how}).`);
    this.name = 'WorkerLostError';
  }
}
