/** The side of the leader: a worker that computes a part of every batch, over shared memory or by messages. */
import type { Numbers } from '../backend';
import { createMailbox, openMailbox } from './mailbox';
import {
  createExchange,
  type Exchange,
  type ExchangeLengths,
  exchanged,
  type PartCommand,
  type PartReply,
  type PartTask,
} from './partProtocol';
import { type CommandMessage, copyNumbers, pickNumbers, type ReplyMessage } from './servePart';
import { type WorkerHandle, WorkerLostError } from './workerHandle';

export interface PartConnection {
  /** What the command needs is put there before it is asked, and what it brings is there when it is done. */
  readonly exchange: Exchange;
  ask(command: PartCommand): void;
  /** Rejects with an Error when the command failed, a `WorkerLostError` when the worker is gone. */
  reply(): Promise<Exclude<PartReply, { kind: 'failed' }>>;
  end(): void;
}

export type PartWorker = WorkerHandle<PartTask | CommandMessage, ReplyMessage>;

/** How long the leader waits before it looks whether something happened to the worker, or to the run. */
const blockedMs = 5;

export function connectPart(
  worker: PartWorker,
  task: Omit<PartTask, 'type' | 'exchange' | 'mailbox'>,
  lengths: ExchangeLengths,
  sharesMemory: boolean,
): PartConnection {
  const bytesOf = (bytes: number): ArrayBufferLike =>
    sharesMemory ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  const make = (length: number): Numbers =>
    task.backend === 'reference' ? new Float64Array(bytesOf(8 * length)) : new Float32Array(bytesOf(4 * length));
  const exchange = createExchange(lengths, make);
  const mailbox = sharesMemory ? createMailbox() : null;
  worker.post({ type: 'part', ...task, exchange, mailbox });
  return mailbox === null ? connectByMessages(worker, exchange) : connectByMailbox(worker, exchange, mailbox);
}

function connectByMailbox(worker: PartWorker, exchange: Exchange, memory: SharedArrayBuffer): PartConnection {
  const mailbox = openMailbox<PartCommand, PartReply>(memory);
  let lost: string | null = null;
  worker.onLost((how) => {
    lost = how;
  });
  return {
    exchange,
    ask: mailbox.ask,
    reply: async () => {
      for (;;) {
        const reply = mailbox.takeReply(blockedMs);
        if (reply !== null) return unlessFailed(reply);
        if (lost !== null) throw new WorkerLostError(lost);
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
    end: worker.end,
  };
}

function connectByMessages(worker: PartWorker, exchange: Exchange): PartConnection {
  let replied: PartReply | null = null;
  let lost: string | null = null;
  let wake = (): void => {};
  worker.onMessage(({ reply, numbers }) => {
    copyNumbers(numbers, exchange);
    replied = reply;
    wake();
  });
  worker.onLost((how) => {
    lost = how;
    wake();
  });
  return {
    exchange,
    ask: (command) => {
      replied = null;
      worker.post({ type: 'command', command, numbers: pickNumbers(exchange, exchanged[command.kind].needs) });
    },
    reply: async () => {
      while (replied === null) {
        if (lost !== null) throw new WorkerLostError(lost);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return unlessFailed(replied);
    },
    end: worker.end,
  };
}

function unlessFailed(reply: PartReply): Exclude<PartReply, { kind: 'failed' }> {
  if (reply.kind === 'failed') throw new Error(reply.message);
  return reply;
}
