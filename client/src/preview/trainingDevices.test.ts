/** Where a run trains, over trainers that say and measure what a test wants them to. */
import { describe, expect, test, vi } from 'vitest';
import type { BackendName, BackendStatus, Trial } from '../../../protocol/trainer';
import { untranslated } from '../translate';
import type { BackendSetting, HostReport } from './devices';
import { deviceLines, deviceToUse } from './deviceWords';
import { findRealNode, type RealNode } from './realNode';
import { testSpec } from './testSpec';
import type { TrainerHost, TrainerQuestion } from './trainer';
import { TrainingDevices } from './trainingDevices';

const gpu: BackendStatus = { name: 'webgpu', available: true, device: 'Big GPU', isSoftware: false, startSeconds: 0.1 };
const software: BackendStatus = { ...gpu, device: 'SwiftShader', isSoftware: true };
const noGpu: BackendStatus = { name: 'webgpu', available: false, because: 'there is no adapter' };
const cpu: BackendStatus = { name: 'wasm', available: true, device: 'WebAssembly', isSoftware: false, startSeconds: 0 };
const cuda: BackendStatus = { ...gpu, name: 'tfjs-node-gpu', device: 'CUDA' };

interface FakeHost extends TrainerHost {
  readonly questions: TrainerQuestion['type'][];
}

/** @param secondsPerStep of each backend that a trial finds */
function fakeHost(
  name: TrainerHost['name'],
  backends: readonly BackendStatus[],
  secondsPerStep: Partial<Record<BackendName, number>> = {},
): FakeHost {
  const questions: TrainerQuestion['type'][] = [];
  return {
    name,
    questions,
    start: () => {
      throw new Error('nothing is to be trained');
    },
    ask: async ({ type }) => {
      questions.push(type);
      if (type === 'probe') return { type: 'probed', backends };
      const trials = Object.entries(secondsPerStep).map(
        ([backend, seconds]): Trial => ({
          ...{ backend: backend as BackendName, device: backend, secondsPerStep: seconds, perVariant: [] },
        }),
      );
      return { type: 'trialled', trials };
    },
  };
}

const realNode: RealNode = { kind: 'node', path: '/usr/bin/node' };
const noNode: RealNode = { kind: 'none', because: 'it needs a Node.js of its own, and there is none on the path' };

function devicesWith(ordinary: TrainerHost, withGpu: TrainerHost = ordinary, node = realNode): TrainingDevices {
  return new TrainingDevices(
    () => ({ ordinary, withGpu: async () => ({ node, host: withGpu }) }),
    () => {},
  );
}

async function placesOf(
  setting: BackendSetting,
  process: TrainerHost,
  window: TrainerHost,
): Promise<readonly (readonly [string, string])[]> {
  const places = await devicesWith(process).placesFor(setting, testSpec, window);
  return places.map(({ host, backend }) => [host === window ? 'window' : 'process', backend] as const);
}

