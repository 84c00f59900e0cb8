/** Models saved as JSON in an editor and in a terminal. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CodeAction, CodeLens, Hover, InlayHint } from 'vscode-languageserver/node';
import { type ChangeCellResult, changeCellRequest } from '../../protocol/languageServer';
import { type BuiltProgram, buildProgram, projectFolder } from './bundles';
import { type EditorClient, modernCapabilities, positionOf, startClient } from './client';

const uri = 'file:///project/model.json';
const fixture = path.join(projectFolder, 'test/fixtures/configs/sequential_keras3.json');

let program: BuiltProgram;
let client: EditorClient;
let text: string;

beforeAll(async () => {
  program = await buildProgram('server/src/cli/main.ts', 'cli');
  client = await startClient([program.script, 'language-server', '--stdio'], modernCapabilities);
  text = await readFile(fixture, 'utf8');
  await client.open(uri, text);
});
afterAll(async () => {
  await client.stop();
  await program.remove();
});

it('shows hints behind the names of layers, a hover on them, and a lens above the model', async () => {
  const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
    textDocument: { uri },
    range: { start: { line: 0, character: 0 }, end: { line: 9999, character: 0 } },
  });
  const lines = text.split('\n');
  expect(
    hints.map(({ position, label }) => `${lines[position.line]?.slice(0, position.character).trim()} ${label}`),
  ).toContain('"class_name": "GRU" (B, 4) · 120 params');
  const hover = await client.connection.sendRequest<Hover | null>('textDocument/hover', {
    textDocument: { uri },
    position: positionOf(text, '"GRU"', 2),
  });
  expect(JSON.stringify(hover?.contents)).toMatch(/120 parameters/);
  const lenses = await client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
  expect(lenses.map(({ command }) => command?.title)[0]).toMatch(/^1,290 parameters/);
});

it('does not rewrite them', async () => {
  const result = await client.connection.sendRequest<ChangeCellResult>(changeCellRequest, {
    uri,
    line: 0,
    model: null,
    cell: 'lstm',
  });
  expect(result).toMatchObject({ kind: 'refused', message: expect.stringMatching(/^A saved model holds the weights/) });
  const position = positionOf(text, '"GRU"', 2);
  const actions = await client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: { start: position, end: position },
    context: { diagnostics: [] },
  });
  expect(actions.length).toBeGreaterThan(0);
  for (const { edit, disabled } of actions) {
    expect(edit).toBeUndefined();
    expect(disabled?.reason).toMatch(/^A saved model/);
  }
});

it('finds them in a folder, beside JSON of other kinds', async () => {
  const work = path.join(program.folder, 'work');
  await mkdir(work);
  await writeFile(path.join(work, 'model.json'), text);
  await writeFile(path.join(work, 'package.json'), '{"name": "keras"}');
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, [program.script, 'analyze', '.', '--json'], { cwd: work });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part;
    });
    child.once('error', reject);
    child.once('close', () => resolve(stdout));
  });
  const { files } = JSON.parse(output);
  expect(files).toMatchObject([
    {
      path: 'model.json',
      framework: 'keras-config',
      models: [{ name: 'tagger', form: 'config', parameters: { value: 1290, grade: 'exact' } }],
    },
  ]);
});

it('reads one that is not saved yet, and no other JSON', async () => {
  const hintsOf = async (unsaved: string, content: string): Promise<number> => {
    await client.open(unsaved, content, 'json');
    const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri: unsaved },
      range: { start: { line: 0, character: 0 }, end: { line: 9999, character: 0 } },
    });
    return hints.length;
  };
  expect(await hintsOf('untitled:Untitled-1', text)).toBeGreaterThan(2);
  expect(await hintsOf('file:///project/package.json', '{"name": "keras", "config": {}}')).toBe(0);
});
