/** Rule: a setting of a Keras LSTM or GRU keeps it from running as one fused kernel. */
import type { Layer } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { hasSpread, removeArguments } from '../../rewrite/arguments';
import { callAt } from '../../rewrite/nodes';
import { type FusedKernelObstacle, fusedKernelObstacles } from '../facts/fusedKernel';
import type { Fix, Rule, RuleFinding } from '../rule';
import { isRelu } from './reluInGatedCell';

export const noFusedKernel: Rule = {
  code: 'no-fused-kernel',
  severity: 'information',
  frameworks: ['keras'],
  documentation: {
    title: 'A setting turns off the fused kernel',
    whatItDoes:
      'Looks for a Keras `LSTM` or `GRU` with a setting that cuDNN has no kernel for: `recurrent_dropout` above zero, an ' +
      '`activation` other than tanh, a `recurrent_activation` other than sigmoid, `use_bias=False`, `reset_after=False` or ' +
      '`unroll=True`. Files that are written for Keras before cuDNN was its default are left alone, and so is `use_cudnn=False`. ' +
      'Whether there is a GPU is not known from the source: without one the setting costs nothing.',
    whyIsThisBad:
      'With the default settings Keras runs the whole layer as one cuDNN kernel on a GPU. With any of these it silently falls ' +
      'back to a loop of small operations per time step, which is commonly several times slower.',
    example: '```python\nlayers.LSTM(128, recurrent_dropout=0.2)\n```',
    useInstead:
      '```python\nlayers.LSTM(128, dropout=0.2)\n```\n`dropout` acts on the inputs and keeps the fused kernel; or keep the setting ' +
      'and know its price.',
    fixSafety:
      'Offered for `unroll=True` alone, which changes no result. Every other setting changes what the model computes or how it ' +
      'is regularised: that is for its author to decide.',
    references: [
      'https://github.com/tensorflow/tensorflow/issues/38236',
      'https://github.com/tensorflow/tensorflow/issues/40944',
      'https://github.com/keras-team/keras/issues/19644',
      'https://keras.io/api/layers/recurrent_layers/lstm/',
    ],
  },
  check: (analysis, facts) => {
    const found = analysis.models.flatMap((model) => model.layers).flatMap((layer) => checkLayer(layer, analysis));
    const isForFused = found.length > 0 && facts.kerasGeneration !== 'old' && facts.kerasGeneration !== 'legacy';
    return isForFused ? found : [];
  },
};

function checkLayer(layer: Layer, analysis: FileAnalysis): readonly RuleFinding[] {
  const obstacles = fusedKernelObstacles(layer, analysis);
  if (obstacles === null || obstacles.includes('use_cudnn')) return [];
  // ReLU has a rule of its own, which says more.
  const told = obstacles.filter((obstacle) => obstacle !== 'activation' || !isRelu(layer));
  if (told.length === 0) return [];
  const settings = told.map((obstacle) => describe(obstacle, layer));
  return [
    {
      location: layer.coreLocation,
      message: `${settings.join(' and ')} ${settings.length === 1 ? 'keeps' : 'keep'} this layer from the fused cuDNN kernel: on a GPU it runs step by step, several times slower.`,
      fix: obstacles.length === 1 && obstacles[0] === 'unroll' ? fixFor(layer, analysis) : null,
    },
  ];
}

function describe(obstacle: FusedKernelObstacle, { operation }: Layer): string {
  if (operation.op !== 'recurrent') return obstacle;
  switch (obstacle) {
    case 'recurrent_dropout':
      return `recurrent_dropout=${operation.recurrentDropout}`;
    case 'activation':
      return `activation='${operation.activation}'`;
    case 'recurrent_activation':
      return `recurrent_activation='${operation.recurrentActivation}'`;
    case 'use_bias':
    case 'reset_after':
    case 'use_cudnn':
      return `${obstacle}=False`;
    case 'unroll':
      return 'unroll=True';
  }
}

function fixFor(layer: Layer, { tree, text }: FileAnalysis): Fix | null {
  const call = callAt(tree, layer.coreLocation);
  if (call === null || hasSpread(call, text)) return null;
  return { title: 'Remove unroll=True', edits: removeArguments(call, text, ({ name }) => name === 'unroll') };
}
