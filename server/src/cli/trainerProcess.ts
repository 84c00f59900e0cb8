/** Runs the trainer in a process of its own, and says how it ended. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseRunEvent } from '../../../protocol/runEvents';
import type { PreviewSpec, RunEvent, TrainerRequest } from '../../../protocol/trainer';
import { messageFilter } from '../../../protocol/trainerMessages';
import { compileCacheFolder } from './cacheFolder';
import { TaskError } from './usage';

export type TrainerEnd =
  | { readonly kind: 'finished' | 'rejected' }
  /** The user asked for an early end; what was reached has been reported. */
  | { readonly kind: 'stopped' }
  /** `how` is a signal's name or "exit code 1". */
  | { readonly kind: 'crashed'; readonly how: string };

/** The trainer is built beside this program. */
export function trainerScript(): string {
  const script = path.join(__dirname, 'trainer.js');
  if (!existsSync(script)) throw new TaskError('The trainer is missing beside this program; build the project again.');
  return script;
}

/** A trainer that has been started and waits to be told what to train. */
export interface WaitingTrainer {
  /** Undefined where it could not be started. */
  readonly processId: number | undefined;
  /** Resolves after the trainer's last event. The first interrupt asks it to stop in order, a second one ends it. */
  run(spec: PreviewSpec, onEvent: (event: RunEvent) => void): Promise<TrainerEnd>;
  /** Ends it, where it has not ended. */
  abandon(): void;
}

/** Starts while there is still something else to do, because a process takes a while to be there. */
export function startTrainer(script: string): WaitingTrainer {
  // Its own group, so that an interrupt at the terminal reaches it as a request to stop and not as a signal.
  const child = spawn(process.execPath, [script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    env: { ...process.env, NODE_COMPILE_CACHE: compileCacheFolder() },
  });
  const send = (request: TrainerRequest): void => {
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(request)}\n`);
  };
  // A trainer that has ended does not read what is still being written to it; its end is reported by `run`.
  child.stdin.on('error', () => {});
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);

  /** What comes before anybody asked for it. */
  const early: RunEvent[] = [];
  let take = (event: RunEvent): void => {
    early.push(event);
  };
  createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    const event = parseRunEvent(line);
    if (event === undefined) process.stderr.write(`${line}\n`);
    else take(event);
  });
  passMessages(child.stderr);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  void ended.then(() => process.off('exit', kill));

  const run = async (spec: PreviewSpec, onEvent: (event: RunEvent) => void): Promise<TrainerEnd> => {
    let stopAsked = false;
    const onInterrupt = (): void => {
      if (stopAsked) kill();
      stopAsked = true;
      send({ type: 'stop' });
    };
    process.on('SIGINT', onInterrupt);
    process.on('SIGTERM', onInterrupt);
    let last: RunEvent | undefined;
    take = (event) => {
      last = event;
      onEvent(event);
    };
    early.splice(0).forEach(take);
    send({ type: 'start', spec });
    const how = await ended;
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
    if (last?.type === 'finished') return { kind: stopAsked ? 'stopped' : 'finished' };
    if (last?.type === 'rejected') return { kind: 'rejected' };
    return stopAsked ? { kind: 'stopped' } : { kind: 'crashed', how };
  };
  return { processId: child.pid, run, abandon: kill };
}

/** Shows what a trainer has to say to people. */
export function passMessages(stream: NodeJS.ReadableStream): void {
  const isForPeople = messageFilter();
  createInterface({ input: stream }).on('line', (line) => {
    if (isForPeople(line)) process.stderr.write(`${line}\n`);
  });
}
