/** Runs on a device that is given many steps at once: they have the curves of any other, and survive the loss of the device. */
import { describe, expect, test } from 'vitest';
import { standingEvents } from '../../protocol/runEvents';
import type { PreviewSpec, RunEvent, TrainingBudget, Variant } from '../../protocol/trainer';
import { DeviceLostError } from '../deviceLost';
import { type Candidate, candidates } from '../trainer/backends';
import { decodeCheckpoint } from '../trainer/checkpoint';
import type { PreviewHost } from '../trainer/host';
import { chainGraph, dense as denseLayer, embedding, kerasRecurrent, tensor, torchRecurrent } from './graphs';
import { eventsOf, only, specWith, testHost } from './host';
import { candidateOf, fakeDevice } from './queuedBackend';

const reference = candidates.filter(({ name }) => name === 'reference');
const table = ['a,b', ...Array.from({ length: 240 }, (_, row) => `${row % 7},${(row * 3) % 11}`)].join('\n');
const spec = specWith({
  graph: chainGraph([
    { layer: kerasRecurrent('gru', 2, 4), path: 'gru' },
    { layer: denseLayer(4, 1), path: 'dense' },
  ]),
  data: { kind: 'table', path: '/data/x.csv', features: ['a', 'b'], target: 'b' },
  variants: ['gru', 'rnn'],
  budget: { steps: 60, batchSize: 4, learningRate: 0.01 },
  sequenceLength: 6,
  backend: 'webgpu',
});
const onReference = (of: PreviewSpec): Promise<RunEvent[]> =>
  eventsOf({ ...of, backend: 'reference' }, hostWithClock(1));

/** A clock that goes on by so many milliseconds each time it is looked at. */
function hostWithClock(msEachLook: number): PreviewHost {
  let nowMs = 0;
  return {
    ...testHost({ '/data/x.csv': table, '/data/x.txt': 'it was the best of times. '.repeat(30) }),
    nowMs: () => {
      nowMs += msEachLook;
      return nowMs;
    },
  };
}

/** What was measured of each variant, in the order of its steps; times left out. */
function curvesOf(events: readonly RunEvent[]): ReadonlyMap<Variant, readonly unknown[]> {
  const curves = new Map<Variant, unknown[]>();
  for (const { cell, step, loss, heldOutLoss, metric } of only(standingEvents(events), 'step')) {
    curves.set(cell, [...(curves.get(cell) ?? []), [step, loss, heldOutLoss, metric]]);
  }
  return curves;
}

function lastReachOf(events: readonly RunEvent[]): ReadonlyMap<Variant, readonly number[]> {
  return new Map(only(events, 'gradientReach').map(({ cell, byLag }) => [cell, byLag]));
}

describe('many steps at once', () => {
  test.each([
    { name: 'with a clock that stands still', msEachLook: 0 },
    { name: 'in frames of a few', msEachLook: 1 },
    { name: 'where one takes longer than a frame', msEachLook: 30 },
  ])('give the same curve $name', async ({ msEachLook }) => {
    const device = fakeDevice();
    const events = await eventsOf(spec, hostWithClock(msEachLook), undefined, [candidateOf(device), ...reference]);
    const expected = await onReference(spec);
    expect(curvesOf(events)).toEqual(curvesOf(expected));
    expect(lastReachOf(events)).toEqual(lastReachOf(expected));
    expect(only(events, 'verdict')).toEqual(only(expected, 'verdict'));
    expect(only(events, 'moved')).toEqual([]);
    expect(device.networks).toBe(0);
  });

  test('where every step is predicted and the reach takes a pass of its own', async () => {
    const text: PreviewSpec = {
      ...spec,
      graph: chainGraph(
        [
          { layer: embedding(20, 4), path: 'embedding', type: tensor('B', 'T', 4) },
          { layer: torchRecurrent('lstm', 4, 6, { batchFirst: true }), path: 'lstm', type: tensor('B', 'T', 6) },
          { layer: denseLayer(6, 20), path: 'dense', type: tensor('B', 'T', 20) },
        ],
        { framework: 'torch', input: tensor('B', 'T') },
      ),
      data: { kind: 'text', path: '/data/x.txt' },
      variants: ['rnn'],
      budget: { ...spec.budget, steps: 12 },
    };
    const events = await eventsOf(text, hostWithClock(1), undefined, [candidateOf(fakeDevice()), ...reference]);
    const expected = await onReference(text);
    expect(curvesOf(events)).toEqual(curvesOf(expected));
    expect(lastReachOf(events)).toEqual(lastReachOf(expected));
    expect(only(events, 'gradientReach')).toHaveLength(5);
  });

  test('go to the device in one go', async () => {
    const device = fakeDevice();
    const long = { ...spec, variants: ['rnn'], budget: { ...spec.budget, steps: 2000 } } as const;
    await eventsOf(long, hostWithClock(0), undefined, [candidateOf(device), ...reference]);
    expect(device.submissions).toBeLessThan(400);
  });

  test('that diverge are named as when they are trained one by one, and nothing is told twice', async () => {
    const budget: TrainingBudget = {
      ...{ steps: 600, batchSize: 4, learningRate: 2, optimiser: { name: 'sgd' }, clipping: { kind: 'none' } },
    };
    const wild = { ...spec, budget };
    const events = await eventsOf(wild, hostWithClock(0), undefined, [candidateOf(fakeDevice()), ...reference]);
    const expected = await onReference(wild);
    const ends = (of: readonly RunEvent[]): readonly string[] =>
      only(of, 'done').map(({ cell, outcome, steps, because }) => `${cell} ${outcome} at ${steps}: ${because}`);
    expect([...ends(events)].sort()).toEqual([...ends(expected)].sort());
    expect(ends(events).join('\n')).toContain('diverged');
    // Not at a step that is looked at by itself.
    expect(only(events, 'done').map(({ steps }) => steps)).not.toContain(1);
    expect(
      only(events, 'step')
        .map(({ cell, step }) => `${cell} ${step}`)
        .sort(),
    ).toEqual(
      only(expected, 'step')
        .map(({ cell, step }) => `${cell} ${step}`)
        .sort(),
    );
  });
});

