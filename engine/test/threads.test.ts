/** Whole runs on several threads: the curves of one thread, variants side by side, stopping, and what a lost worker leaves. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishedDevices } from '../../model/time/devices';
import type { PreviewSpec, RunEvent, Variant } from '../../protocol/trainer';
import type { PreviewHost } from '../trainer/host';
import { startNodeWorker } from '../trainer/nodeWorkers';
import { defaultThreads, placeVariants, threadsOf } from '../trainer/threads';
import { type BuiltTrainer, buildTrainer } from './builtTrainer';
import { eventsOf, only, specWith, testHost } from './host';
import { dense, recurrent, regression } from './plans';

let built: BuiltTrainer;

beforeAll(async () => {
  built = await buildTrainer();
});

afterAll(() => built.remove());

interface CountedHost extends PreviewHost {
  /** Workers that were started and not ended. */
  readonly running: Set<object>;
  /** Makes each worker that was started, in that order, fail. */
  readonly breaks: (() => void)[];
}

function hostWithWorkers(cores = 2): CountedHost {
  const running = new Set<object>();
  const breaks: (() => void)[] = [];
  return {
    ...testHost(),
    running,
    breaks,
    workers: {
      cores,
      sharesMemory: true,
      start: <Sent, Received>() => {
        const worker = startNodeWorker<Sent, Received>(built.folder);
        const handle = {
          ...worker,
          end: () => {
            running.delete(handle);
            worker.end();
          },
        };
        running.add(handle);
        breaks.push(() => {
          // No checkpoint, which the worker does not survive.
          const message: Sent = JSON.parse('{"type":"resume","checkpoint":null}');
          worker.post(message);
        });
        return handle;
      },
    },
  };
}

const deviceOf = (events: readonly RunEvent[]): string[] => only(events, 'run').map(({ device }) => device);
const lossesOf = (events: readonly RunEvent[], cell: Variant): (number | null)[] =>
  only(events, 'step')
    .filter((event) => event.cell === cell)
    .flatMap(({ loss, heldOutLoss, metric }) => [loss, heldOutLoss, metric]);

/** Large enough that its batches are split. */
const largeSpec = specWith({ budget: { steps: 6, batchSize: 32, learningRate: 0.01 } });

test('a single variant splits its batches, and its curve stays the same', async () => {
  const host = hostWithWorkers();
  const onOne = await eventsOf({ ...largeSpec, threads: 1 });
  const onTwo = await eventsOf({ ...largeSpec, threads: 2 }, host);
  expect(deviceOf(onOne)[0]).toMatch(/on 1 thread$/);
  expect(deviceOf(onTwo)[0]).toMatch(/on 2 threads$/);
  const [expected, actual] = [lossesOf(onOne, 'lstm'), lossesOf(onTwo, 'lstm')];
  expect(actual).toHaveLength(18);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 4);
  });
  expect(host.running.size).toBe(0);
});

test('threads beyond the cores are not predicted to be faster', async () => {
  const [machine] = publishedDevices;
  const predictedFor = async (threads: number): Promise<number> => {
    const events = await eventsOf({ ...largeSpec, machine: machine ?? null, threads }, hostWithWorkers(2));
    return only(events, 'run')[0]?.predicted?.seconds ?? Number.NaN;
  };
  expect(await predictedFor(8)).toBe(await predictedFor(2));
  expect(await predictedFor(2)).toBeLessThan(await predictedFor(1));
});

test('several variants train side by side, each as it would alone', async () => {
  const spec: PreviewSpec = { ...largeSpec, variants: ['rnn', 'gru', 'lstm'] };
  const host = hostWithWorkers();
  const apart = await eventsOf({ ...spec, threads: 1 });
  const together = await eventsOf({ ...spec, threads: 2 }, host);
  expect(host.breaks).toHaveLength(3);
  expect(host.running.size).toBe(0);
  expect(together.slice(0, 4).map(({ type }) => type)).toEqual(['data', 'run', 'run', 'run']);
  expect(deviceOf(together)).toEqual(deviceOf(apart));
  for (const cell of spec.variants) expect(lossesOf(together, cell)).toEqual(lossesOf(apart, cell));
  const rankingOf = (events: readonly RunEvent[]) => only(events, 'verdict')[0]?.ranking;
  expect(rankingOf(together)).toEqual(rankingOf(apart));
});

