/** Notebooks in an editor and in a terminal: results in their cells, cells that change what others show. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CodeAction, CodeLens, Diagnostic, Hover, InlayHint, WorkspaceEdit } from 'vscode-languageserver/node';
import {
  type ChangeArchitectureResult,
  type ChangeCellResult,
  changeArchitectureRequest,
  changeCellRequest,
  type PreviewModelResult,
  previewModelRequest,
} from '../../protocol/languageServer';
import { type BuiltProgram, buildProgram, projectFolder } from './bundles';
import { type EditorClient, modernCapabilities, positionOf, startClient } from './client';

const notebook = 'file:///project/weather.ipynb';
const texts = {
  imports: '%matplotlib inline\nimport keras\nfrom keras import layers',
  sizes: '# unroll: data=weather.csv\nunits = 64',
  model:
    'model = keras.Sequential([\n    keras.Input((30, 4)),\n    layers.LSTM(units),\n    layers.LSTM(32),\n    layers.Dense(1),\n])',
  again: 'inputs = keras.Input((30, 4))\nx = layers.GRU(8)(inputs)\nmodel = keras.Model(inputs, x)',
};
type CellName = keyof typeof texts | 'prose';
const order: readonly CellName[] = ['imports', 'prose', 'sizes', 'model', 'again'];
const textOf = (cell: CellName): string => (cell === 'prose' ? '# Not *Python*: keras.layers.LSTM(' : texts[cell]);
const uriOf = (cell: CellName): string => `vscode-notebook-cell:/project/weather.ipynb#${cell}`;

let program: BuiltProgram;
let client: EditorClient;

beforeAll(async () => {
  program = await buildProgram('server/src/lsp/main.ts', 'server');
});
afterAll(() => program.remove());

async function openNotebook(): Promise<void> {
  await client.connection.sendNotification('notebookDocument/didOpen', {
    notebookDocument: {
      uri: notebook,
      notebookType: 'jupyter-notebook',
      version: 1,
      cells: order.map((cell) => ({ kind: cell === 'prose' ? 1 : 2, document: uriOf(cell) })),
    },
    cellTextDocuments: order.map((cell) => ({
      uri: uriOf(cell),
      languageId: cell === 'prose' ? 'markdown' : 'python',
      version: 1,
      text: textOf(cell),
    })),
  });
}

function changeNotebook(cells: object): Promise<void> {
  return client.connection.sendNotification('notebookDocument/didChange', {
    notebookDocument: { uri: notebook, version: 2 },
    change: { cells },
  });
}

/** Replaces the whole text of a cell. */
function retype(cell: CellName, text: string): Promise<void> {
  return changeNotebook({ textContent: [{ document: { uri: uriOf(cell), version: 2 }, changes: [{ text }] }] });
}

async function hintsIn(cell: CellName): Promise<readonly string[]> {
  const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
    textDocument: { uri: uriOf(cell) },
    range: { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } },
  });
  return hints.map(({ label, position }) => `${position.line}: ${label}`);
}

async function hoverIn(cell: CellName, needle: string): Promise<string | null> {
  const hover = await client.connection.sendRequest<Hover | null>('textDocument/hover', {
    textDocument: { uri: uriOf(cell) },
    position: positionOf(textOf(cell), needle, 1),
  });
  return hover !== null && typeof hover.contents === 'object' && 'value' in hover.contents
    ? hover.contents.value
    : null;
}

async function diagnosticsIn(cell: CellName): Promise<readonly string[]> {
  const { items } = await client.connection.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument: { uri: uriOf(cell) },
  });
  return items.map(({ code, range }) => `${range.start.line}:${range.start.character} ${code}`);
}

async function actionsIn(cell: CellName, needle: string): Promise<readonly CodeAction[]> {
  const position = positionOf(textOf(cell), needle, 1);
  return client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri: uriOf(cell) },
    range: { start: position, end: position },
    context: { diagnostics: [] },
  });
}

async function lensesIn(cell: CellName): Promise<readonly CodeLens[]> {
  return client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: uriOf(cell) } });
}

