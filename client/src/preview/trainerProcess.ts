/** A training run in a process of its own: started with a spec, heard through its events, ended in one of four ways. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { parseRunEvent } from '../../../protocol/runEvents';
import type { PreviewSpec, RunEvent, TrainerRequest } from '../../../protocol/trainer';
import { lineSplitter } from './lines';

/** How long a trainer that was asked to stop may take to finish its step before it is ended. */
const stopDeadlineMs = 5_000;

export interface TrainerProgram {
  /** A Node, or an Electron that is told to be one. */
  readonly runtime: string;
  /** The trainer's bundle. */
  readonly script: string;
}

export type TrainerEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'rejected' }
  /** The program could not be started at all. */
  | { readonly kind: 'notStarted'; readonly reason: string }
  /** Its output ended without `finished` or `rejected`; `how` is a signal's name or "exit code 1". */
  | { readonly kind: 'crashed'; readonly how: string };

export interface TrainerListener {
  onEvent(event: RunEvent): void;
  /** A line meant for people: what the trainer wrote to standard error, or output that is no event. */
  onLog(line: string): void;
  /** Called exactly once, after the last event. */
  onEnd(end: TrainerEnd): void;
}

export interface Trainer {
  /** Undefined when the program could not be started. */
  readonly processId: number | undefined;
  /** Asks for an orderly end: the step under way is finished and reported. */
  stop(): void;
  /** Ends the process at once. */
  kill(): void;
}

export function startTrainer(program: TrainerProgram, spec: PreviewSpec, listener: TrainerListener): Trainer {
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(program.runtime, [program.script], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      windowsHide: true,
    });
  } catch (error) {
    // Some programs are refused at once, such as scripts (`node.cmd`) on Windows.
    const reason = error instanceof Error ? error.message : String(error);
    queueMicrotask(() => listener.onEnd({ kind: 'notStarted', reason }));
    return { processId: undefined, stop: () => {}, kill: () => {} };
  }
  let lastEvent: RunEvent | undefined;
  let startFailure: string | undefined;
  let stopTimer: NodeJS.Timeout | undefined;

  const output = lineSplitter((line) => {
    const event = parseRunEvent(line);
    if (event === undefined) return listener.onLog(line);
    lastEvent = event;
    listener.onEvent(event);
  });
  const log = lineSplitter((line) => listener.onLog(line));
  child.stdout.setEncoding('utf8').on('data', output.write);
  child.stderr.setEncoding('utf8').on('data', log.write);
  // A trainer that has ended does not read what is still being written to it; its end is reported by 'close'.
  child.stdin.on('error', (error) => listener.onLog(error.message));
  child.once('error', (error) => {
    startFailure = error.message;
  });
  child.once('close', (code, signal) => {
    clearTimeout(stopTimer);
    output.end();
    log.end();
    if (lastEvent?.type === 'finished' || lastEvent?.type === 'rejected') listener.onEnd({ kind: lastEvent.type });
    else if (child.pid === undefined) listener.onEnd({ kind: 'notStarted', reason: startFailure ?? program.runtime });
    else listener.onEnd({ kind: 'crashed', how: signal ?? `exit code ${code}` });
  });

  const send = (request: TrainerRequest): void => {
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(request)}\n`);
  };
  send({ type: 'start', spec });
  return {
    processId: child.pid,
    stop() {
      send({ type: 'stop' });
      stopTimer ??= setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}
