/** What other tools gave for one call of a PyTorch layer on B=2, T=10, I=8, H=16: thop, torchinfo and ptflops, run on PyTorch 1.13. */
import { describe, expect, it } from 'vitest';
import type { Quantity, RecurrentOperation } from '../graph';
import { chain, dense, recurrent, size, tensor } from '../testing/graphBuilder';
import { type CountedInput, type CountingTool, countedBy, modelAsCountedBy, trueMacs } from './conventions';

type Case = readonly [
  name: string,
  operation: RecurrentOperation,
  input: CountedInput,
  macs: number,
  torchinfo: number,
  thop: number,
  ptflops: number,
];

const batched: CountedInput = { layout: 'batchFirst', batch: size(2), steps: size(10), tokens: size(20) };
const unbatched: CountedInput = { layout: 'unbatched', batch: size(1), steps: size(10), tokens: size(10) };
/** Lengths 10 and 4. */
const packed: CountedInput = { layout: 'packed', batch: size(2), steps: size(10), tokens: size(14) };
const lstm = (changes: Partial<RecurrentOperation> = {}): RecurrentOperation => recurrent('lstm', 8, 16, changes);

const cases: readonly Case[] = [
  ['RNN', recurrent('rnn', 8, 16), batched, 7_680, 8_320, 8_640, 8_000],
  ['GRU', recurrent('gru', 8, 16), batched, 23_040, 24_960, 27_200, 24_000],
  ['LSTM', lstm(), batched, 30_720, 33_280, 35_840, 32_000],
  ['LSTM, no bias', lstm({ biasVectors: 0 }), batched, 30_720, 30_720, 33_280, 30_720],
  ['LSTM, bidirectional', lstm({ directions: 2 }), batched, 61_440, 66_560, 71_680, 64_000],
  ['2 layers, bidirectional', lstm({ directions: 2, layers: size(2) }), batched, 184_320, 194_560, 204_800, 192_000],
  ['LSTM, proj_size=4', lstm({ projection: size(4) }), batched, 16_640, 19_200, 35_840, 17_920],
  ['LSTM, unbatched', lstm(), unbatched, 15_360, 266_240, 143_360, 16_640],
  ['LSTM, packed', lstm(), packed, 21_504, 372_736, 35_840, 23_296],
];

describe('counts of other tools', () => {
  it.each(cases)('%s', (_, operation, input, macs, torchinfo, thop, ptflops) => {
    const count = (tool: CountingTool): number | null => countedBy(tool, operation, input).count.value;
    expect({
      macs: exact(trueMacs(operation, input)),
      torchinfo: count('torchinfo'),
      thop: count('thop'),
      ptflops: count('ptflops'),
    }).toEqual({ macs, torchinfo, thop, ptflops });
  });

  /** As `FlopCounterMode` of PyTorch 2.15 counts on a CPU. */
  it.each([
    ['RNN', recurrent('rnn', 8, 16), 15_360],
    ['GRU', recurrent('gru', 8, 16), 46_080],
    ['LSTM', lstm(), 0],
    ['LSTM, 2 layers, bidirectional', lstm({ directions: 2, layers: size(2) }), 0],
    ['LSTM, proj_size=4', lstm({ projection: size(4) }), 33_280],
  ] as const)('FlopCounterMode: %s', (_, operation, flops) => {
    expect(countedBy('flopCounterMode', operation, batched).count.value).toBe(flops);
  });

  it.each([
    // 2·384 − 16 − 16 + 32 biases + 16 additions.
    ['RNN', recurrent('rnn', 8, 16), 2 * 384 + 16],
    ['GRU', recurrent('gru', 8, 16), 2 * 1_152 + 7 * 16],
    ['LSTM', lstm(), 2 * 1_536 + 10 * 16],
    ['LSTM, no bias', lstm({ biasVectors: 0 }), 2 * 1_536 - 2 * 64 + 10 * 16],
    ['LSTM, bidirectional', lstm({ directions: 2 }), 2 * (2 * 1_536 + 10 * 16)],
    ['LSTM, proj_size=4', lstm({ projection: size(4) }), 2 * 4 * 16 * (8 + 4) + 10 * 16],
  ] as const)('DeepSpeed and calflops: %s, per token', (_, operation, perToken) => {
    expect(countedBy('deepSpeed', operation, batched).count.value).toBe(20 * perToken);
  });

  /** The entries of `addmm` and `mm` as PyTorch 2.15 ran them. */
  it.each([
    ['a batch of one lies together in memory', { ...batched, batch: size(1), tokens: size(10) }, 12_480],
    ['so does a batch with time first', { ...batched, layout: 'timeFirst' }, 24_960],
  ] as const)('ptflops of a GRU: %s', (_, input, macs) => {
    expect(countedBy('ptflops', recurrent('gru', 8, 16), input).count.value).toBe(macs);
  });

  it('fvcore gives 0 for every recurrent layer', () => {
    expect(countedBy('fvcore', lstm(), batched)).toMatchObject({ count: { value: 0 }, fault: expect.any(String) });
  });

  it('says where a count is not the work of the layer', () => {
    expect(countedBy('torchinfo', lstm(), unbatched).fault).toContain('that many times too large');
    expect(countedBy('torchinfo', lstm({ biasVectors: 0 }), batched).fault).toBeNull();
    expect(countedBy('thop', lstm({ projection: size(4) }), batched).fault).toContain('proj_size is ignored');
    expect(countedBy('thop', lstm(), packed).fault).toContain('padding');
    expect(countedBy('deepSpeed', lstm(), packed)).toMatchObject({ count: { grade: 'unknown' } });
  });

  it('leaves open lengths as letters', () => {
    const open: CountedInput = { layout: 'batchFirst', batch: size(1), steps: size('T'), tokens: size('T') };
    expect(countedBy('torchinfo', lstm(), open).count).toMatchObject({ grade: 'symbolic', value: null });
  });
});

describe('models', () => {
  const layers = [
    { path: 'rnn', operation: lstm(), output: tensor('B', 10, 16) },
    { path: 'fc', operation: dense(16, 2), output: tensor('B', 10, 2) },
  ];

  it('are counted by their recurrent layers, for one sequence', () => {
    const counts = modelAsCountedBy(chain('torch', tensor('B', 10, 8), layers));
    expect(counts.map(({ tool, count }) => [tool, count.value])).toEqual([
      ['torchinfo', 16_640],
      ['thop', 17_920],
      ['ptflops', 16_640],
      ['flopCounterMode', 0],
      ['fvcore', 0],
      ['deepSpeed', 32_320],
    ]);
  });

  it('of cells are counted by none: not every rule is known', () => {
    const cell = { path: 'cell', operation: lstm({ singleStep: true }), output: tensor('B', 16) };
    expect(modelAsCountedBy(chain('torch', tensor('B', 8), [cell]))).toEqual([]);
  });

  it('of other frameworks are counted by none of these tools', () => {
    expect(modelAsCountedBy(chain('keras', tensor('B', 10, 8), layers))).toEqual([]);
  });
});

function exact(quantity: Quantity): number | null {
  return quantity.kind === 'known' ? (quantity.value.terms[0]?.coefficient ?? 0) : null;
}
