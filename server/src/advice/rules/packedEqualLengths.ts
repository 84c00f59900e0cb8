/** Rule: sequences that all have the same length are packed. */
import { textOf } from '../../rewrite/nodes';
import { packCalls } from '../facts/packing';
import type { Rule, RuleFinding } from '../rule';

export const packedEqualLengths: Rule = {
  code: 'packed-equal-lengths',
  severity: 'hint',
  frameworks: ['torch'],
  documentation: {
    title: 'Sequences of equal length are packed',
    whatItDoes:
      'Looks for `pack_padded_sequence` with lengths that are one number repeated: `[T] * batch` or `torch.full(…)`. Whether ' +
      'lengths that differ are worth their packing cannot be told from the source; a measured run can.',
    whyIsThisBad:
      'There is no padding to skip, so the results are the same without packing, and a packed sequence is slower: in the thread ' +
      '5 times forward at 10 steps and 60 times at 500, since every step is sliced apart.',
    example:
      '```python\nlengths = [x.size(1)] * x.size(0)\npacked = pack_padded_sequence(x, lengths, batch_first=True)\n' +
      'out, _ = self.lstm(packed)\n```',
    useInstead: '```python\nout, _ = self.lstm(x)\n```',
    fixSafety: 'No fix: what reads the packed output must change with it.',
    references: ['https://github.com/pytorch/pytorch/issues/149194'],
  },
  check: (analysis, facts) => {
    if (!facts.mentions('_sequence(') || !facts.mentions('pack_padded_sequence(')) return [];
    return packCalls(analysis, facts.calls).flatMap(({ node, lengthsValue }): readonly RuleFinding[] => {
      if (!/^(?:\[[^[\],]+\]\s*\*|torch\.full\()/.test(textOf(analysis.text, lengthsValue))) return [];
      return [
        {
          location: analysis.lines.locate(node),
          message:
            'All lengths are the same, so that packing changes nothing and only costs time: give the layer the tensor.',
          fix: null,
        },
      ];
    });
  },
};
