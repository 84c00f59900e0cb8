/** A run from start to end, over small programs that stand in the trainer's place and speak its protocol. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { PreviewRecord } from '../../../protocol/panel';
import type { PreviewSpec, RunEvent } from '../../../protocol/trainer';
import { untranslated } from '../translate';
import type { CheckpointFile } from './checkpointFile';
import { describeObstacle, PreviewRun, type RunPlace, restoredRecord } from './previewRun';
import { testSpec } from './testSpec';
import { processTrainerHost } from './trainerProcess';

const step: RunEvent = {
  type: 'step',
  cell: 'gru',
  step: 7,
  loss: 0.5,
  heldOutLoss: null,
  metric: null,
  seconds: 0.1,
  sequencesPerSecond: 40,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unroll-run-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const noCheckpoint: CheckpointFile = {
  path: '/nowhere',
  ready: async () => {},
  exists: () => false,
  writtenAtMs: () => 0,
  delete: () => {},
};

interface Started {
  readonly run: PreviewRun;
  readonly batches: RunEvent[][];
  readonly log: string[];
  readonly ended: Promise<PreviewRecord>;
}

function hostOf(programText: string, runtime = process.execPath): RunPlace['host'] {
  const script = path.join(folder, `${Math.random()}.cjs`);
  writeFileSync(script, `const emit = (event) => console.log(JSON.stringify(event));\n${programText}`);
  return processTrainerHost({ runtime, script });
}

function start(programText: string, runtime?: string): Started {
  return startAt([{ host: hostOf(programText, runtime), backend: 'wasm' }]);
}

function startAt(
  places: readonly RunPlace[] | Promise<readonly RunPlace[]>,
  checkpoint = noCheckpoint,
  backend: PreviewSpec['backend'] = 'auto',
): Started {
  const batches: RunEvent[][] = [];
  const log: string[] = [];
  let resolve: (record: PreviewRecord) => void = () => {};
  const ended = new Promise<PreviewRecord>((settle) => {
    resolve = settle;
  });
  const run: PreviewRun = new PreviewRun(
    { modelName: 'Forecaster', fileName: 'model.py', uri: 'file:///model.py', line: 0 },
    Promise.resolve(places),
    { ...testSpec, backend },
    checkpoint,
    {
      onEvents: (events) => batches.push([...events]),
      onEnd: () => resolve(run.record),
      onLog: (line) => log.push(line),
    },
    untranslated,
  );
  return { run, batches, log, ended };
}

test('a run that finishes keeps every event, handed on in batches', async () => {
  const { batches, ended } = start(`
    for (let step = 0; step < 1000; step++) emit({ ...${JSON.stringify(step)}, step });
    emit({ type: 'finished' });`);
  const record = await ended;
  expect(record).toMatchObject({ status: 'finished', failure: null, modelName: 'Forecaster' });
  expect(record.events).toHaveLength(1001);
  expect(batches.flat()).toEqual(record.events);
  expect(batches.length).toBeLessThan(1001);
});

test('the trainer is sent the spec as its first line', async () => {
  const { ended } = start(`
    process.stdin.once('data', (text) => {
      const { type, spec } = JSON.parse(text);
      emit({ type: 'rejected', obstacles: [{ message: type + ' ' + spec.graph.name, file: '/data/w.csv', line: 3 }] });
      process.exit(0);
    });`);
  const obstacle = { message: 'start Forecaster', file: '/data/w.csv', line: 3 };
  expect(await ended).toMatchObject({
    status: 'failed',
    failure: null,
    events: [{ type: 'rejected', obstacles: [obstacle] }],
  });
});

test('a trainer killed from outside leaves the curves and a sentence', async () => {
  const { run, ended } = start(`emit(${JSON.stringify(step)}); setInterval(() => {}, 1000);`);
  await vi.waitUntil(() => run.record.events.length > 0, { timeout: 10_000 });
  if (run.trainerProcessId === undefined) throw new Error('not started');
  process.kill(run.trainerProcessId, 'SIGKILL');
  const record = await ended;
  expect(record.status).toBe('failed');
  expect(record.failure).toContain('(SIGKILL), at step 7 of GRU');
  expect(record.events).toEqual([step]);
});

test('a trainer that throws says so in the log', async () => {
  const { log, ended } = start(`throw new Error('out of memory');`);
  expect(await ended).toMatchObject({ status: 'failed', failure: expect.stringContaining('exit code 1') });
  expect(log.join('\n')).toContain('out of memory');
});

test('output that is no event goes to the log', async () => {
  const { log, ended } = start(
    `console.log('Warning: a flag'); console.log('{"type":"other"}'); emit({ type: 'finished' });`,
  );
  expect((await ended).events).toEqual([{ type: 'finished' }]);
  expect(log).toEqual(['Warning: a flag', '{"type":"other"}']);
});

test('stopping is an orderly end', async () => {
  const { run, ended } = start(`
    emit(${JSON.stringify(step)});
    let text = '';
    process.stdin.on('data', (chunk) => {
      text += chunk;
      if (text.includes('"stop"')) { emit({ type: 'finished' }); process.exit(0); }
    });`);
  await vi.waitUntil(() => run.record.events.length > 0, { timeout: 10_000 });
  run.stop();
  expect(await ended).toMatchObject({ status: 'stopped', failure: null });
});

test('abandoning ends the process at once', async () => {
  const { run, ended } = start(`setInterval(() => {}, 1000);`);
  run.abandon();
  expect(await ended).toMatchObject({ status: 'stopped', failure: null });
});

test.each([
  { checkpoint: 'with', isWritten: true },
  { checkpoint: 'without', isWritten: false },
])('a trainer lost in mid-run is followed by the next, $checkpoint checkpoint', async ({ isWritten }) => {
  const runEvent: RunEvent = {
    ...{ type: 'run', cell: 'gru', parameters: 1, backend: 'webgpu', device: 'Big GPU', steps: 2, remarks: [] },
  };
  const first = hostOf(`emit(${JSON.stringify(runEvent)}); emit(${JSON.stringify(step)}); process.exit(7);`);
  const second = hostOf(`
    process.stdin.once('data', (text) => {
      const { backend, resumeFile, movedFrom } = JSON.parse(text).spec;
      emit({ type: 'rejected', obstacles: [{ message: JSON.stringify({ backend, resumeFile, movedFrom }), file: null, line: null }] });
      process.exit(0);
    });`);
  const file = { ...noCheckpoint, exists: () => isWritten };
  const { ended } = startAt(
    [
      { host: first, backend: 'webgpu' },
      { host: second, backend: 'wasm' },
    ],
    file,
  );
  const { events } = await ended;
  const last = events.at(-1);
  expect(last?.type === 'rejected' && JSON.parse(last.obstacles[0]?.message ?? '')).toEqual({
    backend: 'wasm',
    resumeFile: isWritten ? noCheckpoint.path : null,
    movedFrom: {
      backend: 'webgpu',
      device: 'Big GPU',
      because: 'the trainer ended unexpectedly (exit code 7)',
    },
  });
});

test('a trainer on a device that says nothing for a minute is ended, and followed', async () => {
  vi.useFakeTimers();
  const onDevice: RunEvent = {
    ...{ type: 'run', cell: 'gru', parameters: 1, backend: 'webgpu', device: 'Big GPU', steps: 2, remarks: [] },
  };
  const hanging: RunPlace['host'] = {
    name: 'process',
    start: (_, { onEvent, onEnd }) => {
      onEvent(onDevice);
      return { processId: undefined, stop: () => {}, kill: () => onEnd({ kind: 'crashed', how: 'SIGKILL' }) };
    },
  };
  const next: RunPlace['host'] = {
    name: 'process',
    start: ({ movedFrom }, { onEvent, onEnd }) => {
      onEvent({ type: 'rejected', obstacles: [{ message: movedFrom?.because ?? '', file: null, line: null }] });
      onEnd({ kind: 'rejected' });
      return { processId: undefined, stop: () => {}, kill: () => {} };
    },
  };
  const { ended } = startAt([
    { host: hanging, backend: 'webgpu' },
    { host: next, backend: 'wasm' },
  ]);
  await vi.advanceTimersByTimeAsync(70_000);
  vi.useRealTimers();
  const because = 'the trainer ended unexpectedly (no sign of it for 60 seconds)';
  expect((await ended).events.at(-1)).toMatchObject({ obstacles: [{ message: because }] });
});

const refusing = `emit({ type: 'rejected', obstacles: [{ message: 'The GPU is taken.', file: null, line: null }] });`;

test.each([
  { asked: 'auto', status: 'finished', events: ['finished'], log: ['The GPU is taken.'] },
  { asked: 'webgpu', status: 'failed', events: ['rejected'], log: [] },
] as const)('a device that refuses a run that asked for $asked', async ({ asked, status, events, log: expected }) => {
  const { ended, log } = startAt(
    [
      { host: hostOf(refusing), backend: 'webgpu' },
      { host: hostOf(`emit({ type: 'finished' });`), backend: 'wasm' },
    ],
    noCheckpoint,
    asked,
  );
  const record = await ended;
  expect(record.status).toBe(status);
  expect(record.events.map(({ type }) => type)).toEqual(events);
  expect(log).toEqual(expected);
});

test('a run that is stopped while it is found out where to train is over at once, and never starts', async () => {
  let choose: (places: readonly RunPlace[]) => void = () => {};
  const choosing = new Promise<readonly RunPlace[]>((resolve) => {
    choose = resolve;
  });
  const start = vi.fn<RunPlace['host']['start']>();
  const { run, ended } = startAt(choosing);
  run.stop();
  expect(run.record).toMatchObject({ status: 'stopped', failure: null });
  choose([{ host: { name: 'process', start }, backend: 'wasm' }]);
  expect((await ended).status).toBe('stopped');
  await choosing;
  expect(start).not.toHaveBeenCalled();
});

test('a trainer that is lost because it was abandoned is not followed', async () => {
  const waiting = hostOf(`emit(${JSON.stringify(step)}); setInterval(() => {}, 1000);`);
  const { run, ended } = startAt([
    { host: waiting, backend: 'webgpu' },
    { host: waiting, backend: 'wasm' },
  ]);
  await vi.waitUntil(() => run.record.events.length > 0, { timeout: 10_000 });
  run.abandon();
  expect(await ended).toMatchObject({ status: 'stopped', events: [step] });
});

test('a runtime that does not exist is named, with the setting to look at', async () => {
  const { ended } = start('', path.join(folder, 'no-such-node'));
  const { status, failure } = await ended;
  expect(status).toBe('failed');
  expect(failure).toContain('no-such-node');
  expect(failure).toContain('unroll.trainer.runtime');
});

test('a runtime that is refused before anything starts ends the run in words', async () => {
  // A zero byte is refused on every system as scripts are on Windows: by an error that `spawn` throws.
  const { run, ended } = start('', 'node\0.cmd');
  expect(run.trainerProcessId).toBeUndefined();
  const { status, failure } = await ended;
  expect(status).toBe('failed');
  expect(failure).toContain('unroll.trainer.runtime');
  run.stop();
  run.abandon();
});

test('a run that was going when the editor was reloaded has stopped', () => {
  const record: PreviewRecord = {
    id: '1',
    modelName: 'Forecaster',
    fileName: 'model.py',
    uri: 'file:///model.py',
    line: 0,
    startedAt: '2026-01-01T00:00:00.000Z',
    status: 'running',
    failure: null,
    events: [step],
  };
  expect(restoredRecord(record)).toEqual({ ...record, status: 'stopped' });
  expect(restoredRecord({ ...record, status: 'finished' }).status).toBe('finished');
});

test.each([
  { obstacle: { message: 'No data.', file: null, line: null }, text: 'No data.' },
  {
    obstacle: { message: 'Text in a column.', file: 'C:\\data\\w.csv', line: null },
    text: 'Text in a column. (w.csv)',
  },
  {
    obstacle: { message: 'Not trained yet.', file: 'file:///project/w.ipynb', line: 7, cell: 4 },
    text: 'Not trained yet. (w.ipynb, cell 4:7)',
  },
])('an obstacle reads "$text"', ({ obstacle, text }) => {
  expect(describeObstacle(obstacle)).toBe(text);
});
