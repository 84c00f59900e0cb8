/** Bytes of weights, optimisers and activations, and what one more step costs. */
import { describe, expect, it } from 'vitest';
import { format } from '../expression';
import { chain, dense, denseWeights, place, recurrent, size, tensor } from '../testing/graphBuilder';
import { gradientBytes, optimiserBytes, weightBytes } from './memory';
import { modelCosts } from './model';

/** 1,664 and 34 parameters; sequences of 10 steps. */
const graph = chain('torch', tensor('B', 10, 8), [
  { path: 'rnn', operation: recurrent('lstm', 8, 16), output: tensor('B', 10, 16) },
  { path: 'fc', operation: dense(16, 2), weights: denseWeights(16, 2), output: tensor('B', 10, 2) },
]);
const parameters = 1_664 + 34;

describe('weights and optimisers', () => {
  const costs = modelCosts(graph);

  it.each([
    ['fp32', 4 * parameters, 'exact'],
    ['fp16', 2 * parameters, 'exact'],
    ['int8', parameters, 'estimated'],
  ] as const)('%s weights take %i bytes', (format, value, grade) => {
    expect(weightBytes(costs.parameters, format)).toMatchObject({ value, grade });
  });

  it.each([
    ['sgd', 0],
    ['momentum', 4 * parameters],
    ['rmsprop', 4 * parameters],
    ['adam', 8 * parameters],
  ] as const)('%s keeps %i bytes', (optimiser, value) => {
    expect(optimiserBytes(costs.trainable, optimiser).value).toBe(value);
  });

  it('gradients are as large as what is trained', () => {
    expect(gradientBytes(costs.trainable).value).toBe(4 * parameters);
  });

  it('are unknown for the reason the parameters are', () => {
    const open = chain('torch', tensor('B', 10, 8), [{ path: 'x', operation: { op: 'other', because: 'new to us' } }]);
    expect(weightBytes(modelCosts(open).parameters, 'fp32').because).toContain('not listed');
  });
});

describe('backpropagation through time', () => {
  // Six values per unit and step of the LSTM, and what the dense layer gives, in 32-bit floats.
  const perStep = 4 * (6 * 16 + 2);

  it('keeps every step, unless it is cut off', () => {
    const costs = modelCosts(graph);
    expect(costs.trainingMemory.value).toBe(10 * perStep);
    expect(costs.truncatedTrainingMemory(size(4)).value).toBe(4 * perStep);
    expect(costs.truncatedTrainingMemory(size(100)).value).toBe(10 * perStep);
  });

  it('grows with the length at which it is cut off, whatever the sequence', () => {
    const open = chain('torch', tensor('B', 'T', 8), [
      { path: 'rnn', operation: recurrent('lstm', 8, 16), output: tensor('B', 'T', 16) },
    ]);
    const { expression } = modelCosts(open).truncatedTrainingMemory(size('k'));
    expect(expression === null ? null : format(expression)).toBe('384·min(T, k)');
  });

  it('leaves what has no time axis as it is', () => {
    const last = chain('torch', tensor('B', 10, 8), [
      { path: 'rnn', operation: recurrent('lstm', 8, 16, { returnSequences: false }), output: tensor('B', 16) },
      { path: 'fc', operation: dense(16, 2), weights: denseWeights(16, 2), output: tensor('B', 2) },
    ]);
    expect(modelCosts(last).truncatedTrainingMemory(size(4)).value).toBe(4 * (4 * 6 * 16 + 2));
  });
});

describe('inference', () => {
  const vector = (path: string, inputs: number, units: number) => ({
    path,
    operation: dense(inputs, units),
    weights: denseWeights(inputs, units),
    output: tensor('B', units),
  });

  it('holds at once what a layer gives and what it was given, no more', () => {
    const deep = chain('keras', tensor('B', 8), [vector('a', 8, 100), vector('b', 100, 10), vector('c', 10, 50)]);
    expect(modelCosts(deep).inferenceMemory.value).toBe(4 * (100 + 10));
  });

  it('holds what is needed again later', () => {
    const deep = chain('keras', tensor('B', 8), [vector('a', 8, 100), vector('b', 100, 10), vector('c', 10, 100)]);
    const skip = {
      id: 4,
      operation: { kind: 'function', name: 'add', axis: null } as const,
      inputs: [
        { node: 3, output: 0 },
        { node: 1, output: 0 },
      ],
      outputs: [tensor('B', 100)],
      location: place(9),
    };
    const residual = { ...deep, flow: [...deep.flow, skip], outputs: [{ node: 4, output: 0 }] };
    expect(modelCosts(residual).inferenceMemory.value).toBe(4 * (100 + 100 + 100));
  });

  it('of a recurrent layer holds its output and its states', () => {
    const one = chain('torch', tensor('B', 10, 8), [
      { path: 'rnn', operation: recurrent('lstm', 8, 16), output: tensor('B', 10, 16) },
    ]);
    expect(modelCosts(one).inferenceMemory.value).toBe(4 * (10 * 16 + 2 * 16));
  });
});

it('one more step costs the weight entries once, of every layer', () => {
  const costs = modelCosts(graph);
  expect(costs.macsPerStep).toMatchObject({ grade: 'exact', value: 1_536 + 32 });
  expect(costs.flopsPerStep.value).toBe(2 * (1_536 + 32));
});
