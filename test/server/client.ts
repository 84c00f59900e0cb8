/** An editor's side of the protocol: starts a server, opens documents, asks. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  type ClientCapabilities,
  createProtocolConnection,
  type Diagnostic,
  type InitializeResult,
  LSPErrorCodes,
  type ProtocolConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';

/** What a current editor can do, as far as the server asks. */
export const modernCapabilities: ClientCapabilities = {
  workspace: { configuration: true, workspaceEdit: { documentChanges: true } },
  textDocument: {
    diagnostic: { dynamicRegistration: false },
    codeAction: { disabledSupport: true, dataSupport: true, resolveSupport: { properties: ['edit'] } },
  },
};

export interface EditorClient {
  readonly connection: ProtocolConnection;
  readonly process: ChildProcess;
  readonly initialized: InitializeResult;
  /** Answers to `workspace/configuration`, to be changed by a test. */
  readonly settings: {
    inlayHints: { enabled: boolean };
    codeLens: { enabled: boolean };
    sizes?: unknown;
    rules?: unknown;
    budgets?: unknown;
  };
  /** Diagnostics as they were pushed last, by document. */
  readonly pushed: ReadonlyMap<string, readonly Diagnostic[]>;
  /** Messages that the server had shown. */
  readonly shown: readonly string[];
  /** Methods of the requests that were answered with an error. */
  readonly refused: readonly string[];
  open(uri: string, text: string, languageId?: string): Promise<void>;
  /** Replaces `before`, which occurs once, by `after`. */
  edit(uri: string, before: string, after: string): Promise<void>;
  textOf(uri: string): string;
  stop(): Promise<void>;
}

/** Requests that the server makes of an editor that says it can answer them. */
export const requestsOfServer = [
  'client/registerCapability',
  'workspace/configuration',
  'workspace/inlayHint/refresh',
  'workspace/codeLens/refresh',
] as const;

export interface ClientBehaviour {
  /** Answers every request of the server with an error, as an editor may that cannot do what it is asked. */
  readonly refusesRequests?: boolean;
  readonly initializationOptions?: unknown;
}

export async function startClient(
  command: readonly string[],
  capabilities: ClientCapabilities,
  { refusesRequests = false, initializationOptions }: ClientBehaviour = {},
): Promise<EditorClient> {
  const child = spawn(process.execPath, [...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const settings: EditorClient['settings'] = { inlayHints: { enabled: true }, codeLens: { enabled: true } };
  const documents = new Map<string, { version: number; text: string }>();
  const pushed = new Map<string, readonly Diagnostic[]>();
  const refused: string[] = [];
  if (refusesRequests) {
    for (const method of requestsOfServer) {
      connection.onRequest(method, () => {
        refused.push(method);
        return new ResponseError(LSPErrorCodes.RequestFailed, `${method} is refused`);
      });
    }
  } else {
    connection.onRequest('workspace/configuration', ({ items }: { items: readonly unknown[] }) =>
      items.map(() => settings),
    );
    connection.onRequest('client/registerCapability', () => null);
  }
  connection.onNotification(
    'textDocument/publishDiagnostics',
    ({ uri, diagnostics }: { uri: string; diagnostics: Diagnostic[] }) => {
      pushed.set(uri, diagnostics);
    },
  );
  const shown: string[] = [];
  connection.onNotification('window/showMessage', ({ message }: { message: string }) => {
    shown.push(message);
  });
  connection.listen();
  const initialized = await connection.sendRequest<InitializeResult>('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities,
    initializationOptions,
  });
  await connection.sendNotification('initialized', {});

  const held = (uri: string): { version: number; text: string } => {
    const document = documents.get(uri);
    if (document === undefined) throw new Error(`${uri} is not open`);
    return document;
  };
  return {
    connection,
    process: child,
    initialized,
    settings,
    pushed,
    shown,
    refused,
    async open(uri, text, languageId = 'python') {
      documents.set(uri, { version: 1, text });
      await connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId, version: 1, text },
      });
    },
    async edit(uri, before, after) {
      const document = held(uri);
      const from = document.text.indexOf(before);
      if (from === -1) throw new Error(`${uri} does not hold ${before}`);
      const range = { start: positionAt(document.text, from), end: positionAt(document.text, from + before.length) };
      document.text = document.text.replace(before, () => after);
      document.version++;
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: document.version },
        contentChanges: [{ range, text: after }],
      });
    },
    textOf: (uri) => held(uri).text,
    async stop() {
      const closed = new Promise((resolve) => child.once('close', resolve));
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      await closed;
      connection.dispose();
    },
  };
}

export function positionAt(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** The position of the first occurrence of `needle`, moved by `shift`. */
export function positionOf(text: string, needle: string, shift = 0): { line: number; character: number } {
  const offset = text.indexOf(needle);
  if (offset === -1) throw new Error(`the text does not hold ${needle}`);
  return positionAt(text, offset + shift);
}
