/** The costs page in a browser: rows with bars, the switch of what they measure, and what can be asked for. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ToCosts } from '../../protocol/panel';
import { analyseFile } from '../../server/src/analysis';
import { type CostOptions, costReport } from '../../server/src/costs/costReport';
import { type Harness, startHarness } from './harness';
import { darkTheme, highContrastTheme, lightTheme } from './themes';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const text = `import torch
from torch import nn


class CharModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(72, 32)
        self.lstm = nn.LSTM(32, 96, batch_first=True)
        self.head = nn.Linear(96, 72)

    def forward(self, x):
        out, state = self.lstm(self.embedding(x))
        return self.head(out)
`;

function shown(options: Partial<CostOptions> = {}): ToCosts {
  const [graph] = analyseFile('model.py', text).models;
  if (graph === undefined) throw new Error('the text has a model');
  return { type: 'show', report: costReport(graph, options) };
}

test('a row and a bar for each layer, totals, memory, architectures and other tools', async () => {
  const { page, trouble, close } = await open(1200, shown({ sequenceLength: 100 }));
  const layers = page.getByRole('table', { name: 'Layers' });
  const rows = await layers.locator('tbody tr').allInnerTexts();
  expect(rows.map((row) => row.replaceAll(/\s+/g, ' '))).toEqual([
    expect.stringMatching(/^embedding Embedding .*2,304/),
    expect.stringMatching(/^lstm LSTM .*49,920 4,915,200 49,152/),
    expect.stringMatching(/^head Linear .*6,984 691,200 6,912/),
  ]);
  expect(await layers.locator('tfoot').innerText()).toContain('59,208');
  const bars = await layers
    .locator('meter')
    .evaluateAll((meters) => meters.map((meter) => 'value' in meter && meter.value));
  expect(bars).toEqual([2_304 / 49_920, 1, 6_984 / 49_920]);
  const whole = await page.locator('main').innerText();
  for (const part of ['Weights, int8', 'State of Adam', 'Side by side', 'CNN-LSTM with attention', 'in the file']) {
    expect(whole).toContain(part);
  }
  const times = await page.getByRole('table', { name: 'Predicted times' }).innerText();
  expect(times).toMatch(/a Raspberry Pi 5\s+[\d.]+ .?s \([\d.]+–[\d.]+\)/);
  await page.getByText('As counted by other tools').click();
  expect(await page.getByRole('table', { name: 'Counts of other tools' }).innerText()).toContain('thop');
  expect(await trouble()).toEqual([]);
  await close();
});

test('bars measure what is chosen, and the choice is kept', async () => {
  const first = await open(1200, shown({ sequenceLength: 100 }));
  await first.page.locator('vscode-radio[value="macs"]').click();
  const bars = (page: typeof first.page) =>
    page
      .getByRole('table', { name: 'Layers' })
      .locator('meter')
      .evaluateAll((meters) => meters.map((meter) => 'value' in meter && meter.value));
  await expect.poll(() => bars(first.page)).toEqual([0, 1, 691_200 / 4_915_200]);
  const keptState = await first.keptState();
  await first.close();
  const second = await harness.open('costs', { theme: darkTheme, width: 1200, keptState });
  expect(await bars(second.page)).toEqual([0, 1, 691_200 / 4_915_200]);
  await second.close();
});

test('an open length and the truncation are asked for, and the tables can be copied', async () => {
  const { page, posted, close } = await open(1200, shown());
  expect(await page.getByRole('table', { name: 'Layers' }).innerText()).toContain('49,152·T');
  await page.getByLabel('Sequence length').fill('40');
  await page.getByLabel('Sequence length').press('Enter');
  await page.getByLabel('Truncate backpropagation after').fill('0');
  await page.getByLabel('Truncate backpropagation after').press('Enter');
  await page.getByLabel('Truncate backpropagation after').fill('8');
  await page.getByLabel('Truncate backpropagation after').press('Enter');
  await page.getByText('Copy as Markdown').click();
  await page.getByRole('button', { name: 'Show in the editor' }).click();
  expect(await posted()).toEqual([
    { type: 'ready' },
    { type: 'count', sequenceLength: 40, truncate: null },
    { type: 'count', sequenceLength: null, truncate: 8 },
    { type: 'copy' },
    { type: 'openModel' },
  ]);
  await close();
});

test.each([
  ['light', lightTheme],
  ['dark', darkTheme],
  ['high-contrast', highContrastTheme],
] as const)('in a %s theme, wide and narrow', async (name, theme) => {
  for (const width of [1200, 640, 400]) {
    const { page, screenshot, trouble, close } = await open(width, shown({ sequenceLength: 100 }), theme);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `sideways scrolling at ${width}`).toBeLessThanOrEqual(0);
    await screenshot(`costs-${name}-${width}`);
    expect(await trouble()).toEqual([]);
    await close();
  }
});

async function open(width: number, message: ToCosts, theme = darkTheme) {
  const webview = await harness.open('costs', { theme, width });
  await webview.send(message);
  return {
    page: webview.page,
    posted: () => webview.posted(),
    keptState: () => webview.keptState(),
    trouble: () => webview.trouble(),
    screenshot: (name: string) => webview.screenshot(name),
    close: () => webview.close(),
  };
}