describe('auto', () => {
  test('trains on the processor where there is no GPU, and tries nothing', async () => {
    const [process, window] = [fakeHost('process', [cpu, noGpu]), fakeHost('window', [cpu, noGpu])];
    expect(await placesOf('auto', process, window)).toEqual([['process', 'wasm']]);
    expect([...process.questions, ...window.questions]).toEqual(['probe', 'probe']);
  });

  test('never takes a software adapter', async () => {
    const [process, window] = [fakeHost('process', [cpu, software]), fakeHost('window', [cpu, software])];
    expect(await placesOf('auto', process, window)).toEqual([['process', 'wasm']]);
    expect([...process.questions, ...window.questions]).toEqual(['probe', 'probe']);
  });

  test('takes the GPU that a trial measures to be fastest, with what is slower after it', async () => {
    const process = fakeHost('process', [cpu, gpu, cuda], { webgpu: 0.002, 'tfjs-node-gpu': 0.004, wasm: 0.01 });
    const window = fakeHost('window', [cpu, gpu], { webgpu: 0.003, wasm: 0.001 });
    expect(await placesOf('auto', process, window)).toEqual([
      ['process', 'webgpu'],
      ['window', 'webgpu'],
      ['process', 'tfjs-node-gpu'],
      ['process', 'wasm'],
    ]);
  });

  test('leaves a GPU that is slower for the model', async () => {
    const process = fakeHost('process', [cpu, noGpu], { wasm: 0.001 });
    const window = fakeHost('window', [cpu, gpu], { webgpu: 0.003 });
    expect(await placesOf('auto', process, window)).toEqual([['process', 'wasm']]);
  });

  test('takes no GPU of the window unmeasured where the trial of the process fails', async () => {
    const process: TrainerHost = {
      ...fakeHost('process', []),
      ask: async ({ type }) => {
        if (type === 'probe') return { type: 'probed', backends: [cpu, gpu] };
        throw new Error('SIGSEGV');
      },
    };
    const places = (webgpu: number) =>
      placesOf('auto', process, fakeHost('window', [cpu, gpu], { webgpu, wasm: 0.002 }));
    expect(await places(0.003)).toEqual([['process', 'wasm']]);
    expect(await places(0.001)).toEqual([
      ['window', 'webgpu'],
      ['process', 'wasm'],
    ]);
  });

  test('trains on the processor where trials fail', async () => {
    const process = fakeHost('process', [cpu, gpu]);
    const window: TrainerHost = { ...process, name: 'window', ask: () => Promise.reject(new Error('closed')) };
    expect(await placesOf('auto', process, window)).toEqual([['process', 'wasm']]);
  });

  test('tries for one comparison after the other, so that none slows the other down', async () => {
    let [underWay, most] = [0, 0];
    const host: TrainerHost = {
      ...fakeHost('process', []),
      ask: async ({ type }) => {
        if (type === 'probe') return { type: 'probed', backends: [cpu, gpu] };
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        return { type: 'trialled', trials: [] };
      },
    };
    const devices = devicesWith(host);
    const window = fakeHost('window', [noGpu]);
    await Promise.all([devices.placesFor('auto', testSpec, window), devices.placesFor('auto', testSpec, window)]);
    expect(most).toBe(1);
  });

  test('asks each host once, and anew when told to', async () => {
    const [process, window] = [fakeHost('process', [cpu, noGpu]), fakeHost('window', [cpu, noGpu])];
    const devices = devicesWith(process);
    await devices.placesFor('auto', testSpec, window);
    await devices.placesFor('auto', testSpec, window);
    expect(process.questions).toEqual(['probe']);
    devices.forget();
    await devices.placesFor('auto', testSpec, window);
    expect([process.questions, window.questions]).toEqual([
      ['probe', 'probe'],
      ['probe', 'probe'],
    ]);
  });

  test('asks a host again that gave no answer', async () => {
    const process = fakeHost('process', [cpu, noGpu]);
    const closed: TrainerHost = { ...process, name: 'window', ask: () => Promise.reject(new Error('closed')) };
    const devices = devicesWith(process);
    await devices.placesFor('auto', testSpec, closed);
    expect(devices.reports.window).toEqual({ kind: 'unknown', because: 'closed' });
    const window = fakeHost('window', [cpu, noGpu]);
    await devices.placesFor('auto', testSpec, window);
    expect(window.questions).toEqual(['probe']);
  });

  test('does not wait long for a page that says nothing', async () => {
    vi.useFakeTimers();
    const process = fakeHost('process', [cpu, noGpu]);
    const window: TrainerHost = { ...process, name: 'window', ask: () => new Promise(() => {}) };
    const places = placesOf('auto', process, window);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(await places).toEqual([['process', 'wasm']]);
  });
});

test.each<[BackendSetting, readonly (readonly [string, string])[]]>([
  ['wasm', [['process', 'wasm']]],
  ['reference', [['process', 'reference']]],
  [
    'webgpu',
    [
      ['process', 'webgpu'],
      ['process', 'wasm'],
    ],
  ],
  [
    'webgpu-window',
    [
      ['window', 'webgpu'],
      ['process', 'wasm'],
    ],
  ],
  [
    'tfjs-node-gpu',
    [
      ['process', 'tfjs-node-gpu'],
      ['process', 'wasm'],
    ],
  ],
])('%s by name asks nothing', async (setting, expected) => {
  const [process, window] = [fakeHost('process', [cpu, software]), fakeHost('window', [cpu, software])];
  expect(await placesOf(setting, process, window)).toEqual(expected);
  expect([...process.questions, ...window.questions]).toEqual([]);
});

