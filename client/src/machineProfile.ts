/**
 * The profile of the machine the extension host runs on, which the language server predicts times with: measured by a trainer
 * process the first time it is asked for, then kept in the extension's storage.
 */
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import * as vscode from 'vscode';
import type { DeviceProfile } from '../../model/time/profile';
import { keptProfileText, type MachineKey, profileFromText } from '../../protocol/machineProfile';
import type { CalibrationEvent, TrainerRequest } from '../../protocol/trainer';
import { readPreviewSettings } from './settings';

/** Ten times what it takes. */
const deadlineMs = 20_000;

/** Null where the machine cannot be measured; the output says why. */
export async function machineProfile(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
): Promise<DeviceProfile | null> {
  const file = vscode.Uri.joinPath(context.globalStorageUri, 'this-machine.json');
  const { runtime } = readPreviewSettings(undefined);
  const key: MachineKey = {
    program: String(context.extension.packageJSON.version),
    runtime: `${runtime} ${process.version}`,
    processor: cpus()[0]?.model ?? process.arch,
  };
  const kept = await read(file, key);
  if (kept !== null) return kept;
  try {
    const event = await measure(runtime, context.asAbsolutePath('dist/trainer.js'));
    if (event.type === 'notCalibrated') throw new Error(event.message);
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

/** Rejects with an Error that says how the trainer ended instead of answering. */
export function measure(runtime: string, script: string): Promise<CalibrationEvent> {
  return new Promise((resolve, reject) => {
    const trainer = spawn(runtime, [script], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      timeout: deadlineMs,
      windowsHide: true,
    });
    let text = '';
    trainer.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    trainer.stdin.on('error', () => {});
    trainer.once('error', reject);
    trainer.once('close', (code, signal) => {
      try {
        resolve(JSON.parse(text));
      } catch {
        reject(new Error(`the trainer ended with ${signal ?? `exit code ${code}`}`));
      }
    });
    const request: TrainerRequest = { type: 'calibrate' };
    trainer.stdin.write(`${JSON.stringify(request)}\n`);
  });
}
