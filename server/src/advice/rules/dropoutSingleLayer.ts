/** Rule: PyTorch applies `dropout` between stacked layers, and there is only one. */
import type { SyntaxNode } from '@lezer/common';
import { integerOf } from '../../../../model/expression';
import type { Layer, ModelGraph, RecurrentOperation } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, hasSpread, keywordOf, removeArguments } from '../../rewrite/arguments';
import { callAt, textOf } from '../../rewrite/nodes';
import { isUnusedDefault } from '../facts/unusedDefaults';
import type { Fix, Rule, RuleFinding } from '../rule';

export const dropoutSingleLayer: Rule = {
  code: 'dropout-single-layer',
  severity: 'warning',
  frameworks: ['torch'],
  documentation: {
    title: 'dropout has no effect with one layer',
    whatItDoes:
      'Looks for `nn.RNN`, `nn.GRU` and `nn.LSTM` with a `dropout` above zero and `num_layers=1`. A number of layers that only ' +
      'the default of a parameter says, of a class that nothing constructs, is left alone.',
    whyIsThisBad:
      'PyTorch drops outputs of every layer of the stack **but the last**. With one layer nothing is dropped: the model ' +
      'trains without the regularisation its author meant it to have.',
    example: '```python\nself.lstm = nn.LSTM(64, 128, dropout=0.5)\n```',
    useInstead:
      '```python\nself.lstm = nn.LSTM(64, 128)\nself.dropout = nn.Dropout(0.5)  # applied to the output in forward\n```',
    fixSafety:
      'Safe: it removes an argument without effect, and the results stay the same. Where the number of layers is a ' +
      'parameter, the argument is made to depend on it.',
    references: [
      'https://github.com/pytorch/pytorch/issues/5985',
      'https://github.com/allenai/allennlp/pull/2768',
      'https://github.com/pyro-ppl/pyro/issues/1415',
    ],
  },
  check: (analysis) => {
    const layers = analysis.models.flatMap((model) => model.layers.map((layer) => ({ model, layer })));
    // A class built with one layer here and two there is right to take a dropout.
    const right = new Set(
      layers.filter(({ layer }) => !isWithoutEffect(layer)).map(({ layer }) => layer.coreLocation.from),
    );
    return layers.flatMap(({ model, layer }): readonly RuleFinding[] => {
      if (right.has(layer.coreLocation.from) || layer.operation.op !== 'recurrent') return [];
      if (nobodyAskedForOne(model, layer, analysis)) return [];
      return [
        {
          location: layer.coreLocation,
          message:
            `dropout=${layer.operation.dropout} has no effect: PyTorch drops between stacked layers, and num_layers is 1. ` +
            'Add layers, or apply nn.Dropout to the output.',
          fix: fixFor(layer, analysis),
        },
      ];
    });
  },
};

function isWithoutEffect({ operation }: Layer): boolean {
  return (
    operation.op === 'recurrent' && !operation.singleStep && (operation.dropout ?? 0) > 0 && hasOneLayer(operation)
  );
}

function hasOneLayer({ layers }: RecurrentOperation): boolean {
  return layers.kind === 'known' && integerOf(layers.value) === 1;
}

/** Whether one layer is only what a parameter falls back to, of a class that others will construct, with more layers perhaps. */
function nobodyAskedForOne(model: ModelGraph, { coreLocation }: Layer, analysis: FileAnalysis): boolean {
  const call = coreLocation.file === analysis.file ? callAt(analysis.tree, coreLocation) : null;
  const layers = call === null || hasSpread(call, analysis.text) ? null : layersArgument(call, analysis.text);
  return layers !== null && isUnusedDefault(analysis, model, layers);
}

function fixFor(layer: Layer, { tree, text }: FileAnalysis): Fix | null {
  const call = callAt(tree, layer.coreLocation);
  if (call === null || hasSpread(call, text)) return null;
  const dropout = keywordOf(call, text, 'dropout');
  if (dropout === null) return null;
  const layers = layersArgument(call, text);
  if (layers === null || layers.name === 'Number') {
    const edits = removeArguments(call, text, ({ name }) => name === 'dropout');
    return { title: 'Remove dropout, which has no effect', edits };
  }
  if (layers.name !== 'VariableName' && layers.name !== 'MemberExpression') return null;
  if (!['VariableName', 'MemberExpression', 'Number'].includes(dropout.value.name)) return null;
  const insert = `${textOf(text, dropout.value)} if ${textOf(text, layers)} > 1 else 0.0`;
  return {
    title: 'Apply dropout only between several layers',
    edits: [{ from: dropout.value.from, to: dropout.value.to, insert }],
  };
}

/** The value of `num_layers`, by keyword or as the third positional argument. */
function layersArgument(call: SyntaxNode, text: string): SyntaxNode | null {
  const keyword = keywordOf(call, text, 'num_layers');
  if (keyword !== null) return keyword.value;
  const third = argumentsOf(call, text)[2];
  return third?.form === 'positional' ? third.value : null;
}