describe('a device that is lost', () => {
  test.each([1, 2, 3, 9, 30, 60])('at submission %i costs no run and no number', async (lostAtSubmission) => {
    const device = fakeDevice({ lostAtSubmission });
    // Each look at the clock is a second, so that there is something to go on from.
    const events = await eventsOf(spec, hostWithClock(1000), undefined, [candidateOf(device), ...reference]);
    expect(device.isLost).toBe(true);
    const expected = await onReference(spec);
    expect(curvesOf(events)).toEqual(curvesOf(expected));
    expect(only(events, 'done').map(({ outcome }) => outcome)).toEqual(['finished', 'finished']);
    expect(only(events, 'verdict')).toEqual(only(expected, 'verdict'));
    const moves = only(events, 'moved');
    expect(moves.map(({ cell }) => cell).sort()).toEqual(['gru', 'rnn']);
    for (const { from, to, because } of moves) {
      expect(from).toEqual({ backend: 'webgpu', device: 'a device of this test' });
      expect(to).toEqual({ backend: 'reference', device: 'plain TypeScript in 64-bit floats on 1 thread' });
      expect(because).toBe('it was pulled out');
    }
    expect(events.findIndex(({ type }) => type === 'moved')).toBeGreaterThan(
      events.findLastIndex(({ type }) => type === 'run'),
    );
    expect(device.networks).toBe(0);
  });

  test('is gone on from where it was kept last, not from the start', async () => {
    const device = fakeDevice({ lostAtSubmission: 150 });
    const long = { ...spec, budget: { ...spec.budget, steps: 200 } };
    const events = await eventsOf(long, hostWithClock(1000), undefined, [candidateOf(device), ...reference]);
    expect(curvesOf(events)).toEqual(curvesOf(await onReference(long)));
    for (const { step } of only(events, 'moved')) expect(step).toBeGreaterThan(10);
  });

  test('leaves no older state than that of the end in the checkpoint of the run', async () => {
    const host = hostWithClock(1000);
    const checkpointFile = '/runs/moved.checkpoint';
    const among = [candidateOf(fakeDevice({ lostAtSubmission: 30 })), ...reference];
    const events = await eventsOf({ ...spec, checkpointFile }, host, undefined, among);
    expect(only(events, 'moved')).toHaveLength(2);
    const decoded = decodeCheckpoint(await host.readFile(checkpointFile));
    expect(decoded.kind === 'checkpoint' && decoded.variants.map(({ step }) => step)).toEqual([60, 60]);
  });

  test('after a variant is over leaves that one as it is', async () => {
    const device = fakeDevice();
    const wild: PreviewSpec = { ...spec, variants: ['gru', 'rnn'] };
    const events: RunEvent[] = await eventsOf(
      wild,
      hostWithClock(1000),
      (sofar) => {
        if (only(sofar, 'done').length === 1) device.lose('it was pulled out');
        return false;
      },
      [candidateOf(device), ...reference],
    );
    expect(curvesOf(events)).toEqual(curvesOf(await onReference(wild)));
    const [first] = only(events, 'done');
    for (const { cell } of only(events, 'moved')) expect(cell).not.toBe(first?.cell);
  });

  test('when it is made goes on elsewhere from the start', async () => {
    const noRoom: Candidate = {
      ...candidateOf(
        fakeDevice({
          create: () => {
            throw new DeviceLostError('it has no room');
          },
        }),
      ),
    };
    const events = await eventsOf(spec, hostWithClock(1), undefined, [noRoom, ...reference]);
    expect(curvesOf(events)).toEqual(curvesOf(await onReference(spec)));
    expect(only(events, 'moved').map(({ step, because }) => [step, because])).toEqual([
      [0, 'it has no room'],
      [0, 'it has no room'],
    ]);
  });

  test('and the next one too, with nothing left, ends every variant with a sentence', async () => {
    const second = fakeDevice({ lostAtSubmission: 60 });
    const wasm: Candidate = {
      name: 'wasm',
      open: async () => ({
        kind: 'backend',
        backend: { kind: 'processor', name: 'wasm', device: 'another', create: second.create, kernels: null },
      }),
    };
    const first = candidateOf(fakeDevice({ lostAtSubmission: 20 }));
    const events = await eventsOf(spec, hostWithClock(1000), undefined, [first, wasm]);
    expect(only(events, 'done').map(({ outcome, because }) => [outcome, because])).toEqual(
      Array.from({ length: 2 }, () => [
        'stopped',
        'There is nothing left to train on: wasm on another computes no further (it was pulled out).',
      ]),
    );
    expect(events.at(-1)).toEqual({ type: 'finished' });
    const third = await eventsOf(spec, hostWithClock(1000), undefined, [
      candidateOf(fakeDevice({ lostAtSubmission: 20 })),
      {
        ...wasm,
        open: async () => ({
          kind: 'backend',
          backend: {
            kind: 'processor',
            name: 'wasm',
            device: 'another',
            create: fakeDevice({ lostAtSubmission: 40 }).create,
            kernels: null,
          },
        }),
      },
      ...reference,
    ]);
    expect(curvesOf(third)).toEqual(curvesOf(await onReference(spec)));
  });
});

