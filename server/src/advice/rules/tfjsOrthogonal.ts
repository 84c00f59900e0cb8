/** Rule: a wide recurrent layer of TensorFlow.js is initialised in a way that freezes the page. */
import { integerOf } from '../../../../model/expression';
import type { Cell, Layer } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { optionOf, optionsObjectOf, optionsOf, setOption } from '../../rewrite/javascript/options';
import { callAt } from '../../rewrite/nodes';
import { stringOf } from '../facts/written';
import type { Fix, Rule, RuleFinding } from '../rule';

export const tfjsOrthogonal: Rule = {
  code: 'tfjs-slow-initializer',
  severity: 'warning',
  frameworks: ['tfjs'],
  documentation: {
    title: 'A wide layer starts from an orthogonal matrix',
    whatItDoes:
      'Looks for recurrent layers of TensorFlow.js with at least 30,000 recurrent weights (an LSTM of 87 units) whose ' +
      '`recurrentInitializer` is `orthogonal`, the default. A layer whose options are not written in the call is left alone.',
    whyIsThisBad:
      'TensorFlow.js makes the matrix orthogonal by a decomposition that works column by column, and the page stands still meanwhile. ' +
      'With TensorFlow.js 4.22 on the CPU of a laptop an LSTM takes 0.3 seconds to make with 32 units, 1.8 with 64 and 14 with 128. ' +
      'Loading a saved model pays for it too, only to overwrite the matrix.',
    example: '```js\ntf.layers.lstm({ units: 128, inputShape: [30, 8] })\n```',
    useInstead: "```js\ntf.layers.lstm({ units: 128, inputShape: [30, 8], recurrentInitializer: 'glorotNormal' })\n```",
    fixSafety:
      'Shapes and trained weights stay. Training starts from another random matrix; an orthogonal one keeps gradients alive for longer, ' +
      'which matters most for long sequences.',
    references: [
      'https://github.com/tensorflow/tfjs/issues/245',
      'https://github.com/tensorflow/tfjs/issues/794',
      'https://github.com/tensorflow/tfjs/issues/690',
    ],
  },
  check: (analysis) =>
    analysis.models
      .flatMap((model) => model.layers)
      .flatMap((layer): readonly RuleFinding[] => {
        const weights = recurrentWeights(layer);
        if (weights === null || weights < slowFrom || !startsOrthogonal(layer, analysis)) return [];
        return [
          {
            location: layer.coreLocation,
            message:
              `TensorFlow.js makes the ${weights.toLocaleString('en')} recurrent weights orthogonal before it goes on, which takes ` +
              "seconds and freezes the page: set recurrentInitializer: 'glorotNormal'.",
            fix: fixFor(layer, analysis),
          },
        ];
      }),
};

/** Several seconds and more. TensorFlow.js itself warns from 2,000 on, which is done in milliseconds. */
const slowFrom = 30_000;

const gatesOf: Readonly<Record<Cell, number>> = { rnn: 1, gru: 3, lstm: 4 };

/** Elements of the matrix between one step and the next, in one direction. */
function recurrentWeights({ operation }: Layer): number | null {
  if (operation.op !== 'recurrent' || operation.hiddenSize.kind !== 'known') return null;
  const units = integerOf(operation.hiddenSize.value);
  return units === undefined ? null : units * units * gatesOf[operation.cell];
}

function startsOrthogonal(layer: Layer, { tree, text }: FileAnalysis): boolean {
  const call = callAt(tree, layer.coreLocation);
  const object = call === null ? null : optionsObjectOf(call);
  if (call === null || object === null || optionsOf(object, text).some(({ name }) => name === null)) return false;
  const given = optionOf(call, text, 'recurrentInitializer');
  return given === null || stringOf(given.value ?? undefined, text) === 'orthogonal';
}

function fixFor(layer: Layer, { tree, text }: FileAnalysis): Fix | null {
  const call = callAt(tree, layer.coreLocation);
  const edits = call === null ? null : setOption(call, text, 'recurrentInitializer', "'glorotNormal'");
  return edits === null ? null : { title: "Set recurrentInitializer: 'glorotNormal'", edits };
}
