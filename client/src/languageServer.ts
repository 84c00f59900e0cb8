/** The connection to the language server, which runs in a process of its own. */
import * as vscode from 'vscode';
import {
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  TransportKind,
} from 'vscode-languageclient/node';
import {
  type ChangeCellParams,
  type ChangeCellResult,
  changeCellRequest,
  type ModelPosition,
  type PreviewModelResult,
  previewModelRequest,
  type RecommendParams,
  type RecommendResult,
  recommendRequest,
} from '../../protocol/languageServer';
import { mentionsFramework } from '../../protocol/probe';
import { languageIds } from './languages';
import { ServerLifetime } from './serverLifetime';

export interface LanguageServer {
  previewModel(position: ModelPosition): Promise<PreviewModelResult>;
  recommend(params: RecommendParams): Promise<RecommendResult>;
  changeCell(params: ChangeCellParams): Promise<ChangeCellResult>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The documents that are sent to the server; it decides by their text which of them are of interest. */
const documentSelector = [
  ...['file', 'untitled', 'vscode-vfs'].flatMap((scheme) =>
    // Models saved as JSON are read too, but JSON alone does not wake the extension.
    [...languageIds, 'json'].map((language) => ({ scheme, language })),
  ),
  // Cells of notebooks; the notebooks themselves are synchronised as the server asks for.
  { scheme: 'vscode-notebook-cell', language: 'python' },
];

/**
 * Files that an open one may take something from. Notebooks are not among them, since nothing imports them; those that are open
 * are synchronised cell by cell.
 */
const watchedFiles = '**/*.{py,js,jsx,mjs,cjs,ts,tsx,mts,cts,json,yaml,yml}';

/** Files of packages change by the thousand when they are installed, and no analysis reads them. */
function isInstalledPackage(uri: string): boolean {
  return /\/(?:node_modules|site-packages|\.git|\.venv|__pycache__)\//.test(uri);
}

/** Attach a debugger here (see .vscode/launch.json) when the extension itself is being debugged. */
const inspectionPort = 6009;

/**
 * The server, started when the first document that names a framework is open, or when something is asked of it: Python and
 * TypeScript are everywhere, and most windows never need it. Requests wait for its start, and fail where it could not be
 * started.
 */
export function startLanguageServer(
  context: vscode.ExtensionContext,
  outputChannel: vscode.LogOutputChannel,
): LanguageServer {
  const module = context.asAbsolutePath('dist/server.js');
  const serverOptions: ServerOptions = {
    run: { module, transport: TransportKind.ipc },
    debug: { module, transport: TransportKind.ipc, options: { execArgv: [`--inspect=${inspectionPort}`] } },
  };
  const watcher = vscode.workspace.createFileSystemWatcher(watchedFiles);
  context.subscriptions.push(watcher);
  // The server itself asks to be told of changed settings, and then for their values, resource by resource.
  const clientOptions: LanguageClientOptions = {
    documentSelector,
    outputChannel,
    // Sizes and base classes come from other files too.
    synchronize: { fileEvents: watcher },
    middleware: {
      workspace: {
        didChangeWatchedFile: async (event, next) => {
          if (!isInstalledPackage(event.uri)) await next(event);
        },
      },
    },
  };
  let lifetime: ServerLifetime<LanguageClient> | undefined;
  const server = (): ServerLifetime<LanguageClient> => {
    lifetime ??= new ServerLifetime(
      () => new LanguageClient('unroll', 'Unroll', serverOptions, clientOptions),
      // The client itself tells the user about a failure; whoever waits for an answer meets it again.
      (error) => outputChannel.error(`The language server: ${error}`),
    );
    return lifetime;
  };
  const look = (document: vscode.TextDocument): void => {
    if (lifetime !== undefined || vscode.languages.match(documentSelector, document) === 0) return;
    if (mentionsFramework(document.fileName, document.getText())) server();
  };
  context.subscriptions.push(
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument(({ document }) => look(document)),
  );
  vscode.workspace.textDocuments.forEach(look);
  const notRunning = vscode.l10n.t(
    'The language server is not running. Its output says why; the command "Restart language server" starts it anew.',
  );
  const request = <Result>(method: string, params: object): Promise<Result> =>
    server().request<Result>(method, params, notRunning);
  return {
    previewModel: (position) => request<PreviewModelResult>(previewModelRequest, position),
    recommend: (params) => request<RecommendResult>(recommendRequest, params),
    changeCell: (params) => request<ChangeCellResult>(changeCellRequest, params),
    restart: () => (lifetime === undefined ? server().started() : lifetime.restart()),
    stop: async () => lifetime?.stop(),
  };
}
