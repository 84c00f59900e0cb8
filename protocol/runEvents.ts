/** Reads the trainer's output, for whoever starts a run: which lines are events, and which of those still stand. */
import type { RunEvent, TrainerEvent, Variant } from './trainer';

const eventTypes: Readonly<Record<RunEvent['type'], true>> = {
  rejected: true,
  data: true,
  run: true,
  step: true,
  gradientReach: true,
  moved: true,
  done: true,
  verdict: true,
  finished: true,
  failed: true,
};

const trainerEventTypes: Readonly<Record<TrainerEvent['type'], true>> = {
  ...eventTypes,
  calibrated: true,
  notCalibrated: true,
  probed: true,
  trialled: true,
};

/** A trainer that is asked for one answer and takes longer hangs: it waits for no device of a backend for longer than a minute. */
export const answerWithinMs = 180_000;

/** The event on a line of the trainer's output; undefined for anything else, such as a warning of the runtime. */
export function parseRunEvent(line: string): RunEvent | undefined {
  const value = parsed(line);
  return isRunEvent(value) ? value : undefined;
}

/** The same, of a trainer that may have been asked for something other than a run. */
export function parseTrainerEvent(line: string): TrainerEvent | undefined {
  const value = parsed(line);
  return isTrainerEvent(value) ? value : undefined;
}

/** Both ends are built together, so the type is all that is checked. */
export function isRunEvent(value: unknown): value is RunEvent {
  return hasTypeOf(eventTypes, value);
}

function isTrainerEvent(value: unknown): value is TrainerEvent {
  return hasTypeOf(trainerEventTypes, value);
}

function hasTypeOf(types: Readonly<Record<string, true>>, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return typeof value.type === 'string' && Object.hasOwn(types, value.type);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Of all events of a run so far, those that no loss of a device took back: of each step and end of a variant the last there was. */
export function standingEvents(events: readonly RunEvent[]): readonly RunEvent[] {
  /** The step that each variant went on from, where it did after the event that is looked at. */
  const lastKept = new Map<Variant, number>();
  const standing = events.toReversed().filter((event) => {
    switch (event.type) {
      case 'moved':
        lastKept.set(event.cell, Math.min(event.step, lastKept.get(event.cell) ?? event.step));
        return true;
      case 'step':
        return event.step <= (lastKept.get(event.cell) ?? event.step);
      case 'done':
        // Of a trainer that was lost while others still trained: the next one says it again.
        return !lastKept.has(event.cell);
      default:
        return true;
    }
  });
  return standing.reverse();
}
