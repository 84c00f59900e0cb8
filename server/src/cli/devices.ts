/** `unroll devices`: which training backends run here, and why the others do not. */
import { styleText } from 'node:util';
import { type BackendStatus, listBackends } from '../../../engine/trainer/backends';
import { parseCommand } from './options';
import { alignedTable } from './table';
import { UsageError } from './usage';

export async function devices(args: readonly string[]): Promise<number> {
  const command = parseCommand('devices', { json: { type: 'boolean' } }, args);
  if (command.positionals.length > 0) throw new UsageError('devices takes no file.');
  const backends = listBackends();
  const text = command.flag('json') ? JSON.stringify({ version: 1, backends }, null, 2) : devicesText(backends);
  process.stdout.write(`${text}\n`);
  return 0;
}

function devicesText(backends: readonly BackendStatus[]): string {
  const [heading = '', ...rows] = alignedTable(
    [
      { title: 'backend', align: 'left' },
      { title: 'runs here', align: 'left' },
      { title: '', align: 'left' },
    ],
    backends.map((backend) => [
      backend.name,
      backend.available ? 'yes' : 'no',
      backend.available ? backend.device : backend.because,
    ]),
  );
  return [styleText('dim', heading), ...rows].join('\n');
}
