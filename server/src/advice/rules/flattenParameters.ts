/** Rule: recurrent weights that no longer lie in one piece of memory, and nothing puts them together again. */
import type { SyntaxNode } from '@lezer/common';
import type { Layer, ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf } from '../../rewrite/arguments';
import { callAt, enclosing, textOf } from '../../rewrite/nodes';
import { insertLineBefore, statementOf } from '../../rewrite/statements';
import type { Calls } from '../facts/calls';
import { dataParallelCalls } from '../facts/dataParallel';
import { layerOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const flattenParameters: Rule = {
  code: 'flatten-parameters',
  severity: 'hint',
  frameworks: ['torch'],
  documentation: {
    title: 'flatten_parameters() missing',
    whatItDoes:
      'Looks for a recurrent layer of a model that the file wraps in `nn.DataParallel`, where nothing calls ' +
      '`flatten_parameters()`; and for weight drop, which deletes `weight_hh` from the parameters and sets it anew in every pass.',
    whyIsThisBad:
      'cuDNN wants all weights of a recurrent layer in one piece of memory. The copies that `DataParallel` makes are not: ' +
      'PyTorch warns "RNN module weights are not part of single contiguous chunk of memory" and compacts them at every call, ' +
      'which costs time and memory.',
    example: '```python\ndef forward(self, x):\n    out, _ = self.lstm(x)\n\nmodel = nn.DataParallel(Net())\n```',
    useInstead:
      '```python\ndef forward(self, x):\n    self.lstm.flatten_parameters()\n    out, _ = self.lstm(x)\n```\n' +
      '`DistributedDataParallel` makes no copies and needs none of this.',
    fixSafety:
      'Safe: results stay the same. Weight drop has no fix, since the call belongs where the weight is still its own.',
    references: [
      'https://github.com/pytorch/examples/issues/248',
      'https://github.com/allenai/allennlp/pull/2793',
      'https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html',
    ],
  },
  check: (analysis, facts) => {
    const isWrapped = facts.mentions('DataParallel(');
    if ((!isWrapped && !facts.mentions('._parameters[')) || facts.mentions('flatten_parameters')) return [];
    return [
      ...weightsReplaced(analysis, facts.calls),
      ...analysis.models
        .filter((graph) => isWrapped && dataParallelCalls(graph, analysis, facts.calls).length > 0)
        .flatMap((graph) => checkModel(graph, analysis)),
    ];
  },
};

/** Weight drop: `del rnn._parameters["weight_hh_l0"]` and `setattr(rnn, "weight_hh_l0", dropped)` in every pass. */
function weightsReplaced({ text, lines }: FileAnalysis, calls: Calls): readonly RuleFinding[] {
  if (!/\bdel\s[^\n]*\._parameters\[/.test(text) || !text.includes('weight_hh')) return [];
  const [replacement] = calls.named('setattr').filter(({ node }) => {
    const value = argumentsOf(node, text)[2]?.value;
    const method = enclosing(node, 'FunctionDefinition');
    return value !== undefined && method !== null && /dropout|mask/i.test(textOf(text, method));
  });
  if (replacement === undefined) return [];
  return [
    {
      location: lines.locate(replacement.node),
      message:
        'A weight that is replaced lies apart from the others, and cuDNN gathers them at every call: call flatten_parameters() ' +
        'where the layer is made, before its weight becomes another parameter.',
      fix: null,
    },
  ];
}

function checkModel(graph: ModelGraph, analysis: FileAnalysis): readonly RuleFinding[] {
  const seen = new Set<string>();
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const layer = layerOf(graph, node);
    if (layer?.operation.op !== 'recurrent' || layer.operation.singleStep || seen.has(layer.path)) return [];
    seen.add(layer.path);
    return [
      {
        location: node.location,
        message:
          `The copies that DataParallel makes of ${layer.path} have scattered weights, which cuDNN gathers at every call: ` +
          'call flatten_parameters() first.',
        fix: fixFor(layer, callAt(analysis.tree, node.location), analysis),
      },
    ];
  });
}

/** Only for a layer that is called by the name it is kept under. */
function fixFor(layer: Layer, call: SyntaxNode | null, { text }: FileAnalysis): Fix | null {
  const callee = call?.firstChild;
  const statement = call === null ? null : statementOf(call);
  if (callee === null || callee === undefined || statement === null) return null;
  const name = textOf(text, callee);
  if (name !== `self.${layer.path}` || enclosing(statement, 'FunctionDefinition') === null) return null;
  const edit = insertLineBefore(text, statement, `${name}.flatten_parameters()`);
  return edit === null ? null : { title: 'Call flatten_parameters()', edits: [edit] };
}
