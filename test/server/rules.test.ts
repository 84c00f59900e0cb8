/** What the language server shows of a rule beside its findings: its page, its explanation, and what overrules it. */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { CodeAction, Diagnostic, Hover } from 'vscode-languageserver/node';
import { type BuiltProgram, buildProgram, projectFolder } from './bundles';
import { type EditorClient, modernCapabilities, positionOf, startClient } from './client';

const uri = 'file:///project/model.py';
const text = `from torch import nn

model = nn.LSTM(32, 96, batch_first=True, dropout=0.5)
`;

let program: BuiltProgram;
let client: EditorClient;

beforeAll(async () => {
  program = await buildProgram('server/src/lsp/main.ts', 'dist/server');
  // Where the package has them.
  await cp(path.join(projectFolder, 'docs', 'rules'), path.join(program.folder, 'docs', 'rules'), { recursive: true });
});
afterAll(() => program.remove());
beforeEach(async () => {
  client = await startClient([program.script, '--stdio'], modernCapabilities);
  await client.open(uri, text);
});
afterEach(() => client.stop());

function ask<Result>(method: string, params: object = {}): Promise<Result> {
  return client.connection.sendRequest<Result>(method, { textDocument: { uri }, ...params });
}

async function diagnostics(): Promise<readonly Diagnostic[]> {
  return (await ask<{ items: Diagnostic[] }>('textDocument/diagnostic')).items;
}

it('leads from a finding to the page of its rule', async () => {
  const [finding] = await diagnostics();
  expect(finding?.code).toBe('dropout-single-layer');
  expect(path.relative(program.folder, fileURLToPath(finding?.codeDescription?.href ?? ''))).toBe(
    path.join('docs', 'rules', 'dropout-single-layer.md'),
  );
});

it('explains the rule in a hover', async () => {
  const hover = await ask<Hover>('textDocument/hover', { position: positionOf(text, 'dropout') });
  const said = JSON.stringify(hover.contents);
  expect(said).toContain('**dropout has no effect with one layer**');
  expect(said).toMatch(/docs\/rules\/dropout-single-layer\.md/);
});

it('follows the setting unroll.rules', async () => {
  client.settings.rules = { 'dropout-single-layer': 'error', typo: 'off' };
  await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  expect((await diagnostics()).map(({ severity }) => severity)).toEqual([1]);
  await vi.waitFor(() => expect(client.shown).toEqual(['unroll.rules: there is no rule typo.']));
  client.settings.rules = { 'dropout-single-layer': 'off' };
  await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  expect(await diagnostics()).toEqual([]);
});

it('writes the comment that keeps a finding away', async () => {
  const [finding] = await diagnostics();
  const actions = await ask<CodeAction[]>('textDocument/codeAction', {
    range: finding?.range,
    context: { diagnostics: [], only: ['quickfix'] },
  });
  const ignoring = actions.find(({ title }) => title === 'Ignore dropout-single-layer here');
  expect(ignoring?.isPreferred).toBe(false);
  expect(ignoring?.edit?.documentChanges).toMatchObject([
    { edits: [{ newText: '  # unroll: ignore[dropout-single-layer]' }] },
  ]);
});
