/** "Compare by training": from the model at a position to curves in a panel, and back to the code. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ModelPosition, PreviewModelResult } from '../../../protocol/languageServer';
import type { PreviewRecord } from '../../../protocol/panel';
import type { DataRecipe, PreviewSpec } from '../../../protocol/trainer';
import { applyRewrite } from '../applyRewrite';
import type { LanguageServer } from '../languageServer';
import { revealLine } from '../modelPosition';
import { readPreviewSettings } from '../settings';
import { checkpointFile } from './checkpointFile';
import { chooseData } from './chooseData';
import type { DeviceInUse } from './deviceWords';
import { type LastRun, loadLastRun, saveLastRun } from './lastRun';
import type { MeasuredComparisons } from './measuredComparison';
import { createWebviewPanel, type PanelMessage, PreviewPanel, previewViewType } from './previewPanel';
import { describeObstacle, PreviewRun } from './previewRun';
import type { TrainingDevices } from './trainingDevices';
import {
  type TrainerConnection,
  type TrainerConnectionListener,
  type TrainerPage,
  windowTrainerHost,
} from './windowTrainer';

/** The one comparison that a window shows: its panel, the run that is under way, and the last record with its data. */
export class Preview implements vscode.Disposable {
  private panel: PreviewPanel | undefined;
  private run: PreviewRun | undefined;
  private last: LastRun | undefined;
  private readonly distFolder: string;
  private readonly recordChanged = new vscode.EventEmitter<PreviewRecord>();
  /** Fires when a run starts, when events arrive, and when it ends. */
  readonly onDidChangeRecord = this.recordChanged.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: LanguageServer,
    private readonly output: vscode.LogOutputChannel,
    private readonly measured: MeasuredComparisons,
    private readonly devices: TrainingDevices,
  ) {
    this.distFolder = context.asAbsolutePath('dist');
    context.subscriptions.push(
      vscode.window.registerWebviewPanelSerializer(previewViewType, {
        deserializeWebviewPanel: (panel) => this.restore(panel),
      }),
    );
  }

  /** The comparison shown, as it stands. */
  get record(): PreviewRecord | undefined {
    return this.run?.record ?? this.last?.record;
  }

  get trainerProcessId(): number | undefined {
    return this.run?.trainerProcessId;
  }

  /** Trains the variants of the model at a position; on data that is asked for unless it is given or the file names it. */
  async compare(position: ModelPosition, given?: DataRecipe): Promise<void> {
    const uri = vscode.Uri.parse(position.uri);
    // The server knows documents that are open; after a reload the model's may not be.
    await vscode.workspace.openTextDocument(uri);
    const model = await this.server.previewModel(position);
    const { graph } = model;
    if (graph === null || model.obstacles.length > 0) {
      void tellObstacles(position, model);
      return;
    }
    const data = given ?? model.data ?? (await chooseData(graph));
    if (data === undefined) return;

    const { budget, seed, threads, backend } = readPreviewSettings(uri);
    const spec: PreviewSpec = {
      graph,
      variants: model.variants,
      data,
      sequenceLength: null,
      budget,
      seed,
      backend: backend === 'webgpu-window' ? 'webgpu' : backend,
      threads,
    };
    const subject = {
      modelName: graph.name,
      fileName: path.posix.basename(uri.path),
      uri: model.uri,
      line: graph.location.line - 1,
    };
    this.run?.abandon();
    const page: TrainerPage = { openTrainer: (listener) => this.openTrainer(listener) };
    const checkpoint = checkpointFile(this.context);
    const places = checkpoint
      .ready()
      .then(() => this.devices.placesFor(backend, spec, windowTrainerHost(page, this.distFolder)));
    const run: PreviewRun = new PreviewRun(
      subject,
      places,
      spec,
      checkpoint,
      {
        onEvents: (events) => {
          if (this.run !== run) return;
          this.panel?.addEvents(run.record.id, events);
          this.recordChanged.fire(run.record);
        },
        onEnd: () => {
          if (this.run === run) this.endRun(run, data);
          void this.tellTimes(run.record, spec);
        },
        onLog: (line) => this.output.info(`[trainer] ${line}`),
      },
      vscode.l10n.t,
    );
    this.run = run;
    this.last = { record: run.record, data };
    this.show(run.record);
    this.recordChanged.fire(run.record);
  }

  /** What a run trains on now; null while none does. */
  get deviceInUse(): DeviceInUse | null {
    return this.run?.device ?? null;
  }

  /** Asks what there is to train on, as far as it is not known; the window where a page of it is open. */
  askDevices(): void {
    const { panel } = this;
    void this.devices.askProcess();
    if (panel !== undefined) void this.devices.askWindow(windowTrainerHost(panel, this.distFolder));
  }

  /** Asks for all of it anew. */
  askDevicesAgain(): void {
    this.devices.forget();
    this.askDevices();
  }

  /** The page that is shown may be another than the one that was, but there is one while anything trains. */
  private openTrainer(listener: TrainerConnectionListener): TrainerConnection {
    if (this.panel !== undefined) return this.panel.openTrainer(listener);
    queueMicrotask(() => listener.onLost(vscode.l10n.t('its page was closed')));
    return { send: () => {}, end: () => {} };
  }

  private endRun(run: PreviewRun, data: DataRecipe): void {
    const { record } = run;
    this.run = undefined;
    this.last = { record, data };
    this.panel?.changeStatus(record);
    this.recordChanged.fire(record);
    void this.save(this.last);
    void this.measured.keep(record).then(undefined, (error) => {
      this.output.error(`What was measured could not be kept for recommendations: ${error}`);
    });
  }

  /** What was measured takes the place of what was predicted, wherever the model's time is shown. */
  private async tellTimes({ uri, events }: PreviewRecord, { graph, budget }: PreviewSpec): Promise<void> {
    for (const event of events) {
      if (event.type !== 'done' || event.steps === 0) continue;
      // Its steps were not all made by one device.
      if (events.some((other) => other.type === 'moved' && other.cell === event.cell)) continue;
      const time = {
        uri,
        graph,
        cell: event.cell,
        batch: budget.batchSize,
        secondsPerStep: event.seconds / event.steps,
      };
      try {
        await this.server.measured(time);
      } catch (error) {
        this.output.warn(`The language server was not told what was measured: ${error}`);
      }
    }
  }

  private async save(run: LastRun): Promise<void> {
    try {
      await saveLastRun(this.context, run);
    } catch (error) {
      this.output.error(`The comparison could not be kept for the next start: ${error}`);
    }
  }

  /** Ends the trainer and keeps what it has reached, because the window closes or reloads. */
  async shutDown(): Promise<void> {
    const { run, last } = this;
    if (run === undefined || last === undefined) return;
    run.abandon();
    await this.save({ ...last, record: run.record });
  }

  private show(record: PreviewRecord): void {
    if (this.panel) this.panel.show(record);
    else this.fill(createWebviewPanel(record), record);
  }

  private async restore(webviewPanel: vscode.WebviewPanel): Promise<void> {
    const kept = this.last ?? (await loadLastRun(this.context));
    // A comparison may have started while the file was read.
    this.last ??= kept;
    const record = this.record;
    // A page left over from a comparison that was never finished has nothing to show.
    if (record === undefined || this.panel !== undefined) return webviewPanel.dispose();
    this.fill(webviewPanel, record);
  }

  private fill(webviewPanel: vscode.WebviewPanel, record: PreviewRecord): void {
    this.panel = new PreviewPanel(webviewPanel, this.context.extensionUri, record, {
      onMessage: (message) => {
        this.answer(message).catch((error: Error) => void vscode.window.showErrorMessage(error.message));
      },
      onClose: () => {
        this.panel = undefined;
        this.run?.abandon();
      },
    });
  }

  private async answer(message: PanelMessage): Promise<void> {
    const record = this.record;
    if (record === undefined) return;
    switch (message.type) {
      case 'stop':
        return this.run?.stop();
      case 'again':
        return this.compare(positionOf(record), this.last?.data);
      case 'apply': {
        const uri = vscode.Uri.parse(record.uri);
        const params = { ...positionOf(record), cell: message.cell };
        if (await applyRewrite(record.uri, () => this.server.changeCell(params))) await revealLine(uri, record.line);
        return;
      }
      case 'openModel':
        return revealLine(vscode.Uri.parse(record.uri), record.line);
      case 'openLocation':
        return revealLine(uriOfFile(message.file), (message.line ?? 1) - 1, message.cell);
    }
  }

  dispose(): void {
    this.recordChanged.dispose();
  }
}

