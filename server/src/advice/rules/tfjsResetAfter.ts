/** Rule: a GRU of TensorFlow.js is to reset after the product, which it cannot. */
import type { FileAnalysis } from '../../analysis';
import { optionOf, optionsObjectOf, optionsOf, removeOptions } from '../../rewrite/javascript/options';
import { textOf } from '../../rewrite/nodes';
import type { Rule, RuleFinding } from '../rule';

export const tfjsResetAfter: Rule = {
  code: 'tfjs-gru-reset-after',
  severity: 'error',
  frameworks: ['tfjs', 'keras-config'],
  documentation: {
    title: 'TensorFlow.js has no GRU that resets after the product',
    whatItDoes:
      'Looks for `tf.layers.gru` and `gruCell` with `resetAfter: true`, and for a model saved for TensorFlow.js (a `model.json` with ' +
      '`modelTopology`) that has a GRU with `reset_after: true`.',
    whyIsThisBad:
      'TensorFlow.js throws "GRUCell does not support reset_after parameter set to true." Keras makes every GRU that way since ' +
      'TensorFlow 2, so a GRU converted from Keras 3 does not load unless it was trained with `reset_after=False`.',
    example: '```js\ntf.layers.gru({ units: 32, resetAfter: true })\n```',
    useInstead:
      '```js\ntf.layers.gru({ units: 32 })\n```\nIn Keras, before training a model that is meant for TensorFlow.js: ' +
      '`layers.GRU(32, reset_after=False)`.',
    fixSafety:
      'In a program the option is removed: the layer could not be made before. In a saved model nothing is offered: its weights have ' +
      'another shape, so it must be trained again.',
    references: [
      'https://github.com/tensorflow/tfjs/issues/2442',
      'https://github.com/tensorflow/tfjs/pull/3620',
      'https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-layers/src/layers/recurrent.ts',
    ],
  },
  check: (analysis, { calls }) => {
    if (analysis.language === 'json') return checkSaved(analysis);
    if (!analysis.text.includes('resetAfter')) return [];
    return ['gru', 'gruCell'].flatMap((name) =>
      calls.named(name).flatMap(({ node }): readonly RuleFinding[] => {
        const { text } = analysis;
        const object = optionsObjectOf(node);
        const option = optionOf(node, text, 'resetAfter');
        if (object === null || !option?.value || textOf(text, option.value) !== 'true') return [];
        const isLast = optionsOf(object, text).findLast((each) => each.name === null || each.name === 'resetAfter');
        if (isLast?.from !== option.from) return [];
        return [
          {
            location: analysis.lines.locate(option),
            message: 'TensorFlow.js throws on a GRU with resetAfter: true; it only has the one that resets before.',
            fix: {
              title: 'Remove resetAfter: true',
              edits: removeOptions(object, text, (each) => each.name === 'resetAfter'),
            },
          },
        ];
      }),
    );
  },
};

function checkSaved({ text, models }: FileAnalysis): readonly RuleFinding[] {
  if (!text.includes('"modelTopology"')) return [];
  return models
    .flatMap(({ layers }) => layers)
    .filter(({ operation }) => operation.op === 'recurrent' && operation.resetAfter === true)
    .map(({ coreLocation, type }) => ({
      location: coreLocation,
      message: `TensorFlow.js does not load this model: its ${type} was trained with reset_after=True. Train it with reset_after=False.`,
      fix: null,
    }));
}
