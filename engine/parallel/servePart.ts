/** The side of a worker: computes a part of every batch as it is told to, until it is ended. */
import type { BackendFactory } from '../backend';
import { createNetwork, type EngineNetwork } from '../network';
import { openMailbox } from './mailbox';
import {
  type Exchange,
  type ExchangeName,
  exchanged,
  type PartCommand,
  type PartReply,
  type PartTask,
} from './partProtocol';

/** Numbers that a message brings along. */
export type ExchangedNumbers = Partial<Pick<Exchange, ExchangeName>>;

export interface CommandMessage {
  readonly type: 'command';
  readonly command: PartCommand;
  readonly numbers: ExchangedNumbers;
}

export interface ReplyMessage {
  readonly type: 'reply';
  readonly reply: PartReply;
  readonly numbers: ExchangedNumbers;
}

/** Never resolves where commands come through shared memory; else to what is to be done with each message. */
export async function servePart(
  { plan, batch, part, seed, exchange, mailbox }: PartTask,
  createBackend: BackendFactory,
  post: (message: ReplyMessage) => void,
): Promise<(message: CommandMessage) => Promise<void>> {
  const network = createNetwork(plan, part.count, createBackend, seed, { first: part.first, of: batch });
  if (mailbox === null) {
    return async ({ command, numbers }) => {
      copyNumbers(numbers, exchange);
      const reply = await carryOut(command, network, exchange);
      post({ type: 'reply', reply, numbers: pickNumbers(exchange, exchanged[command.kind].brings) });
    };
  }
  const { takeCommand, answer } = openMailbox<PartCommand, PartReply>(mailbox);
  for (;;) answer(await carryOut(takeCommand(), network, exchange));
}

/** Of what is exchanged, that which a message is to carry. */
export function pickNumbers(exchange: Exchange, names: readonly ExchangeName[]): ExchangedNumbers {
  return Object.fromEntries(names.map((name) => [name, exchange[name]]));
}

export function copyNumbers(numbers: ExchangedNumbers, exchange: Exchange): void {
  for (const name of [
    'parameters',
    'inputs',
    'targets',
    ...exchanged.computeGradients.brings,
    'predictions',
  ] as const) {
    const received = numbers[name];
    if (received !== undefined) exchange[name].set(received);
  }
}

async function carryOut(command: PartCommand, network: EngineNetwork, exchange: Exchange): Promise<PartReply> {
  try {
    return await carryOutOrThrow(command, network, exchange);
  } catch (error) {
    return { kind: 'failed', message: String(error).slice(0, 1000) };
  }
}

async function carryOutOrThrow(command: PartCommand, network: EngineNetwork, exchange: Exchange): Promise<PartReply> {
  const { backend } = network;
  if (exchanged[command.kind].needs.length > 0) {
    backend.write(network.parameterSection, exchange.parameters);
    network.loadBatch(exchange.inputs, exchange.targets);
  }
  switch (command.kind) {
    case 'computeGradients': {
      const { losses, weights, gradientReach } = await network.computeGradients(command.step, command.measureReach);
      exchange.losses.set(losses);
      if (weights !== null) exchange.weights.set(weights);
      if (gradientReach !== null) exchange.gradientReach.set(gradientReach);
      exchange.gradients.set(await backend.read(network.gradientSection));
      return { kind: 'done' };
    }
    case 'evaluate': {
      const { losses, weights } = await network.evaluate();
      exchange.losses.set(losses);
      if (weights !== null) exchange.weights.set(weights);
      return { kind: 'done' };
    }
    case 'predictions':
      exchange.predictions.set(await network.predictions());
      return { kind: 'done' };
    case 'gradientReach':
      exchange.gradientReach.set(await network.gradientReach());
      return { kind: 'done' };
    case 'findNonFinite':
      return { kind: 'place', place: await network.findNonFinite() };
    case 'findLargestOutput':
      return { kind: 'largest', largest: await network.findLargestOutput() };
  }
}
