/** A trainer in a process of its own. */
import { type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio, spawn } from 'node:child_process';
import { answerWithinMs, parseRunEvent, parseTrainerEvent } from '../../../protocol/runEvents';
import type { PreviewSpec, RunEvent, TrainerEvent, TrainerRequest } from '../../../protocol/trainer';
import { messageFilter } from '../../../protocol/trainerMessages';
import { lineSplitter } from './lines';
import { stopDeadlineMs, type Trainer, type TrainerHost, type TrainerListener } from './trainer';

export interface TrainerProgram {
  /** A Node, or an Electron that is told to be one. */
  readonly runtime: string;
  /** The trainer's bundle. */
  readonly script: string;
  /** As `ProbeRequest` has it. */
  readonly tensorFlowFolders?: readonly string[];
}

export function processTrainerHost(program: TrainerProgram): TrainerHost {
  return {
    name: 'process',
    start: (spec, listener) => startTrainerProcess(program, withTensorFlow(program, spec), listener),
    ask: (question) => {
      const allowed =
        question.type === 'probe'
          ? withTensorFlow(program, question)
          : { ...question, spec: withTensorFlow(program, question.spec) };
      return askTrainerProcess(program, allowed);
    },
  };
}

function withTensorFlow<Asked extends object>({ tensorFlowFolders = [] }: TrainerProgram, asked: Asked) {
  return { ...asked, tensorFlowFolders };
}

function spawnTrainer({ runtime, script }: TrainerProgram, options: SpawnOptionsWithoutStdio = {}) {
  return spawn(runtime, [script], {
    ...options,
    stdio: 'pipe',
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    windowsHide: true,
  });
}

/** Starts a trainer for one answer. Rejects with an Error that says how it ended instead. */
export function askTrainerProcess(
  program: TrainerProgram,
  request: Exclude<TrainerRequest, { readonly type: 'start' | 'stop' }>,
): Promise<TrainerEvent> {
  return new Promise((resolve, reject) => {
    const trainer = spawnTrainer(program, { timeout: answerWithinMs });
    let log = '';
    let answer: TrainerEvent | undefined;
    // What is no event is of a library that it loads.
    const output = lineSplitter((line) => {
      answer = parseTrainerEvent(line) ?? answer;
    });
    trainer.stdout.setEncoding('utf8').on('data', output.write);
    trainer.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
    trainer.stdin.on('error', () => {});
    trainer.once('error', reject);
    trainer.once('close', (code, signal) => {
      output.end();
      if (answer !== undefined) resolve(answer);
      else reject(new Error(`the trainer ended with ${signal ?? `exit code ${code}`}\n${log}`.trimEnd()));
    });
    trainer.stdin.write(`${JSON.stringify(request)}\n`);
  });
}

function startTrainerProcess(program: TrainerProgram, spec: PreviewSpec, listener: TrainerListener): Trainer {
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawnTrainer(program);
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
  const isForPeople = messageFilter();
  const log = lineSplitter((line) => {
    if (isForPeople(line)) listener.onLog(line);
  });
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
