/** Reads the trainer's output: the one place that tells its events from other lines, for whoever starts a run. */
import type { RunEvent } from './trainer';

const eventTypes: Readonly<Record<RunEvent['type'], true>> = {
  rejected: true,
  data: true,
  run: true,
  step: true,
  gradientReach: true,
  done: true,
  verdict: true,
  finished: true,
  failed: true,
};

/** The event on a line of the trainer's output; undefined for anything else, such as a warning of the runtime. */
export function parseRunEvent(line: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRunEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Both ends are built together, so the type is all that is checked. */
function isRunEvent(value: unknown): value is RunEvent {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return typeof value.type === 'string' && Object.hasOwn(eventTypes, value.type);
}
