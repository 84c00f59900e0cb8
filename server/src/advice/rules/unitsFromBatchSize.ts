/** Rule: the width of a Keras recurrent layer is given by a variable that is called after the batch. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, keywordOf } from '../../rewrite/arguments';
import { optionOf } from '../../rewrite/javascript/options';
import { callAt, textOf } from '../../rewrite/nodes';
import type { Rule, RuleFinding } from '../rule';

export const unitsFromBatchSize: Rule = {
  code: 'units-from-batch-size',
  severity: 'hint',
  frameworks: ['keras', 'tfjs'],
  documentation: {
    title: 'units is given the batch size',
    whatItDoes:
      'Looks for a recurrent layer whose `units` is a variable named `batch_size` (in any spelling). Two equal numbers are no ' +
      'evidence: 32 units and batches of 32 may well be meant.',
    whyIsThisBad:
      '`units` is the width of the state: how much the layer can remember. It has nothing to do with how many sequences are trained ' +
      'at once, and changing the batch size would change the model.',
    example: '```python\nlayers.LSTM(batch_size, input_shape=(30, 8))\n```',
    useInstead: '```python\nlayers.LSTM(units, input_shape=(30, 8))\n```',
    fixSafety: 'No fix: nothing says which width is meant.',
    references: ['https://github.com/keras-team/keras/issues/7403'],
  },
  check: (analysis) =>
    analysis.models
      .flatMap((model) => model.layers)
      .flatMap((layer): readonly RuleFinding[] => {
        const { from, to } = layer.coreLocation;
        if (layer.operation.op !== 'recurrent' || !/batch_?size/i.test(analysis.text.slice(from, to))) return [];
        const call = callAt(analysis.tree, layer.coreLocation);
        const units = call === null ? null : unitsOf(call, analysis);
        const name = units === null ? '' : (textOf(analysis.text, units).split('.').at(-1) ?? '');
        if (units === null || !/^_?batch_?size$/i.test(name)) return [];
        return [
          {
            location: analysis.lines.locate(units),
            message: `units is the width of the layer's state; ${name} says how many sequences are trained at once.`,
            fix: null,
          },
        ];
      }),
};

function unitsOf(call: SyntaxNode, { text, language }: FileAnalysis): SyntaxNode | null {
  if (language === 'javascript') return optionOf(call, text, 'units')?.value ?? null;
  const [first] = argumentsOf(call, text);
  return keywordOf(call, text, 'units')?.value ?? (first?.form === 'positional' ? first.value : null);
}
