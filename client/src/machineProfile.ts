/**
 * The profile of the machine the extension host runs on, which the language server predicts times with: measured by a trainer
 * process the first time it is asked for, then kept in the extension's storage.
 */
import { cpus } from 'node:os';
import * as vscode from 'vscode';
import type { DeviceProfile } from '../../model/time/profile';
import { keptProfileText, type MachineKey, profileFromText } from '../../protocol/machineProfile';
import { askTrainerProcess } from './preview/trainerProcess';
import { readPreviewSettings } from './settings';

/** Null where the machine cannot be measured; the output says why. */
export async function machineProfile(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
): Promise<DeviceProfile | null> {
  const file = vscode.Uri.joinPath(context.globalStorageUri, 'this-machine.json');
  const runtime = readPreviewSettings(undefined).runtime || process.execPath;
  const key: MachineKey = {
    program: String(context.extension.packageJSON.version),
    runtime: `${runtime} ${process.version}`,
    processor: cpus()[0]?.model ?? process.arch,
  };
  const kept = await read(file, key);
  if (kept !== null) return kept;
  try {
    const program = { runtime, script: context.asAbsolutePath('dist/trainer.js') };
    const event = await askTrainerProcess(program, { type: 'calibrate' });
    if (event.type === 'notCalibrated') throw new Error(event.message);
    if (event.type !== 'calibrated') throw new Error(`the trainer answered with ${event.type}`);
    await vscode.workspace.fs.createDirectory(context.globalStorageUri);
    await vscode.workspace.fs.writeFile(file, Buffer.from(keptProfileText(event.profile, key)));
    return event.profile;
  } catch (error) {
    output.warn(`This machine was not timed, so no times are predicted: ${error}`);
    return null;
  }
}

async function read(file: vscode.Uri, key: MachineKey): Promise<DeviceProfile | null> {
  try {
    return profileFromText(Buffer.from(await vscode.workspace.fs.readFile(file)).toString('utf8'), key);
  } catch {
    return null;
  }
}
