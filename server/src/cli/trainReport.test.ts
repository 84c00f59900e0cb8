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