function positionOf({ uri, line, modelName }: PreviewRecord): ModelPosition {
  return { uri, line, model: modelName };
}

/** An obstacle names a model's file as the server knows it, by its URI, and a data file by its path. */
function uriOfFile(file: string): vscode.Uri {
  return /^[a-z][a-z\d+.-]+:/i.test(file) ? vscode.Uri.parse(file) : vscode.Uri.file(file);
}

/** Says why there is nothing to train, and leads to the first place that stands in the way. */
async function tellObstacles(position: ModelPosition, { obstacles }: PreviewModelResult): Promise<void> {
  const [first] = obstacles;
  if (first === undefined) {
    const fileName = path.posix.basename(vscode.Uri.parse(position.uri).path);
    void vscode.window.showInformationMessage(vscode.l10n.t('There is no recurrent model in {0}.', fileName));
    return;
  }
  const line = first.line;
  const actions = line === null ? [] : [vscode.l10n.t('Show Line {0}', line)];
  const text = obstacles.map(describeObstacle).join(' ');
  const chosen = await vscode.window.showWarningMessage(text, ...actions);
  if (chosen !== undefined && line !== null) {
    const uri = first.file === null ? vscode.Uri.parse(position.uri) : uriOfFile(first.file);
    await revealLine(uri, line - 1, first.cell);
  }
}
