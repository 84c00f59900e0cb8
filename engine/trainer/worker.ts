/** A worker of the trainer: the first message says what it is for. Bundled as CommonJS beside the kernels and the trainer. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartTask } from '../parallel/partProtocol';
import { type CommandMessage, type ReplyMessage, servePart } from '../parallel/servePart';
import { chooseBackend } from './backends';
import { nodeWorkerPort } from './nodeWorkers';

const port = nodeWorkerPort<ReplyMessage, PartTask | CommandMessage>();
if (port === null) throw new Error('this script is run by the trainer, as a worker');
let task: Promise<(message: CommandMessage) => Promise<void>> | null = null;

port.onMessage((message) => {
  switch (message.type) {
    case 'part':
      task = startPart(message);
      break;
    case 'command':
      void task?.then((carryOut) => carryOut(message));
  }
});

async function startPart(part: PartTask): Promise<(message: CommandMessage) => Promise<void>> {
  const backend = await chooseBackend(part.backend, async () => ({
    simd: await readFile(join(__dirname, 'kernels.wasm')),
    relaxedSimd: await readFile(join(__dirname, 'kernels.relaxed.wasm')),
  }));
  if (backend.kind === 'refused') throw new Error(backend.message);
  return servePart(part, backend.create, (message) => port?.post(message));
}
