/**
 * The story that Unroll tells, driven in a browser for a Keras and a PyTorch sample: read what a model costs, mend a
 * mistake, compare cells by training on real data, and take the winner into the code. Screenshots go to test/artifacts/.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { inProject } from '../../scripts/lib/project.mjs';
import { type EmbeddedEditor, openEmbeddedEditor } from '../support/embeddedEditor';
import { Workbench } from './workbench';

interface Story {
  readonly framework: string;
  readonly sample: string;
  /** Enough that the curves can be seen moving: some ten seconds of training. */
  readonly steps: number;
  /** A text that only the line of the recurrent layer has. */
  readonly layerCall: string;
  readonly changedCall: string;
  /** Parameters of the layer as an LSTM and as a GRU, and of the model with the GRU, as the framework counts them. */
  readonly parameters: { readonly lstm: string; readonly gru: string; readonly gruModel: string };
  readonly mistake: {
    readonly file: string;
    readonly at: string;
    readonly word: string;
    readonly fix: string;
    readonly mended: string;
  };
}

const stories: readonly Story[] = [
  {
    framework: 'keras',
    sample: 'weather_keras.py',
    steps: 2000,
    layerCall: 'layers.LSTM(units)',
    changedCall: 'layers.GRU(units)',
    // 4·(32·(4 + 32) + 32), and 3·(32·(4 + 32) + 2·32): a GRU of Keras has two bias vectors.
    parameters: { lstm: '4,736', gru: '3,648', gruModel: '3,681' },
    mistake: {
      file: 'mistakes_keras.py',
      at: 'LSTM(32)',
      word: 'LSTM',
      fix: 'return_sequences',
      mended: 'LSTM(32, return_sequences=True)',
    },
  },
  {
    framework: 'torch',
    sample: 'char_torch.py',
    steps: 60,
    layerCall: 'self.lstm = nn.LSTM(',
    changedCall: 'nn.GRU(',
    // 4·(96·(32 + 96) + 2·96), and 3·(96·(32 + 96) + 2·96): PyTorch has two bias vectors a gate.
    parameters: { lstm: '49,920', gru: '37,440', gruModel: '46,728' },
    mistake: {
      file: 'mistakes_torch.py',
      at: 'dropout=0.3',
      word: 'dropout',
      fix: 'dropout',
      mended: 'bidirectional=True)',
    },
  },
];

let editor: EmbeddedEditor;
let workbench: Workbench;

beforeAll(async () => {
  editor = await openEmbeddedEditor({
    installExtension: true,
    settings: { 'files.exclude': { '**/.vscode': true } },
    files: {
      // A copy of its own: the story before changes the sample.
      'costs_torch.py': await readFile(inProject('samples', 'char_torch.py'), 'utf8'),
      'no_model.py': 'import torch\n\nprint(torch.__version__)\n',
      'unsupported.py': unsupportedModel,
      'broken_data.py': brokenDataModel,
      'network.ts': tfjsModel,
      'model.json': await readFile(inProject('test/fixtures/configs/sequential_keras3.json'), 'utf8'),
      'imports.ipynb': JSON.stringify(notebookOfTwoCells),
      'open_length.py': openLengthModel,
      'temperatures.ipynb': await readFile(inProject('test/fixtures/notebooks/temperatures.ipynb'), 'utf8'),
      'data/broken.csv': 'day,temperature\n1,20.5\n2,warm\n3,21.0\n',
    },
  });
});
afterAll(() => editor.close());
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-${task.id}`);
  await workbench.page.context().close();
});

const unsupportedModel = `import keras
from keras import layers

model = keras.Sequential([
    keras.Input(shape=(30, 4)),
    layers.LSTM(8),
    layers.UnitNormalization(),
    layers.Dense(1),
])
`;

/** The layer's class is imported in one cell and used in another, so that another cell of the model changes both. */
const notebookOfTwoCells = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [
    'import keras\nfrom keras.layers import LSTM, Dense',
    'model = keras.Sequential([keras.Input((30, 4)), LSTM(16), Dense(1)])',
  ].map((source, index) => ({
    cell_type: 'code',
    id: `cell-${index}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  })),
};

