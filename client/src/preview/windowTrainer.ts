/**
 * A trainer in the editor's window: a worker of the preview page, reached through the page. It is started, heard and ended as
 * a trainer process is.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isRunEvent } from '../../../protocol/runEvents';
import type { PreviewSpec, TrainerEvent } from '../../../protocol/trainer';
import type {
  FileAnswer,
  FileQuestion,
  FromWindowTrainer,
  ToWindowTrainer,
  WindowTrainerRequest,
} from '../../../protocol/windowTrainer';
import { stopDeadlineMs, type Trainer, type TrainerEnd, type TrainerHost } from './trainer';

/** A worker says every two seconds that it is alive; one that does not has hung, or its page has. */
const silenceLimitMs = 15_000;

/** A page that can start workers. */
export interface TrainerPage {
  /** A worker of the page, which is started once the page is ready. */
  openTrainer(listener: TrainerConnectionListener): TrainerConnection;
}

export interface TrainerConnection {
  send(message: ToWindowTrainer): void;
  /** Ends the worker at once. Nothing is heard of it afterwards. */
  end(): void;
}

export interface TrainerConnectionListener {
  onMessage(message: FromWindowTrainer): void;
  /** The page is gone, and the worker with it; `how` is a phrase. */
  onLost(how: string): void;
}

/** A request that a worker carries out and then ends. */
type Errand = Exclude<WindowTrainerRequest, { readonly type: 'stop' }>;

/** @param folder where what comes with the program lies */
export function windowTrainerHost(page: TrainerPage, folder: string): TrainerHost {
  return {
    name: 'window',
    start: (spec, listener) => {
      let reported: TrainerEnd | undefined;
      return runErrand(
        page,
        folder,
        { type: 'start', spec },
        {
          onEvent: (event) => {
            if (!isRunEvent(event)) return;
            if (event.type === 'finished' || event.type === 'rejected') reported = { kind: event.type };
            listener.onEvent(event);
          },
          onLog: listener.onLog,
          onEnd: (how) =>
            listener.onEnd(how === null && reported ? reported : { kind: 'crashed', how: how ?? 'it ended too early' }),
        },
      );
    },
    ask: (question) =>
      new Promise((resolve, reject) => {
        let answer: TrainerEvent | undefined;
        const log: string[] = [];
        runErrand(page, folder, question, {
          onEvent: (event) => {
            answer = event;
          },
          onLog: (line) => log.push(line),
          onEnd: (how) => {
            if (answer !== undefined) resolve(answer);
            else reject(new Error([how ?? 'it gave no answer', ...log].join('\n')));
          },
        });
      }),
  };
}

interface ErrandListener {
  onEvent(event: TrainerEvent): void;
  onLog(line: string): void;
  /** Called exactly once. `how` is a phrase where the worker ended before it had done everything, else null. */
  onEnd(how: string | null): void;
}

function runErrand(page: TrainerPage, folder: string, errand: Errand, listener: ErrandListener): Trainer {
  let isOver = false;
  let stopTimer: NodeJS.Timeout | undefined;
  let silenceTimer: NodeJS.Timeout | undefined;

  const end = (how: string | null): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(stopTimer);
    clearTimeout(silenceTimer);
    connection.end();
    listener.onEnd(how);
  };
  const expectMore = (): void => {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(() => end(`it was silent for ${silenceLimitMs / 1000} seconds`), silenceLimitMs);
  };
  const answerTo = filesFor(errand.type === 'probe' ? null : errand.spec, folder);
  const connection = page.openTrainer({
    onMessage: (message) => {
      if (isOver) return;
      expectMore();
      switch (message.type) {
        case 'alive':
          return;
        case 'event':
          return listener.onEvent(message.event);
        case 'question':
          void answerTo(message.question).then((answer) => {
            if (!isOver) connection.send({ type: 'answer', number: message.number, answer });
          });
          return;
        case 'ended':
          return end(null);
        case 'failed':
          listener.onLog(message.message);
          return end(message.message.split('\n', 1)[0] ?? '');
      }
    },
    onLost: end,
  });
  connection.send(errand);
  expectMore();
  return {
    processId: undefined,
    stop: () => {
      if (isOver) return;
      connection.send({ type: 'stop' });
      stopTimer ??= setTimeout(() => end('it did not stop'), stopDeadlineMs);
    },
    kill: () => end('it was ended'),
  };
}

/** Answers a trainer's questions: a page is not trusted with any file but those that its spec names. */
export function filesFor(spec: PreviewSpec | null, folder: string): (question: FileQuestion) => Promise<FileAnswer> {
  const readable = spec === null ? [] : [spec.data.kind === 'task' ? null : spec.data.path, spec.resumeFile];
  const answer = async (question: FileQuestion): Promise<FileAnswer> => {
    switch (question.kind) {
      case 'kernels':
        return filesOf(path.join(folder, 'kernels.wasm'), path.join(folder, 'kernels.relaxed.wasm'));
      case 'digits':
        return filesOf(path.join(folder, 'digits.npz'));
      case 'read':
        if (!readable.includes(question.path)) return { kind: 'refused', because: 'it is not part of this run' };
        return filesOf(question.path);
      case 'write':
        if (question.path !== spec?.checkpointFile && question.path !== spec?.rescueFile)
          return { kind: 'refused', because: 'it is not part of this run' };
        await replaceFile(question.path, question.bytes);
        return { kind: 'files', files: [] };
    }
  };
  return (question) =>
    answer(question).catch((error: unknown) => ({
      kind: 'refused',
      because: error instanceof Error ? error.message : String(error),
    }));
}

async function filesOf(...paths: readonly string[]): Promise<FileAnswer> {
  // Copies, because a small file comes as a part of memory that others share, all of which would be sent.
  return { kind: 'files', files: await Promise.all(paths.map(async (file) => new Uint8Array(await readFile(file)))) };
}

/** A reader finds the file as it was or as it is to be, never half of it. */
async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${file}.${randomUUID()}.unfinished`;
  try {
    await writeFile(unfinished, bytes);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
