/** Rule: the pair that a PyTorch recurrent layer gives goes on as if it were a tensor. */
import type { SyntaxNode } from '@lezer/common';
import type { Layer, ModelGraph } from '../../../../model/graph';
import { formatPlace } from '../../../../model/units';
import type { FileAnalysis } from '../../analysis';
import { argumentFor, argumentsOf } from '../../rewrite/arguments';
import { callAt } from '../../rewrite/nodes';
import { singleValueOf } from '../facts/bindings';
import type { ProgramFacts } from '../facts/programFacts';
import { layerOf } from '../flow';
import type { Rule, RuleFinding } from '../rule';

export const recurrentResultNotUnpacked: Rule = {
  code: 'recurrent-result-not-unpacked',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'Result of a recurrent layer not unpacked',
    whatItDoes:
      'Looks for a recurrent layer whose whole result goes into another layer: `self.fc(self.lstm(x))`, or ' +
      '`nn.Sequential(nn.LSTM(…), nn.Linear(…))`.',
    whyIsThisBad:
      'A recurrent layer of PyTorch gives `(output, state)`, not a tensor. The next layer fails with ' +
      '"argument \'input\' must be Tensor, not tuple".',
    example: '```python\nreturn self.fc(self.lstm(x))\n```',
    useInstead: '```python\noutput, _ = self.lstm(x)\nreturn self.fc(output)\n```',
    fixSafety:
      'Safe: the program could not run before. It takes the output of every step; take the last one where that is meant. ' +
      '`nn.Sequential` has no place for it, so there is no fix.',
    references: ['https://github.com/pytorch/pytorch/issues/3349'],
  },
  check: (analysis, { calls }) => [
    ...analysis.models.flatMap((graph) => inForward(graph, analysis)),
    ...inSequential(analysis, calls),
  ],
};

function inForward(graph: ModelGraph, analysis: FileAnalysis): readonly RuleFinding[] {
  const { tree, text, lines } = analysis;
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    // A pair is no tensor of the flow: inputs that are followed have been taken apart, or are packed.
    if (node.inputs.length > 0 || node.location.file !== analysis.file) return [];
    const consumer = layerOf(graph, node);
    if (consumer === undefined || !takesOneTensor(consumer)) return [];
    const call = callAt(tree, node.location);
    const argument = call === null ? null : argumentFor(call, text, 'input', 0);
    const made = argument === null ? null : singleValueOf(analysis, argument.value);
    if (argument === null || made?.name !== 'CallExpression') return [];
    const producer = appliedAt(graph, made);
    if (producer === undefined || !givesPair(producer)) return [];
    const { from, to } = argument.value;
    return [
      {
        location: lines.locate(argument.value),
        message:
          `${producer.type} gives (output, state), and ${consumer.type} at ` +
          `${formatPlace(consumer.location, analysis.file)} takes one tensor: take the output, ${text.slice(from, to)}[0].`,
        fix: { title: 'Take the output', edits: [{ from: to, to, insert: '[0]' }] },
      },
    ];
  });
}

function appliedAt(graph: ModelGraph, call: SyntaxNode): Layer | undefined {
  const node = graph.flow.find(
    ({ location, operation }) => operation.kind === 'layer' && location.from === call.from && location.to === call.to,
  );
  return node === undefined ? undefined : layerOf(graph, node);
}

function givesPair({ operation }: Layer): boolean {
  return operation.op === 'recurrent' && (!operation.singleStep || operation.cell === 'lstm');
}

function takesOneTensor({ operation }: Layer): boolean {
  return operation.op !== 'other' && operation.op !== 'input';
}

function inSequential(analysis: FileAnalysis, calls: ProgramFacts['calls']): readonly RuleFinding[] {
  const { text, lines } = analysis;
  const layers = new Map(
    analysis.models.flatMap((graph) => graph.layers).map((layer) => [layer.coreLocation.from, layer] as const),
  );
  return calls.named('Sequential').flatMap(({ node }): readonly RuleFinding[] =>
    argumentsOf(node, text).flatMap(({ value, form }, index, all): readonly RuleFinding[] => {
      const producer = layers.get(value.from);
      const next = all[index + 1];
      const consumer = next === undefined ? undefined : layers.get(next.value.from);
      if (form !== 'positional' || producer === undefined || consumer === undefined) return [];
      if (!givesPair(producer) || !takesOneTensor(consumer)) return [];
      return [
        {
          location: lines.locate(value),
          message:
            `${producer.type} gives (output, state), and the ${consumer.type} after it takes one tensor: nn.Sequential ` +
            'cannot take the pair apart. Call the layer in a forward of your own.',
          fix: null,
        },
      ];
    }),
  );
}