const openLengthModel = `import keras
from keras import layers

model = keras.Sequential([keras.Input((None, 4)), layers.LSTM(16), layers.Dense(1)])
`;

const tfjsModel = `import * as tf from '@tensorflow/tfjs';

export const model = tf.sequential();
model.add(tf.layers.lstm({ units: 32, inputShape: [30, 4] }));
model.add(tf.layers.lstm({ units: 16 }));
model.add(tf.layers.dense({ units: 1 }));
`;

const brokenDataModel = `# unroll: data=data/broken.csv, target=temperature
import keras
from keras import layers

model = keras.Sequential([keras.Input(shape=(5, 2)), layers.LSTM(8), layers.Dense(1)])
`;

describe.each(stories)('$framework', ({ framework, sample, steps, layerCall, changedCall, parameters, mistake }) => {
  test('from reading a model to the winner in its code', { timeout: 240_000 }, async () => {
    await editor.changeSettings({ 'unroll.preview.steps': steps });
    workbench = await Workbench.open(editor);

    await workbench.openFile(sample);
    const layerLine = workbench.lineWith(layerCall);
    await expect.poll(() => workbench.readLine(layerLine), { timeout: 30_000 }).toContain(parameters.lstm);
    await workbench.codeLenses().first().waitFor();
    expect(await workbench.hover(layerLine, 'LSTM')).toContain(parameters.lstm);
    await workbench.screenshot(`${framework}-1-hover`);

    await workbench.openFile(mistake.file);
    await workbench.squiggles().first().waitFor();
    const squiggles = await workbench.squiggles().count();
    await workbench.clickWord(workbench.lineWith(mistake.at), mistake.word);
    await workbench.openFixes(mistake.fix);
    await workbench.screenshot(`${framework}-2-fixes`);
    await workbench.takeFix(mistake.fix, workbench.lineWith(mistake.mended));
    await expect.poll(() => workbench.squiggles().count()).toBeLessThan(squiggles);

    await workbench.openFile(sample);
    await workbench.clickWord(workbench.lineWith(layerCall), 'LSTM');
    await workbench.runCommand('Unroll: Compare by training');
    const preview = workbench.webview();
    const picture = (): Promise<string> =>
      preview
        .locator('canvas')
        .first()
        .evaluate((canvas: unknown) => {
          if (typeof canvas !== 'object' || canvas === null || !('toDataURL' in canvas)) return '';
          return typeof canvas.toDataURL === 'function' ? canvas.toDataURL() : '';
        });
    await preview.locator('canvas').first().waitFor();
    const early = await picture();
    await expect.poll(picture, { timeout: 30_000 }).not.toBe(early);
    for (const variant of ['rnn', 'gru', 'lstm']) {
      await preview.locator(`#charts [data-variant="${variant}"]`).first().waitFor();
    }
    await preview.locator('canvas').last().scrollIntoViewIfNeeded();
    await workbench.screenshot(`${framework}-3-running`);

    await preview.getByRole('heading', { name: 'Verdict' }).waitFor({ timeout: 120_000 });
    for (const variant of ['RNN', 'GRU', 'LSTM']) {
      await preview.getByRole('button', { name: `Apply ${variant} to code` }).waitFor();
    }
    await preview.getByRole('heading', { name: 'Verdict' }).scrollIntoViewIfNeeded();
    await workbench.screenshot(`${framework}-4-verdict`);

    await preview.getByRole('button', { name: 'Apply GRU to code' }).click();
    const changedLine = workbench.lineWith(changedCall);
    await expect.poll(() => workbench.readLine(changedLine), { timeout: 30_000 }).toContain(parameters.gru);
    await expect.poll(() => workbench.codeLenses().first().innerText()).toContain(parameters.gruModel);
    await workbench.screenshot(`${framework}-5-applied`);

    await workbench.save();
    await workbench.reload();
    await workbench.webview().getByRole('heading', { name: 'Verdict' }).waitFor();
  });
});

