/** The preview page in a browser: a comparison as it runs, ends, fails, is refused and comes back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ToPreview } from '../../protocol/panel';
import type { RunEvent } from '../../protocol/trainer';
import { type Harness, startHarness, type WebviewPage } from './harness';
import { baseline, cells, comparisonEvents, dataEvent, metricName, recordOf } from './runEvents';
import { darkTheme, highContrastTheme, lightTheme } from './themes';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const events = comparisonEvents();
const verdictAt = events.findIndex((event) => event.type === 'verdict');
/** The middle of the second variant's training. */
const midway = events.findIndex((event) => event.type === 'step' && event.cell === 'gru' && event.step === 120) + 1;

async function openPreview(theme = darkTheme, width = 1100): Promise<WebviewPage> {
  return harness.open('preview', { theme, width });
}

const show = (shown: readonly RunEvent[], changes = {}): ToPreview => ({
  type: 'show',
  record: recordOf(shown, changes),
});
const more = (added: readonly RunEvent[], id = 'run-1'): ToPreview => ({ type: 'events', id, events: added });

const colourProperties = { rnn: 'charts-orange', gru: 'charts-blue', lstm: 'charts-purple' } as const;
const shownCells = ['rnn', 'gru', 'lstm'] as const;

test('curves are drawn in the colours of their variants and move as events arrive', async () => {
  const preview = await openPreview();
  expect(await preview.posted()).toEqual([{ type: 'ready' }]);
  await preview.send(show([dataEvent]));
  await expectText(preview, '#summary', 'Preparing the first variant');
  await preview.send(more(events.slice(1, midway)));

  expect(await preview.pixelsOfColour('training', darkTheme.variables[colourProperties.rnn] ?? '')).toBeGreaterThan(
    200,
  );
  expect(await preview.pixelsOfColour('training', darkTheme.variables[colourProperties.gru] ?? '')).toBeGreaterThan(
    100,
  );
  expect(await preview.pixelsOfColour('training', darkTheme.variables[colourProperties.lstm] ?? '')).toBe(0);
  await expectText(preview, '#summary', 'Training GRU · step 120 of 200');
  await expectText(preview, 'tr[data-variant=gru]', /1\.9 s left/);
  await preview.screenshot('preview-running-dark-1100');

  const before = await preview.picture('training');
  await preview.send(more(events.slice(midway, midway + 40)));
  expect(await preview.picture('training')).not.toBe(before);

  await preview.send(more(events.slice(midway + 40)));
  for (const chart of ['training', 'heldOutLoss', 'metric', 'gradientReach']) {
    for (const cell of shownCells) {
      const colour = darkTheme.variables[colourProperties[cell]] ?? '';
      expect(await preview.pixelsOfColour(chart, colour), `${cell} in ${chart}`).toBeGreaterThan(40);
    }
  }
  expect(await preview.trouble()).toEqual([]);
  await preview.close();
});

test('the verdict lists variants in order of merit, and its buttons ask for a rewrite', async () => {
  const preview = await openPreview();
  await preview.send(show(events, { status: 'finished' }));
  const names = await preview.page.locator('tr[data-variant] .name').allInnerTexts();
  expect(names.map((name) => name.replaceAll(/\s+/g, ' ').trim())).toEqual(['1 GRU', '2 LSTM', '3 RNN']);
  await expectText(preview, '.statement', /GRU and LSTM end within a hundredth/);
  await expectText(preview, 'tr.baseline', new RegExp(`${baseline.name}.*0\\.1392.*2\\.873`, 's'));
  await expectText(preview, 'tr[data-variant=gru]', /13,217.*% better/s);
  await expectText(preview, '#announcements', /GRU and LSTM end within a hundredth/);
  await expectText(preview, '#remarks', /All variants.*a date.*RNN.*recurrent_dropout/s);

  await preview.page.getByRole('button', { name: 'Apply GRU to code' }).click();
  await preview.page.getByRole('button', { name: 'Apply RNN to code' }).press('Enter');
  await preview.page.getByRole('button', { name: 'Run again' }).click();
  await preview.page.getByRole('button', { name: 'weather_keras.py' }).click();
  expect((await preview.posted()).slice(1)).toEqual([
    { type: 'apply', cell: 'gru' },
    { type: 'apply', cell: 'rnn' },
    { type: 'again' },
    { type: 'openModel' },
  ]);
  expect(await preview.trouble()).toEqual([]);
  await preview.close();
});

test('stop asks for a stop, and a stopped run keeps its curves', async () => {
  const preview = await openPreview();
  await preview.send(show(events.slice(0, midway)));
  await preview.page.getByRole('button', { name: 'Stop' }).click();
  expect(await preview.posted()).toContainEqual({ type: 'stop' });
  await preview.send({ type: 'status', id: 'run-1', status: 'stopped', failure: null });
  await expectText(preview, '#summary', 'Stopped; what was reached is kept');
  expect(await preview.pixelsOfColour('training', '#d18616')).toBeGreaterThan(200);
  await preview.close();
});

