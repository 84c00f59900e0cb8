/** Rule: a PyTorch recurrent layer is built for inputs of another width than it is given. */
import { equals, format, integerOf } from '../../../../model/expression';
import type { FlowNode, Layer, ModelGraph, Quantity } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentFor } from '../../rewrite/arguments';
import { callAt } from '../../rewrite/nodes';
import { layerOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const inputSizeMismatch: Rule = {
  code: 'input-size-mismatch',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'input_size is not the width of the input',
    whatItDoes:
      'Looks for a recurrent layer whose `input_size` differs from the last dimension of what it is applied to, where both ' +
      'are known.',
    whyIsThisBad:
      'PyTorch stops with "input.size(-1) must be equal to input_size"; some versions read past the weights without a word ' +
      'where no initial state is given.',
    example: '```python\nself.embedding = nn.Embedding(1000, 100)\nself.lstm = nn.LSTM(128, 256)\n```',
    useInstead: '```python\nself.embedding = nn.Embedding(1000, 100)\nself.lstm = nn.LSTM(100, 256)\n```',
    fixSafety:
      'The layer is given the width of its input. Where the layer before has the wrong width, change that one instead. A ' +
      'width that is not written as a number is left to you.',
    references: ['https://github.com/pytorch/pytorch/issues/114874', 'https://github.com/ropas/pytea/issues/10'],
  },
  check: (analysis) => analysis.models.flatMap((graph) => checkModel(graph, analysis)),
};

function checkModel(graph: ModelGraph, analysis: FileAnalysis): readonly RuleFinding[] {
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const layer = layerOf(graph, node);
    if (layer?.operation.op !== 'recurrent') return [];
    const given = widthOfInput(graph, node);
    const { inputSize } = layer.operation;
    if (given?.kind !== 'known') return [];
    if (inputSize.kind !== 'known' || equals(inputSize.value, given.value) !== 'no') return [];
    return [
      {
        location: layer.coreLocation,
        message:
          `${layer.type} is built for inputs of ${format(inputSize.value)} features, but is given ` +
          `${format(given.value)}: input_size must be the last dimension of the input.`,
        fix: isSharedByModels(layer, analysis) ? null : fixFor(layer, given, analysis),
      },
    ];
  });
}

/** The last axis of the input; undefined where it is open whether this layer is applied to this input at all. */
function widthOfInput(graph: ModelGraph, node: FlowNode): Quantity | undefined {
  const [input] = node.inputs;
  const source = input === undefined ? undefined : graph.flow[input.node];
  if (input === undefined || source === undefined || node.isConditional) return undefined;
  // What an input must be is learnt from the first layer that reads it, which may stand in the other branch.
  const isLearnt = source.operation.kind === 'input';
  const isRead = ({ inputs }: FlowNode): boolean => inputs.some(({ node: id }) => id === input.node);
  if (isLearnt && graph.flow.some((reader) => reader.isConditional && isRead(reader))) return undefined;
  const shape = source.outputs[input.output]?.shape;
  return shape?.kind === 'known' ? shape.axes.at(-1) : undefined;
}

/** A definition constructed in several ways has no one number that is right for all of them. */
function isSharedByModels(layer: Layer, { models }: FileAnalysis): boolean {
  const here = models
    .flatMap(({ layers }) => layers)
    .filter(({ coreLocation: { from } }) => from === layer.coreLocation.from);
  return here.length > 1;
}

function fixFor(layer: Layer, given: Quantity, { tree, text }: FileAnalysis): Fix | null {
  const width = given.kind === 'known' ? integerOf(given.value) : undefined;
  const call = callAt(tree, layer.coreLocation);
  const argument = call === null ? null : argumentFor(call, text, 'input_size', 0);
  if (width === undefined || argument?.value.name !== 'Number') return null;
  const { from, to } = argument.value;
  return { title: `Set input_size to ${width}`, edits: [{ from, to, insert: String(width) }] };
}
