/** "Compare by training" with the real trainer: to its end, stopped from outside, and where there is nothing to train. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { UnrollApi } from '../../../client/src/extension';
import type { PreviewRecord } from '../../../protocol/panel';
import { activateUnroll, eventually, openSample, openText, placeOf } from './editing';

/** Within Mocha's own deadline, whose message would not say what was waited for. */
const runDeadlineMs = 55_000;

describe('Compare by training', () => {
  let unroll: UnrollApi;
  before(async () => {
    unroll = await activateUnroll();
  });
  afterEach(async () => {
    await vscode.workspace.getConfiguration('unroll').update('preview.steps', undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  async function startOn(sample: string, text: string): Promise<void> {
    const editor = await openSample(sample);
    const place = placeOf(editor.document, text);
    editor.selection = new vscode.Selection(place, place);
    await vscode.commands.executeCommand('unroll.compareByTraining');
  }

  /** The record once it is as wanted; fails at once when the run fails first. */
  function recordWhen(description: string, accept: (record: PreviewRecord) => boolean): Promise<PreviewRecord> {
    return eventually(
      description,
      () => {
        const record = unroll.previewRecord();
        if (record !== undefined && accept(record)) return record;
        assert.notEqual(record?.status, 'failed', JSON.stringify(record?.failure ?? record?.events));
        return undefined;
      },
      runDeadlineMs,
    );
  }

  it('trains RNN, GRU and LSTM of the Keras sample on the real series', async () => {
    await startOn('weather_keras.py', 'LSTM(');
    const record = await recordWhen('the run ends', ({ status }) => status !== 'running');
    assert.equal(record.status, 'finished', record.failure ?? '');
    const done = record.events.filter((event) => event.type === 'done');
    assert.deepEqual(done.map(({ cell }) => cell).sort(), ['gru', 'lstm', 'rnn']);
    for (const { cell, bestHeldOutLoss } of done) {
      assert.ok(bestHeldOutLoss !== null && Number.isFinite(bestHeldOutLoss), `${cell} has no held-out loss`);
    }
    const verdict = record.events.find((event) => event.type === 'verdict');
    assert.equal(verdict?.ranking.length, 3);
    assert.equal(unroll.trainerProcessId(), undefined);
  });

  it('keeps the curves and says what happened when the trainer is killed', async () => {
    await vscode.workspace.getConfiguration('unroll').update('preview.steps', 100_000);
    await startOn('weather_keras.py', 'LSTM(');
    await recordWhen(
      'a step arrives',
      ({ status, events }) => status === 'running' && events.some(({ type }) => type === 'step'),
    );
    const processId = unroll.trainerProcessId();
    assert.ok(processId);
    process.kill(processId, 'SIGKILL');
    const record = await recordWhen('the run ends', ({ status }) => status !== 'running');
    assert.equal(record.status, 'failed');
    assert.match(record.failure ?? '', /SIGKILL/);
    assert.ok(record.events.some(({ type }) => type === 'step'));
  });

  it('ends the trainer when the panel is closed', async () => {
    await vscode.workspace.getConfiguration('unroll').update('preview.steps', 100_000);
    await startOn('char_torch.py', 'nn.LSTM(');
    await recordWhen(
      'a step arrives',
      ({ status, events }) => status === 'running' && events.some(({ type }) => type === 'step'),
    );
    const preview = await eventually('there is a preview tab', () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.includes('unroll.preview')),
    );
    await vscode.window.tabGroups.close(preview);
    const record = await recordWhen('the run ends', ({ status }) => status !== 'running');
    assert.equal(record.status, 'stopped');
    assert.equal(unroll.trainerProcessId(), undefined);
  });

  it('starts nothing for a file without a model, or one that cannot be parsed', async () => {
    const earlier = unroll.previewRecord()?.id;
    for (const text of [
      'import torch\nprint(1)\n',
      'from keras import layers\nmodel = keras.Sequential([layers.LSTM(\n',
    ]) {
      await openText(text);
      await vscode.commands.executeCommand('unroll.compareByTraining');
      assert.equal(unroll.previewRecord()?.id, earlier);
    }
  });
});
