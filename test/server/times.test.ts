/** Times in the hover of a model: predicted for the machine that the client measured, then measured by a comparison. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Hover } from 'vscode-languageserver/node';
import { publishedDevices, thisMachineId } from '../../model/time/devices';
import type { DeviceProfile } from '../../model/time/profile';
import {
  type MeasuredTime,
  machineProfileRequest,
  measuredTimeRequest,
  type PreviewModelResult,
  previewModelRequest,
} from '../../protocol/languageServer';
import { type BuiltProgram, buildProgram } from './bundles';
import { type EditorClient, modernCapabilities, positionOf, startClient } from './client';

const uri = 'file:///project/model.py';

const source = `import keras
from keras import layers

model = keras.Sequential([keras.Input((30, 4)), layers.LSTM(64), layers.Dense(1)])
`;

const [published] = publishedDevices;
if (published === undefined) throw new Error('there are devices');
/** Figures that say of themselves where they come from would not be the same on every machine. */
const profile: DeviceProfile = { ...published, id: thisMachineId, label: 'Abacus 9' };

let program: BuiltProgram;
let client: EditorClient;
let asked: number;

beforeAll(async () => {
  program = await buildProgram('server/src/lsp/main.ts', 'server');
});
afterAll(() => program.remove());

beforeEach(async () => {
  const initializationOptions = { commandLinks: false, measuresMachine: true };
  client = await startClient([program.script, '--stdio'], modernCapabilities, { initializationOptions });
  asked = 0;
  client.connection.onRequest(machineProfileRequest, () => {
    asked += 1;
    return profile;
  });
  await client.open(uri, source);
});
afterEach(() => client.stop());

async function hoverText(): Promise<string> {
  const hover = await client.connection.sendRequest<Hover | null>('textDocument/hover', {
    textDocument: { uri },
    position: positionOf(client.textOf(uri), 'Sequential'),
  });
  return hover !== null && typeof hover.contents === 'object' && 'value' in hover.contents ? hover.contents.value : '';
}

const predicted = /about [\d.]+ .?s a training step with 32 sequences on this machine \([\d.]+–[\d.]+\), estimated/;

it('are predicted once the client has measured the machine, which is asked once', async () => {
  expect(await hoverText()).not.toMatch(/on this machine/);
  await vi.waitFor(async () => expect(await hoverText()).toMatch(predicted), { timeout: 10_000 });
  expect(await hoverText()).toMatch(/an answer on this machine/);
  expect(asked).toBe(1);
});

it('give way to what a comparison measured, until the model changes', async () => {
  await vi.waitFor(async () => expect(await hoverText()).toMatch(predicted), { timeout: 10_000 });
  const { graph } = await client.connection.sendRequest<PreviewModelResult>(previewModelRequest, {
    uri,
    line: 3,
    model: null,
  });
  if (graph === null) throw new Error('there is a model');
  const time: MeasuredTime = { uri, graph, cell: 'lstm', batch: 16, secondsPerStep: 0.0123 };
  await client.connection.sendRequest(measuredTimeRequest, { ...time, cell: 'gru' });
  expect(await hoverText()).toMatch(predicted);
  await client.connection.sendRequest(measuredTimeRequest, time);
  expect(await hoverText()).toMatch(
    /12 ms a training step with 16 sequences on this machine, measured \([\d.]+ .?s predicted, \d+% too little\)/,
  );
  await client.edit(uri, 'LSTM(64)', 'LSTM(65)');
  expect(await hoverText()).not.toMatch(/machine, measured/);
});

it('of an open length are those of a step, with what to do to know more', async () => {
  await client.edit(uri, 'keras.Input((30, 4))', 'keras.Input((None, 4))');
  await vi.waitFor(
    async () =>
      expect(await hoverText()).toMatch(/an answer on this machine: about [\d.]+ .?s·T \([\d.]+–[\d.]+\), estimated/),
    { timeout: 10_000 },
  );
  expect(await hoverText()).toMatch(/unroll: T=100/);
});
