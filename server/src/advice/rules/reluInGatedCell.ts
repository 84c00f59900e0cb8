/** Rule: an LSTM or GRU whose candidate is computed with ReLU, which has no bound. */
import type { SyntaxNode } from '@lezer/common';
import type { Layer } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { hasSpread, keywordOf, removeArguments } from '../../rewrite/arguments';
import { optionOf, optionsObjectOf, removeOptions } from '../../rewrite/javascript/options';
import { callAt } from '../../rewrite/nodes';
import { stringOf } from '../facts/written';
import type { Fix, Rule, RuleFinding } from '../rule';

export const reluInGatedCell: Rule = {
  code: 'relu-in-gated-cell',
  severity: 'warning',
  frameworks: ['keras', 'tfjs'],
  documentation: {
    title: 'ReLU inside an LSTM or GRU',
    whatItDoes: "Looks for `LSTM` and `GRU` layers, and single steps of them, with `activation='relu'`.",
    whyIsThisBad:
      'The state of a gated cell is a running sum of what `activation` gives. tanh keeps every summand between −1 and 1; ReLU has no ' +
      'bound, so the state can grow from step to step until the loss is NaN, the sooner the longer the sequence. Keras also has no fused ' +
      'cuDNN kernel for it: on a GPU the layer runs several times slower.',
    example: "```python\nlayers.LSTM(50, activation='relu')\n```",
    useInstead:
      '```python\nlayers.LSTM(50)\n```\ntanh is the default. Where ReLU is wanted, put it behind the layer. A vanilla RNN with ReLU and ' +
      'an identity as its recurrent matrix is a known design, and is left alone.',
    fixSafety:
      'Shapes and weights stay; the layer computes something else, as it should, and a trained model must be trained again.',
    references: ['https://github.com/keras-team/keras/issues/2194', 'https://github.com/keras-team/keras/issues/13221'],
  },
  check: (analysis) =>
    analysis.models
      .flatMap((model) => model.layers)
      .filter(isRelu)
      .map(
        (layer): RuleFinding => ({
          location: layer.coreLocation,
          message:
            "activation='relu' has no bound: the state of this cell can grow with every step until the loss is NaN. " +
            `tanh, the default, keeps it bounded${analysis.language === 'python' ? ' and lets a GPU run the layer as one fused kernel' : ''}.`,
          fix: fixFor(layer, analysis),
        }),
      ),
};

export function isRelu({ operation }: Layer): boolean {
  return operation.op === 'recurrent' && operation.cell !== 'rnn' && operation.activation === 'relu';
}

function fixFor(layer: Layer, { tree, text, language }: FileAnalysis): Fix | null {
  const call = callAt(tree, layer.coreLocation);
  if (call === null) return null;
  const title = 'Use tanh, the default';
  return language === 'python' ? pythonFix(call, text, title) : javascriptFix(call, text, title);
}

function pythonFix(call: SyntaxNode, text: string, title: string): Fix | null {
  const activation = keywordOf(call, text, 'activation');
  if (activation === null || hasSpread(call, text) || stringOf(activation.value, text) !== 'relu') return null;
  return { title, edits: removeArguments(call, text, ({ name }) => name === 'activation') };
}

function javascriptFix(call: SyntaxNode, text: string, title: string): Fix | null {
  const object = optionsObjectOf(call);
  const activation = optionOf(call, text, 'activation');
  if (object === null || !activation?.value || stringOf(activation.value, text) !== 'relu') return null;
  return { title, edits: removeOptions(object, text, ({ name }) => name === 'activation') };
}
