/** A trainer on WebGPU whose process is killed in the middle of a run: another one goes on, and the events tell one story. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuiltTrainer, buildTrainer } from '../../../engine/test/builtTrainer';
import { only, specWith } from '../../../engine/test/host';
import { decodeCheckpoint } from '../../../engine/trainer/checkpoint';
import { standingEvents } from '../../../protocol/runEvents';
import type { PreviewSpec, RunEvent } from '../../../protocol/trainer';
import { trainRescued } from './rescue';
import { startTrainer, type WaitingTrainer } from './trainerProcess';

let trainerFiles: BuiltTrainer;

beforeAll(async () => {
  trainerFiles = await buildTrainer();
});

afterAll(() => trainerFiles.remove());

const steps = 40;
/** A software adapter takes seconds for a step of some machines. */
const deadlineMs = 240_000;

test('a run goes on after its trainer is killed', { timeout: deadlineMs }, async () => {
  const start = (): WaitingTrainer => startTrainer(join(trainerFiles.folder, 'trainer.js'));
  const first = start();
  let rescueFile = '';
  // The state is written where only the two trainers know.
  const watched: WaitingTrainer = {
    ...first,
    run: (spec, onEvent) => {
      rescueFile = spec.rescueFile ?? '';
      return first.run(spec, onEvent);
    },
  };
  const events: RunEvent[] = [];
  const sentences: string[] = [];
  const spec: PreviewSpec = specWith({
    ...{ backend: 'webgpu', variants: ['rnn'], sequenceLength: 3 },
    budget: { steps, batchSize: 8, learningRate: 0.01 },
  });
  const running = trainRescued(watched, spec, (event) => events.push(event), {
    startAnother: start,
    say: (sentence) => sentences.push(sentence),
    silentForMs: deadlineMs,
  });
  await expect.poll(() => stepsWritten(rescueFile), { timeout: deadlineMs, interval: 20 }).toBeGreaterThan(0);
  if (first.processId === undefined) throw new Error('the trainer was not started');
  process.kill(first.processId, 'SIGKILL');

  expect(await running).toEqual({ kind: 'finished' });
  expect(sentences).toEqual([expect.stringContaining('(SIGKILL); another one goes on.')]);
  expect(only(events, 'run').map(({ backend }) => backend)).toEqual(['webgpu', 'wasm']);
  const [moved] = only(events, 'moved');
  expect(moved).toMatchObject({ cell: 'rnn', from: { backend: 'webgpu' }, to: { backend: 'wasm' } });
  expect(moved?.step).toBeGreaterThan(0);
  expect(moved?.step).toBeLessThan(steps);
  expect(only(events, 'data').length).toBe(1);
  expect(events.at(-1)).toEqual({ type: 'finished' });
  const trained = only(standingEvents(events), 'step').map(({ step }) => step);
  expect(trained).toEqual(Array.from({ length: steps }, (_, index) => index + 1));
  expect(existsSync(rescueFile)).toBe(false);
});

/** Steps in the state that was written last; none where there is no state yet. */
function stepsWritten(file: string): number {
  if (!existsSync(file)) return 0;
  const decoded = decodeCheckpoint(readFileSync(file));
  return decoded.kind === 'checkpoint' ? (decoded.variants[0]?.step ?? 0) : 0;
}