test('a stop ends all of them, and every thread', async () => {
  const host = hostWithWorkers(4);
  const spec = specWith({
    variants: ['rnn', 'lstm'],
    budget: { steps: 1_000_000, batchSize: 32, learningRate: 0.01 },
    threads: 4,
  });
  const events = await eventsOf(spec, host, (sofar) => only(sofar, 'step').length > 0);
  expect(only(events, 'done').map(({ outcome }) => outcome)).toEqual(['stopped', 'stopped']);
  expect(deviceOf(events)).toEqual([expect.stringMatching(/on 2 threads$/), expect.stringMatching(/on 2 threads$/)]);
  expect(host.running.size).toBe(0);
});

test('a worker that is lost ends its variant with a sentence, and the others go on', async () => {
  const host = hostWithWorkers();
  let isBroken = false;
  const spec = {
    ...largeSpec,
    variants: ['rnn', 'gru'] as const,
    threads: 2,
    budget: { ...largeSpec.budget, steps: 200 },
  };
  const events = await eventsOf(spec, host, (sofar) => {
    if (!isBroken && only(sofar, 'step').some(({ cell }) => cell === 'rnn')) {
      isBroken = true;
      host.breaks[0]?.();
    }
    return false;
  });
  const done = new Map(only(events, 'done').map((event) => [event.cell, event]));
  expect(done.get('gru')).toMatchObject({ outcome: 'finished', because: null, steps: 200 });
  expect(done.get('rnn')).toMatchObject({
    outcome: 'stopped',
    because: expect.stringMatching(/^A thread that trained ended unexpectedly \(.*null.*\)\.$/),
  });
  expect(done.get('rnn')?.steps).toBeGreaterThan(0);
  expect(events.at(-1)).toEqual({ type: 'finished' });
  expect(host.running.size).toBe(0);
});

test('a checkpoint of variants in workers is gone on from', async () => {
  const spec: PreviewSpec = { ...largeSpec, variants: ['rnn', 'gru'], threads: 2 };
  const host = hostWithWorkers();
  const half = { ...spec, budget: { ...spec.budget, steps: 3 }, checkpointFile: '/run' };
  await eventsOf(half, host);
  const resumed = await eventsOf({ ...spec, resumeFile: '/run' }, host);
  const whole = await eventsOf({ ...spec, threads: 1 });
  for (const cell of spec.variants) expect(lossesOf(resumed, cell)).toEqual(lossesOf(whole, cell).slice(9));
});

describe('threads', () => {
  const large = regression([recurrent({ hiddenSize: 128 }), dense(2)], { timeSteps: 100 });

  test.each([
    [1, 4, { atOnce: 1, threadsEach: 4 }],
    [3, 1, { atOnce: 1, threadsEach: 1 }],
    [3, 2, { atOnce: 2, threadsEach: 1 }],
    [3, 8, { atOnce: 3, threadsEach: 2 }],
  ])('%i variants on %i threads', (variants, threads, expected) => {
    expect(placeVariants(variants, threads)).toEqual(expected);
  });

  test('one core is left to others, where there are several', () => {
    expect([1, 2, 8].map(defaultThreads)).toEqual([1, 1, 7]);
  });

  test('a plan is split where that pays and changes nothing', () => {
    expect(threadsOf(large, 32, 4)).toEqual({ count: 4, remark: null });
    expect(threadsOf(large, 3, 4)).toEqual({ count: 3, remark: null });
    expect(threadsOf(regression([recurrent({}), dense(2)]), 3, 4)).toEqual({ count: 1, remark: null });
    const normalised = { kind: 'batchNorm', path: 'norm', epsilon: 1e-5, scale: true, bias: true } as const;
    expect(threadsOf({ ...large, layers: [normalised, ...large.layers] }, 32, 4)).toEqual({
      count: 1,
      remark: 'Trains on one thread, because batch normalisation needs the whole batch at once.',
    });
  });
});
