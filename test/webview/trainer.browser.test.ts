/** The trainer in a worker of the preview page, as the editor's window has it, under the page's real policy. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { weatherGraph } from '../../engine/test/graphs';
import type { PreviewSpec, TrainerEvent } from '../../protocol/trainer';
import type { WindowTrainerRequest } from '../../protocol/windowTrainer';
import { type Harness, startHarness, type WebviewPage } from './harness';
import { darkTheme } from './themes';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ hasSoftwareGpu: true });
});
afterAll(() => harness?.close());

const spec: PreviewSpec = {
  graph: weatherGraph,
  variants: ['gru', 'lstm'],
  data: { kind: 'task', name: 'auto' },
  sequenceLength: null,
  budget: { steps: 12, batchSize: 8, learningRate: 0.01 },
  seed: 1,
  backend: 'wasm',
};

/** What a trainer of the page says to a request, up to its end; its questions are answered from the server of the page. */
function conversation(preview: WebviewPage, request: WindowTrainerRequest): Promise<TrainerEvent[]> {
  return preview.page.evaluate(
    (asked) =>
      new Promise<TrainerEvent[]>((resolve, reject) => {
        const events: TrainerEvent[] = [];
        const send = (message: unknown): void => window.postMessage({ type: 'toTrainer', trainer: 1, message }, '*');
        window.editorSide.onPosted = (posted) => {
          if (posted.type !== 'fromTrainer') return;
          const { message } = posted;
          if (message.type === 'event') events.push(message.event);
          if (message.type === 'failed') reject(new Error(message.message));
          if (message.type === 'ended') resolve(events);
          if (message.type !== 'question') return;
          const names = message.question.kind === 'kernels' ? ['kernels.wasm', 'kernels.relaxed.wasm'] : [];
          const load = async (name: string): Promise<Uint8Array> =>
            new Uint8Array(await (await fetch(`/${name}`)).arrayBuffer());
          void Promise.all(names.map(load)).then((files) =>
            send({ type: 'answer', number: message.number, answer: { kind: 'files', files } }),
          );
        };
        window.postMessage({ type: 'startTrainer', trainer: 1, script: `${location.origin}/trainer.js` }, '*');
        send(asked);
      }),
    request,
  );
}

function open(): Promise<WebviewPage> {
  return harness.open('preview', { theme: darkTheme, width: 900 });
}

test.each(['wasm', 'webgpu'] as const)('trains on %s in a worker to the end', { timeout: 180_000 }, async (backend) => {
  const preview = await open();
  const events = await conversation(preview, { type: 'start', spec: { ...spec, backend } });
  expect(events.filter(({ type }) => type === 'rejected')).toEqual([]);
  expect(events.at(-1)).toEqual({ type: 'finished' });
  const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
  expect(losses.length).toBeGreaterThan(4);
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(await preview.trouble()).toEqual([]);
  await preview.close();
});

test('says what it can train on', { timeout: 180_000 }, async () => {
  const preview = await open();
  const [answer] = await conversation(preview, { type: 'probe' });
  if (answer?.type !== 'probed') throw new Error('no answer');
  expect(answer.backends.find(({ name }) => name === 'wasm')).toMatchObject({ available: true });
  expect(answer.backends.find(({ name }) => name === 'webgpu')).toMatchObject({
    ...{ available: true, isSoftware: true, device: expect.stringContaining('computes on the processor') },
  });
  await preview.close();
});
