/** One comparison from its start to its end: the record that is kept, and the trainer that fills it. */
import { isOnDevice } from '../../../protocol/backends';
import { formatObstaclePlace } from '../../../protocol/obstaclePlace';
import type { PreviewRecord } from '../../../protocol/panel';
import type { MovedFrom, Obstacle, PreviewSpec, RunEvent } from '../../../protocol/trainer';
import type { Translate } from '../translate';
import type { CheckpointFile } from './checkpointFile';
import type { HostName } from './devices';
import type { DeviceInUse } from './deviceWords';
import { type FrameBatch, frameBatch } from './frameBatch';
import type { Trainer, TrainerEnd, TrainerHost } from './trainer';

/** What the record says of the model, before anything has happened. */
export type RunSubject = Pick<PreviewRecord, 'modelName' | 'fileName' | 'uri' | 'line'>;

export interface PreviewRunListener {
  /** Events since the last call, at most once a frame. The record holds them already. */
  onEvents(events: readonly RunEvent[]): void;
  /** The run has ended; the record says how. */
  onEnd(): void;
  onLog(line: string): void;
}

/** Where a run may train. */
export interface RunPlace {
  readonly host: Pick<TrainerHost, 'name' | 'start'>;
  readonly backend: PreviewSpec['backend'];
}

/** A trainer on a device writes its state every two seconds; one that neither does nor says anything is taken for dead. */
const silenceLimitMs = 60_000;

export class PreviewRun {
  private readonly events: RunEvent[] = [];
  private readonly identity: Pick<PreviewRecord, 'id' | 'startedAt'>;
  private readonly batch: FrameBatch<RunEvent>;
  private status: PreviewRecord['status'] = 'running';
  private failure: string | null = null;
  private stopAsked = false;
  private trainer: Trainer | undefined;
  private host: HostName = 'process';

  /** @param places in the order in which they are tried: where one is lost in mid-run, the next goes on from a checkpoint */
  constructor(
    private readonly subject: RunSubject,
    places: Promise<readonly RunPlace[]>,
    private readonly spec: PreviewSpec,
    private readonly checkpoint: CheckpointFile,
    private readonly listener: PreviewRunListener,
    private readonly translate: Translate,
  ) {
    const startedAt = new Date().toISOString();
    this.identity = { id: `${startedAt} ${subject.modelName}`, startedAt };
    this.batch = frameBatch<RunEvent>((events) => listener.onEvents(events));
    places.then(
      (chosen) => this.train(chosen, null),
      (error: unknown) =>
        this.end({ kind: 'notStarted', reason: error instanceof Error ? error.message : String(error) }),
    );
  }

  private train([place, ...others]: readonly RunPlace[], movedFrom: MovedFrom | null): void {
    if (place === undefined || this.stopAsked) {
      this.end({ kind: 'notStarted', reason: this.translate('nothing can train here') });
      return;
    }
    // A device that was there a moment ago may be gone or taken; what stands in the way of all, the last place says.
    const mayBeRefused = this.spec.backend === 'auto' && others.length > 0;
    const spec: PreviewSpec = {
      ...this.spec,
      backend: place.backend,
      rescueFile: others.length > 0 ? this.checkpoint.path : null,
      resumeFile: movedFrom !== null && this.checkpoint.exists() ? this.checkpoint.path : null,
      movedFrom,
    };
    let lastSignMs = Date.now();
    let isSilent = false;
    const watch = setInterval(() => {
      const silentMs = Date.now() - Math.max(lastSignMs, this.checkpoint.writtenAtMs());
      if (others.length === 0 || !this.isOnDevice || silentMs < silenceLimitMs) return;
      isSilent = true;
      trainer.kill();
    }, silenceLimitMs / 10);
    this.host = place.host.name;
    const trainer = place.host.start(spec, {
      onEvent: (event) => {
        lastSignMs = Date.now();
        if (mayBeRefused && event.type === 'rejected') {
          for (const obstacle of event.obstacles) this.listener.onLog(describeObstacle(obstacle));
          return;
        }
        this.events.push(event);
        this.batch.add(event);
      },
      onLog: (line) => this.listener.onLog(line),
      onEnd: (end) => {
        clearInterval(watch);
        if (mayBeRefused && end.kind === 'rejected') return this.train(others, movedFrom);
        if (end.kind !== 'crashed' || this.stopAsked || others.length === 0) return this.end(end);
        this.train(others, this.lost(isSilent ? `no sign of it for ${silenceLimitMs / 1000} seconds` : end.how));
      },
    });
    this.trainer = trainer;
  }

