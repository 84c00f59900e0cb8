/**
 * The trainer in the editor's window: a worker that a page makes of this bundle, which is whole in itself. It takes the same
 * requests as the trainer process and gives the same events, as messages of `protocol/windowTrainer.ts`.
 */

import type { TrainerEvent } from '../../protocol/trainer';
import type { FromWindowTrainer, ToWindowTrainer, WindowTrainerRequest } from '../../protocol/windowTrainer';
import type { WorkerPort } from '../parallel/workerHandle';
import { probeBackends } from './probeBackends';
import { runPreview } from './runPreview';
import { tryBackends } from './tryBackends';
import { windowHost } from './windowHost';

/** A worker's global object, as far as it is used. */
declare const self: {
  postMessage(message: FromWindowTrainer): void;
  addEventListener(type: 'message', listen: (event: { readonly data: ToWindowTrainer }) => void): void;
};

const aliveEveryMs = 2_000;

const port: WorkerPort<FromWindowTrainer, ToWindowTrainer> = {
  post: (message) => self.postMessage(message),
  onMessage: (listen) => self.addEventListener('message', ({ data }) => listen(data)),
};
const { host, takeAnswer } = windowHost((number, question) => port.post({ type: 'question', number, question }));
let isStopAsked = false;

port.onMessage((message) => {
  switch (message.type) {
    case 'answer':
      return takeAnswer(message.number, message.answer);
    case 'stop':
      isStopAsked = true;
      return;
    default:
      serve(message).then(
        () => port.post({ type: 'ended' }),
        (error: unknown) => port.post({ type: 'failed', message: reasonOf(error) }),
      );
  }
});
setInterval(() => port.post({ type: 'alive' }), aliveEveryMs);

async function serve(request: Exclude<WindowTrainerRequest, { readonly type: 'stop' }>): Promise<void> {
  const emit = (event: TrainerEvent): void => port.post({ type: 'event', event });
  switch (request.type) {
    case 'probe':
      return emit({ type: 'probed', backends: await probeBackends(host) });
    case 'trial':
      return emit(await tryBackends(request.spec, host));
    case 'start':
      return runPreview(request.spec, host, emit, () => isStopAsked);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