test('a GPU is reached by the Node that can, and the processor by the ordinary runtime', async () => {
  const [ordinary, withGpu] = [fakeHost('process', [cpu]), fakeHost('process', [cpu, gpu], { webgpu: 1, wasm: 2 })];
  const places = await devicesWith(ordinary, withGpu).placesFor('auto', testSpec, fakeHost('window', [noGpu]));
  expect(places.map(({ host }) => host)).toEqual([withGpu, ordinary]);
});

test('each device says whether it is in use, or why not', async () => {
  const window = fakeHost('window', [cpu, software]);
  const devices = devicesWith(fakeHost('process', [cpu, noGpu]), undefined, noNode);
  await Promise.all([devices.askProcess(), devices.askWindow(window)]);
  const inUse = { host: 'process', backend: 'wasm', device: 'WebAssembly on 2 threads' } as const;
  const lines = deviceLines(devices.reports, [], inUse, 'ssh-remote', untranslated);
  expect(lines.map(({ label, where, state }) => [label, where, state])).toEqual([
    ['WebAssembly on 2 threads', 'on the remote (ssh-remote)', 'in use'],
    ['GPU (WebGPU)', 'on the remote (ssh-remote)', `not available: ${noNode.because}`],
    [
      'SwiftShader',
      'on the computer that shows the window',
      'computes on the processor: used only when the setting names it',
    ],
  ]);
});

test.each<[string, string, Partial<NodeJS.ProcessVersions> | Error, RealNode]>([
  ['a Node', '/opt/node', { node: '22.1.0' }, { kind: 'node', path: '/opt/node' }],
  [
    'an Electron',
    '/opt/code',
    { node: '22.1.0', electron: '37.0.0' },
    { kind: 'none', because: '/opt/code is an Electron, which it cannot use' },
  ],
  [
    'an old Node',
    '/opt/node',
    { node: '18.2.0' },
    { kind: 'none', because: 'it needs Node.js 20 or later, and /opt/node is 18.2.0' },
  ],
  [
    'nothing',
    '/opt/none',
    new Error('ENOENT'),
    { kind: 'none', because: 'it needs a Node.js of its own, and /opt/none does not answer as one' },
  ],
])('%s', async (_, configured, versions, expected) => {
  const ask = async (): Promise<NodeJS.ProcessVersions> => {
    if (versions instanceof Error) throw versions;
    return { ...process.versions, ...versions };
  };
  expect(await findRealNode(configured, ask)).toEqual(expected);
});

test('a process that is a Node is taken as it is', async () => {
  const ask = (): Promise<never> => Promise.reject(new Error('not to be asked'));
  expect(await findRealNode('', ask)).toEqual({ kind: 'node', path: process.execPath });
});

describe('the device that a run would train on', () => {
  const unknown: HostReport = { kind: 'unknown', because: 'it has not been asked yet' };
  const reported = (...backends: readonly BackendStatus[]): HostReport => ({ kind: 'reported', backends });

  test.each<readonly [string, BackendSetting, HostReport, string | null]>([
    ['is the processor as long as no trial has shown a faster one', 'auto', reported(cpu, gpu), null],
    ['is the processor where that is named', 'wasm', reported(cpu, gpu), null],
    ['is the one that is named', 'webgpu', reported(cpu, gpu), 'Big GPU'],
    ['is also one that is no GPU, where that is named', 'webgpu', reported(cpu, software), 'SwiftShader'],
    ['is not one that is not there', 'webgpu', reported(cpu, noGpu), null],
    ['is what it is reached through before the process has been asked', 'webgpu', unknown, 'WebGPU'],
    ['is what it is reached through before the window has been asked', 'webgpu-window', reported(cpu), 'WebGPU'],
    ['is what it is reached through before TensorFlow.js has been asked', 'tfjs-node-gpu', unknown, 'TensorFlow.js'],
  ])('%s', (_, setting, process, device) => {
    const found = deviceToUse(setting, { reports: { process, window: unknown }, lastTrial: [] });
    expect(found?.device ?? null).toBe(device);
  });
});
