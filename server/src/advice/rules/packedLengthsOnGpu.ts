/** Rule: the lengths of a packed sequence lie on the GPU. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, keywordOf } from '../../rewrite/arguments';
import type { TextEdit } from '../../rewrite/edits';
import { textOf } from '../../rewrite/nodes';
import { lastValueOf, packCalls } from '../facts/packing';
import type { Rule, RuleFinding } from '../rule';

export const packedLengthsOnGpu: Rule = {
  code: 'packed-lengths-on-gpu',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'Lengths of a packed sequence on the GPU',
    whatItDoes:
      'Looks for lengths given to `pack_padded_sequence` that the same function moved to a GPU: by `.cuda()`, or by ' +
      '`.to(device)` and `device=…` in a file that uses CUDA.',
    whyIsThisBad:
      "The lengths must be on the CPU, since the packing is planned there: \"'lengths' argument should be a 1D CPU int64 " +
      'tensor, but got 1D cuda:0 Long tensor".',
    example:
      '```python\nlengths = lengths.to(device)\npacked = pack_padded_sequence(x, lengths, batch_first=True)\n```',
    useInstead: '```python\npacked = pack_padded_sequence(x, lengths.cpu(), batch_first=True)\n```',
    fixSafety: 'Safe: the lengths are the same, and are copied only where they are on the GPU.',
    references: [
      'https://github.com/pytorch/pytorch/issues/43227',
      'https://github.com/facebookresearch/fairseq/pull/3557',
      'https://github.com/yeyupiaoling/MASR/issues/64',
      'https://github.com/ruotianluo/self-critical.pytorch/issues/239',
    ],
  },
  check: (analysis, facts) => {
    if (!facts.mentions('_sequence(') || !facts.mentions('pack_padded_sequence(') || !facts.mentions('cuda')) return [];
    return packCalls(analysis, facts.calls).flatMap(({ lengths, lengthsValue }): readonly RuleFinding[] => {
      if (!isOnGpu(lengthsValue, analysis)) return [];
      return [
        {
          location: analysis.lines.locate(lengths),
          message: 'pack_padded_sequence takes its lengths from the CPU only, and these were moved to the device.',
          fix: {
            title: 'Give the lengths from the CPU',
            edits: [fromCpu(lengths, analysis.text)],
          },
        },
      ];
    });
  },
};

/** `lengths.cpu()`, also for `lengths.cuda()`. */
function fromCpu({ from, to }: SyntaxNode, text: string): TextEdit {
  const [move = ''] = /\.cuda\(\s*\)$/.exec(text.slice(from, to)) ?? [];
  return { from: to - move.length, to, insert: '.cpu()' };
}

/** Methods that leave a tensor where it is. */
const staying: ReadonlySet<string> = new Set([
  'long',
  'int',
  'view',
  'squeeze',
  'flatten',
  'reshape',
  'detach',
  'clone',
]);

function isOnGpu(value: SyntaxNode, analysis: FileAnalysis, depth = 3): boolean {
  const { text } = analysis;
  const callee = value.name === 'CallExpression' ? value.firstChild : null;
  if (callee === null) return false;
  const device = keywordOf(value, text, 'device')?.value;
  if (device !== undefined) return isGpu(device, analysis);
  const [object, property] = [callee.firstChild, callee.lastChild];
  if (callee.name !== 'MemberExpression' || object === null || property === null) return false;
  if (textOf(text, object) === 'torch.cuda') return true;
  const name = textOf(text, property);
  if (name === 'cuda') return true;
  if (name === 'to') {
    const [target] = argumentsOf(value, text);
    return target !== undefined && isGpu(target.value, analysis);
  }
  return staying.has(name) && depth > 0 && isOnGpu(lastValueOf(object, analysis), analysis, depth - 1);
}

/** `"cuda"`, or a variable called a device; `"cpu"` and a dtype are none. */
function isGpu(device: SyntaxNode, analysis: FileAnalysis): boolean {
  const written = textOf(analysis.text, lastValueOf(device, analysis));
  if (/cuda/.test(written)) return true;
  return !/["']/.test(written) && /(?:^|[._])(?:device|dev)$/i.test(textOf(analysis.text, device));
}
