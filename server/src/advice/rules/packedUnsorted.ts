/** Rule: sequences are packed in the order of their batch, while packing wants the longest first. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, setKeyword } from '../../rewrite/arguments';
import { itemsOf, textOf } from '../../rewrite/nodes';
import { scopeAround } from '../facts/bindings';
import { packCalls } from '../facts/packing';
import type { ProgramFacts } from '../facts/programFacts';
import type { Rule, RuleFinding } from '../rule';

export const packedUnsorted: Rule = {
  code: 'packed-unsorted',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'Packed sequences are not sorted by length',
    whatItDoes:
      'Looks for `pack_padded_sequence` without `enforce_sorted=False` on lengths that are certainly not in decreasing order: a ' +
      'list of numbers, or lengths counted in the same function of a batch that this file pads or shuffles, while nothing in ' +
      'the file sorts.',
    whyIsThisBad:
      'PyTorch wants the longest sequence first and stops otherwise: "`lengths` array must be sorted in decreasing order when ' +
      '`enforce_sorted` is True".',
    example:
      '```python\nlengths = [len(s) for s in batch]\npacked = pack_padded_sequence(pad_sequence(batch), lengths)\n```',
    useInstead:
      '```python\nlengths = [len(s) for s in batch]\n' +
      'packed = pack_padded_sequence(pad_sequence(batch), lengths, enforce_sorted=False)\n```',
    fixSafety:
      'Safe: PyTorch sorts and gives outputs and states back in the order of the batch. Only an export to ONNX needs sorted input.',
    references: [
      'https://github.com/pytorch/pytorch/issues/23079',
      'https://github.com/pytorch/pytorch/issues/8026',
      'https://github.com/pytorch/pytorch/issues/108246',
    ],
  },
  check: (analysis, facts) => {
    const { text } = analysis;
    if (!facts.mentions('_sequence(') || !facts.mentions('pack_padded_sequence(')) return [];
    return packCalls(analysis, facts.calls).flatMap(({ node, lengthsValue, enforceSorted }): readonly RuleFinding[] => {
      if (enforceSorted !== null && textOf(text, enforceSorted) !== 'True') return [];
      if (!isUnsortedList(lengthsValue, text) && !isCountedUnsorted(node, lengthsValue, analysis, facts)) return [];
      return [
        {
          location: analysis.lines.locate(node),
          message:
            'These lengths are not in decreasing order, which pack_padded_sequence wants: set enforce_sorted=False.',
          fix: { title: 'Set enforce_sorted=False', edits: setKeyword(node, text, 'enforce_sorted', 'False') },
        },
      ];
    });
  },
};

/** `[3, 5, 2]`, and a tensor of it. */
function isUnsortedList(value: SyntaxNode, text: string): boolean {
  const [only] = value.name === 'CallExpression' ? argumentsOf(value, text) : [];
  const list = only?.value ?? value;
  if (list.name !== 'ArrayExpression') return false;
  const items = itemsOf(list);
  const numbers = items.map((item) => (item.name === 'Number' ? Number(textOf(text, item)) : Number.NaN));
  return (
    numbers.some((number, index) => number > (numbers[index - 1] ?? number)) && numbers.every((number) => number > 0)
  );
}

/** `[len(s) for s in batch]` or `(x != 0).sum(1)` beside `pad_sequence` or a shuffling loader, in a file without a sort. */
function isCountedUnsorted(pack: SyntaxNode, value: SyntaxNode, { text }: FileAnalysis, facts: ProgramFacts): boolean {
  if (/(?<!un)sort(?!ed\s*=)|topk|descending|batch_size\s*=\s*1\b/i.test(text)) return false;
  const written = textOf(text, value);
  const isCounted = /^(?:torch\.\w+\()?\[\s*len\(|\.sum\(/.test(written);
  const scope = scopeAround(pack);
  const isPadded = facts.calls.within(scope, 'pad_sequence').length > 0;
  const isShuffled = /DataLoader\([^()]*shuffle\s*=\s*True/.test(text);
  return isCounted && (isPadded || isShuffled);
}
