/** Hosts for runs inside tests: files from memory or from the samples, and a clock. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PreviewSpec, RunEvent } from '../../protocol/trainer';
import type { Candidate } from '../trainer/backends';
import type { PreviewHost } from '../trainer/host';
import { runPreview } from '../trainer/runPreview';
import { kernelBytes } from './backends';
import { weatherGraph } from './graphs';

const samples = join(import.meta.dirname, '../../samples/data');
const weatherFile = join(samples, 'seattle-weather.csv');
export const textFile = join(samples, 'alice.txt');

/** Reads `files` and what was written from memory, everything else from disk; writes to memory. */
export function testHost(files: Readonly<Record<string, string | Uint8Array>> = {}): PreviewHost {
  const written = new Map<string, string | Uint8Array>(Object.entries(files));
  return {
    readFile: async (path) => {
      const contents = written.get(path);
      if (contents === undefined) return readFile(path);
      return typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
    },
    writeFile: async (path, bytes) => {
      written.set(path, bytes);
    },
    kernels: async () => kernelBytes,
    digits: () => readFile(join(samples, 'digits.npz')),
    nowMs: () => performance.now(),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

/** A short run of the weather model; a test changes what it is about. */
export function specWith(changes: Partial<PreviewSpec>): PreviewSpec {
  return {
    graph: weatherGraph,
    variants: ['lstm'],
    data: { kind: 'table', path: weatherFile, features: null, target: 'temp_max' },
    sequenceLength: null,
    budget: { steps: 20, batchSize: 16, learningRate: 0.01 },
    seed: 1,
    backend: 'auto',
    ...changes,
  };
}

export async function eventsOf(
  spec: PreviewSpec,
  host: PreviewHost = testHost(),
  shouldStop: (events: readonly RunEvent[]) => boolean = () => false,
  among?: readonly Candidate[],
): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  await runPreview(
    spec,
    host,
    (event) => events.push(event),
    () => shouldStop(events),
    among,
  );
  return events;
}

export function only<Type extends RunEvent['type']>(
  events: readonly RunEvent[],
  type: Type,
): Extract<RunEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
}
