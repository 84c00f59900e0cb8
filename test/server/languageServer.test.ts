/** The language server as an editor meets it: a process on standard streams, asked over the protocol. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CodeAction, CodeLens, Diagnostic, Hover, InlayHint, TextEdit } from 'vscode-languageserver/node';
import {
  type ChangeArchitectureResult,
  type ChangeCellResult,
  type CostsResult,
  changeArchitectureRequest,
  changeCellRequest,
  costsRequest,
  type PreviewModelResult,
  previewModelRequest,
  type RecommendResult,
  recommendRequest,
} from '../../protocol/languageServer';
import { applyEdits } from '../../server/src/rewrite/edits';
import { type BuiltProgram, buildProgram } from './bundles';
import { type EditorClient, modernCapabilities, positionOf, requestsOfServer, startClient } from './client';

const uri = 'file:///project/model.py';

const kerasModel = `import keras
from keras import layers

# unroll: data=data/weather.csv, target=temp_max
model = keras.Sequential([
    keras.Input((30, 4)),
    layers.LSTM(64),
    layers.LSTM(32),
    layers.Dense(1),
])
`;

const torchModel = `import torch
from torch import nn


class CharModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(72, 32)
        self.lstm = nn.LSTM(32, 96, batch_first=True, dropout=0.5)
        self.head = nn.Linear(96, 72)

    def forward(self, x):
        out, (h, c) = self.lstm(self.embedding(x))
        return self.head(out)
`;

let program: BuiltProgram;
let client: EditorClient;

beforeAll(async () => {
  program = await buildProgram('server/src/lsp/main.ts', 'server');
});
afterAll(() => program.remove());

function whole(text: string) {
  return { start: { line: 0, character: 0 }, end: { line: text.split('\n').length, character: 0 } };
}

async function pullDiagnostics(): Promise<readonly Diagnostic[]> {
  const report = await client.connection.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument: { uri },
  });
  return report.items;
}

async function hintLabels(): Promise<readonly string[]> {
  const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
    textDocument: { uri },
    range: whole(client.textOf(uri)),
  });
  return hints.map(({ label }) => String(label));
}

async function hoverAt(needle: string, shift = 0): Promise<string | null> {
  const hover = await client.connection.sendRequest<Hover | null>('textDocument/hover', {
    textDocument: { uri },
    position: positionOf(client.textOf(uri), needle, shift),
  });
  if (hover === null) return null;
  return typeof hover.contents === 'object' && 'value' in hover.contents ? hover.contents.value : '';
}

async function codeActionsAt(needle: string): Promise<readonly CodeAction[]> {
  const position = positionOf(client.textOf(uri), needle, 1);
  return client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: { start: position, end: position },
    context: { diagnostics: [] },
  });
}

function editsOf(action: CodeAction | undefined): readonly TextEdit[] {
  const [change] = action?.edit?.documentChanges ?? [];
  return change !== undefined && 'edits' in change
    ? change.edits.filter((edit): edit is TextEdit => 'newText' in edit)
    : [];
}

function afterEdits(text: string, edits: readonly Pick<TextEdit, 'range' | 'newText'>[]): string {
  const offset = ({ line, character }: TextEdit['range']['start']): number =>
    text.split('\n').slice(0, line).join('\n').length + (line === 0 ? 0 : 1) + character;
  return applyEdits(
    text,
    edits.map(({ range, newText }) => ({ from: offset(range.start), to: offset(range.end), insert: newText })),
  );
}

describe('with a current editor', () => {
  beforeEach(async () => {
    client = await startClient([program.script, '--stdio'], modernCapabilities);
  });
  afterEach(() => client.stop());

  it('says what it can do', () => {
    expect(client.initialized.capabilities).toMatchObject({
      hoverProvider: true,
      inlayHintProvider: { resolveProvider: true },
      diagnosticProvider: { interFileDependencies: true },
    });
  });

  it('explains a layer under the cursor, the answer in the first line', async () => {
    await client.open(uri, torchModel);
    // The sole mistake of this model has an explanation of its own.
    await client.edit(uri, ', dropout=0.5', '');
    const text = await hoverAt('nn.LSTM', 4);
    expect(text?.split('\n')[0]).toBe('**LSTM** `lstm`: 49,920 parameters · output `(B, T, 96)`');
    expect(text).toContain('4·H·(I+H) + 8·H = 4·96·(32+96) + 8·96 = 49,920');
    expect(text).toContain('two bias vectors per gate (b_ih and b_hh)');
    expect(await hoverAt('self.lstm(', 6)).toBe(text);
    expect(await hoverAt('super()')).toBeNull();
  });

  it('explains a model on the line that names it', async () => {
    await client.open(uri, torchModel);
    expect(await hoverAt('CharModel')).toMatch(/^\*\*CharModel\*\* \(torch, module\): 59,208 parameters/);
  });

  it('shows sizes beside the layers, their formula on demand, and nothing when switched off', async () => {
    await client.open(uri, kerasModel.replace('layers.LSTM(64)', 'layers.LSTM(64, return_sequences=True)'));
    expect(await hintLabels()).toEqual([
      '(B, 30, 64) · 17,664 params',
      '(B, 32) · 12,416 params',
      '(B, 1) · 33 params',
    ]);
    const [hint] = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri },
      range: whole(client.textOf(uri)),
    });
    const resolved = await client.connection.sendRequest<InlayHint>('inlayHint/resolve', hint);
    expect(resolved.tooltip).toMatchObject({ kind: 'markdown', value: expect.stringContaining('4·64·(4+64)') });

    client.settings.inlayHints.enabled = false;
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    expect(await hintLabels()).toEqual([]);
  });

  it('puts figures and a comparison above a model, unless switched off', async () => {
    await client.open(uri, kerasModel.replace('layers.LSTM(64)', 'layers.LSTM(64, return_sequences=True)'));
    const ask = () => client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    const lenses = await ask();
    expect(lenses.map(({ command }) => command?.command)).toEqual([
      'unroll.showCosts',
      'unroll.recommend',
      'unroll.compareByTraining',
    ]);
    expect(lenses[0]?.command?.title).toBe('30,113 parameters · 1.8 MFLOP per sequence');
    expect(lenses[1]?.command?.arguments).toEqual([{ uri, line: 4, model: 'model' }]);
    client.settings.codeLens.enabled = false;
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    expect(await ask()).toEqual([]);
  });

  it('takes sizes from the settings, says so, and follows their changes', async () => {
    client.settings.sizes = { hidden_size: 16, seq_len: 10, wrong: -1 };
    const open = torchModel
      .replace('class CharModel', 'hidden_size = load()\nclass CharModel')
      .replace('96)', 'hidden_size)');
    await client.open(uri, open.replaceAll('96', 'hidden_size'));
    expect(await hintLabels()).toContain('(B, 10, 16) · 3,200 params');
    expect(await hoverAt('nn.LSTM', 4)).toContain('`hidden_size = 16` from the setting unroll.sizes');
    client.settings.sizes = { hidden_size: 32, wrong: -1 };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    expect(await hintLabels()).toContain('(B, T, 32) · 8,448 params');
    await client.edit(uri, 'hidden_size = load()', 'hidden_size = load()  # unroll: hidden_size=8, hiden=3');
    expect(await hoverAt('nn.LSTM', 4)).toContain('`hidden_size = 8` from a comment of this file');
    expect(await pullDiagnostics()).toMatchObject([
      { code: 'unasked-size', severity: 4 },
      { code: 'dropout-single-layer' },
    ]);
    expect(client.shown).toEqual(Array(2).fill('unroll.sizes: wrong takes a whole number from 1 on, not -1.'));
  });

  it('finds a mistake, fixes it, and finds nothing more', async () => {
    await client.open(uri, kerasModel);
    expect(await pullDiagnostics()).toMatchObject([
      { code: 'stacked-without-sequences', severity: 1, source: 'unroll', range: { start: { line: 6, character: 4 } } },
    ]);
    const fix = (await codeActionsAt('layers.LSTM(64)')).find(({ kind }) => kind === 'quickfix');
    expect(fix?.title).toBe('Set return_sequences=True');
    const fixed = afterEdits(kerasModel, editsOf(fix));
    expect(fixed).toContain('layers.LSTM(64, return_sequences=True),');
    await client.edit(uri, 'layers.LSTM(64)', 'layers.LSTM(64, return_sequences=True)');
    expect(client.textOf(uri)).toBe(fixed);
    expect(await pullDiagnostics()).toEqual([]);
  });

  it('changes the cell of a model', async () => {
    await client.open(uri, torchModel);
    const actions = await codeActionsAt('nn.LSTM');
    expect(actions.filter(({ kind }) => kind === 'refactor.rewrite').map(({ title }) => title)).toEqual([
      'Change CharModel to RNN',
      'Change CharModel to GRU',
      'Change CharModel to bidirectional GRU',
      'Change CharModel to bidirectional LSTM',
      'Change CharModel to CNN-LSTM',
      'Change CharModel to CNN-LSTM with attention',
    ]);
    const chosen = actions.find(({ title }) => title.endsWith('GRU'));
    const resolved = await client.connection.sendRequest<CodeAction>('codeAction/resolve', chosen);
    const rewritten = afterEdits(torchModel, editsOf(resolved));
    expect(rewritten).toContain('self.lstm = nn.GRU(32, 96, batch_first=True, dropout=0.5)');
    expect(rewritten).toContain('out, h = self.lstm(');
  });

  it('says why another cell does not fit the program around the model', async () => {
    const encoder = `import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(8, 16, batch_first=True)

    def forward(self, x):
        out, hidden = self.rnn(x)
        return out, hidden


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.fc = nn.Linear(16, 2)

    def forward(self, x):
        out, (h, c) = self.encoder(x)
        return self.fc(h[-1])


Net()(torch.randn(2, 5, 8))
`;
    await client.open(uri, encoder);
    const actions = await codeActionsAt('class Net');
    const chosen = actions.find(({ title }) => title === 'Change Net to GRU');
    const resolved = await client.connection.sendRequest<CodeAction>('codeAction/resolve', chosen);
    expect(resolved.edit).toBeUndefined();
    expect(client.shown).toEqual([expect.stringMatching(/^Line 15: Net is put together in a way that cannot be made/)]);
  });

  it('changes one of several recurrent layers alone', async () => {
    const stacked = kerasModel.replace('layers.LSTM(64)', 'layers.LSTM(64, return_sequences=True)');
    await client.open(uri, stacked);
    const actions = (await codeActionsAt('layers.LSTM(32)')).filter(({ kind }) => kind === 'refactor.rewrite');
    expect(actions.map(({ title }) => title)).toEqual([
      'Change only lstm_1 to RNN',
      'Change only lstm_1 to GRU',
      'Change model to RNN',
      'Change model to GRU',
      'Change model to bidirectional GRU',
      'Change model to bidirectional LSTM',
      'Change model to CNN-LSTM',
      'Change model to CNN-LSTM with attention',
    ]);
    const resolved = await client.connection.sendRequest<CodeAction>('codeAction/resolve', actions[1]);
    expect(afterEdits(stacked, editsOf(resolved))).toBe(stacked.replace('layers.LSTM(32)', 'layers.GRU(32)'));
  });

  it('makes the edits of another architecture when its action is chosen, or says why there are none', async () => {
    await client.open(uri, torchModel);
    const actions = await codeActionsAt('nn.LSTM');
    const actionTo = (label: string): CodeAction | undefined => actions.find(({ title }) => title.endsWith(label));
    expect(actionTo('bidirectional GRU')?.disabled?.reason).toMatch(
      /^CharModel: a model that predicts what comes next/,
    );
    const chosen = actionTo('CNN-LSTM');
    expect(chosen?.edit).toBeUndefined();
    const resolved = await client.connection.sendRequest<CodeAction>('codeAction/resolve', chosen);
    const rewritten = afterEdits(torchModel, editsOf(resolved));
    expect(rewritten).toContain('self.conv = nn.Conv1d(32, 96, kernel_size=5, padding=4)\n');
    const attention = await client.connection.sendRequest<CodeAction>('codeAction/resolve', actionTo('attention'));
    expect(attention.edit).toBeUndefined();
    expect(client.shown).toEqual([expect.stringMatching(/^Line \d+: what follows LSTM is given every step/)]);
  });

  it('rewrites to an architecture and a width on request, as edits of one version', async () => {
    const stacked = kerasModel.replace('layers.LSTM(64)', 'layers.LSTM(64, return_sequences=True)');
    await client.open(uri, stacked);
    const params = { uri, line: 4, model: 'model', architecture: 'bigru', width: 16 };
    const result = await client.connection.sendRequest<ChangeArchitectureResult>(changeArchitectureRequest, params);
    if (result.kind === 'refused') throw new Error(result.message);
    expect(result.rewrites).toMatchObject([{ uri, version: 1 }]);
    const rewritten = afterEdits(stacked, result.rewrites[0]?.edits ?? []);
    expect(rewritten).toContain('layers.Bidirectional(layers.GRU(16, return_sequences=True))');
    expect(rewritten).toContain('layers.Bidirectional(layers.GRU(8))');
    const wrong = await client.connection.sendRequest<ChangeArchitectureResult>(changeArchitectureRequest, {
      ...params,
      width: 0.5,
    });
    expect(wrong).toMatchObject({ kind: 'refused', message: expect.stringContaining('whole number of units') });
  });

  it('says why a cell cannot be changed', async () => {
    await client.open(uri, torchModel.replace('return self.head(out)', 'return self.head(c[-1])'));
    const refused = (await codeActionsAt('nn.LSTM')).find(({ title }) => title.endsWith('GRU'));
    expect(refused?.disabled?.reason).toMatch(/Line 14: the cell state c is used/);
  });

  it('answers for the text as it is after each edit, never for an older one', async () => {
    await client.open(uri, torchModel);
    let width = 96;
    for (const next of [128, 7, 256, 64]) {
      await client.edit(uri, `nn.LSTM(32, ${width},`, `nn.LSTM(32, ${next},`);
      width = next;
      const [hints, text] = await Promise.all([hintLabels(), hoverAt('nn.LSTM', 4)]);
      const parameters = (4 * next * (32 + next) + 8 * next).toLocaleString('en-US');
      expect(hints[1]).toBe(`(B, T, ${next}) · ${parameters} params`);
      expect(text).toContain(`${parameters} parameters`);
    }
  });

  it('gives the client what a training comparison needs', async () => {
    await client.open(uri, kerasModel.replace('layers.LSTM(64)', 'layers.LSTM(64, return_sequences=True)'));
    const result = await client.connection.sendRequest<PreviewModelResult>(previewModelRequest, {
      uri,
      line: 7,
      model: null,
    });
    expect(result.graph?.name).toBe('model');
    expect(result.variants).toEqual(['rnn', 'gru', 'lstm']);
    expect(result.data).toEqual({
      kind: 'table',
      path: '/project/data/weather.csv',
      features: null,
      target: 'temp_max',
    });
    expect(result.obstacles).toEqual([]);
  });

  it('says what a comment names that is not there', async () => {
    await client.open(uri, `# unroll: task=addding\n${torchModel}`);
    const params = { uri, line: 7, model: null };
    const result = await client.connection.sendRequest<PreviewModelResult>(previewModelRequest, params);
    expect(result.data).toBeNull();
    expect(result.obstacles).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('there are adding, copy-memory, delayed-recall') }),
    );
  });

  it('recommends, and refuses a budget that nothing can keep', async () => {
    await client.open(uri, torchModel);
    const params = {
      uri,
      line: 0,
      model: null,
      sequenceLength: 50,
      maxParameters: null,
      maxMemoryMegabytes: null,
      streaming: false,
    };
    const good = await client.connection.sendRequest<RecommendResult>(recommendRequest, params);
    expect(good).toMatchObject({ kind: 'recommendation', recommendation: { modelName: 'CharModel' } });
    const timed = await client.connection.sendRequest<RecommendResult>(recommendRequest, {
      ...params,
      device: 'Raspberry Pi 5',
      maxLatencyMs: 50,
    });
    const timedRecommendation = timed.kind === 'recommendation' ? timed.recommendation : undefined;
    expect(timedRecommendation?.inputs.device?.id).toBe('raspberry-pi-5');
    expect(timedRecommendation?.ranking[0]?.latency?.keepsLimit).toBe('yes');
    const bad = await client.connection.sendRequest<RecommendResult>(recommendRequest, {
      ...params,
      maxParameters: 100,
    });
    expect(bad).toMatchObject({ kind: 'refused', message: expect.stringContaining('cannot be kept') });
  });

  it('says above a model and in its menu that the budgets of the settings are exceeded, and what keeps them', async () => {
    client.settings.budgets = { memoryMegabytes: 0.2 };
    await client.open(uri, torchModel);
    const lenses = await client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    const text = 'GRU fits 205 KB; this LSTM does not';
    expect(lenses.map(({ command }) => command?.title)).toContain(text);
    const actions = (await codeActionsAt('nn.LSTM')).filter(({ kind }) => kind === 'refactor.rewrite');
    expect(actions.slice(0, 2).map(({ title }) => title)).toEqual([`${text}: change it`, `${text}: show the ranking`]);
    const resolved = await client.connection.sendRequest<CodeAction>('codeAction/resolve', actions[0]);
    expect(afterEdits(torchModel, editsOf(resolved))).toContain('nn.GRU(32, 96, batch_first=True');
    const result = await client.connection.sendRequest<RecommendResult>(recommendRequest, {
      uri,
      line: 7,
      model: null,
    });
    expect(result).toMatchObject({
      kind: 'recommendation',
      recommendation: { choices: { maxMemoryMegabytes: 0.2 }, summary: expect.stringMatching(/^Take the GRU/) },
    });

    client.settings.budgets = { memoryMegabytes: -1 };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    await expect.poll(() => client.shown).toContainEqual(expect.stringContaining('unroll.budgets: memoryMegabytes'));
  });

  it('gives the costs of the model at a position, as data and as Markdown', async () => {
    await client.open(uri, torchModel);
    const params = { uri, line: 8, model: null, sequenceLength: 100, truncate: 20 };
    const result = await client.connection.sendRequest<CostsResult>(costsRequest, params);
    expect(result).toMatchObject({
      kind: 'costs',
      report: { modelName: 'CharModel', truncate: 20, total: { parameters: { value: 59_208, grade: 'exact' } } },
      markdown: expect.stringContaining('# CharModel'),
    });
    await client.open('file:///project/empty.py', 'import keras\n');
    const refused = await client.connection.sendRequest<CostsResult>(costsRequest, {
      ...params,
      uri: 'file:///project/empty.py',
    });
    expect(refused).toMatchObject({ kind: 'refused', message: expect.stringContaining('No model') });
  });

  it('rewrites on request with the version that it read', async () => {
    await client.open(uri, torchModel);
    await client.edit(uri, 'nn.Linear(96, 72)', 'nn.Linear(96, 72 )');
    const result = await client.connection.sendRequest<ChangeCellResult>(changeCellRequest, {
      uri,
      line: 5,
      model: 'CharModel',
      cell: 'gru',
    });
    expect(result).toMatchObject({ kind: 'edits', rewrites: [{ uri, version: 2 }] });
    const refused = await client.connection.sendRequest<ChangeCellResult>(changeCellRequest, {
      uri,
      line: 5,
      model: null,
      cell: 'bilstm',
    });
    expect(refused.kind).toBe('refused');
  });

  it.each([
    ['an empty file', ''],
    ['another program', 'import os\nprint(os.getcwd())\n'],
    ['a model with a syntax error', torchModel.replace('super().__init__()', 'super(.__init__(')],
    ['an unfinished call', `${torchModel}\nx = nn.LSTM(`],
    ['bytes that are no text', `import torch\n\u0000\uFFFD\uD800 (((((( """`],
    ['deep nesting', `import torch\nx = ${'('.repeat(3000)}`],
  ])('lives through %s', async (_, text) => {
    await client.open(uri, text);
    await Promise.all([
      pullDiagnostics(),
      hintLabels(),
      client.connection.sendRequest('textDocument/codeLens', { textDocument: { uri } }),
    ]);
    const another = 'file:///project/other.py';
    await client.open(another, torchModel);
    const hover = await client.connection.sendRequest<Hover | null>('textDocument/hover', {
      textDocument: { uri: another },
      position: positionOf(torchModel, 'nn.LSTM', 4),
    });
    expect(JSON.stringify(hover)).toContain('49,920 parameters');
  });

  it('answers nothing for documents that are not open and for requests that make no sense', async () => {
    expect(
      await client.connection.sendRequest('textDocument/hover', {
        textDocument: { uri: 'file:///gone.py' },
        position: { line: 0, character: 0 },
      }),
    ).toBeNull();
    await expect(client.connection.sendRequest(changeCellRequest, null)).rejects.toThrow();
    await client.open(uri, kerasModel);
    expect(await pullDiagnostics()).toHaveLength(1);
  });
});

it('pushes diagnostics to an editor that cannot pull', async () => {
  client = await startClient([program.script, '--stdio'], {});
  await client.open(uri, kerasModel);
  await vi.waitFor(() => expect(client.pushed.get(uri)).toMatchObject([{ code: 'stacked-without-sequences' }]), 10_000);
  await client.edit(uri, 'layers.LSTM(64)', 'layers.LSTM(64, return_sequences=True)');
  await vi.waitFor(() => expect(client.pushed.get(uri)).toEqual([]), 10_000);
  await client.stop();
});

it('takes sizes that an editor tells of its own accord, and pushes what changes with them', async () => {
  const initializationOptions = { sizes: { width: 3 } };
  client = await startClient([program.script, '--stdio'], {}, { initializationOptions });
  // With one layer the dropout has no effect; how many there are, only the setting says.
  const text =
    'from torch import nn\ndef make(width, layers):\n    return nn.Sequential(nn.GRU(2, width, layers, dropout=0.5))\n';
  await client.open(uri, text);
  await vi.waitFor(async () => expect(await hintLabels()).not.toEqual([]), 10_000);
  expect(client.pushed.get(uri) ?? []).toEqual([]);
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { unroll: { sizes: { width: 3, layers: 1 } } },
  });
  await vi.waitFor(() => expect(client.pushed.get(uri)).toMatchObject([{ code: 'dropout-single-layer' }]), 10_000);
  expect((await hintLabels())[0]).toContain('63 params');
  await client.stop();
});

it('goes on when the editor refuses everything that it is asked', async () => {
  const capabilities = {
    workspace: {
      configuration: true,
      didChangeConfiguration: { dynamicRegistration: true },
      inlayHint: { refreshSupport: true },
      codeLens: { refreshSupport: true },
    },
  };
  client = await startClient([program.script, '--stdio'], capabilities, { refusesRequests: true });
  await client.open(uri, torchModel);
  // Settings that are refused are as they are by default, and asked for again.
  for (let asked = 0; asked < 2; asked++) expect(await hintLabels()).toContain('(B, T, 96) · 49,920 params');
  await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  await vi.waitFor(() => {
    expect(new Set(client.refused)).toEqual(new Set(requestsOfServer));
  }, 10_000);
  expect(client.refused.filter((method) => method === 'workspace/configuration').length).toBeGreaterThan(1);
  expect(await hoverAt('nn.LSTM', 4)).toContain('49,920 parameters');
  await client.stop();
});

describe('settings of an editor that cannot be asked', () => {
  it.each<[string, unknown]>([
    ['as they are', { inlayHints: { enabled: false } }],
    ['under the name of the extension', { unroll: { inlayHints: { enabled: false } } }],
  ])('come with the start, and change with what it tells later, %s', async (_, settings) => {
    client = await startClient([program.script, '--stdio'], {}, { initializationOptions: settings });
    await client.open(uri, torchModel);
    expect(await hintLabels()).toEqual([]);
    await client.connection.sendNotification('workspace/didChangeConfiguration', {
      settings: { unroll: { inlayHints: { enabled: true } } },
    });
    expect(await hintLabels()).not.toEqual([]);
    await client.stop();
  });
});
