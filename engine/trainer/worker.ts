/** A worker of the trainer: the first message says what it is for. Bundled as CommonJS beside the trainer and the kernels. */
import type { PartTask } from '../parallel/partProtocol';
import { type CommandMessage, type ReplyMessage, servePart } from '../parallel/servePart';
import { openProcessor } from './backends';
import { nodeHost } from './nodeHost';
import { nodeWorkerPort } from './nodeWorkers';
import { serveVariant } from './serveVariant';
import type { VariantReply, VariantRequest, VariantTask } from './variantProtocol';

type Task = PartTask | VariantTask;
type Message = CommandMessage | VariantRequest;

const port = nodeWorkerPort<ReplyMessage | VariantReply, Task | Message>();
if (port === null) throw new Error('this script is run by the trainer, as a worker');
const { post, onMessage } = port;
const host = nodeHost(__dirname);
let carryOut: Promise<(message: Message) => Promise<void>> | null = null;

onMessage((message) => {
  switch (message.type) {
    case 'part':
    case 'variant':
      carryOut = start(message);
      break;
    default:
      carryOut?.then((carry) => carry(message)).catch(fail);
  }
  carryOut?.catch(fail);
});

async function start(task: Task): Promise<(message: Message) => Promise<void>> {
  if (task.type === 'variant') {
    const carry = await serveVariant(task, host, post);
    return async (message) => (message.type === 'command' ? undefined : carry(message));
  }
  const { create } = await openProcessor(task.backend, host, task.kernels);
  const carry = await servePart(task, create, post);
  return async (message) => (message.type === 'command' ? carry(message) : undefined);
}

/** Ends the worker; whoever started it learns why. */
function fail(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
