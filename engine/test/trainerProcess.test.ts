/** The trainer as a process: its protocol over standard input and output, and that it never outlives its starter. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secondsOf } from '../../model/time/predict';
import { isRunEvent } from '../../protocol/runEvents';
import type { RunEvent, TrainerEvent, TrainerRequest } from '../../protocol/trainer';
import { messageFilter } from '../../protocol/trainerMessages';
import { type BuiltTrainer, buildTrainer } from './builtTrainer';
import { only, specWith } from './host';

let trainerFiles: BuiltTrainer;

beforeAll(async () => {
  trainerFiles = await buildTrainer();
});

afterAll(() => trainerFiles.remove());

const endlessSpec = specWith({ budget: { steps: 10_000_000, batchSize: 32, learningRate: 0.01 } });

test('a run from start to finish', async () => {
  const trainer = startTrainer();
  trainer.send({ type: 'start', spec: specWith({ variants: ['rnn', 'gru'] }) });
  expect(await trainer.exitCode).toBe(0);
  const types = trainer.events.map(({ type }) => type);
  expect(types.slice(0, 3)).toEqual(['data', 'run', 'run']);
  expect(types.slice(-2)).toEqual(['verdict', 'finished']);
  expect(trainer.messages()).toBe('');
});

describe.each([
  { name: 'on its own thread', spec: endlessSpec },
  { name: 'with batches split over threads', spec: { ...endlessSpec, threads: 3 } },
  { name: 'with variants side by side', spec: { ...endlessSpec, threads: 2, variants: ['rnn', 'gru'] as const } },
])('$name', ({ spec }) => {
  test('a stop ends it with what has been reached', async () => {
    const trainer = startTrainer();
    trainer.send({ type: 'start', spec });
    await trainer.firstStep;
    trainer.send({ type: 'stop' });
    expect(await trainer.exitCode).toBe(0);
    expect(trainer.events.at(-1)).toEqual({ type: 'finished' });
    expect(trainer.messages()).toBe('');
  });

  test('it dies when standard input closes, in the middle of a run', async () => {
    const trainer = startTrainer();
    trainer.send({ type: 'start', spec });
    await trainer.firstStep;
    trainer.process.stdin.end();
    expect(await trainer.exitCode).toBe(0);
    expect(trainer.events.at(-1)?.type).not.toBe('finished');
  });
});

test('it measures the machine it runs on', async () => {
  const trainer = startTrainer();
  trainer.send({ type: 'calibrate' });
  expect(await trainer.exitCode).toBe(0);
  const [event] = trainer.events;
  if (event?.type !== 'calibrated') throw new Error(trainer.messages());
  const { profile } = event;
  expect(profile).toMatchObject({ id: 'this-machine', origin: 'calibrated' });
  const product = { kind: 'product', form: 'plain', calls: 1, rows: 32, inner: 64, columns: 256 } as const;
  // Between a hundredth of what a slow core multiplies and a hundred times what a fast one does.
  const macsPerSecond = (32 * 64 * 256) / secondsOf(product, profile);
  expect(macsPerSecond).toBeGreaterThan(1e7);
  expect(macsPerSecond).toBeLessThan(1e13);
  expect(profile.bytesPerSecond.value).toBeGreaterThan(1e7);
});

/** A software adapter compiles for seconds before it computes. */
const onWebGpu = { timeout: 240_000 };