function editedDocuments(edit: WorkspaceEdit | undefined): readonly string[] {
  return (edit?.documentChanges ?? []).flatMap((change) =>
    'edits' in change
      ? change.edits.map(
          (one) =>
            `${change.textDocument.uri.split('#')[1]} ${one.range.start.line} ${JSON.stringify('newText' in one ? one.newText : '')}`,
        )
      : [],
  );
}

describe('with a current editor', () => {
  beforeEach(async () => {
    client = await startClient([program.script, '--stdio'], modernCapabilities);
    await openNotebook();
  });
  afterEach(() => client.stop());

  it('asks for notebooks', () => {
    expect(client.initialized.capabilities.notebookDocumentSync).toBeDefined();
  });

  it('shows hints in the cell of each layer', async () => {
    expect(await hintsIn('model')).toEqual([
      '2: (B, 64) · 17,664 params',
      expect.stringMatching(/^3: /),
      expect.stringMatching(/^4: /),
    ]);
    expect(await hintsIn('again')).toEqual(['1: (B, 8) · 336 params']);
    expect(await hintsIn('imports')).toEqual([]);
    expect(await hintsIn('prose')).toEqual([]);
  });

  it('explains what is under the cursor of a cell', async () => {
    expect(await hoverIn('again', 'GRU')).toMatch(/^\*\*GRU\*\* `gru`: 336 parameters/);
    expect(await hoverIn('model', 'Sequential')).toMatch(/keras, sequential/);
    expect(await hoverIn('sizes', 'units')).toBeNull();
  });

  it('puts lenses above the models of a cell', async () => {
    expect((await lensesIn('again')).map(({ range, command }) => [range.start.line, command?.title])).toEqual([
      [2, expect.stringMatching(/^336 parameters/)],
      [2, 'Recommend'],
      [2, 'Compare by training'],
    ]);
    expect(await lensesIn('sizes')).toEqual([]);
  });

  it('reports and fixes a mistake in its cell', async () => {
    expect(await diagnosticsIn('model')).toEqual(['2:4 stacked-without-sequences']);
    expect(await diagnosticsIn('again')).toEqual([]);
    const [fix] = await actionsIn('model', 'LSTM(units)');
    expect(editedDocuments(fix?.edit)).toEqual([expect.stringMatching(/^model 2 .*return_sequences=True/)]);
  });

  it('sees a change in another cell, and a cell that is gone', async () => {
    await retype('sizes', 'units = 16');
    expect((await hintsIn('model'))[0]).toBe('2: (B, 16) · 1,344 params');
    await changeNotebook({ structure: { array: { start: 3, deleteCount: 1 }, didClose: [{ uri: uriOf('model') }] } });
    expect(await hintsIn('model')).toEqual([]);
    expect(await hintsIn('again')).toEqual(['1: (B, 8) · 336 params']);
  });

  it('keeps the other cells when one is no Python', async () => {
    await retype('sizes', 'units = (');
    expect(await hintsIn('again')).toEqual(['1: (B, 8) · 336 params']);
  });

  it('changes the layers of a model in their cell', async () => {
    const actions = await actionsIn('again', 'GRU');
    const change = actions.find(({ title }) => /LSTM/.test(title));
    const resolved = await client.connection.sendRequest<CodeAction>('codeAction/resolve', change);
    expect(editedDocuments(resolved.edit)).toEqual(['again 1 "LSTM"']);
    const result = await client.connection.sendRequest<ChangeCellResult>(changeCellRequest, {
      uri: uriOf('again'),
      line: 1,
      model: null,
      cell: 'lstm',
    });
    expect(
      result.kind === 'edits' &&
        result.rewrites.map(({ uri, edits }) => [uri, edits.map(({ range, newText }) => [range.start.line, newText])]),
    ).toEqual([[uriOf('again'), [[1, 'LSTM']]]]);
  });

  it('puts a layer’s class, its import and its uses into the cells where they belong', async () => {
    await retype(
      'imports',
      '%matplotlib inline\nfrom keras import Input, Sequential\nfrom keras.layers import LSTM, Dense',
    );
    await retype('sizes', '# Reads the weather.\nunits = 4');
    await retype('model', '# One number.\nmodel = Sequential([Input((30, 4)), LSTM(units), Dense(1)])');
    const params = { uri: uriOf('model'), line: 1, model: null, architecture: 'cnn-lstm-attention', width: 8 };
    const result = await client.connection.sendRequest<ChangeArchitectureResult>(changeArchitectureRequest, params);
    if (result.kind === 'refused') throw new Error(result.message);
    const changes = result.rewrites.flatMap(({ uri, edits }) =>
      edits.map(({ range, newText }) => [uri.split('#')[1], range.start.line, newText.replace(/class.*\n\n\n/s, '…')]),
    );
    expect(changes).toEqual([
      ['imports', 1, 'import keras\n'],
      ['imports', 2, ', Conv1D'],
      ['sizes', 1, '8'],
      ['model', 0, '@keras.saving.register_keras_serializable()\n…'],
      ['model', 1, 'Conv1D(units, 5, padding="same", activation="relu"), '],
      ['model', 1, ', return_sequences=True'],
      ['model', 1, ', AttentionPooling()'],
    ]);
  });

  it('changes a model whose layers stand in several cells', async () => {
    await retype('imports', 'import keras\nfrom keras import layers\nfrom keras.layers import LSTM');
    await retype('sizes', 'units = 4\nfirst = LSTM(units, return_sequences=True)');
    await retype('model', 'model = keras.Sequential([keras.Input((30, 4)), first, LSTM(3)])');
    const result = await client.connection.sendRequest<ChangeCellResult>(changeCellRequest, {
      uri: uriOf('model'),
      line: 0,
      model: null,
      cell: 'gru',
    });
    const edits =
      result.kind === 'edits' &&
      result.rewrites.map(({ uri, version, edits: changed }) => [
        uri.split('#')[1],
        version,
        changed.map(({ range, newText }) => [range.start.line, newText]),
      ]);
    expect(edits).toEqual([
      ['imports', 2, [[2, 'GRU']]],
      ['sizes', 2, [[1, 'GRU']]],
      ['model', 2, [[0, 'GRU']]],
    ]);
  });

  it('names the cell and the line in it where a change is refused', async () => {
    await retype('sizes', 'units = 4\nmakers = {"a": layers.LSTM}\nfirst = makers["a"](units, return_sequences=True)');
    await retype('model', 'model = keras.Sequential([keras.Input((30, 4)), first])');
    const result = await client.connection.sendRequest<ChangeCellResult>(changeCellRequest, {
      uri: uriOf('model'),
      line: 0,
      model: null,
      cell: 'gru',
    });
    expect(result).toMatchObject({ kind: 'refused', message: expect.stringMatching(/^Line 3 of cell 3: makers/) });
  });

  it('follows cells that are moved', async () => {
    await retype('sizes', 'units = 8');
    await retype('again', 'units = 16');
    expect((await hintsIn('model'))[0]).toBe('2: (B, 8) · 416 params');
    await changeNotebook({
      structure: { array: { start: 4, deleteCount: 1 }, didClose: [{ uri: uriOf('again') }] },
    });
    await changeNotebook({
      structure: {
        array: { start: 3, deleteCount: 0, cells: [{ kind: 2, document: uriOf('again') }] },
        didOpen: [{ uri: uriOf('again'), languageId: 'python', version: 1, text: 'units = 16' }],
      },
    });
    expect((await hintsIn('model'))[0]).toBe('2: (B, 16) · 1,344 params');
  });

  it('leaves cells of other languages out, and reads what a magic only times', async () => {
    await retype('imports', '%%time\nimport keras\nfrom keras import layers');
    await retype('sizes', '%%bash\npip install keras\nunits = 64');
    await retype(
      'again',
      '!pip install keras\n%time units = 5\nmodel = keras.Sequential([keras.Input((30, 4)), layers.GRU(units)])',
    );
    expect((await hintsIn('model'))[0]).toMatch(/^2: \(B, units\)/);
    expect(await hintsIn('again')).toEqual(['2: (B, 5) · 165 params']);
  });

  it('finds the model and the data of a cell to train it', async () => {
    const { graph, data, uri } = await client.connection.sendRequest<PreviewModelResult>(previewModelRequest, {
      uri: uriOf('sizes'),
      line: 1,
      model: 'model',
    });
    expect(uri).toBe(uriOf('model'));
    expect(graph?.layers.map(({ type }) => type)).toContain('LSTM');
    expect(data).toMatchObject({ kind: 'table', path: '/project/weather.csv' });
  });
});