test('a TensorFlow.js program is read, and mended', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openFile('network.ts');
  const layer = workbench.lineWith('tf.layers.lstm({ units: 32');
  await expect.poll(() => workbench.readLine(layer), { timeout: 30_000 }).toContain('4,736');
  await workbench.codeLenses().first().waitFor();
  // The editor's own hover on TypeScript keeps the others waiting until it has read the project.
  await expect.poll(() => workbench.hover(layer, 'lstm'), { timeout: 30_000 }).toContain('4,736');
  await workbench.clickWord(layer, 'lstm');
  await workbench.openFixes('returnSequences');
  await workbench.screenshot('tfjs-fixes');
  await workbench.takeFix('returnSequences', workbench.lineWith('returnSequences: true'));
});

test('a saved model is read when it is opened alone', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openFile('model.json');
  await expect.poll(() => workbench.codeLenses().first().innerText(), { timeout: 30_000 }).toContain('1,290');
  await workbench.screenshot('saved-model');
});

test('a notebook is read in its cells', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openNotebook('temperatures.ipynb');
  const layer = workbench.cellLineWith('layers.LSTM(16)');
  await expect.poll(() => workbench.readLine(layer), { timeout: 30_000 }).toContain('1,984 params');
  await workbench.cellLineWith('model = keras.Model').click();
  await workbench.runCommand('Unroll: Recommend an architecture');
  await workbench.page.locator('.tab', { hasText: 'Recommendation: model' }).waitFor();
  await workbench.webview().getByRole('table', { name: 'Architectures in order of fit' }).waitFor();
  await workbench.screenshot('notebook');
});

test('a change of several cells of a notebook is undone in one step', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openNotebook('imports.ipynb');
  const [layer, changedLayer] = [workbench.cellLineWith(' LSTM(16)'), workbench.cellLineWith(' GRU(16)')];
  const [imported, changedImport] = [workbench.cellLineWith('import LSTM'), workbench.cellLineWith('import GRU')];
  await expect.poll(() => workbench.readLine(layer), { timeout: 30_000 }).toContain('1,344 params');
  await workbench.clickWord(layer, 'LSTM');
  await workbench.openFixes('Change model to GRU');
  await workbench.takeFix('Change model to GRU', changedLayer);
  await changedImport.waitFor();
  await changedLayer.click();
  await workbench.page.keyboard.press('ControlOrMeta+Z');
  await layer.waitFor();
  await imported.waitFor();
  await workbench.screenshot('notebook-undone');
});

test('a length of sequences that nothing tells is asked for once', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openFile('open_length.py');
  await workbench.codeLenses().first().waitFor();
  await workbench.runCommand('Unroll: Recommend an architecture');
  await workbench.quickInput().waitFor();
  await workbench.screenshot('asked-length');
  await workbench.quickInput().fill('700');
  await workbench.page.keyboard.press('Enter');
  const panelText = (): Promise<string> => workbench.webview().locator('body').innerText();
  await expect.poll(panelText).toContain('700 steps');
  await workbench.openFile('weather_keras.py');
  await workbench.runCommand('Unroll: Recommend an architecture');
  await expect.poll(panelText).toContain('30 steps');
  await workbench.openFile('open_length.py');
  await workbench.runCommand('Unroll: Recommend an architecture');
  await expect.poll(panelText).toContain('700 steps');
  // Were it asked for again, the question would stay.
  await workbench.quickInput().waitFor({ state: 'hidden' });
});

