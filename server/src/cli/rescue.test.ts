/** Runs whose trainer ends before they do: which go on, from where, and what is said. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { specWith } from '../../../engine/test/host';
import type { BackendName, PreviewSpec, RunEvent } from '../../../protocol/trainer';
import { trainRescued } from './rescue';
import type { TrainerEnd, WaitingTrainer } from './trainerProcess';

const data: RunEvent = {
  type: 'data',
  description: 'numbers',
  trainingSequences: 2,
  heldOutSequences: 1,
  metric: { name: 'RMSE', lowerIsBetter: true },
  baseline: null,
};
const runOn = (backend: BackendName): RunEvent => ({
  ...{
    type: 'run',
    cell: 'lstm',
    parameters: 9,
    backend,
    device: `the ${backend} of this test`,
    steps: 3,
    remarks: [],
  },
});
const finished: RunEvent = { type: 'finished' };
const killed: TrainerEnd = { kind: 'crashed', how: 'SIGKILL' };

/** What a trainer of a test does, one after another. */
interface Script {
  readonly events: readonly RunEvent[];
  /** Left out, it falls silent instead of ending. */
  readonly end?: TrainerEnd;
}

const cases: readonly {
  readonly name: string;
  readonly asked: PreviewSpec['backend'];
  readonly trainers: readonly Script[];
  readonly end: TrainerEnd;
  readonly events: readonly RunEvent['type'][];
  /** Of the spec that the second trainer gets. */
  readonly second: Partial<PreviewSpec> | null;
  /** Of that of the third, where there is one. */
  readonly third?: Partial<PreviewSpec>;
  readonly said: readonly string[];
}[] = [
  {
    name: 'a crash on a GPU is gone on from elsewhere',
    asked: 'auto',
    trainers: [
      { events: [data, runOn('webgpu')], end: killed },
      { events: [data, runOn('wasm'), finished], end: { kind: 'finished' } },
    ],
    end: { kind: 'finished' },
    events: ['data', 'run', 'run', 'finished'],
    second: {
      backend: 'auto',
      movedFrom: {
        ...{ backend: 'webgpu', device: 'the webgpu of this test' },
        because: 'its trainer ended unexpectedly (SIGKILL)',
      },
    },
    said: ['The trainer ended unexpectedly on the webgpu of this test (SIGKILL); another one goes on.'],
  },
  {
    name: 'one GPU after the other is gone on from, and then on the processor',
    asked: 'auto',
    trainers: [
      { events: [data, runOn('webgpu')], end: killed },
      { events: [data, runOn('tfjs-node-gpu')] },
      { events: [data, runOn('wasm'), finished], end: { kind: 'finished' } },
    ],
    end: { kind: 'finished' },
    events: ['data', 'run', 'run', 'run', 'finished'],
    second: { backend: 'auto' },
    third: {
      backend: 'wasm',
      movedFrom: {
        ...{ backend: 'tfjs-node-gpu', device: 'the tfjs-node-gpu of this test' },
        because: 'its trainer ended unexpectedly (no sign of it for 0 seconds)',
      },
    },
    said: [
      'The trainer ended unexpectedly on the webgpu of this test (SIGKILL); another one goes on.',
      'The trainer ended unexpectedly on the tfjs-node-gpu of this test (no sign of it for 0 seconds); another one goes on.',
    ],
  },
  {
    name: 'a driver that ends the second trainer before it trains sends the run to the processor',
    asked: 'auto',
    trainers: [
      { events: [data, runOn('webgpu')], end: killed },
      { events: [], end: { kind: 'crashed', how: 'SIGSEGV' } },
      { events: [data, runOn('wasm'), finished], end: { kind: 'finished' } },
    ],
    end: { kind: 'finished' },
    events: ['data', 'run', 'run', 'finished'],
    second: { backend: 'auto' },
    third: {
      backend: 'wasm',
      movedFrom: {
        ...{ backend: 'webgpu', device: 'the webgpu of this test' },
        because: 'its trainer ended unexpectedly (SIGKILL)',
      },
    },
    said: [
      'The trainer ended unexpectedly on the webgpu of this test (SIGKILL); another one goes on.',
      'The trainer ended unexpectedly before it trained (SIGSEGV); another one goes on.',
    ],
  },
  {
    name: 'silence on a GPU is as a crash',
    asked: 'webgpu',
    trainers: [
      { events: [data, runOn('webgpu')] },
      { events: [data, runOn('wasm'), finished], end: { kind: 'finished' } },
    ],
    end: { kind: 'finished' },
    events: ['data', 'run', 'run', 'finished'],
    second: { backend: 'auto' },
    said: [
      'The trainer ended unexpectedly on the webgpu of this test (no sign of it for 0 seconds); another one goes on.',
    ],
  },
  {
    name: 'silence before anything was said is a driver that never opens',
    asked: 'auto',
    trainers: [{ events: [] }, { events: [data, runOn('wasm'), finished], end: { kind: 'finished' } }],
    end: { kind: 'finished' },
    events: ['data', 'run', 'finished'],
    second: { backend: 'wasm' },
    said: ['The trainer ended unexpectedly before it trained (no sign of it for 0 seconds); another one goes on.'],
  },
  {
    name: 'a crash before anything was said is a driver that cannot be opened',
    asked: 'auto',
    trainers: [
      { events: [], end: { kind: 'crashed', how: 'SIGSEGV' } },
      { events: [data, runOn('wasm'), finished], end: { kind: 'finished' } },
    ],
    end: { kind: 'finished' },
    events: ['data', 'run', 'finished'],
    second: { backend: 'wasm' },
    said: ['The trainer ended unexpectedly before it trained (SIGSEGV); another one goes on.'],
  },
  {
    name: 'a failure before anything was said is no such crash',
    asked: 'auto',
    trainers: [{ events: [], end: { kind: 'crashed', how: 'exit code 1' } }],
    end: { kind: 'crashed', how: 'exit code 1' },
    events: [],
    second: null,
    said: [],
  },
  {
    name: 'a crash on the processor is the end',
    asked: 'auto',
    trainers: [{ events: [data, runOn('wasm')], end: killed }],
    end: killed,
    events: ['data', 'run'],
    second: null,
    said: [],
  },
  {
    name: 'so is one after a run has moved to the processor',
    asked: 'auto',
    trainers: [
      {
        events: [
          data,
          runOn('webgpu'),
          {
            ...{ type: 'moved', cell: 'lstm', step: 1, because: 'it is gone' },
            from: { backend: 'webgpu', device: 'a GPU' },
            to: { backend: 'wasm', device: 'WebAssembly' },
          },
        ],
        end: killed,
      },
    ],
    end: killed,
    events: ['data', 'run', 'moved'],
    second: null,
    said: [],
  },
  {
    name: 'so is one where the processor was asked for',
    asked: 'wasm',
    trainers: [{ events: [], end: killed }],
    end: killed,
    events: [],
    second: null,
    said: [],
  },
  {
    name: 'a run that is stopped is not gone on from',
    asked: 'auto',
    trainers: [{ events: [data, runOn('webgpu')], end: { kind: 'stopped' } }],
    end: { kind: 'stopped' },
    events: ['data', 'run'],
    second: null,
    said: [],
  },
];

