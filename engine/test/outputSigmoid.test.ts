/** The sigmoid at the end of a model is left to binary cross-entropy, wherever it stands. */
import { expect, test } from 'vitest';
import { withoutOutputSigmoid } from '../plan/outputSigmoid';
import type { PlannedLayer, TrainingPlan } from '../plan/trainingPlan';

const dense: PlannedLayer = { kind: 'dense', path: 'dense', units: 1, bias: true, activation: 'sigmoid' };
const plainDense: PlannedLayer = { ...dense, activation: null };
const sigmoid: PlannedLayer = { kind: 'activation', path: 'sigmoid', activation: 'sigmoid' };
const last: PlannedLayer = { kind: 'step', path: 'last', step: -1 };

function plan(layers: readonly PlannedLayer[], source?: TrainingPlan['output']['source']): TrainingPlan {
  return {
    convention: 'torch',
    timeSteps: 4,
    input: { kind: 'features', width: 2 },
    layers,
    output: { steps: 'last', width: 1, ...(source === undefined ? {} : { source }) },
    loss: 'binaryCrossEntropy',
    remarks: [],
  };
}

test.each<[string, readonly PlannedLayer[], readonly PlannedLayer[], number]>([
  ['in a dense layer', [dense], [plainDense], 0],
  ['in a dense layer before a step', [dense, last], [plainDense, last], 1],
  ['alone', [plainDense, sigmoid], [{ ...plainDense, reads: ['input'] }], 0],
  [
    'alone before a step',
    [plainDense, sigmoid, last],
    [
      { ...plainDense, reads: ['input'] },
      { ...last, reads: [{ layer: 0, output: 0 }] },
    ],
    1,
  ],
])('%s', (_, layers, expected, output) => {
  const result = withoutOutputSigmoid(plan(layers));
  expect(result.layers).toEqual(expected);
  expect(result.output.source ?? { layer: result.layers.length - 1, output: 0 }).toEqual({ layer: output, output: 0 });
});