test('events and a status of another run change nothing', async () => {
  const preview = await openPreview();
  await preview.send(show(events.slice(0, midway)));
  const before = await preview.picture('training');
  await preview.send(more(events.slice(midway), 'run-0'));
  await preview.send({ type: 'status', id: 'run-0', status: 'failed', failure: 'Not this one.' });
  expect(await preview.picture('training')).toBe(before);
  await expectText(preview, '#summary', 'Training GRU · step 120 of 200');
  await preview.close();
});

test('a killed trainer is told, and every curve so far stays', async () => {
  const preview = await openPreview();
  await preview.send(show(events.slice(0, midway)));
  const failure = 'The trainer was killed (SIGKILL) while GRU was training. Run again to start over.';
  await preview.send({ type: 'status', id: 'run-1', status: 'failed', failure });
  await expectText(preview, '[role=alert]', failure);
  await expectText(preview, 'tr[data-variant=gru]', /cut off/);
  expect(await preview.pixelsOfColour('training', '#d18616')).toBeGreaterThan(200);
  expect(await preview.pixelsOfColour('training', '#3794ff')).toBeGreaterThan(100);
  expect(await preview.page.getByRole('button', { name: 'Run again' }).isVisible()).toBe(true);
  await preview.screenshot('preview-failed-dark-1100');
  expect(await preview.trouble()).toEqual([]);
  await preview.close();
});

test('obstacles are listed with their places, which open', async () => {
  const preview = await openPreview(lightTheme);
  const obstacles = [
    { message: 'ConvLSTM2D cannot be trained here.', file: '/home/me/models/radar.py', line: 14 },
    { message: 'Column "wind" has text ("calm") in row 213.', file: '/home/me/data/buoy.csv', line: 214 },
    { message: 'There is no data to train on.', file: null, line: null },
  ];
  const rejected: RunEvent = { type: 'rejected', obstacles };
  await preview.send(show([rejected], { status: 'failed' }));
  const items = await preview.page.locator('.obstacles li').allInnerTexts();
  expect(items).toEqual([
    'ConvLSTM2D cannot be trained here. radar.py:14',
    'Column "wind" has text ("calm") in row 213. buoy.csv:214',
    'There is no data to train on.',
  ]);
  await preview.page.getByRole('button', { name: 'buoy.csv:214' }).click();
  expect((await preview.posted()).at(-1)).toEqual({ type: 'openLocation', file: '/home/me/data/buoy.csv', line: 214 });
  expect(await preview.page.locator('.chart').count()).toBe(0);
  await preview.screenshot('preview-obstacles-light-1100');
  expect(await preview.trouble()).toEqual([]);
  await preview.close();
});

test('one crosshair over all charts, with the values under it', async () => {
  const preview = await openPreview();
  await preview.send(show(events, { status: 'finished' }));
  const plot = preview.page.locator('#chart-training .u-over');
  const box = await plot.boundingBox();
  expect(box).not.toBeNull();
  if (box === null) return;
  await preview.page.mouse.move(box.x + box.width / 2, box.y + 60);
  await preview.settle();
  for (const chart of ['training', 'heldOutLoss', 'metric']) {
    await expectText(preview, `#chart-${chart} .position`, 'step 100');
  }
  await expectText(preview, '#chart-gradientReach .position', 'by lag in steps');
  const measured = events.find((event) => event.type === 'step' && event.cell === 'lstm' && event.step === 100);
  const metric = measured?.type === 'step' ? measured.metric : null;
  await expectText(preview, '#chart-metric .reading[data-variant=lstm]', `LSTM ${metric?.toFixed(3)}`);
  await preview.screenshot('preview-crosshair-dark-1100');
  await preview.page.mouse.move(0, 0);

  await preview.page.locator('#chart-training .plot').focus();
  await preview.page.keyboard.press('Home');
  await preview.page.keyboard.press('ArrowRight');
  await preview.settle();
  await expectText(preview, '#chart-training .position', 'step 2');
  await preview.page.keyboard.press('End');
  await preview.settle();
  await expectText(preview, '#chart-training .position', 'step 200');
  await expectText(preview, '#chart-metric .position', 'step 200');
  await preview.page.keyboard.press('Escape');
  await preview.settle();
  await expectText(preview, '#chart-training .position', 'by step');
  expect(await preview.trouble()).toEqual([]);
  await preview.close();
});

