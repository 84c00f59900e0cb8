/** The profile of the machine that the command line runs on: measured by the trainer once, then kept in the user's cache. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { type DeviceChoice, findDevice, isThisMachine } from '../../../model/time/devices';
import type { DeviceProfile } from '../../../model/time/profile';
import { keptProfileText, type MachineKey, profileFromText } from '../../../protocol/machineProfile';
import { askTrainer } from './askTrainer';
import { cacheFolder } from './cacheFolder';
import { reasonOf } from './systemErrors';
import { TaskError, UsageError } from './usage';
import { version } from './version';

function profileFile(): string {
  return path.join(cacheFolder(), 'this-machine.json');
}

function machineKey(): MachineKey {
  return { program: version, runtime: process.version, processor: cpus()[0]?.model ?? process.arch };
}

/** Null where the machine has not been measured by this program. */
export async function keptMachine(): Promise<DeviceProfile | null> {
  try {
    return profileFromText(await readFile(profileFile(), 'utf8'), machineKey());
  } catch {
    return null;
  }
}

/** Takes less than two seconds. A cache that cannot be written is said on standard error, no more. */
export async function measureMachine(): Promise<DeviceProfile> {
  const event = await askTrainer({ type: 'calibrate' }, ['calibrated', 'notCalibrated'], 'measured this machine');
  if (event.type === 'notCalibrated') throw new TaskError(event.message);
  try {
    const file = profileFile();
    await mkdir(path.dirname(file), { recursive: true });
    // Whole or not at all, also with two programs at once.
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, keptProfileText(event.profile, machineKey()));
    await rename(draft, file);
  } catch (error) {
    process.stderr.write(`unroll: what was measured could not be kept: ${reasonOf(error)}.\n`);
  }
  return event.profile;
}

/** The device that `--device` names; this machine is measured when nobody has done so. */
export async function deviceNamed(name: string): Promise<DeviceProfile> {
  const kept = await keptMachine();
  const machine = kept === null && isThisMachine(name) ? await measureMachine() : kept;
  const choice: DeviceChoice = findDevice(name, machine);
  if (choice.kind === 'refused') throw new UsageError(choice.message);
  return choice.profile;
}
