/** Which backend a run takes, among backends that are as fast, as sound and as lasting as a test says. */
import { describe, expect, test, vi } from 'vitest';
import type { BackendName } from '../../protocol/trainer';
import type { BackendFactory } from '../backend';
import { DeviceLostError } from '../deviceLost';
import { createNetwork } from '../network';
import { createReferenceBackend } from '../reference/backend';
import { type BackendHost, type Candidate, type DeviceBackend, openCandidate } from '../trainer/backends';
import { searchBackends } from '../trainer/chooseBackend';
import { plansOf, prepare } from '../trainer/prepare';
import { probeBackends } from '../trainer/probeBackends';
import { type TrialRun, timedSequences, timeSteps } from '../trainer/trial';
import { kernelBytes } from './backends';
import { specWith, testHost } from './host';

/** How a backend of a test is. */
interface Behaviour {
  readonly name: BackendName;
  readonly stepMs?: number;
  readonly isSoftware?: boolean;
  /** Why it cannot be opened, with the device if there is one. */
  readonly missing?: { readonly because: string; readonly device?: string };
  /** Ends with an error while it is opened, or while it trains. */
  readonly breaks?: 'opening' | 'training';
}

const cases: readonly {
  readonly name: string;
  readonly asked: BackendName | 'auto';
  readonly movedFrom?: BackendName;
  readonly backends: readonly Behaviour[];
  readonly taken: BackendName;
  readonly remarks: readonly string[];
  /** Devices that are open after the choice. */
  readonly open: readonly BackendName[];
}[] = [
  {
    name: 'a GPU that is faster is taken without being asked for',
    asked: 'auto',
    backends: [
      { name: 'wasm', stepMs: 1.9 },
      { name: 'webgpu', stepMs: 0.6125 },
    ],
    taken: 'webgpu',
    remarks: [
      'The webgpu of this test takes 0.613 ms a step, WebAssembly on the processor takes 1.9 ms a step, ' +
        'as a short trial of this run shows.',
    ],
    open: ['webgpu'],
  },
  {
    name: 'a GPU that is slower for this model is not',
    asked: 'auto',
    backends: [
      { name: 'wasm', stepMs: 2 },
      { name: 'webgpu', stepMs: 3 },
      { name: 'tfjs-node-gpu', stepMs: 40 },
    ],
    taken: 'wasm',
    remarks: [
      'WebAssembly on the processor takes 2 ms a step, the webgpu of this test takes 3 ms a step and ' +
        'the tfjs-node-gpu of this test takes 40 ms a step, as a short trial of this run shows.',
    ],
    open: [],
  },
  {
    name: 'a software adapter is never taken unasked, and takes no time for a trial',
    asked: 'auto',
    backends: [
      { name: 'wasm', stepMs: 2 },
      { name: 'webgpu', stepMs: 0.1, isSoftware: true },
    ],
    taken: 'wasm',
    remarks: [],
    open: [],
  },
  {
    name: 'a software adapter that is asked for is taken, and called what it is',
    asked: 'webgpu',
    backends: [{ name: 'wasm' }, { name: 'webgpu', isSoftware: true }],
    taken: 'webgpu',
    remarks: ['The webgpu of this test is no GPU: WebAssembly is likely to be faster.'],
    open: ['webgpu'],
  },
  {
    name: 'that there is no GPU is not worth a word',
    asked: 'auto',
    backends: [{ name: 'wasm' }, { name: 'webgpu', missing: { because: 'WebGPU finds no GPU' } }],
    taken: 'wasm',
    remarks: [],
    open: [],
  },
  {
    name: 'that a GPU computes wrongly is',
    asked: 'auto',
    backends: [{ name: 'wasm' }, { name: 'webgpu', missing: { because: 'it computes nonsense', device: 'a GPU' } }],
    taken: 'wasm',
    remarks: ['Does not train on a GPU: it computes nonsense.'],
    open: [],
  },
  {
    name: 'a GPU that is lost in the trial costs nothing but the trial',
    asked: 'auto',
    backends: [{ name: 'wasm' }, { name: 'webgpu', breaks: 'training' }],
    taken: 'wasm',
    remarks: ['Does not train on the webgpu of this test: pulled away.'],
    open: [],
  },
  {
    name: 'a GPU that fails to open is as none',
    asked: 'auto',
    backends: [{ name: 'wasm' }, { name: 'webgpu', breaks: 'opening' }],
    taken: 'wasm',
    remarks: [],
    open: [],
  },
  {
    name: 'a run that comes from a backend does not go back to it',
    asked: 'auto',
    movedFrom: 'webgpu',
    backends: [
      { name: 'wasm', stepMs: 2 },
      { name: 'webgpu', stepMs: 1 },
    ],
    taken: 'wasm',
    remarks: [],
    open: [],
  },
  {
    name: 'where WebAssembly is missing the reference is on the processor',
    asked: 'auto',
    backends: [{ name: 'wasm', missing: { because: 'no SIMD' } }, { name: 'reference' }],
    taken: 'reference',
    remarks: [],
    open: [],
  },
];

