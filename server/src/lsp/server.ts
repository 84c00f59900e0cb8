/**
 * The language server: what it can do, and which file answers which request. The way into this folder.
 *
 * One file per method. Analyses are cached per version of a document (`analyses.ts`), settings are asked per resource
 * (`settings.ts`), and no failure inside a request ends the server (`answer.ts`).
 */
import {
  CodeActionKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  NotebookDocuments,
  RequestType,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ModelGraph } from '../../../model/graph';
import type { DeviceProfile } from '../../../model/time/profile';
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
  type InitializationOptions,
  type MeasuredTime,
  type ModelPosition,
  measuredTimeRequest,
  type PreviewModelResult,
  previewModelRequest,
  type RecommendParams,
  type RecommendResult,
  recommendRequest,
} from '../../../protocol/languageServer';
import { DiskWorkspace } from '../diskWorkspace';
import type { Workspace } from '../workspace';
import { AnalysisCache } from './analyses';
import { answering } from './answer';
import { changeArchitectureAnswer, resolveCodeAction } from './architectureActions';
import { attempt } from './attempt';
import { changeCellAnswer } from './changeCell';
import { codeActions } from './codeActions';
import { codeLenses } from './codeLens';
import { costs } from './costs';
import { registerPullDiagnostics, registerPushDiagnostics } from './diagnostics';
import { hover } from './hover';
import { inlayHints, resolveInlayHint } from './inlayHints';
import { Machine } from './machine';
import { OpenDocuments } from './openDocuments';
import { previewModel } from './previewModel';
import { recommend } from './recommend';
import { afterPause, refreshViews, refreshWithNotebooks } from './refresh';
import { Settings } from './settings';
import { warmUp } from './warmUp';

const previewModelType = new RequestType<ModelPosition, PreviewModelResult, void>(previewModelRequest);
const recommendType = new RequestType<RecommendParams, RecommendResult, void>(recommendRequest);
const costsType = new RequestType<CostsParams, CostsResult, void>(costsRequest);
const changeArchitectureType = new RequestType<ChangeArchitectureParams, ChangeArchitectureResult, void>(
  changeArchitectureRequest,
);
const changeCellType = new RequestType<ChangeCellParams, ChangeCellResult, void>(changeCellRequest);

const measuredTimeType = new RequestType<MeasuredTime, null, void>(measuredTimeRequest);

const noMachine = async (): Promise<DeviceProfile | null> => null;

export interface ServerContext {
  readonly connection: Connection;
  readonly documents: OpenDocuments;
  readonly analyses: AnalysisCache;
  readonly settings: Settings;
  readonly machine: Machine;
  /** The files around the documents. */
  readonly workspace: Workspace;
  /** Tells the client's log of something that went wrong. */
  readonly log: (message: string) => void;
  /** What the client said it can do; empty until it has said so. */
  readonly client: () => InitializeParams['capabilities'];
}

/**
 * Puts all handlers on a connection and starts listening. `keptMachine` is asked for the profile of this machine where the
 * client does not measure it.
 */
