/** JavaScript, saved models and notebooks in the real editor: what is shown of them, and what is changed in them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { activateUnroll, applyAction, eventually, hoverAt, inlayHintsOf, placeOf, workspaceFile } from './editing';

/** LSTM: 4·(8·(3 + 8) + 8) = 384 parameters; GRU with one bias vector a gate: 3·(8·(3 + 8) + 8) = 288. */
const program = `import * as tf from '@tensorflow/tfjs';
import { units } from './sizes.mjs';

const { lstm, dense } = tf.layers;
export const model = tf.sequential({ layers: [lstm({ units, inputShape: [5, 3] }), dense({ units: 1 })] });
`;

const cells: readonly string[] = [
  '%matplotlib inline\nimport keras\nfrom keras.layers import LSTM, Dense',
  'units = 8\nencoder = LSTM(units)',
  'model = keras.Sequential([keras.Input((5, 3)), encoder, Dense(1)])',
];

async function write(name: string, text: string): Promise<vscode.Uri> {
  const uri = workspaceFile(name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  return uri;
}

async function hintWith(document: vscode.TextDocument, text: string): Promise<void> {
  await eventually(
    `a hint with ${text}`,
    async () => (await inlayHintsOf(document)).some((hint) => hint.includes(text)) || undefined,
  );
}

describe('File kinds', () => {
  before(activateUnroll);
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  it('reads a TensorFlow.js program, sees a file around it change on disk, and rewrites it', async () => {
    await write('sizes.mjs', 'export const units = 4;\n');
    const { document } = await vscode.window.showTextDocument(await write('network.mjs', program));
    await hintWith(document, '(B, 4) · 128 params');
    await write('sizes.mjs', 'export const units = 8;\n');
    await hintWith(document, '(B, 8) · 384 params');
    assert.match(await hoverAt(document, 'lstm({'), /384 parameters/);
    await applyAction(document, placeOf(document, 'lstm({'), /to GRU/);
    assert.match(document.getText(), /const \{ gru, dense \} = tf\.layers;/);
    await hintWith(document, '288');
  });

  it('reads a saved model', async () => {
    const extension = vscode.extensions.getExtension('unroll.unroll');
    assert.ok(extension);
    const fixture = path.join(extension.extensionPath, 'test/fixtures/configs/sequential_keras3.json');
    const uri = await write('saved.json', readFileSync(fixture, 'utf8'));
    const { document } = await vscode.window.showTextDocument(uri);
    await hintWith(document, '120 params');
    assert.match(await hoverAt(document, '"GRU"'), /120 parameters/);
  });

  it('reads a notebook, and rewrites a model over its cells', async () => {
    const data = cells.map((text) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'python'));
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData(data));
    await vscode.window.showNotebookDocument(notebook);
    const [imports, sizes, model] = notebook.getCells().map((cell) => cell.document);
    assert.ok(imports && sizes && model);
    await hintWith(sizes, '(B, 8) · 384 params');
    assert.match(await hoverAt(sizes, 'LSTM('), /384 parameters/);
    assert.match(await hoverAt(model, 'keras.Sequential'), /393 parameters/);
    await applyAction(model, placeOf(model, 'model ='), /to RNN/);
    assert.match(imports.getText(), /import SimpleRNN, Dense/);
    assert.match(sizes.getText(), /encoder = SimpleRNN\(units\)/);
    await hintWith(sizes, '(B, 8) · 96 params');
  });
});
