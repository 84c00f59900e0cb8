/** Every command of the extension, by the id that package.json contributes. */
import * as vscode from 'vscode';
import { type CommandId, commandIds } from './commandIds';
import type { CostsView } from './costs/showCosts';
import type { LanguageServer } from './languageServer';
import { modelPositionFor } from './modelPosition';
import type { DeviceStatus } from './preview/deviceStatus';
import type { Preview } from './preview/preview';
import type { RecommendationView } from './recommendation/recommend';

export interface CommandTargets {
  readonly server: LanguageServer;
  readonly preview: Preview;
  readonly recommendation: RecommendationView;
  readonly costs: CostsView;
  readonly devices: DeviceStatus;
  readonly output: vscode.LogOutputChannel;
}

/** What a command does. Those about a model take its position from a code lens, else from the cursor. */
type CommandHandler = (targets: CommandTargets, argument: unknown) => Promise<void>;

const handlers: Readonly<Record<CommandId, CommandHandler>> = {
  [commandIds.compareByTraining]: async ({ preview }, argument) => {
    const position = modelPositionFor(argument);
    if (position) await preview.compare(position);
  },
  [commandIds.recommend]: async ({ recommendation }, argument) => {
    const position = modelPositionFor(argument);
    if (position) await recommendation.recommend(position);
  },
  [commandIds.showCosts]: async ({ costs }, argument) => {
    const position = modelPositionFor(argument);
    if (position) await costs.show(position);
  },
  [commandIds.copyCosts]: async ({ costs }, argument) => {
    const position = modelPositionFor(argument);
    if (position) await costs.copy(position);
  },
  [commandIds.showDevices]: async ({ preview, devices }) => {
    preview.askDevices();
    await devices.showAll();
  },
  [commandIds.probeDevices]: async ({ preview, devices }) => {
    preview.askDevicesAgain();
    await devices.showAll();
  },
  [commandIds.restartServer]: async ({ server }) => server.restart(),
  [commandIds.showOutput]: async ({ output }) => output.show(),
};

/** Registers all commands. One that fails says so, with a way to the output, and loses nothing. */
export function registerCommands(targets: CommandTargets): vscode.Disposable[] {
  return Object.entries(handlers).map(([id, handler]) =>
    vscode.commands.registerCommand(id, async (argument: unknown) => {
      try {
        await handler(targets, argument);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        targets.output.error(`${id}: ${message}`);
        void offerOutput(targets.output, message);
      }
    }),
  );
}

async function offerOutput(output: vscode.LogOutputChannel, message: string): Promise<void> {
  const showOutput = vscode.l10n.t('Show Output');
  const chosen = await vscode.window.showErrorMessage(vscode.l10n.t('Unroll: {0}', message), showOutput);
  if (chosen === showOutput) output.show();
}
