/** `unroll devices`: which training backends run here and why the others do not, and on which devices times are predicted. */
import path from 'node:path';
import { styleText } from 'node:util';
import { publishedDevices, thisMachineId } from '../../../model/time/devices';
import type { DeviceProfile } from '../../../model/time/profile';
import { formatScaled } from '../../../model/units';
import { isOnDevice } from '../../../protocol/backends';
import type { BackendStatus } from '../../../protocol/trainer';
import { askTrainer } from './askTrainer';
import { keptMachine, measureMachine } from './machineProfile';
import { parseCommand } from './options';
import { alignedTable } from './table';
import { UsageError } from './usage';

export async function devices(args: readonly string[]): Promise<number> {
  const command = parseCommand(
    'devices',
    { json: { type: 'boolean' }, calibrate: { type: 'boolean' }, tfjs: { type: 'string' } },
    args,
  );
  if (command.positionals.length > 0) throw new UsageError('devices takes no file.');
  const tfjs = command.text('tfjs');
  const tensorFlowFolders = tfjs === null ? [] : [path.resolve(tfjs)];
  const { backends } = await askTrainer({ type: 'probe', tensorFlowFolders }, ['probed'], 'looked for devices');
  const machine = command.flag('calibrate') ? await measureMachine() : await keptMachine();
  const known = [...(machine === null ? [] : [machine]), ...publishedDevices];
  const text = command.flag('json')
    ? JSON.stringify({ version: 1, backends, devices: known }, null, 2)
    : [...backendLines(backends), whatAutoTakes(backends), '', ...deviceLines(known)].join('\n');
  process.stdout.write(`${text}\n`);
  return 0;
}

function backendLines(backends: readonly BackendStatus[]): readonly string[] {
  const [heading = '', ...rows] = alignedTable(
    [
      { title: 'backend', align: 'left' },
      { title: 'runs here', align: 'left' },
      { title: 'start', align: 'right' },
      { title: '', align: 'left' },
    ],
    backends.map((backend) => [
      backend.name,
      backend.available ? 'yes' : 'no',
      backend.available ? `${Math.round(1000 * backend.startSeconds)} ms` : '',
      backend.available ? backend.device : backend.because,
    ]),
  );
  return [styleText('dim', heading), ...rows];
}

/** What a run trains on that asks for no backend by name: the answer to whoever wonders why a device that runs here is not used. */
export function whatAutoTakes(backends: readonly BackendStatus[]): string {
  const available = backends.filter((status) => status.available);
  const processor = available.find(({ name }) => name === 'wasm') ?? available.find(({ name }) => name === 'reference');
  if (processor === undefined) return 'Nothing here can train.';
  const gpus = available.filter(({ name, isSoftware }) => isOnDevice(name) && !isSoftware);
  const others = available.filter((status) => status !== processor && !gpus.includes(status)).map(({ name }) => name);
  const choice =
    gpus.length === 0
      ? `auto trains on ${processor.name}, for there is no GPU that it could use`
      : `auto trains on ${[...gpus, processor].map(({ device }) => device).join(' or on ')}, whichever a short trial of the run measures to be faster`;
  const byName =
    others.length === 0
      ? ''
      : `; ${others.join(' and ')} only where --backend names ${others.length === 1 ? 'it' : 'them'}`;
  return `${choice}${byName}.`;
}

function deviceLines(known: readonly DeviceProfile[]): readonly string[] {
  const [heading = '', ...rows] = alignedTable(
    [
      { title: 'device', align: 'left' },
      { title: 'multiply-adds', align: 'right' },
      { title: 'memory', align: 'right' },
      { title: 'figures', align: 'left' },
      { title: '', align: 'left' },
    ],
    known.map((profile) => [
      profile.id,
      `${formatScaled(macsPerSecond(profile), 'MAC')}/s`,
      `${formatScaled(profile.bytesPerSecond.value, 'B')}/s`,
      profile.origin === 'calibrated' ? profile.bytesPerSecond.source : 'published',
      `${profile.label}: ${profile.software}`,
    ]),
  );
  const unmeasured = known.some(({ id }) => id === thisMachineId)
    ? []
    : [`${thisMachineId} has not been measured yet: unroll devices --calibrate does so in two seconds.`];
  return [styleText('dim', heading), ...rows, ...unmeasured];
}

function macsPerSecond({ products: { plain } }: DeviceProfile): number {
  return plain.parallelTiles.value * plain.macsPerSecondOfTile.value;
}