describe('WebGPU, on whatever adapter there is', () => {
  test('a run that asks for it has the curve of the processor', onWebGpu, async () => {
    const lossesOn = async (backend: 'webgpu' | 'wasm') => {
      const trainer = startTrainer();
      const budget = { steps: 12, batchSize: 8, learningRate: 0.01 };
      trainer.send({ type: 'start', spec: specWith({ backend, variants: ['gru'], sequenceLength: 4, budget }) });
      expect(await trainer.exitCode).toBe(0);
      expect(trainer.messages()).toBe('');
      expect(only(runEventsOf(trainer), 'run').map((run) => run.backend)).toEqual([backend]);
      return only(runEventsOf(trainer), 'step').flatMap(({ loss, heldOutLoss }) => [loss, heldOutLoss ?? 0]);
    };
    const [losses, expected] = [await lossesOn('webgpu'), await lossesOn('wasm')];
    expect(losses.length).toBe(2 * 12);
    expect(losses.every(Number.isFinite)).toBe(true);
    // Sums of 32-bit numbers in another order, over twelve steps.
    losses.forEach((loss, index) => {
      expect(Math.abs(loss - (expected[index] ?? Number.NaN)) / loss).toBeLessThan(1e-3);
    });
  });

  test('it is probed, and a software adapter called one', onWebGpu, async () => {
    const trainer = startTrainer();
    trainer.send({ type: 'probe' });
    expect(await trainer.exitCode).toBe(0);
    const [event] = trainer.events;
    if (event?.type !== 'probed') throw new Error(trainer.messages());
    expect(event.backends.map(({ name }) => name)).toEqual(['wasm', 'reference', 'webgpu', 'tfjs-node-gpu']);
    const webgpu = event.backends.find(({ name }) => name === 'webgpu');
    if (!webgpu?.available) throw new Error(webgpu?.because);
    expect(webgpu.isSoftware).toBe(webgpu.device.includes('which computes on the processor'));
    expect(webgpu.startSeconds).toBeGreaterThan(0);
  });

  test('a trial leaves software adapters out', async () => {
    const trainer = startTrainer();
    trainer.send({ type: 'trial', spec: specWith({ variants: ['rnn', 'gru'] }) });
    expect(await trainer.exitCode).toBe(0);
    const [event] = trainer.events;
    if (event?.type !== 'trialled') throw new Error(trainer.messages());
    expect(event.trials.map(({ backend }) => backend)).toContain('wasm');
    for (const { device, secondsPerStep, perVariant } of event.trials) {
      expect(device).not.toContain('which computes on the processor');
      expect(secondsPerStep).toBeGreaterThan(0);
      expect(perVariant.map(({ variant }) => variant)).toEqual(['rnn', 'gru']);
    }
  });
});

test('what is not a request is refused in words', async () => {
  const trainer = startTrainer();
  trainer.process.stdin.write('{"type":"nonsense"}\n');
  expect(await trainer.exitCode).toBe(1);
  expect(trainer.messages()).toBe('unroll trainer: not a request: {"type":"nonsense"}\n');
});

function runEventsOf({ events }: Trainer): readonly RunEvent[] {
  return events.filter(isRunEvent);
}

interface Trainer {
  readonly process: ChildProcessWithoutNullStreams;
  readonly events: readonly TrainerEvent[];
  readonly exitCode: Promise<number | null>;
  /** Resolves with the first loss, or when the process ends without one. */
  readonly firstStep: Promise<void>;
  send(request: TrainerRequest): void;
  /** What it has written for people. */
  messages(): string;
}

function startTrainer(): Trainer {
  const trainer = spawn(process.execPath, [join(trainerFiles.folder, 'trainer.js')]);
  const events: TrainerEvent[] = [];
  let messages = '';
  trainer.stderr.on('data', (chunk: Buffer) => {
    messages += chunk.toString();
  });
  const lines = createInterface({ input: trainer.stdout });
  const firstStep = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const event: TrainerEvent = JSON.parse(line);
      events.push(event);
      if (event.type === 'step') resolve();
    });
    lines.on('close', resolve);
  });
  const exitCode = new Promise<number | null>((resolve) => {
    // `close` comes after the last output has been read.
    trainer.on('close', resolve);
  });
  return {
    process: trainer,
    events,
    exitCode,
    firstStep,
    send: (request) => trainer.stdin.write(`${JSON.stringify(request)}\n`),
    messages: () => messages.split('\n').filter(messageFilter()).join('\n'),
  };
}
