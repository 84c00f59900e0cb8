/** The connection to the language server, which runs in a process of its own. */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import {
  type ChangeArchitectureParams,
  type ChangeArchitectureResult,
  type ChangeCellParams,
  type ChangeCellResult,
  type CostsParams,
  type CostsResult,
  changeArchitectureRequest,
  changeCellRequest,
  costsRequest,
  type MeasuredTime,
  type ModelPosition,
  measuredTimeRequest,
  type PreviewModelResult,
  previewModelRequest,
  type RecommendParams,
  type RecommendResult,
  recommendRequest,
} from '../../protocol/languageServer';
import { mentionsFramework } from '../../protocol/probe';
import { documentSelector } from './languages';
import { ServerLifetime } from './serverLifetime';

export interface LanguageServer {
  previewModel(position: ModelPosition): Promise<PreviewModelResult>;
  recommend(params: RecommendParams): Promise<RecommendResult>;
  changeCell(params: ChangeCellParams): Promise<ChangeCellResult>;
  costs(params: CostsParams): Promise<CostsResult>;
  /** Tells the server how long the steps of a comparison took. */
  measured(time: MeasuredTime): Promise<void>;
  changeArchitecture(params: ChangeArchitectureParams): Promise<ChangeArchitectureResult>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The server, started when the first document that names a framework is open, or when something is asked of it: Python,
 * TypeScript and JSON are everywhere, and most windows never need it. Until then not even the code of its client is run.
 * Requests wait for its start, and fail where it could not be started.
 */
export function startLanguageServer(
  context: vscode.ExtensionContext,
  outputChannel: vscode.LogOutputChannel,
): LanguageServer {
  let lifetime: Promise<ServerLifetime<LanguageClient>> | undefined;
  const server = (): Promise<ServerLifetime<LanguageClient>> => {
    lifetime ??= import('./languageClient').then(
      ({ languageClients }) =>
        new ServerLifetime(
          languageClients(context, outputChannel),
          // The client itself tells the user about a failure; whoever waits for an answer meets it again.
          (error) => outputChannel.error(`The language server: ${error}`),
        ),
    );
    return lifetime;
  };
  const look = (document: vscode.TextDocument): void => {
    if (lifetime !== undefined || vscode.languages.match(documentSelector, document) === 0) return;
    if (mentionsFramework(document.fileName, document.getText())) void server();
  };
  context.subscriptions.push(
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument(({ document }) => look(document)),
  );
  vscode.workspace.textDocuments.forEach(look);
  const notRunning = vscode.l10n.t(
    'The language server is not running. Its output says why; the command "Restart language server" starts it anew.',
  );
  const request = async <Result>(method: string, params: object): Promise<Result> =>
    (await server()).request<Result>(method, params, notRunning);
  return {
    previewModel: (position) => request<PreviewModelResult>(previewModelRequest, position),
    recommend: (params) => request<RecommendResult>(recommendRequest, params),
    changeArchitecture: (params) => request<ChangeArchitectureResult>(changeArchitectureRequest, params),
    changeCell: (params) => request<ChangeCellResult>(changeCellRequest, params),
    costs: (params) => request<CostsResult>(costsRequest, params),
    measured: async (time) => {
      await request<null>(measuredTimeRequest, time);
    },
    restart: async () => {
      const isFirst = lifetime === undefined;
      const running = await server();
      await (isFirst ? running.started() : running.restart());
    },
    stop: async () => (await lifetime)?.stop(),
  };
}
