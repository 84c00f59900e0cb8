/** Answers which backends would train a run how fast: what `auto` finds out before a run, for whoever starts trainers. */
import type { PreviewSpec, TrialEvent } from '../../protocol/trainer';
import { searchBackends } from './chooseBackend';
import type { PreviewHost } from './host';
import { plansOf, prepare } from './prepare';

export async function tryBackends(spec: PreviewSpec, host: PreviewHost): Promise<TrialEvent> {
  const search = searchBackends({ ...spec, backend: 'auto' }, host);
  const prepared = await prepare(spec, host);
  if (prepared.kind === 'obstacles') {
    search.abandon();
    return { type: 'rejected', obstacles: prepared.obstacles };
  }
  const { dataset } = prepared;
  return { type: 'trialled', trials: await search.trials({ plans: plansOf(spec, prepared), dataset, spec }) };
}
