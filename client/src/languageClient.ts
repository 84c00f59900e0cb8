/** The client of the language server: what it sends there, and how the server is started. */
import * as vscode from 'vscode';
import {
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  TransportKind,
} from 'vscode-languageclient/node';
import { commands, type InitializationOptions, machineProfileRequest } from '../../protocol/languageServer';
import { documentSelector } from './languages';
import { machineProfile } from './machineProfile';

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

/** Makes clients, each for one life of the server; none is started yet. */
export function languageClients(
  context: vscode.ExtensionContext,
  outputChannel: vscode.LogOutputChannel,
): () => LanguageClient {
  const module = context.asAbsolutePath('dist/server.js');
  const serverOptions: ServerOptions = {
    run: { module, transport: TransportKind.ipc },
    debug: { module, transport: TransportKind.ipc, options: { execArgv: [`--inspect=${inspectionPort}`] } },
  };
  const watcher = vscode.workspace.createFileSystemWatcher(watchedFiles);
  context.subscriptions.push(watcher);
  // The server itself asks to be told of changed settings, and then for their values, resource by resource.
  const clientOptions: LanguageClientOptions = {
    documentSelector: [...documentSelector],
    outputChannel,
    initializationOptions: { commandLinks: true, measuresMachine: true } satisfies InitializationOptions,
    // What a hover says of the source is escaped; links run this command alone.
    markdown: { isTrusted: { enabledCommands: [commands.showCosts] } },
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
  return () => {
    const client = new LanguageClient('unroll', 'Unroll', serverOptions, clientOptions);
    client.onRequest(machineProfileRequest, () => machineProfile(context, outputChannel));
    return client;
  };
}
