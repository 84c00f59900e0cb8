/** Nothing is analysed for a request that was cancelled, or overtaken by an edit, before its turn came. */
import { describe, expect, it } from 'vitest';
import {
  type CancellationToken,
  CancellationTokenSource,
  LSPErrorCodes,
  ResponseError,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { analyseFile } from '../analysis';
import { answering } from './answer';
import { fileDocument } from './openDocuments';

const uri = 'file:///model.py';
const never: CancellationToken = new CancellationTokenSource().token;

function scene(handler: () => string = () => 'answer') {
  const document = TextDocument.create(uri, 'python', 1, 'import torch\n');
  const seen: { analysed: number; logged: string[] } = { analysed: 0, logged: [] };
  const answer = answering({
    documents: { get: (asked) => (asked === uri ? fileDocument(document) : undefined) },
    analyses: {
      of: async () => {
        seen.analysed++;
        return { ...analyseFile(uri, document.getText()), findings: [] };
      },
    },
    log: (message) => seen.logged.push(message),
  })('empty', handler);
  return { document, seen, answer: (token = never, asked = uri) => answer({ textDocument: { uri: asked } }, token) };
}

function codeOf(result: unknown): unknown {
  return result instanceof ResponseError ? result.code : result;
}

describe('answering', () => {
  it('gives what the handler makes of the analysis', async () => {
    const { answer, seen } = scene();
    expect(await answer()).toBe('answer');
    expect(seen).toEqual({ analysed: 1, logged: [] });
  });

  it('analyses nothing for a request that is cancelled as soon as it was made', async () => {
    const { answer, seen } = scene();
    const source = new CancellationTokenSource();
    const result = answer(source.token);
    source.cancel();
    expect(codeOf(await result)).toBe(LSPErrorCodes.RequestCancelled);
    expect(seen.analysed).toBe(0);
  });

  it('analyses nothing for a text that has been edited since', async () => {
    const { answer, document, seen } = scene();
    const result = answer();
    TextDocument.update(document, [{ text: 'import keras\n' }], 2);
    expect(codeOf(await result)).toBe(LSPErrorCodes.ContentModified);
    expect(seen.analysed).toBe(0);
  });

  it('keeps back an answer that was cancelled while it was made', async () => {
    const source = new CancellationTokenSource();
    const { answer } = scene(() => {
      source.cancel();
      return 'stale';
    });
    expect(codeOf(await answer(source.token))).toBe(LSPErrorCodes.RequestCancelled);
  });

  it('logs a failure and answers as for a document of no interest', async () => {
    const { answer, seen } = scene(() => {
      throw new Error('a mistake of ours');
    });
    expect(await answer()).toBe('empty');
    expect(seen.logged).toEqual([expect.stringContaining('a mistake of ours')]);
  });

  it('knows nothing of documents that are not open', async () => {
    expect(await scene().answer(never, 'file:///gone.py')).toBe('empty');
  });
});
