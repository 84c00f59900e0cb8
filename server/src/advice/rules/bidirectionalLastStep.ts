/** Rule: the last step of a bidirectional PyTorch output, whose backward half has seen one token. */
import type { FlowNode, Layer, ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { finalState, importOfTorch, readsOutputOf } from '../../rewrite/finalState';
import { assignmentTo, callAt, enclosing, nodeAt } from '../../rewrite/nodes';
import { layerOf, originOf, takesLastStep, takesStep } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const bidirectionalLastStep: Rule = {
  code: 'bidirectional-last-step',
  severity: 'warning',
  frameworks: ['torch'],
  documentation: {
    title: 'Last step of a bidirectional output',
    whatItDoes: 'Looks for `out[:, -1]` (or `out[-1]` without `batch_first`) on the output of a bidirectional layer.',
    whyIsThisBad:
      'The output holds both directions side by side, step by step. At the last step the forward half has read the whole ' +
      'sequence, but the backward half has read one token only: half of the features are nearly empty.',
    example: '```python\nout, _ = self.lstm(x)\nreturn self.fc(out[:, -1])\n```',
    useInstead:
      '```python\nout, (h_n, _) = self.lstm(x)\nreturn self.fc(torch.cat((h_n[-2], h_n[-1]), dim=1))\n```\n' +
      '`h_n[-2]` and `h_n[-1]` are the final states of the last layer, forward and backward.',
    fixSafety:
      'The shape stays `(batch, 2·hidden)`; the values change, as they should, and a trained model must be trained again.',
    references: [
      'https://github.com/yunjey/pytorch-tutorial/issues/149',
      'https://github.com/aymericdamien/TensorFlow-Examples/issues/201',
      'https://github.com/pytorch/pytorch/issues/71991',
      'https://discuss.pytorch.org/t/49825',
    ],
  },
  check: (analysis) => analysis.models.flatMap((graph) => checkModel(graph, analysis)),
};

function checkModel(graph: ModelGraph, analysis: FileAnalysis): readonly RuleFinding[] {
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const [input] = node.inputs;
    if (node.operation.kind !== 'index' || input === undefined) return [];
    const origin = originOf(graph, input);
    const layer = origin === undefined ? undefined : layerOf(graph, origin.node);
    if (origin === undefined || layer?.operation.op !== 'recurrent' || origin.output !== 0) return [];
    if (layer.operation.directions !== 2 || !takesLastStep(node.operation.steps, layer.operation.batchFirst)) return [];
    // The last step of the one direction and the first of the other are its final states.
    if (readsFirstStep(graph, origin.node, layer.operation.batchFirst)) return [];
    return [
      {
        location: node.location,
        message:
          'At the last step the backward direction has seen one token only: take the final states of both directions, ' +
          'torch.cat((h_n[-2], h_n[-1]), dim=1).',
        fix: origin.passed === 0 ? fixFor(node, origin.node, layer, analysis) : null,
      },
    ];
  });
}

/** Whether the model also takes the first step of what an application gives, as in `torch.cat((out[:, 0], out[:, -1]), dim=1)`. */
function readsFirstStep(graph: ModelGraph, application: FlowNode, batchFirst: boolean): boolean {
  return graph.flow.some(({ operation, inputs: [input] }) => {
    if (operation.kind !== 'index' || input === undefined || !takesStep(operation.steps, batchFirst, 0)) return false;
    const origin = originOf(graph, input);
    return origin?.node === application && origin.output === 0;
  });
}

/** `out[:, -1]` → `torch.cat((h_n[-2], h_n[-1]), dim=1)`, with the final state bound where the layer is called. */
function fixFor(index: FlowNode, application: FlowNode, layer: Layer, { tree, text }: FileAnalysis): Fix | null {
  const call = callAt(tree, application.location);
  const subscript = nodeAt(tree, index.location, 'MemberExpression');
  const method = call === null ? null : enclosing(call, 'FunctionDefinition');
  const assignment = call === null ? null : assignmentTo(call);
  if (subscript === null || method === null || assignment === null || layer.operation.op !== 'recurrent') return null;
  const importEdits = importOfTorch(tree.topNode, text);
  if (importEdits === null || !readsOutputOf(assignment, subscript, method, text)) return null;
  const state = finalState(assignment, method, text, layer.operation.cell === 'lstm');
  if (state === null) return null;
  const both = `torch.cat((${state.name}[-2], ${state.name}[-1]), dim=1)`;
  return {
    title: 'Take the final states of both directions',
    edits: [...importEdits, ...state.edits, { from: subscript.from, to: subscript.to, insert: both }],
  };
}
