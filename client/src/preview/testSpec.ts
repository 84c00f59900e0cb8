/** A run for tests, of which only some parts matter to each. */
import type { PreviewSpec } from '../../../protocol/trainer';

const location = { file: 'model.py', from: 0, to: 0, line: 1, column: 1 };

export const testSpec: PreviewSpec = {
  graph: {
    ...{ name: 'Forecaster', framework: 'keras', form: 'sequential', layers: [], flow: [], outputs: [] },
    ...{ symbols: [], problems: [], loss: null, location, extent: location },
  },
  variants: ['gru'],
  data: { kind: 'task', name: 'adding' },
  sequenceLength: null,
  budget: { steps: 2, batchSize: 4, learningRate: 0.01 },
  seed: 1,
  backend: 'auto',
};