test.each(cases)('$name', async ({ asked, trainers, end, events, second, third, said }) => {
  const specs: PreviewSpec[] = [];
  const [first, ...others] = trainers.map((script) => trainerOf(script, specs));
  if (first === undefined) throw new Error('a case without a trainer');
  const seen: RunEvent[] = [];
  const sentences: string[] = [];
  const startAnother = (): WaitingTrainer => {
    const another = others.shift();
    if (another === undefined) throw new Error('one trainer more than expected');
    return another;
  };
  const spec = specWith({ backend: asked });
  const surroundings = { startAnother, say: (text: string) => sentences.push(text), silentForMs: 50 };
  expect(await trainRescued(first, spec, (event) => seen.push(event), surroundings)).toEqual(end);
  expect(seen.map(({ type }) => type)).toEqual(events);
  expect(sentences).toEqual(said);
  expect(specs.length).toBe(trainers.length);
  if (second === null) return;
  expect(specs[1]).toMatchObject(second);
  if (third !== undefined) expect(specs[2]).toMatchObject(third);
  const isResumed = second.backend === 'auto';
  expect(specs[1]?.resumeFile ?? null).toBe(isResumed ? specs[0]?.rescueFile : null);
  // What was written for the rescue alone is gone with the run.
  expect(existsSync(specs[0]?.rescueFile ?? '')).toBe(false);
});

/** Writes its state before it tells of its run, as trainers do. */
function trainerOf({ events, end }: Script, specs: PreviewSpec[]): WaitingTrainer {
  let abandon = (): void => {};
  const abandoned = new Promise<TrainerEnd>((resolve) => {
    abandon = () => resolve(killed);
  });
  return {
    processId: undefined,
    abandon: () => abandon(),
    run: async (spec, onEvent) => {
      specs.push(spec);
      if (spec.rescueFile) await writeFile(spec.rescueFile, 'state');
      for (const event of events) onEvent(event);
      return end ?? abandoned;
    },
  };
}
