/** The side of a worker: trains one variant of a run as it is told to. */

import type { RunEvent } from '../../protocol/trainer';
import { openProcessor } from './backends';
import type { PreviewHost } from './host';
import { networkMaker } from './networkMaker';
import { plansOf, prepare } from './prepare';
import type { VariantReply, VariantRequest, VariantTask } from './variantProtocol';
import { createVariantRun, type VariantRun } from './variantRun';

/** Resolves to what is to be done with each request; they are carried out one after another. */
export async function serveVariant(
  { spec, variant, threads, backend, kernels }: VariantTask,
  host: PreviewHost,
  post: (reply: VariantReply) => void,
): Promise<(request: VariantRequest) => Promise<void>> {
  const prepared = await prepare(spec, host);
  if (prepared.kind === 'obstacles') throw new Error(prepared.obstacles.map(({ message }) => message).join(' '));
  const planned = plansOf(spec, prepared).find((one) => one.variant === variant);
  if (planned === undefined) throw new Error(`the run has no variant ${variant}`);
  const makeNetwork = networkMaker(await openProcessor(backend, host, kernels), threads, host.workers ?? null);
  const emit = (event: RunEvent): void => post({ type: 'event', event });
  const run = createVariantRun(
    variant,
    planned.plan,
    prepared.dataset,
    spec.budget,
    spec.seed,
    makeNetwork,
    host,
    emit,
  );
  post({ type: 'ready', start: run.start });
  let last = Promise.resolve();
  return (request) => {
    last = last.then(() => carryOut(request, run, post));
    return last;
  };
}

async function carryOut(request: VariantRequest, run: VariantRun, post: (reply: VariantReply) => void): Promise<void> {
  switch (request.type) {
    case 'advance':
      await run.advance(request.forMs);
      return post({ type: 'advanced', isOver: run.isOver });
    case 'finish':
      return post({ type: 'finished', result: await run.finish(request.end) });
    case 'checkpoint':
      return post({ type: 'checkpoint', checkpoint: await run.checkpoint() });
    case 'resume': {
      const refusal = await run.resume(request.checkpoint, request.hasMoved);
      return post({ type: 'resumed', refusal, start: run.start, isOver: run.isOver });
    }
  }
}
