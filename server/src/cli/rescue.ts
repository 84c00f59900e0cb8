/**
 * Keeps a run alive that trains on a GPU, whose driver may end the trainer's process or never answer it: another trainer goes on
 * on another backend, from the state that the first one wrote last.
 */
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isOnDevice } from '../../../protocol/backends';
import type { MovedFrom, PreviewSpec, RunDevice, RunEvent } from '../../../protocol/trainer';
import type { TrainerEnd, WaitingTrainer } from './trainerProcess';

/** What a rescue needs of the world around it. */
export interface RescueSurroundings {
  startAnother(): WaitingTrainer;
  /** Tells people what happens, in a sentence. */
  say(sentence: string): void;
  /** A trainer on a device that has neither said nor written anything for so long is taken for dead. */
  readonly silentForMs: number;
}

/** Far longer than a step takes, and than the ten seconds after which a trainer itself gives a device up. */
export const silentForMs = 60_000;

/** Where a trainer was when it was heard of last: nowhere, or somewhere, where it has said nothing or not that. */
type LastPlace = RunDevice | 'none' | 'unknown';

/** Resolves after the last event of the last trainer. Events come as from one trainer: the data are told of once. */
export async function trainRescued(
  firstTrainer: WaitingTrainer,
  spec: PreviewSpec,
  onEvent: (event: RunEvent) => void,
  surroundings: RescueSurroundings,
): Promise<TrainerEnd> {
  if (spec.backend !== 'auto' && !isOnDevice(spec.backend)) return firstTrainer.run(spec, onEvent);
  const folder = await mkdtemp(path.join(tmpdir(), 'unroll-'));
  // Also where the program ends early, as when nobody reads its output any more.
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const rescueFile = spec.checkpointFile ?? path.join(folder, 'run.checkpoint');
  try {
    /** By the trainer that is under way. */
    let place: LastPlace = 'none';
    let isDataKnown = false;
    const take = (event: RunEvent): void => {
      if (event.type === 'run') place = event;
      else if (event.type === 'moved') place = event.to;
      else if (place === 'none') place = 'unknown';
      if (event.type === 'data' && isDataKnown) return;
      isDataKnown ||= event.type === 'data';
      onEvent(event);
    };
    let trainer = firstTrainer;
    let current: PreviewSpec = { ...spec, rescueFile };
    const placeNow = (): LastPlace => place;
    for (;;) {
      const end = await withWatch(trainer, current, take, placeNow, rescueFile, surroundings);
      if (end.kind !== 'crashed') return end;
      const lost = placeNow();
      const next = rescueSpec(current, lost, end.how);
      if (next === null) return end;
      const where = typeof lost === 'string' ? 'before it trained' : `on ${lost.device}`;
      surroundings.say(`The trainer ended unexpectedly ${where} (${end.how}); another one goes on.`);
      [trainer, current, place] = [surroundings.startAnother(), next, 'none'];
    }
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** What another trainer is to do after a crash; null where it would be no better. */
function rescueSpec(spec: PreviewSpec, lost: LastPlace, how: string): PreviewSpec | null {
  const { checkpointFile, rescueFile } = spec;
  if (lost === 'unknown' || spec.backend === 'wasm') return null;
  // A driver that is opened may end the process so early; a trainer that has failed says why, and exits as programs do.
  if (lost === 'none') return how === 'exit code 1' ? null : { ...spec, backend: 'wasm' };
  if (!isOnDevice(lost.backend)) return null;
  const { backend, device } = lost;
  const movedFrom: MovedFrom = { backend, device, because: `its trainer ended unexpectedly (${how})` };
  const written = checkpointFile ?? rescueFile;
  const resumeFile = written && existsSync(written) ? written : spec.resumeFile;
  // A second loss is enough: what is left out of the choice is only where it was last.
  return { ...spec, backend: spec.movedFrom ? 'wasm' : 'auto', movedFrom, resumeFile: resumeFile ?? null };
}

/** Runs a trainer, and ends it where a device keeps it from ever saying anything again. */
async function withWatch(
  trainer: WaitingTrainer,
  spec: PreviewSpec,
  onEvent: (event: RunEvent) => void,
  placeNow: () => LastPlace,
  rescueFile: string,
  { silentForMs: limitMs }: RescueSurroundings,
): Promise<TrainerEnd> {
  let lastSignMs = Date.now();
  let isSilent = false;
  const look = async (): Promise<void> => {
    const place = placeNow();
    // A driver may hang when it is opened, too, which comes before a trainer's first word.
    const mayHang = place === 'none' ? spec.backend !== 'wasm' : place !== 'unknown' && isOnDevice(place.backend);
    if (!mayHang) return;
    const written = await stat(rescueFile).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (Date.now() - Math.max(lastSignMs, written) < limitMs) return;
    isSilent = true;
    trainer.abandon();
  };
  const watch = setInterval(() => void look(), limitMs / 10);
  try {
    const end = await trainer.run(spec, (event) => {
      lastSignMs = Date.now();
      onEvent(event);
    });
    const how = `no sign of it for ${Math.round(limitMs / 1000)} seconds`;
    return isSilent && end.kind === 'crashed' ? { kind: 'crashed', how } : end;
  } finally {
    clearInterval(watch);
  }
}
