/** What a hover says: the answer in one line, the details below, and a way to all of it. */
import { expect, it } from 'vitest';
import { chain, dense, denseWeights, recurrent, tensor } from '../../../model/testing/graphBuilder';
import { layerMarkdown, modelMarkdown } from './layerText';

const graph = chain('torch', tensor('B', 10, 8), [
  { path: 'lstm', operation: recurrent('lstm', 8, 16), output: tensor('B', 10, 16) },
  { path: 'head', operation: dense(16, 2), weights: denseWeights(16, 2), output: tensor('B', 10, 2) },
]);
const [lstm, head] = graph.layers;
if (lstm === undefined || head === undefined) throw new Error('the chain has two layers');

it('answers for a layer in its first line, then gives every figure', () => {
  const [first, ...rest] = layerMarkdown(graph, lstm).split('\n');
  expect(first).toBe('**recurrent** `lstm`: 1,664 parameters · output `(B, 10, 16)`');
  const details = rest.join('\n');
  for (const part of [
    '**Work per sequence:** 15,360 MACs = 31 kFLOP',
    '**Work per step:** 1,536 MACs = 3.1 kFLOP',
    'to train through all steps, 384 B for each step that truncation keeps',
    '**Weights:** 6.5 KB in fp32, 3.3 KB in fp16, 1.6 KB in int8',
    '**As counted by:** torchinfo (mult-adds) 16,640, thop 17,920, ptflops (aten, PyTorch 1.13) 16,640 MACs',
  ]) {
    expect(details).toContain(part);
  }
});

it('names the tensors of a layer, and counts only recurrent ones as other tools do', () => {
  const text = layerMarkdown(graph, head);
  expect(text).toContain('**Tensors:** `kernel (16, 2)`, `bias (2,)`');
  expect(text).not.toContain('As counted by');
});

it('says of a model what training keeps, and links to all costs where links are followed', () => {
  const text = modelMarkdown(graph, [], 'command:unroll.showCosts');
  expect(text).toContain('**To train, beside activations:** 6.6 KB of gradients; 6.6 KB for SGD with momentum');
  expect(text).toContain('13 KB for Adam');
  expect(text).toContain('[Show all costs](command:unroll.showCosts)');
  expect(modelMarkdown(graph)).not.toContain('command:');
});

it('says that a packed input is counted for its padded length', () => {
  const flow = graph.flow.map((node) =>
    node.id === 0
      ? { ...node, operation: { kind: 'function', name: 'pack_padded_sequence', axis: null } as const }
      : node,
  );
  expect(layerMarkdown({ ...graph, flow }, lstm)).toContain('an upper bound, for the padded length');
});