describe('with an editor that cannot pull diagnostics', () => {
  it('pushes them to every cell that they touch', async () => {
    client = await startClient([program.script, '--stdio'], {});
    await openNotebook();
    const codesIn = (cell: CellName) => client.pushed.get(uriOf(cell))?.map(({ code }) => code);
    await vi.waitFor(() => expect(codesIn('model')).toEqual(['stacked-without-sequences']), { timeout: 10_000 });
    await retype('imports', 'import keras');
    await vi.waitFor(() => expect(codesIn('model')).toEqual([]), { timeout: 10_000 });
    await client.stop();
  });
});

describe('in a terminal', () => {
  let cli: BuiltProgram;
  let work: string;
  beforeAll(async () => {
    cli = await buildProgram('server/src/cli/main.ts', 'cli');
    work = path.join(cli.folder, 'work');
    await mkdir(work);
    const cells = order.map((cell) => ({
      cell_type: cell === 'prose' ? 'markdown' : 'code',
      source: textOf(cell).split(/(?<=\n)/),
    }));
    await writeFile(path.join(work, 'weather.ipynb'), JSON.stringify({ cells }));
    await writeFile(path.join(work, 'broken.ipynb'), '{"cells": [');
  });
  afterAll(() => cli.remove());

  function unroll(...args: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [cli.script, ...args], { cwd: work });
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout }));
    });
  }

  it('names cells beside lines as JSON', async () => {
    const { code, stdout } = await unroll('analyze', 'weather.ipynb', '--json');
    const [file] = JSON.parse(stdout).files;
    expect(code).toBe(1);
    expect(file.models.map((model: { line: number; cell: number }) => [model.cell, model.line])).toEqual([
      [4, 1],
      [5, 3],
    ]);
    expect(file.findings).toMatchObject([{ code: 'stacked-without-sequences', cell: 4, line: 3, column: 5 }]);
  });

  it('names cells as SARIF, where a notebook has no lines', async () => {
    const { stdout } = await unroll('analyze', '.', '--sarif');
    const [result] = JSON.parse(stdout).runs[0].results;
    expect(result.locations).toEqual([
      {
        physicalLocation: { artifactLocation: { uri: 'weather.ipynb' } },
        logicalLocations: [{ name: 'cell 4', fullyQualifiedName: 'cell 4, line 3, column 5' }],
      },
    ]);
  });

  it('says the cell to people, and what is wrong with a file', async () => {
    expect((await unroll('analyze', 'weather.ipynb')).stdout).toMatch(/functional, line 3 of cell 5: 336 parameters/);
    expect((await unroll('analyze', 'broken.ipynb')).stdout).toMatch(/The notebook is not valid JSON\./);
  });

  it('reads the fixtures as the frameworks count them', async () => {
    const folder = path.join(projectFolder, 'test/fixtures/notebooks');
    const truth = JSON.parse(await readFile(path.join(folder, 'truth.json'), 'utf8'));
    const { stdout } = await unroll('analyze', path.join(folder, 'temperatures.ipynb'), '--json');
    const models: readonly { cell: number; parameters: { value: number } }[] = JSON.parse(stdout).files[0].models;
    expect(models.map(({ cell, parameters }) => ({ cell, total: parameters.value }))).toEqual(
      truth.notebooks['temperatures.ipynb'],
    );
  });
});
