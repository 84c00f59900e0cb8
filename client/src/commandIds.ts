/** The ids of all commands; package.json contributes exactly these, which a test checks. */
import { commands } from '../../protocol/languageServer';

export const commandIds = {
  ...commands,
  copyCosts: 'unroll.copyCosts',
  showDevices: 'unroll.showDevices',
  probeDevices: 'unroll.probeDevices',
  restartServer: 'unroll.restartServer',
  showOutput: 'unroll.showOutput',
} as const;

export type CommandId = (typeof commandIds)[keyof typeof commandIds];
