/** Which backends run in this process, and why the others do not: each is opened, checked and timed once. */
import type { BackendStatus } from '../../protocol/trainer';
import { agreesWithReference } from '../selfTest';
import {
  type BackendHost,
  type Candidate,
  candidates,
  closeOpened,
  disagreement,
  openCandidate,
  whyNot,
} from './backends';

/** One after another, so that none has to share the machine while it is timed. */
export async function probeBackends(
  host: BackendHost,
  among: readonly Candidate[] = candidates,
): Promise<readonly BackendStatus[]> {
  const statuses: BackendStatus[] = [];
  for (const candidate of among) statuses.push(await probe(candidate, host));
  return statuses;
}

async function probe(candidate: Candidate, host: BackendHost): Promise<BackendStatus> {
  const { name } = candidate;
  const startedMs = host.nowMs();
  const opened = await openCandidate(candidate, host, 'whatever there is');
  if (opened.kind === 'none') return { name, available: false, because: whyNot(opened) };
  const { backend } = opened;
  try {
    // Devices are compared whenever they are opened.
    if (backend.kind === 'processor' && !(await agreesWithReference(backend.create))) {
      return { name, available: false, because: disagreement };
    }
    return {
      name,
      available: true,
      device: backend.device,
      isSoftware: backend.kind === 'device' && backend.isSoftware,
      startSeconds: (host.nowMs() - startedMs) / 1000,
    };
  } finally {
    closeOpened(opened);
  }
}
