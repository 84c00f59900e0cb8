/** The recommendation page in a browser: the answer, the ranking with its reasons, and what can be asked for. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ToRecommendation } from '../../protocol/panel';
import { openChoices, type RankedArchitecture, type Recommendation } from '../../protocol/recommendation';
import { type Harness, startHarness } from './harness';
import { darkTheme, highContrastTheme, lightTheme } from './themes';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const entry = (
  changes: Partial<RankedArchitecture> & Pick<RankedArchitecture, 'architecture' | 'label'>,
): RankedArchitecture => ({
  width: 64,
  parameters: 13_217,
  weightBytes: 52_868,
  macs: 389_760,
  latency: null,
  fits: true,
  decidedBy: 'the sequence length of 30 steps',
  measured: null,
  tiesWithPrevious: false,
  isCurrent: false,
  widthInFile: null,
  change: null,
  reasons: [],
  ...changes,
});

const recommendation: Recommendation = {
  modelName: 'weather_forecaster',
  choices: { ...openChoices, streaming: true, maxParameters: 20_000 },
  inputs: {
    sequenceLength: 30,
    sequenceLengthSource: 'Input(shape=(30, 4)) at line 12',
    task: 'forecasting',
    taskSource: 'the loss meanSquaredError',
    sequences: null,
    sequencesSource: 'no table or text beside the file is named in it',
    streaming: true,
    streamingSource: 'as you said',
    maxParameters: 20_000,
    maxMemoryMegabytes: null,
    maxLatencyMs: null,
    device: null,
  },
  ranking: [
    entry({
      architecture: 'gru',
      label: 'GRU',
      change: { architecture: 'gru', width: null },
      reasons: [
        { text: 'A medium length: gates keep what a plain RNN loses.', source: 'Chung et al. 2014', weighs: 'for' },
        { text: 'Three quarters of the parameters of an LSTM of the same width.', source: null, weighs: 'for' },
      ],
    }),
    entry({
      architecture: 'lstm',
      label: 'LSTM',
      width: 56,
      parameters: 13_497,
      weightBytes: 53_988,
      macs: 403_200,
      tiesWithPrevious: true,
      widthInFile: 64,
      reasons: [
        { text: 'None of eight variants beats the standard cell.', source: 'Greff et al. 2017', weighs: 'for' },
        { text: 'A fourth more parameters than GRU at the same width.', source: null, weighs: 'against' },
      ],
    }),
    entry({
      architecture: 'rnn',
      label: 'RNN',
      change: { architecture: 'rnn', width: null },
      width: 128,
      parameters: 17_153,
      reasons: [{ text: 'Gradients fade over 30 steps.', source: 'Chung et al. 2014', weighs: 'against' }],
    }),
    entry({
      architecture: 'bilstm',
      label: 'BiLSTM',
      fits: false,
      width: null,
      parameters: null,
      weightBytes: null,
      macs: null,
      reasons: [{ text: 'Reads the future, which a stream does not have yet.', source: null, weighs: 'excludes' }],
    }),
  ],
  summary: 'Take GRU: it ties with LSTM at 30 steps and needs fewer parameters within your budget of 20,000.',
  decidedBy: 'the parameter budget',
  wouldChangeIf: ['Above 400 steps: LSTM', 'With whole sequences at hand: BiLSTM'],
  alternatives: [
    {
      name: 'a temporal convolution',
      text: 'A temporal convolution (TCN) beats LSTM on many sequence tasks.',
      source: 'Bai et al. 2018',
    },
  ],
  ranges: {
    parameters: { from: 37, to: 40_000 },
    memoryMegabytes: { from: 0.00014, to: 0.153 },
    latencyMs: null,
  },
  devices: [
    { id: 'laptop-cpu', label: 'a laptop CPU (4 cores, AVX2)' },
    { id: 'raspberry-pi-5', label: 'a Raspberry Pi 5' },
  ],
  caveats: ['The task is not known: choose it for a better answer.'],
  basis: ['GRU or LSTM is often a tie that half a minute of training settles.'],
};
const withTimes: Recommendation = {
  ...recommendation,
  choices: { ...recommendation.choices, maxParameters: null, device: 'raspberry-pi-5', maxLatencyMs: 5 },
  inputs: { ...recommendation.inputs, device: { id: 'raspberry-pi-5', label: 'a Raspberry Pi 5' }, maxLatencyMs: 5 },
  ranges: { ...recommendation.ranges, latencyMs: { from: 0.2, to: 20 } },
  ranking: recommendation.ranking.map((row) => ({
    ...row,
    latency: row.fits ? { milliseconds: 3.1, low: 1.1, high: 9.3, because: 'chains', keepsLimit: 'maybe' } : null,
  })),
};
const show: ToRecommendation = { type: 'show', recommendation };

test('the answer comes first, then the ranking with its reasons and their sources', async () => {
  const { page, ...rest } = await open(1100);
  const text = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
  const inOrder = [
    'weather_forecaster',
    'at most 20,000',
    'no limit',
    'choose a device',
    'Take GRU',
    'Decided by the parameter budget',
    '30 steps (Input(shape=(30, 4)) at line 12)',
    '1= GRU 64 13,217 390 k 52 KB yes',
    'Three quarters of the parameters',
    '1= LSTM in the file with 64 units 56 13,497 403 k 53 KB yes',
    'As good as GRU',
    'None of eight variants beats the standard cell. Greff et al. 2017',
    '3 RNN 128',
    '4 BiLSTM – – – – no',
    'Reads the future',
    'What would change the answer Above 400 steps: LSTM',
    'What may serve better than any of these A temporal convolution',
    'What this rests on GRU or LSTM is often a tie',
  ];
  let from = 0;
  for (const part of inOrder) {
    const at = text.indexOf(part, from);
    expect(at, `"${part}" after "${text.slice(Math.max(0, from - 40), from)}" in: ${text}`).toBeGreaterThanOrEqual(0);
    from = at + part.length;
  }
  expect(await rest.trouble()).toEqual([]);
  await rest.close();
});

test('apply is offered for what can be rewritten, but not for the one in the file, compare always', async () => {
  const { page, posted, close } = await open(1100);
  const names = await page.getByRole('button').evaluateAll((buttons) => buttons.map((button) => button.ariaLabel));
  expect(names.filter((name) => name !== null)).toEqual(['Apply GRU', 'Apply RNN']);
  await page.getByRole('button', { name: 'Apply GRU' }).click();
  await page.getByRole('button', { name: 'Compare by training' }).press('Enter');
  expect(await posted()).toEqual([
    { type: 'ready' },
    { type: 'apply', change: { architecture: 'gru', width: null } },
    { type: 'compare' },
  ]);
  await close();
});

test('sliders ask for another ranking at once, by mouse and keyboard, and say their limits', async () => {
  const { page, posted, ask, close } = await open(1100);
  const slider = page.getByRole('slider', { name: 'Parameters' });
  await slider.press('End');
  expect(await slider.getAttribute('aria-valuetext')).toBe('no limit');
  await expect
    .poll(posted)
    .toContainEqual({ type: 'rank', choices: { ...recommendation.choices, maxParameters: null } });
  await ask({ type: 'refused', message: 'A budget of 3 cannot be kept.' });
  expect(await page.getByRole('alert').innerText()).toContain('cannot be kept');
  await page.getByLabel('Device').selectOption('raspberry-pi-5');
  await expect.poll(posted).toContainEqual({
    type: 'rank',
    choices: { ...recommendation.choices, maxParameters: null, device: 'raspberry-pi-5' },
  });
  await ask({ type: 'show', recommendation: withTimes });
  expect(await page.getByRole('alert').count()).toBe(0);
  await page.getByRole('slider', { name: 'Time of a step' }).press('Home');
  await expect.poll(async () => JSON.stringify((await posted()).at(-1))).toContain('"maxLatencyMs":0.2');
  await close();
});

test('times are shown with their interval, and what may miss the limit says maybe', async () => {
  for (const width of [1100, 400]) {
    const { page, ask, screenshot, close } = await open(width);
    await ask({ type: 'show', recommendation: withTimes });
    const text = (await page.locator('table').innerText()).replaceAll(/\s+/g, ' ');
    expect(text).toMatch(/3.1 ms \(1.1–9.3\).*maybe/);
    await screenshot(`recommendation-times-${width}`);
    await close();
  }
});

test('the page comes back as it was before the extension has said anything', async () => {
  const first = await open(1100);
  const keptState = await first.keptState();
  await first.close();
  const second = await harness.open('recommendation', { theme: darkTheme, width: 1100, keptState });
  expect(await second.page.locator('.summary').innerText()).toBe(recommendation.summary);
  await second.close();
});

test.each([
  ['light', lightTheme],
  ['dark', darkTheme],
  ['high-contrast', highContrastTheme],
] as const)('in a %s theme, wide and narrow', async (name, theme) => {
  for (const width of [1100, 640, 400]) {
    const { page, screenshot, trouble, close } = await open(width, theme);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `sideways scrolling at ${width}`).toBeLessThanOrEqual(0);
    await screenshot(`recommendation-${name}-${width}`);
    expect(await trouble()).toEqual([]);
    await close();
  }
});

async function open(width: number, theme = darkTheme) {
  const webview = await harness.open('recommendation', { theme, width });
  await webview.send(show);
  return {
    page: webview.page,
    posted: () => webview.posted(),
    ask: (message: ToRecommendation) => webview.send(message),
    keptState: () => webview.keptState(),
    trouble: () => webview.trouble(),
    screenshot: (name: string) => webview.screenshot(name),
    close: () => webview.close(),
  };
}