export function startServer(
  connection: Connection,
  keptMachine: () => Promise<DeviceProfile | null> = noMachine,
): void {
  const documents = new TextDocuments(TextDocument);
  const notebooks = new NotebookDocuments(documents);
  let client: InitializeParams['capabilities'] = {};
  let generation = 0;
  let followsCommands = false;
  let measuresMachine = false;
  const log = (message: string): void => connection.console.error(message);
  const settings = new Settings(connection, () => client.workspace?.configuration === true, log);
  const machine = new Machine(connection, log);
  const workspace = new DiskWorkspace((uri) => documents.get(uri)?.getText());
  const surroundings = {
    workspace,
    generation: () => generation,
    settingsOf: (uri: string) => settings.of(uri),
  };
  const context: ServerContext = {
    connection,
    documents: new OpenDocuments(documents, notebooks),
    analyses: new AnalysisCache(surroundings, log),
    settings,
    machine,
    workspace,
    log,
    client: () => client,
  };
  connection.onInitialize((params) => {
    client = params.capabilities;
    context.settings.tell(params.initializationOptions);
    const options: Partial<InitializationOptions> | null | undefined = params.initializationOptions;
    followsCommands = options?.commandLinks === true;
    measuresMachine = options?.measuresMachine === true;
    if (client.textDocument?.diagnostic === undefined) pushAgain = registerPushDiagnostics(context, documents);
    return { capabilities: capabilities(), serverInfo: { name: 'unroll' } };
  });
  connection.onInitialized(() => {
    context.settings.watch(client.workspace?.didChangeConfiguration?.dynamicRegistration === true);
    if (!measuresMachine)
      attempt(
        log,
        'Reading the profile of this machine',
        keptMachine().then((kept) => machine.take(kept)),
      );
    warmUp(() => documents.keys().length === 0);
  });
  context.settings.onChange(() => refreshViews(context));
  let pushAgain = (): void => {};
  const refresh = afterPause(() => {
    refreshViews(context);
    pushAgain();
  });
  refreshWithNotebooks(context, notebooks, refresh);
  const surroundingsChanged = (): void => {
    generation += 1;
    workspace.changed();
    refresh();
  };
  connection.onDidChangeWatchedFiles(({ changes }) => {
    // An open document's own text counts, whatever the disk says.
    if (changes.some(({ uri }) => documents.get(uri) === undefined && workspace.concerns(uri))) surroundingsChanged();
  });
  documents.onDidChangeContent(({ document: { uri } }) => {
    // What one open document says may be imported by another.
    if (documents.keys().some((other) => other !== uri) && workspace.concerns(uri)) surroundingsChanged();
  });
  documents.onDidClose(({ document }) => {
    context.analyses.forget(document.uri);
    context.settings.forget(document.uri);
    // From here on the file counts as it lies on disk.
    if (workspace.concerns(document.uri)) surroundingsChanged();
  });

  const answer = answering(context);
  connection.onHover(
    answer(null, (document, analysis, params) => {
      if (measuresMachine && analysis.models.length > 0) machine.ask();
      const times = (graph: ModelGraph): readonly string[] => machine.timesOf(document.uri, graph);
      return hover(document, analysis, params.position, followsCommands, times);
    }),
  );
  connection.languages.inlayHint.on(
    answer([], (document, analysis, params) => inlayHints(context, document, analysis, params.range)),
  );
  connection.languages.inlayHint.resolve((hint) => resolveInlayHint(context, hint));
  connection.onCodeLens(answer([], (document, analysis) => codeLenses(context, document, analysis)));
  connection.onCodeAction(answer([], (document, analysis, params) => codeActions(context, document, analysis, params)));
  connection.onCodeActionResolve((action) => resolveCodeAction(context, action));
  registerPullDiagnostics(context);
  connection.onRequest(previewModelType, (position) => previewModel(context, position));
  connection.onRequest(recommendType, (params) => recommend(context, params));
  connection.onRequest(costsType, (params) => costs(context, params));
  connection.onRequest(measuredTimeType, (measured) => {
    machine.measured(measured);
    return null;
  });
  connection.onRequest(changeArchitectureType, (params) => changeArchitectureAnswer(context, params));
  connection.onRequest(changeCellType, (params) => changeCellAnswer(context, params));

  documents.listen(connection);
  notebooks.listen(connection);
  connection.listen();
}

function capabilities(): InitializeResult['capabilities'] {
  return {
    textDocumentSync: TextDocumentSyncKind.Incremental,
    // All cells, so that they are counted as the notebook shows them; only its Python cells are read.
    notebookDocumentSync: { notebookSelector: [{ notebook: 'jupyter-notebook' }, { notebook: 'interactive' }] },
    hoverProvider: true,
    inlayHintProvider: { resolveProvider: true },
    codeLensProvider: { resolveProvider: false },
    codeActionProvider: {
      codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite],
      resolveProvider: true,
    },
    diagnosticProvider: { identifier: 'unroll', interFileDependencies: true, workspaceDiagnostics: false },
  };
}
