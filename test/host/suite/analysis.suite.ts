/** What the editor shows of a model and how it rewrites one, asked for through the editor's own commands. */
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { activateUnroll, applyAction, eventually, hoverAt, inlayHintsOf, openText, placeOf } from './editing';

/** LSTM of Keras: 4·(64·(10 + 64) + 64) = 19,200 parameters; GRU with its second bias: 3·(64·(10 + 64) + 2·64) = 14,592. */
const model = `import keras
from keras import layers

model = keras.Sequential([
    keras.Input(shape=(30, 10)),
    layers.LSTM(64),
    layers.Dense(1),
])
`;

/** The first recurrent layer gives its last step only, which the second cannot read. */
const stackedWithoutSequences = model.replace('    layers.LSTM(64),\n', '    layers.LSTM(64),\n    layers.LSTM(32),\n');

function includesText(texts: readonly string[], part: string): true | undefined {
  return texts.some((text) => text.includes(part)) || undefined;
}

describe('Analysis', () => {
  before(activateUnroll);
  afterEach(async () => {
    await vscode.workspace.getConfiguration('unroll').update('inlayHints.enabled', undefined);
    await vscode.workspace.getConfiguration('unroll').update('codeLens.enabled', undefined);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('registers every command that package.json contributes', async () => {
    const registered = await vscode.commands.getCommands(true);
    const contributed = vscode.extensions.getExtension('unroll.unroll')?.packageJSON.contributes.commands;
    for (const { command } of contributed) assert.ok(registered.includes(command), command);
  });

  it('shows the exact parameters of a layer on hover', async () => {
    const { document } = await openText(model);
    assert.match(await hoverAt(document, 'LSTM(64)'), /19,200/);
  });

  it('shows shapes and parameters beside layers, until they are switched off', async () => {
    const { document } = await openText(model);
    await eventually('a hint with 19,200', async () => includesText(await inlayHintsOf(document), '19,200'));
    await vscode.workspace.getConfiguration('unroll').update('inlayHints.enabled', false);
    await eventually('no hints', async () => (await inlayHintsOf(document)).length === 0 || undefined);
  });

  it('shows one line of lenses a model, which lead to the comparison, until they are switched off', async () => {
    const { document } = await openText(model);
    const lenses = async (): Promise<vscode.CodeLens[]> =>
      (await vscode.commands.executeCommand('vscode.executeCodeLensProvider', document.uri, 100)) ?? [];
    const shown = await eventually('lenses', async () =>
      ((found) => (found.length > 0 ? found : undefined))(await lenses()),
    );
    // 19,200 of the LSTM and 65 of the dense layer.
    assert.ok(
      includesText(
        shown.map(({ command }) => command?.title ?? ''),
        '19,265 parameters',
      ),
    );
    assert.ok(shown.some(({ command }) => command?.command === 'unroll.compareByTraining'));
    assert.equal(new Set(shown.map(({ range }) => range.start.line)).size, 1);
    await vscode.workspace.getConfiguration('unroll').update('codeLens.enabled', false);
    await eventually('no lenses', async () => (await lenses()).length === 0 || undefined);
  });

  it('finds a stacked layer without sequences, and its fix mends it', async () => {
    const { document } = await openText(stackedWithoutSequences);
    const diagnostics = (): vscode.Diagnostic[] =>
      vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'unroll');
    const [diagnostic] = await eventually('a diagnostic', () =>
      ((found) => (found.length > 0 ? found : undefined))(diagnostics()),
    );
    assert.ok(diagnostic);
    await applyAction(document, diagnostic.range.start, /return_sequences/);
    assert.match(document.getText(), /LSTM\(64, return_sequences=True\)/);
    await eventually('no diagnostic', () => diagnostics().length === 0 || undefined);
  });

  it('changes the cell, which changes the hints, and one undo takes it back', async () => {
    const { document } = await openText(model);
    await applyAction(document, placeOf(document, 'LSTM(64)'), /GRU/);
    assert.match(document.getText(), /layers\.GRU\(64\)/);
    await eventually('a hint with 14,592', async () => includesText(await inlayHintsOf(document), '14,592'));
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), model);
  });

  it('goes on with the rest of a file that has a syntax error', async () => {
    const { document } = await openText(`${model}\nprint(model.summary(\n`);
    await eventually('a hint with 19,200', async () => includesText(await inlayHintsOf(document), '19,200'));
  });

  it('says nothing of files without a model', async () => {
    const { document } = await openText('import os\nprint(os.getcwd())\n');
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    assert.deepEqual(await inlayHintsOf(document), []);
    assert.deepEqual(lenses, []);
  });

  it('restarts the language server', async () => {
    const { document } = await openText(model);
    await vscode.commands.executeCommand('unroll.restartServer');
    await eventually('a hint with 19,200', async () => includesText(await inlayHintsOf(document), '19,200'));
  });

  it('recovers from a language server that could not be started', async () => {
    const { document } = await openText(model);
    const extension = vscode.extensions.getExtension('unroll.unroll');
    assert.ok(extension);
    const bundle = path.join(extension.extensionPath, 'dist', 'server.js');
    await rename(bundle, `${bundle}.away`);
    try {
      // Says that it failed, and comes to an end.
      await vscode.commands.executeCommand('unroll.restartServer');
    } finally {
      await rename(`${bundle}.away`, bundle);
    }
    assert.deepEqual(await inlayHintsOf(document), []);
    await vscode.commands.executeCommand('unroll.restartServer');
    await eventually('a hint with 19,200', async () => includesText(await inlayHintsOf(document), '19,200'));
  });
});