  /** Whether a driver has a part in it, which may keep a trainer from ever saying anything again. */
  private get isOnDevice(): boolean {
    return this.device !== null && isOnDevice(this.device.backend);
  }

  /** What a trainer that goes on elsewhere is told of this one; null where it had not come as far as to train. */
  private lost(how: string): MovedFrom | null {
    const { device } = this;
    const because = this.translate('the trainer ended unexpectedly ({0})', how);
    return device && { backend: device.backend, device: device.device, because };
  }

  private end(end: TrainerEnd): void {
    if (this.status !== 'running') return;
    this.checkpoint.delete();
    this.batch.flush();
    this.status = statusAfter(end, this.stopAsked);
    this.failure = this.status === 'failed' ? describeFailure(end, this.events, this.translate) : null;
    this.listener.onEnd();
  }

  /** A view of the run as it stands; its events go on growing while the run lasts. */
  get record(): PreviewRecord {
    return { ...this.identity, ...this.subject, status: this.status, failure: this.failure, events: this.events };
  }

  get trainerProcessId(): number | undefined {
    return this.trainer?.processId;
  }

  /** What it trains on, as far as it has said; null when it does not train. */
  get device(): DeviceInUse | null {
    if (this.status !== 'running') return null;
    const last = this.events.findLast((event) => event.type === 'run' || event.type === 'moved');
    if (last === undefined) return null;
    const { backend, device } = last.type === 'moved' ? last.to : last;
    return { host: this.host, backend, device };
  }

  /** Asks for an orderly end; what has been reached is kept. */
  stop(): void {
    this.stopAsked = true;
    if (this.trainer === undefined) this.end({ kind: 'notStarted', reason: this.translate('nothing can train here') });
    else this.trainer.stop();
  }

  /** Ends the trainer at once, because nobody is looking any more. */
  abandon(): void {
    this.stopAsked = true;
    this.trainer?.kill();
  }
}

/** A record as it is shown again after the editor was reloaded: a run that was going then is going no more. */
export function restoredRecord(record: PreviewRecord): PreviewRecord {
  return record.status === 'running' ? { ...record, status: 'stopped' } : record;
}

function statusAfter(end: TrainerEnd, stopAsked: boolean): PreviewRecord['status'] {
  switch (end.kind) {
    case 'finished':
      return stopAsked ? 'stopped' : 'finished';
    case 'rejected':
      return 'failed';
    case 'notStarted':
    case 'crashed':
      return stopAsked ? 'stopped' : 'failed';
  }
}

function describeFailure(end: TrainerEnd, events: readonly RunEvent[], translate: Translate): string | null {
  switch (end.kind) {
    case 'finished':
    case 'rejected':
      // The page shows the obstacles of the event itself, each with its place.
      return null;
    case 'notStarted':
      return translate(
        'The trainer could not be started ({0}). Check the setting unroll.trainer.runtime, then run again.',
        end.reason,
      );
    case 'crashed':
      return translate(
        'The trainer ended unexpectedly ({0}), {1}. The curves up to there are kept; run again to train anew.',
        end.how,
        describeProgress(events, translate),
      );
  }
}

function describeProgress(events: readonly RunEvent[], translate: Translate): string {
  const last = events.findLast((event) => event.type === 'step');
  return last
    ? translate('at step {0} of {1}', last.step, last.cell.toUpperCase())
    : translate('before its first step');
}

/** An obstacle as one line: the message, and its place where there is one. */
export function describeObstacle(obstacle: Obstacle): string {
  const { message, file } = obstacle;
  if (file === null) return message;
  return `${message} (${formatObstaclePlace(file.split(/[\\/]/).at(-1) ?? file, obstacle)})`;
}
