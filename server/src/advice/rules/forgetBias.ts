/** Rule: an LSTM of PyTorch that reads long sequences starts with a forget gate that is half shut. */
import type { ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { lineBreakOf } from '../../rewrite/edits';
import { assignmentTo, callAt, textOf } from '../../rewrite/nodes';
import { insertLineAfter } from '../../rewrite/statements';
import { recurrentLayers } from '../architectures';
import type { Fix, Rule, RuleFinding } from '../rule';
import { sequenceLengthOf } from '../sequenceLength';

/** From this length on a gate that starts at one half leaves no gradient of the first steps: 0.5^200 is below 1e-60. */
const longSteps = 200;

export const forgetBias: Rule = {
  code: 'forget-bias',
  severity: 'hint',
  frameworks: ['torch'],
  documentation: {
    title: 'Forget gate of an LSTM starts half shut',
    whatItDoes:
      `Looks for \`nn.LSTM\` that reads sequences of ${longSteps} steps or more, in a file that never touches its biases. ` +
      'Sequences whose length the source leaves open are not judged.',
    whyIsThisBad:
      'PyTorch draws the biases around zero, so that the forget gate starts near 0.5 and the memory halves at every step. ' +
      'Keras starts it at 1 (`unit_forget_bias`), as Jozefowicz et al. (2015) advise: long dependencies are found sooner.',
    example: '```python\nself.lstm = nn.LSTM(64, 128)  # reads 500 steps\n```',
    useInstead:
      '```python\nself.lstm = nn.LSTM(64, 128)\nfor name, bias in self.lstm.named_parameters():\n' +
      '    if name.startswith("bias_ih"):\n        bias.data.chunk(4)[1].fill_(1.0)\n```\n' +
      'The four gates lie one after another: input, forget, cell, output.',
    fixSafety: 'Safe: only the start of training changes. A saved model that is loaded afterwards overwrites it.',
    references: [
      'https://github.com/pytorch/pytorch/issues/20102',
      'https://proceedings.mlr.press/v37/jozefowicz15.html',
      'https://keras.io/api/layers/recurrent_layers/lstm/',
    ],
  },
  check: (analysis) => {
    const found = analysis.models.flatMap((graph) => checkModel(graph, analysis));
    return found.length === 0 || /bias_[ih]h|forget_bias|["']bias["']/.test(analysis.text) ? [] : found;
  },
};

function checkModel(graph: ModelGraph, analysis: FileAnalysis): readonly RuleFinding[] {
  const { steps } = sequenceLengthOf(graph);
  if (steps === null || steps < longSteps) return [];
  return recurrentLayers(graph)
    .filter(({ operation }) => operation.cell === 'lstm' && !operation.singleStep && operation.biasVectors > 0)
    .map(({ coreLocation }) => ({
      location: coreLocation,
      message: `The forget gate starts near 0.5, which is short for ${steps} steps: set its bias to 1, as Keras does.`,
      fix: fixFor(callAt(analysis.tree, coreLocation), analysis),
    }));
}

function fixFor(call: ReturnType<typeof callAt>, { text }: FileAnalysis): Fix | null {
  const assignment = call === null ? null : assignmentTo(call);
  const [target] = assignment?.targets ?? [];
  if (assignment === null || target === undefined || assignment.targets.length !== 1) return null;
  const indentation = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', assignment.statement.from - 1) + 1))?.[0] ?? '';
  const unit = indentation.includes('\t') ? '\t' : '    ';
  const newLine = `${lineBreakOf(text)}${indentation}`;
  const line =
    `for name, bias in ${textOf(text, target)}.named_parameters():${newLine}${unit}` +
    `if name.startswith("bias_ih"):${newLine}${unit}${unit}bias.data.chunk(4)[1].fill_(1.0)`;
  const edit = insertLineAfter(text, assignment.statement, line);
  return edit === null ? null : { title: 'Start the forget gate open', edits: [edit] };
}