test('axes, scales and smoothing redraw the charts, and a variant can be hidden', async () => {
  const preview = await openPreview();
  await preview.send(show(events, { status: 'finished' }));
  const { page } = preview;
  let last = await preview.picture('training');
  const expectRedrawn = async (): Promise<void> => {
    await preview.settle();
    const picture = await preview.picture('training');
    expect(picture).not.toBe(last);
    last = picture;
  };
  await page.locator('vscode-checkbox[label="Logarithmic loss"]').click();
  await expectRedrawn();
  await page.locator('vscode-radio[value=time]').click();
  await expectRedrawn();
  await expectText(preview, '#chart-training .position', 'by seconds of training');
  await page.locator('vscode-checkbox[label="Logarithmic x"]').click();
  await expectRedrawn();
  await preview.screenshot('preview-log-time-dark-1100');
  await page.locator('#smoothing').fill('0');
  await expectRedrawn();
  await expectText(preview, 'output', 'Off');
  await page.getByRole('button', { name: 'Show the curves of LSTM' }).click();
  await expectRedrawn();
  expect(await preview.pixelsOfColour('training', '#b180d7')).toBe(0);
  expect(await preview.trouble()).toEqual([]);
  await preview.close();
});

test('pointing at a variant fades the others', async () => {
  const preview = await openPreview();
  await preview.send(show(events, { status: 'finished' }));
  const orange = await preview.pixelsOfColour('training', '#d18616');
  const blue = await preview.pixelsOfColour('training', '#3794ff');
  await preview.page.locator('#chart-metric .reading[data-variant=gru]').hover();
  await preview.settle();
  expect(await preview.pixelsOfColour('training', '#d18616')).toBeLessThan(orange / 4);
  expect(await preview.pixelsOfColour('training', '#3794ff')).toBeGreaterThanOrEqual(blue);
  await preview.page.mouse.move(0, 0);
  await preview.settle();
  expect(await preview.pixelsOfColour('training', '#d18616')).toBe(orange);
  await preview.close();
});

test('the page comes back as it was before the extension has said anything', async () => {
  const first = await openPreview();
  await first.send(show(events, { status: 'finished' }));
  await first.page.locator('vscode-radio[value=time]').click();
  await first.page.waitForFunction(() => window.editorSide.state !== undefined);
  const keptState = await first.keptState();
  await first.close();

  const second = await harness.open('preview', { theme: darkTheme, width: 1100, keptState });
  await second.settle();
  await expectText(second, '#summary', 'Finished');
  await expectText(second, '#chart-training .position', 'by seconds of training');
  expect(await second.pixelsOfColour('training', '#3794ff')).toBeGreaterThan(100);
  expect(await second.posted()).toEqual([{ type: 'ready' }]);
  await second.close();
});

test.each([
  ['light', lightTheme],
  ['dark', darkTheme],
  ['high-contrast', highContrastTheme],
] as const)('in a %s theme, wide and narrow', async (name, theme) => {
  for (const width of [1100, 640, 400]) {
    // Opened in another theme, so that what is drawn shows that a change of theme is followed.
    const preview = await openPreview(theme === darkTheme ? lightTheme : darkTheme, width);
    await preview.send(show(events, { status: 'finished' }));
    await preview.changeTheme(theme);
    for (const cell of shownCells) {
      const colour = theme.variables[colourProperties[cell]] ?? '';
      expect(await preview.pixelsOfColour('training', colour), `${cell} at ${width}`).toBeGreaterThan(80);
    }
    for (const section of await preview.page.locator('.chart').all()) {
      const canvas = await section.locator('canvas').boundingBox();
      expect(canvas?.width, `width of a canvas at ${width}`).toBe((await section.boundingBox())?.width);
    }
    const overflow = await preview.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `sideways scrolling at ${width}`).toBeLessThanOrEqual(0);
    await preview.screenshot(`preview-finished-${name}-${width}`);
    expect(await preview.trouble()).toEqual([]);
    await preview.close();
  }
});

test('everything that can be clicked can be reached with the Tab key', async () => {
  const preview = await openPreview();
  await preview.send(show(events.slice(0, verdictAt + 1), { status: 'finished' }));
  const reached = new Set<string>();
  for (let press = 0; press < 30; press += 1) {
    await preview.page.keyboard.press('Tab');
    reached.add(
      await preview.page.evaluate(
        () => document.activeElement?.ariaLabel ?? document.activeElement?.textContent?.trim() ?? '',
      ),
    );
  }
  for (const name of [
    'Run again',
    'Apply GRU to code',
    'Show the curves of RNN',
    'Logarithmic loss',
    'weather_keras.py',
  ]) {
    expect([...reached]).toContain(name);
  }
  expect([...reached].filter((name) => name.includes('Arrow keys move the crosshair'))).toHaveLength(4);
  await preview.close();
});

test('the metric is named as the data names it', async () => {
  const preview = await openPreview();
  await preview.send(show(events));
  await expectText(preview, '#chart-metric h2', `Held-out ${metricName}`);
  expect(cells).toEqual(shownCells);
  await preview.close();
});

async function expectText(preview: WebviewPage, selector: string, text: string | RegExp): Promise<void> {
  const found = (await preview.page.locator(selector).first().innerText()).replaceAll(/\s+/g, ' ');
  if (typeof text === 'string') expect(found).toContain(text);
  else expect(found).toMatch(text);
}
