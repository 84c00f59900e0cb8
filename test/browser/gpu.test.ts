/**
 * Comparisons that train on WebGPU in a worker of the editor's page: on a software adapter, which has to be asked for by name
 * and is called what it is.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type EmbeddedEditor, openEmbeddedEditor } from '../support/embeddedEditor';
import { Workbench } from './workbench';

const model = `# unroll: data=data/seattle-weather.csv, target=temp_max
import keras
from keras import layers

model = keras.Sequential([keras.Input(shape=(8, 4)), layers.LSTM(4), layers.Dense(1)])
`;

/** What the page says of where it trains. */
const softwareDevice = /swiftshader, which computes on the processor \(WebGPU\)/;

let editor: EmbeddedEditor;
let workbench: Workbench;

beforeAll(async () => {
  editor = await openEmbeddedEditor({
    installExtension: true,
    hasSoftwareGpu: true,
    settings: { 'files.exclude': { '**/.vscode': true } },
    files: { 'small.py': model },
  });
});
afterAll(() => editor.close());
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-${task.id}`);
  await workbench.page.context().close();
});

/** Opens the model in a new window, which reads the settings before anything else, and compares its cells. */
async function compare(
  settings: Readonly<Record<string, unknown>>,
  inEveryFrame?: () => void,
): Promise<ReturnType<Workbench['webview']>> {
  await editor.changeSettings(settings);
  workbench = await Workbench.open(editor, inEveryFrame);
  await workbench.openFile('small.py');
  await workbench.codeLenses().first().waitFor();
  await workbench.clickWord(workbench.lineWith('layers.LSTM(4)'), 'LSTM');
  await workbench.runCommand('Unroll: Compare by training');
  return workbench.webview();
}

test('a comparison trains in the window on WebGPU when asked to, and names what computes', async () => {
  const preview = await compare({ 'unroll.preview.backend': 'webgpu-window', 'unroll.preview.steps': 24 });
  await preview.locator('canvas').first().waitFor({ timeout: 120_000 });
  await preview.getByRole('heading', { name: 'Verdict' }).waitFor({ timeout: 120_000 });
  expect(await preview.locator('#summary').innerText()).toMatch(softwareDevice);
  for (const variant of ['rnn', 'gru', 'lstm']) {
    await preview.locator(`#charts [data-variant="${variant}"]`).first().waitFor();
  }
  await workbench.screenshot('gpu-window');
});

test('a comparison goes on where the processor is when its device is lost', async () => {
  const preview = await compare(
    { 'unroll.preview.backend': 'webgpu-window', 'unroll.preview.steps': 4000 },
    keepDevices,
  );
  await preview.locator('canvas').first().waitFor({ timeout: 120_000 });
  await preview
    .getByText(/^[1-9][\d,]* \/ 4,000$/)
    .first()
    .waitFor({ timeout: 120_000 });
  await destroyDevices();
  await preview.locator('.message.moved').first().waitFor({ timeout: 60_000 });
  await workbench.screenshot('gpu-lost');
  expect(await preview.locator('.message.moved').first().innerText()).toMatch(
    /^Moved from google swiftshader.* to WebAssembly SIMD/,
  );
  await preview.getByRole('heading', { name: 'Verdict' }).waitFor({ timeout: 120_000 });
  expect(await preview.locator('#summary').innerText()).toContain('Finished');
  await workbench.screenshot('gpu-lost-verdict');
});

test('a comparison goes on in a process when the worker of the window fails', async () => {
  const preview = await compare(
    { 'unroll.preview.backend': 'webgpu-window', 'unroll.preview.steps': 4000 },
    keepDevices,
  );
  await preview
    .getByText(/^[1-9][\d,]* \/ 4,000$/)
    .first()
    .waitFor({ timeout: 120_000 });
  await inTrainers(() => {
    setTimeout(() => {
      throw new Error('the driver fell over');
    });
    return 1;
  });
  await preview.locator('.message.moved').first().waitFor({ timeout: 60_000 });
  expect(await preview.locator('.message.moved').first().innerText()).toMatch(
    /^Moved from google swiftshader.* to WebAssembly SIMD.*the driver fell over/s,
  );
  await preview.getByRole('heading', { name: 'Verdict' }).waitFor({ timeout: 120_000 });
  expect(await preview.locator('#summary').innerText()).toContain('Finished');
  await workbench.screenshot('gpu-worker-failed');
});

test('without being asked to, nothing trains on a software adapter, and the list of devices says why', async () => {
  const preview = await compare({ 'unroll.preview.steps': 20 });
  await preview.getByRole('heading', { name: 'Verdict' }).waitFor({ timeout: 120_000 });
  expect(await preview.locator('#summary').innerText()).not.toMatch(softwareDevice);
  await workbench.runCommand('Unroll: Show Training Devices');
  const list = workbench.page.locator('.quick-input-list');
  await expect.poll(() => list.innerText(), { timeout: 60_000 }).toMatch(softwareDevice);
  expect(await list.innerText()).toContain('used only when the setting names it');
  await workbench.screenshot('gpu-devices');
});

/** Runs in every frame: the workers that it starts keep their devices where a test can reach them. */
function keepDevices(): void {
  const hook = `if (typeof GPUAdapter !== 'undefined') {
    self.openDevices = [];
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...wishes) {
      const device = await requestDevice.apply(this, wishes);
      self.openDevices.push(device);
      return device;
    };
  }\n`;
  const { Blob: OrdinaryBlob } = globalThis;
  globalThis.Blob = class extends OrdinaryBlob {
    constructor(parts: ConstructorParameters<typeof OrdinaryBlob>[0] = [], options?: { readonly type?: string }) {
      super(options?.type === 'text/javascript' ? [hook, ...parts] : parts, options);
    }
  };
}

function destroyDevices(): Promise<void> {
  return inTrainers(() => {
    const devices: { destroy(): void }[] = Reflect.get(globalThis, 'openDevices');
    for (const device of devices) device.destroy();
    return devices.length;
  });
}

/** Runs in each worker that may open a device, and gives how many it has to do with: more than none in all. */
async function inTrainers(act: () => number): Promise<void> {
  const counts: number[] = [];
  for (const worker of workbench.page.workers()) {
    if (await worker.evaluate(() => Reflect.get(globalThis, 'openDevices')?.length > 0)) {
      counts.push(await worker.evaluate(act));
    }
  }
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
}
