/** One comparison from its start to its end: the record that is kept, and the trainer that fills it. */
import { formatObstaclePlace } from '../../../protocol/obstaclePlace';
import type { PreviewRecord } from '../../../protocol/panel';
import type { Obstacle, PreviewSpec, RunEvent } from '../../../protocol/trainer';
import type { Translate } from '../translate';
import { frameBatch } from './frameBatch';
import { startTrainer, type Trainer, type TrainerEnd, type TrainerProgram } from './trainerProcess';

/** What the record says of the model, before anything has happened. */
export type RunSubject = Pick<PreviewRecord, 'modelName' | 'fileName' | 'uri' | 'line'>;

export interface PreviewRunListener {
  /** Events since the last call, at most once a frame. The record holds them already. */
  onEvents(events: readonly RunEvent[]): void;
  /** The run has ended; the record says how. */
  onEnd(): void;
  onLog(line: string): void;
}

export class PreviewRun {
  private readonly events: RunEvent[] = [];
  private readonly identity: Pick<PreviewRecord, 'id' | 'startedAt'>;
  private status: PreviewRecord['status'] = 'running';
  private failure: string | null = null;
  private stopAsked = false;
  private readonly trainer: Trainer;

  constructor(
    private readonly subject: RunSubject,
    program: TrainerProgram,
    spec: PreviewSpec,
    listener: PreviewRunListener,
    translate: Translate,
  ) {
    const startedAt = new Date().toISOString();
    this.identity = { id: `${startedAt} ${subject.modelName}`, startedAt };
    const batch = frameBatch<RunEvent>((events) => listener.onEvents(events));
    this.trainer = startTrainer(program, spec, {
      onEvent: (event) => {
        this.events.push(event);
        batch.add(event);
      },
      onLog: (line) => listener.onLog(line),
      onEnd: (end) => {
        batch.flush();
        this.status = statusAfter(end, this.stopAsked);
        this.failure = this.status === 'failed' ? describeFailure(end, this.events, translate) : null;
        listener.onEnd();
      },
    });
  }

  /** A view of the run as it stands; its events go on growing while the run lasts. */
  get record(): PreviewRecord {
    return { ...this.identity, ...this.subject, status: this.status, failure: this.failure, events: this.events };
  }

  get trainerProcessId(): number | undefined {
    return this.trainer.processId;
  }

  /** Asks for an orderly end; what has been reached is kept. */
  stop(): void {
    this.stopAsked = true;
    this.trainer.stop();
  }

  /** Ends the trainer at once, because nobody is looking any more. */
  abandon(): void {
    this.stopAsked = true;
    this.trainer.kill();
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
    case 'notStarted':
      return 'failed';
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