test.each(cases)('$name', async ({ asked, movedFrom, backends, taken, remarks, open }) => {
  const world = worldOf(backends);
  const from = movedFrom && { backend: movedFrom, device: 'a GPU', because: 'it crashed' };
  const search = searchBackends({ backend: asked, movedFrom: from ?? null }, world.host, world.candidates);
  const choice = await search.choose(await weatherRun());
  if (choice.kind === 'refused') throw new Error(choice.message);
  expect(choice.backend.name).toBe(taken);
  expect(choice.remarks).toEqual(remarks);
  expect([...world.open]).toEqual(open);
});

test('a backend that is asked for and does not run is refused, and others are named', async () => {
  const { host, candidates } = worldOf([{ name: 'webgpu', missing: { because: 'no driver', device: 'a GPU' } }]);
  const choice = await searchBackends({ backend: 'webgpu', movedFrom: null }, host, candidates).choose(
    await weatherRun(),
  );
  expect(choice).toEqual({
    kind: 'refused',
    message: 'The backend webgpu does not run here: a GPU: no driver. Choose wasm or reference.',
  });
});

test('a device that does not answer is waited for so long, and given back should it answer later', async () => {
  vi.useFakeTimers();
  try {
    const { host, candidates, open } = worldOf([{ name: 'webgpu' }]);
    const [webgpu] = candidates;
    if (webgpu === undefined) throw new Error('not as set up');
    let answer = (): void => {};
    const asleep = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow: Candidate = { name: 'webgpu', open: (of, wish) => asleep.then(() => webgpu.open(of, wish)) };
    const opening = openCandidate(slow, host, 'hardware');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await opening).toEqual({
      kind: 'none',
      because: 'it did not answer for 10 seconds',
      device: 'the device of webgpu',
    });
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect([...open]).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test('a search that is given up gives devices back', async () => {
  const { host, candidates, open } = worldOf([{ name: 'wasm' }, { name: 'webgpu' }]);
  const search = searchBackends({ backend: 'auto', movedFrom: null }, host, candidates);
  await expect.poll(() => [...open]).toEqual(['webgpu']);
  search.abandon();
  await expect.poll(() => [...open]).toEqual([]);
});

test('trials come fastest first, variants that train side by side counted as they do, and give devices back', async () => {
  const { host, candidates, open } = worldOf([
    { name: 'wasm', stepMs: 3 },
    { name: 'webgpu', stepMs: 1 },
    { name: 'tfjs-node-gpu', stepMs: 5, isSoftware: true },
  ]);
  const search = searchBackends({ backend: 'auto', movedFrom: null }, host, candidates);
  const trials = await search.trials(await weatherRun(['rnn', 'lstm']));
  const shown = trials.map(({ backend, secondsPerStep, perVariant }) => [
    backend,
    Number((1000 * secondsPerStep).toFixed(3)),
    perVariant.map(({ variant }) => variant),
  ]);
  expect(shown).toEqual([
    ['webgpu', 2, ['rnn', 'lstm']],
    ['wasm', 6, ['rnn', 'lstm']],
  ]);
  expect([...open]).toEqual([]);
});

test('of a step that takes long, the processor is timed on a part', async () => {
  const { plans } = await weatherRun();
  const [planned] = plans;
  if (planned === undefined) throw new Error('a run without a variant');
  const timed = (batchSize: number, threads: number): number => timedSequences(planned.plan, batchSize, threads);
  expect(timed(32, 1)).toBe(32);
  const part = timed(1_000_000, 1);
  expect(part).toBeGreaterThan(32);
  expect(part).toBeLessThan(100_000);
  expect(timed(1_000_000, 200_000)).toBe(200_000);
});

test.each([
  { stepMs: 500, steps: 2 },
  // One that compiles, one alone, and five times four.
  { stepMs: 1, steps: 22 },
])('a queue with steps of $stepMs ms is timed for $steps', async ({ stepMs, steps }) => {
  let [nowMs, trained] = [0, 0];
  const create: BackendFactory = (length) => {
    const backend = createReferenceBackend(length);
    return {
      ...backend,
      isQueued: true,
      adam: () => {
        nowMs += stepMs;
        trained++;
      },
    };
  };
  const device: DeviceBackend = {
    ...{ kind: 'device', name: 'webgpu', device: 'a queue', isSoftware: false, close: () => {} },
    createNetwork: (plan, batch, seed) => createNetwork(plan, batch, create, seed),
  };
  const { secondsPerStep } = await timeSteps(device, await weatherRun(), { nowMs: () => nowMs });
  expect([secondsPerStep, trained]).toEqual([stepMs / 1000, steps]);
});

describe('probing', () => {
  test('each backend is opened once, and whatever goes wrong is said', async () => {
    const { host, candidates, open } = worldOf([
      { name: 'wasm' },
      { name: 'reference', missing: { because: 'it is too slow' } },
      { name: 'webgpu', isSoftware: true },
      { name: 'tfjs-node-gpu', breaks: 'opening' },
    ]);
    expect(await probeBackends(host, candidates)).toEqual([
      { name: 'wasm', available: true, device: 'the wasm of this test', isSoftware: false, startSeconds: 0.004 },
      { name: 'reference', available: false, because: 'it is too slow' },
      { name: 'webgpu', available: true, device: 'the webgpu of this test', isSoftware: true, startSeconds: 0.004 },
      { name: 'tfjs-node-gpu', available: false, because: 'the driver fell over' },
    ]);
    expect([...open]).toEqual([]);
  });

  test('a processor that computes something else is not available', async () => {
    const { host, candidates } = worldOf([{ name: 'wasm' }]);
    const [sound] = candidates;
    const wrong: Candidate = {
      name: 'wasm',
      open: async (of, wish) => {
        const opened = await sound?.open(of, wish);
        if (opened?.kind !== 'backend' || opened.backend.kind !== 'processor') throw new Error('not as set up');
        const create: BackendFactory = (length) => ({
          ...createReferenceBackend(length),
          rnnForward: () => {},
          add: () => {},
          lstmForward: () => {},
        });
        return { kind: 'backend', backend: { ...opened.backend, create } };
      },
    };
    expect(await probeBackends(host, [wrong])).toEqual([
      { name: 'wasm', available: false, because: 'what it computes differs from the reference' },
    ]);
  });

  test('here, WebAssembly and the reference run', async () => {
    const [wasm, reference, ...others] = await probeBackends(testHost());
    expect(wasm).toMatchObject({ name: 'wasm', available: true, device: expect.stringMatching(/^WebAssembly SIMD/) });
    expect(reference).toMatchObject({ name: 'reference', available: true, isSoftware: false });
    expect(others.map(({ name, available }) => [name, available])).toEqual([
      ['webgpu', false],
      ['tfjs-node-gpu', false],
    ]);
  });
});

/** A host whose clock moves by what backends do, and backends that are as told. */
function worldOf(backends: readonly Behaviour[]): {
  readonly host: BackendHost;
  readonly candidates: readonly Candidate[];
  /** Devices that have been opened and not closed. */
  readonly open: ReadonlySet<BackendName>;
} {
  let nowMs = 0;
  const open = new Set<BackendName>();
  const candidateOf = ({ name, stepMs = 1, isSoftware = false, missing, breaks }: Behaviour): Candidate => ({
    name,
    open: async () => {
      nowMs += 4;
      if (missing !== undefined) return { kind: 'none', ...missing };
      if (breaks === 'opening') throw new Error('the driver fell over');
      // Every step updates the parameters once.
      const create: BackendFactory = (length) => {
        const backend = createReferenceBackend(length);
        return {
          ...backend,
          adam: (...operands) => {
            if (breaks === 'training') throw new DeviceLostError('pulled away');
            nowMs += stepMs;
            backend.adam(...operands);
          },
        };
      };
      const device = `the ${name} of this test`;
      if (name === 'wasm' || name === 'reference') {
        return { kind: 'backend', backend: { kind: 'processor', name, device, create, kernels: null } };
      }
      open.add(name);
      return {
        kind: 'backend',
        backend: {
          ...{ kind: 'device', name, device, isSoftware },
          createNetwork: (plan, batch, seed) => createNetwork(plan, batch, create, seed),
          close: () => open.delete(name),
        },
      };
    },
  });
  const host: BackendHost = { kernels: async () => kernelBytes, nowMs: () => nowMs };
  return { host, candidates: backends.map(candidateOf), open };
}

async function weatherRun(variants: readonly ('rnn' | 'lstm')[] = ['lstm']): Promise<TrialRun> {
  const spec = specWith({ variants });
  const prepared = await prepare(spec, testHost());
  if (prepared.kind === 'obstacles') throw new Error('the sample cannot be trained');
  return { plans: plansOf(spec, prepared), dataset: prepared.dataset, spec };
}