describe('a checkpoint of another backend', () => {
  const file = '/runs/first.checkpoint';
  const movedFrom = { backend: 'webgpu', device: 'a device of this test', because: 'its trainer ended' } as const;
  const withSteps = (steps: number): PreviewSpec => ({ ...spec, budget: { ...spec.budget, steps } });

  test('is gone on from where the device is known to be lost, and the run says so', async () => {
    const host = hostWithClock(1);
    await eventsOf({ ...withSteps(30), checkpointFile: file }, host, undefined, [
      candidateOf(fakeDevice()),
      ...reference,
    ]);
    const resuming: PreviewSpec = { ...withSteps(60), backend: 'reference', resumeFile: file };
    const resumed = await eventsOf({ ...resuming, movedFrom }, host);
    expect(
      only(resumed, 'moved').map(({ step, from, to, because }) => [step, from.backend, to.backend, because]),
    ).toEqual([
      [30, 'webgpu', 'reference', 'its trainer ended'],
      [30, 'webgpu', 'reference', 'its trainer ended'],
    ]);
    for (const { remarks } of only(resumed, 'run')) {
      expect(remarks).toContain(
        'Goes on after step 30 of a checkpoint of a device of this test, which rounds in another way.',
      );
    }
    expect(only(resumed, 'done').map(({ steps }) => steps)).toEqual([60, 60]);
    const [refused] = only(await eventsOf(resuming, host), 'rejected');
    expect(refused?.obstacles[0]?.message).toContain('the backend was a device of this test');
  });

  test('has its numbers rounded where it is gone on from in 32 bits', async () => {
    const host = hostWithClock(1);
    await eventsOf({ ...withSteps(30), checkpointFile: file }, host, undefined, [
      candidateOf(fakeDevice()),
      ...reference,
    ]);
    const resumed = await eventsOf({ ...withSteps(60), backend: 'wasm', resumeFile: file, movedFrom }, host);
    const expected = new Map(
      only(await onReference(withSteps(60)), 'step').map(({ cell, step, loss }) => [`${cell} ${step}`, loss]),
    );
    const losses = only(resumed, 'step');
    expect(losses).toHaveLength(60);
    for (const { cell, step, loss } of losses)
      expect(loss).toBeCloseTo(expected.get(`${cell} ${step}`) ?? Number.NaN, 4);
  });
});
