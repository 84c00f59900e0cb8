/** Rule: a program that asks cuDNN for reproducible results, which recurrent layers do not give without one more setting. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { lineBreakOf, type TextEdit } from '../../rewrite/edits';
import { enclosing, textOf } from '../../rewrite/nodes';
import { insertLineBefore, statementOf } from '../../rewrite/statements';
import { recurrentLayers } from '../architectures';
import type { ProgramFacts } from '../facts/programFacts';
import type { Fix, Rule } from '../rule';

export const seedWithoutDeterminism: Rule = {
  code: 'seed-without-determinism',
  severity: 'information',
  frameworks: ['torch'],
  documentation: {
    title: 'Recurrent layers stay non-deterministic on a GPU',
    whatItDoes:
      'Looks for a file with a recurrent model that calls `torch.manual_seed` and sets `torch.backends.cudnn.deterministic = ' +
      'True`, but not `CUBLAS_WORKSPACE_CONFIG` nor `torch.use_deterministic_algorithms`. A seed alone does not say that runs ' +
      'must be equal to the last bit, and is not enough for a finding.',
    whyIsThisBad:
      'cuDNN’s RNN and LSTM compute with several streams, and their results differ in the last bits from run to run even with ' +
      'a seed. Over many steps of training the runs drift apart.',
    example: '```python\ntorch.manual_seed(1)\ntorch.backends.cudnn.deterministic = True\n```',
    useInstead:
      '```python\nos.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:2"\ntorch.manual_seed(1)\n' +
      'torch.backends.cudnn.deterministic = True\n```\nWith CUDA 10.1, `CUDA_LAUNCH_BLOCKING=1` instead.',
    fixSafety: 'Safe where nothing ran on the GPU before: the setting is read once. It may cost a little speed.',
    references: [
      'https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html',
      'https://docs.pytorch.org/docs/stable/notes/randomness.html',
      'https://github.com/pytorch/pytorch/issues/18110',
    ],
  },
  check: (analysis, facts) => {
    const { text, models, lines } = analysis;
    if (!/\bcudnn\.deterministic\s*=\s*True/.test(text)) return [];
    if (/CUBLAS_WORKSPACE_CONFIG|use_deterministic_algorithms|CUDA_LAUNCH_BLOCKING/.test(text)) return [];
    // nn.RNN and nn.LSTM are the ones that PyTorch's documentation names; single cells do not run in cuDNN.
    const isNamed = models.some((graph) =>
      recurrentLayers(graph).some(({ operation }) => operation.cell !== 'gru' && !operation.singleStep),
    );
    const [seed] = facts.calls.named('manual_seed').filter(({ object }) => object?.name === 'VariableName');
    if (!isNamed || seed === undefined) return [];
    return [
      {
        location: lines.locate(seed.node),
        message:
          'On a GPU this seed does not make nn.RNN and nn.LSTM reproducible: set CUBLAS_WORKSPACE_CONFIG to ":4096:2" too, ' +
          'before anything runs there.',
        fix: fixFor(seed.node, analysis, facts),
      },
    ];
  },
};

function fixFor(seed: SyntaxNode, { text }: FileAnalysis, facts: ProgramFacts): Fix | null {
  const statement = statementOf(seed);
  const imported = importOfOs(seed, text, facts);
  const os = facts.imports.nameOf('os') ?? 'os';
  const edit =
    statement === null
      ? null
      : insertLineBefore(text, statement, `${os}.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:2"`);
  if (edit === null || imported === null) return null;
  return { title: 'Set CUBLAS_WORKSPACE_CONFIG', edits: [...imported, edit] };
}

/** Nothing where `os` is imported, else an import in front of the first import of the file; null where that must stay first. */
function importOfOs(node: SyntaxNode, text: string, facts: ProgramFacts): readonly TextEdit[] | null {
  if (facts.imports.nameOf('os') !== null) return [];
  const first = enclosing(node, 'Script')?.getChild('ImportStatement') ?? null;
  if (first === null || textOf(text, first).startsWith('from __future__')) return null;
  return [{ from: first.from, to: first.from, insert: `import os${lineBreakOf(text)}` }];
}