test('a recommendation is ranked, with reasons, and again while budgets are slid', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openFile('weather_keras.py');
  await workbench.runCommand('Unroll: Recommend an architecture');
  const page = workbench.webview();
  const ranking = page.getByRole('table', { name: 'Architectures in order of fit' });
  await ranking.waitFor();
  expect(await ranking.getByRole('rowheader').count()).toBeGreaterThanOrEqual(4);
  const slider = page.getByRole('slider', { name: 'Parameters' });
  await slider.press('Home');
  await expect.poll(() => ranking.innerText()).toMatch(/must shrink from \d+ to 1 unit to keep the budget/);
  await slider.press('End');
  await expect.poll(() => ranking.innerText()).not.toMatch(/must shrink/);
  await page.getByLabel('Device').selectOption('raspberry-pi-5');
  await expect.poll(() => ranking.innerText()).toMatch(/\d ms \(\d/);
  await workbench.screenshot('recommendation');
});

test('costs are shown with a bar for each layer, follow the text, and can be copied', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openFile('costs_torch.py');
  await workbench.runCommand('Unroll: Show Costs');
  const page = workbench.webview();
  const layers = page.getByRole('table', { name: 'Layers' });
  await layers.waitFor();
  expect(await layers.locator('tbody').innerText()).toContain('49,920');
  await page.locator('vscode-radio[value="macs"]').click();
  const whole = await layers.locator('tfoot').innerText();
  await page.getByLabel('Truncate backpropagation after').fill('8');
  await page.getByLabel('Truncate backpropagation after').press('Enter');
  await expect.poll(() => layers.locator('tfoot').innerText()).not.toBe(whole);
  expect(await page.getByRole('table', { name: 'Architectures side by side' }).locator('tbody tr').count()).toBe(6);
  await workbench.screenshot('costs');
  await workbench.clickWord(workbench.lineWith('# unroll: data'), 'seq_len');
  await workbench.page.keyboard.press('End');
  await workbench.page.keyboard.type('0');
  await expect.poll(() => layers.locator('tfoot').innerText(), { timeout: 30_000 }).toContain('35,880,960');
  await page.getByText('Copy as Markdown').click();
  await workbench.page.getByText('The costs of CharModel are on the clipboard.').first().waitFor();
});

test('costs are a click away from a hover on the model', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openFile('weather_keras.py');
  await workbench.codeLenses().first().waitFor();
  await workbench.hover(workbench.lineWith('keras.Sequential('), 'Sequential');
  await workbench.page.locator('.monaco-hover:not(.hidden) a', { hasText: 'Show all costs' }).click();
  await workbench.webview().getByRole('table', { name: 'Layers' }).waitFor();
});

test('a file without a model gets a clear answer', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openFile('no_model.py');
  await workbench.runCommand('Unroll: Compare by training');
  await workbench.notifications().first().waitFor();
  expect(await workbench.notifications().first().innerText()).toContain('There is no recurrent model in no_model.py');
});

test('a model with a layer that cannot be trained is refused with the layer and its line', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openFile('unsupported.py');
  await workbench.clickWord(workbench.lineWith('layers.LSTM(8)'), 'LSTM');
  await workbench.runCommand('Unroll: Compare by training');
  await workbench.notifications().first().waitFor();
  const message = await workbench.notifications().first().innerText();
  expect(message).toContain('UnitNormalization');
  expect(message).toContain('unsupported.py:7');
  await workbench.screenshot('refused-layer');
});

test('a table with text in a number column is refused with its line', async () => {
  workbench = await Workbench.open(editor);
  await workbench.openFile('broken_data.py');
  await workbench.lineWith('keras.Sequential').click();
  await workbench.runCommand('Unroll: Compare by training');
  const page = workbench.webview();
  await page
    .getByText(/broken\.csv/)
    .first()
    .waitFor();
  await expect.poll(() => page.locator('#summary').innerText()).toMatch(/temperature|warm/);
  await workbench.screenshot('refused-data');
});
