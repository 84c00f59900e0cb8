/** The report of a training run. */
import { expect, it } from 'vitest';
import type { RunEvent, Variant } from '../../../protocol/trainer';
import { reportHtml } from './trainReport';

it('draws every architecture in a colour of its own', () => {
  const variants: readonly Variant[] = ['rnn', 'gru', 'lstm', 'bigru', 'bilstm', 'cnn-lstm', 'cnn-lstm-attention'];
  const events = variants.flatMap((cell): RunEvent[] => [
    { type: 'run', cell, parameters: 1, backend: 'wasm', device: '', steps: 1, remarks: [] },
    { type: 'step', cell, step: 1, loss: 1, heldOutLoss: 1, metric: null, seconds: 1, sequencesPerSecond: 1 },
  ]);
  const [trainingChart = ''] = /<svg.*?<\/svg>/s.exec(reportHtml('Net', 'net.py', events)) ?? [];
  const colours = [...trainingChart.matchAll(/<polyline [^>]*stroke="(#\w+)"/g)].map(([, colour]) => colour);
  expect(colours).toHaveLength(variants.length);
  expect(new Set(colours).size).toBe(variants.length);
});

it('draws of each step the one that stands after a variant has moved, and says so', () => {
  const step = (at: number, loss: number): RunEvent => ({
    ...{
      type: 'step',
      cell: 'gru',
      step: at,
      loss,
      heldOutLoss: null,
      metric: null,
      seconds: at,
      sequencesPerSecond: 1,
    },
  });
  const html = reportHtml('Net', 'net.py', [
    { type: 'run', cell: 'gru', parameters: 1, backend: 'webgpu', device: 'a GPU', steps: 3, remarks: [] },
    ...[step(1, 8), step(2, 4), step(3, 2)],
    {
      ...{ type: 'moved', cell: 'gru', step: 1, because: 'it did not answer for 10 seconds' },
      from: { backend: 'webgpu', device: 'a GPU' },
      to: { backend: 'wasm', device: 'WebAssembly' },
    },
    ...[step(2, 3), step(3, 1)],
  ]);
  const [, points = ''] = /<polyline [^>]*points="([^"]*)"/.exec(html) ?? [];
  expect(points.split(' ')).toHaveLength(3);
  expect(html).toContain(
    'GRU goes on after step 1 with wasm on WebAssembly, because webgpu on a GPU computes no further: it did not answer',
  );
});
