/** A trainer in the window: which files it is given, and how it ends when the page, the worker or the person ends it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { PreviewSpec, RunEvent } from '../../../protocol/trainer';
import type { FileQuestion, FromWindowTrainer, ToWindowTrainer } from '../../../protocol/windowTrainer';
import { testSpec } from './testSpec';
import type { Trainer, TrainerEnd } from './trainer';
import { filesFor, type TrainerConnectionListener, windowTrainerHost } from './windowTrainer';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unroll-window-'));
  for (const file of ['data.csv', 'secret.txt', 'resume', 'kernels.wasm', 'kernels.relaxed.wasm', 'digits.npz']) {
    writeFileSync(path.join(folder, file), `the text of ${file}`);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const inFolder = (file: string): string => path.join(folder, file);
const refused = 'it is not part of this run';

const questions: readonly {
  readonly name: string;
  readonly question: (at: typeof inFolder) => FileQuestion;
  readonly answer: readonly string[] | typeof refused;
}[] = [
  { name: 'its data', question: (at) => ({ kind: 'read', path: at('data.csv') }), answer: ['data.csv'] },
  { name: 'what it resumes', question: (at) => ({ kind: 'read', path: at('resume') }), answer: ['resume'] },
  { name: 'another file', question: (at) => ({ kind: 'read', path: at('secret.txt') }), answer: refused },
  {
    name: 'another file by way of its data',
    question: (at) => ({ kind: 'read', path: `${at('data.csv')}/../secret.txt` }),
    answer: refused,
  },
  { name: 'what it writes', question: (at) => ({ kind: 'read', path: at('rescue') }), answer: refused },
  { name: 'the kernels', question: () => ({ kind: 'kernels' }), answer: ['kernels.wasm', 'kernels.relaxed.wasm'] },
  { name: 'the digits', question: () => ({ kind: 'digits' }), answer: ['digits.npz'] },
];

test.each(questions)('a page that asks for $name', async ({ question, answer: expected }) => {
  const spec: PreviewSpec = {
    ...testSpec,
    data: { kind: 'table', path: inFolder('data.csv'), features: null, target: null },
    resumeFile: inFolder('resume'),
    rescueFile: inFolder('rescue'),
  };
  const answer = await filesFor(spec, folder)(question(inFolder));
  if (answer.kind === 'refused') return expect(answer.because).toBe(expected);
  const texts = answer.files.map((bytes) => Buffer.from(bytes).toString());
  expect(texts).toEqual(typeof expected === 'string' ? expected : expected.map((file) => `the text of ${file}`));
});

test.each([
  { file: 'rescue', isWritten: true },
  { file: 'checkpoint', isWritten: true },
  { file: 'data.csv', isWritten: false },
])('a page that writes $file', async ({ file, isWritten }) => {
  const spec: PreviewSpec = {
    ...testSpec,
    data: { kind: 'table', path: inFolder('data.csv'), features: null, target: null },
    checkpointFile: inFolder('checkpoint'),
    rescueFile: inFolder('rescue'),
  };
  const bytes = new TextEncoder().encode('written');
  const answer = await filesFor(spec, folder)({ kind: 'write', path: inFolder(file), bytes });
  expect(answer).toEqual(isWritten ? { kind: 'files', files: [] } : { kind: 'refused', because: refused });
  expect(readFileSync(inFolder(file), 'utf8')).toBe(isWritten ? 'written' : `the text of ${file}`);
  expect(readdirSync(folder).filter((name) => name.includes('unfinished'))).toEqual([]);
});

test('a page that is only asked what it has is given no file of anybody', async () => {
  expect(await filesFor(null, folder)({ kind: 'read', path: inFolder('data.csv') })).toEqual({
    ...{ kind: 'refused', because: refused },
  });
});

interface StartedInWindow {
  readonly trainer: Trainer;
  readonly sent: ToWindowTrainer[];
  readonly events: RunEvent[];
  readonly ends: TrainerEnd[];
  say(message: FromWindowTrainer): void;
  lose(how: string): void;
}

/** A run in a page that does what a test says. */
function start(): StartedInWindow {
  const sent: ToWindowTrainer[] = [];
  const events: RunEvent[] = [];
  const ends: TrainerEnd[] = [];
  let page: TrainerConnectionListener | undefined;
  const openTrainer = (listener: TrainerConnectionListener) => {
    page = listener;
    return { send: (message: ToWindowTrainer) => void sent.push(message), end: () => {} };
  };
  const trainer = windowTrainerHost({ openTrainer }, folder).start(testSpec, {
    onEvent: (event) => events.push(event),
    onLog: () => {},
    onEnd: (end) => ends.push(end),
  });
  return {
    ...{ trainer, sent, events, ends },
    say: (message) => page?.onMessage(message),
    lose: (how) => page?.onLost(how),
  };
}

const finished: FromWindowTrainer = { type: 'event', event: { type: 'finished' } };

test.each<{
  readonly name: string;
  readonly act: (started: StartedInWindow) => void;
  readonly end: TrainerEnd;
}>([
  {
    name: 'has done everything',
    act: ({ say }) => [finished, { type: 'ended' } as const].forEach(say),
    end: { kind: 'finished' },
  },
  {
    name: 'ends before its run does',
    act: ({ say }) => say({ type: 'ended' }),
    end: { kind: 'crashed', how: 'it ended too early' },
  },
  {
    name: 'throws',
    act: ({ say }) => say({ type: 'failed', message: 'Error: the driver fell over\n  at its place' }),
    end: { kind: 'crashed', how: 'Error: the driver fell over' },
  },
  {
    name: 'goes with its page',
    act: ({ lose }) => lose('its page was closed'),
    end: { kind: 'crashed', how: 'its page was closed' },
  },
  {
    name: 'falls silent',
    act: ({ say }) => {
      vi.advanceTimersByTime(14_000);
      say({ type: 'alive' });
      vi.advanceTimersByTime(15_000);
    },
    end: { kind: 'crashed', how: 'it was silent for 15 seconds' },
  },
  {
    name: 'does not stop',
    act: ({ trainer }) => {
      trainer.stop();
      vi.advanceTimersByTime(5_000);
    },
    end: { kind: 'crashed', how: 'it did not stop' },
  },
  { name: 'is killed', act: ({ trainer }) => trainer.kill(), end: { kind: 'crashed', how: 'it was ended' } },
])('a worker that $name', ({ act, end }) => {
  const started = start();
  act(started);
  // Nothing that comes afterwards counts.
  started.say({ type: 'ended' });
  started.lose('its page was closed');
  started.trainer.kill();
  vi.advanceTimersByTime(60_000);
  expect(started.ends).toEqual([end]);
  expect(started.sent[0]?.type).toBe('start');
});

test('what is no event of a run is not taken for one', () => {
  const { say, events } = start();
  say({ type: 'event', event: { type: 'probed', backends: [] } });
  say(finished);
  expect(events).toEqual([{ type: 'finished' }]);
});
