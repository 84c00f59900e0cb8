/** Rule: a bidirectional layer where the future is not there, or is what is to be predicted. */
import { equals, integerOf } from '../../../../model/expression';
import type { FlowNode, Layer, ModelGraph, Quantity, RecurrentOperation } from '../../../../model/graph';
import type { ProgramFacts } from '../facts/programFacts';
import { axesOf, layerOf, originOf, typeOf } from '../flow';
import type { Rule, RuleFinding } from '../rule';

export const bidirectionalCausal: Rule = {
  code: 'bidirectional-causal',
  severity: 'warning',
  frameworks: ['keras', 'torch', 'flax', 'tfjs'],
  documentation: {
    title: 'A bidirectional layer in a model that may not see the future',
    whatItDoes:
      'Looks for a bidirectional layer that is `stateful` (its state goes on from chunk to chunk), that is given a single step at a time, ' +
      "or that gives every step to a head with one class for each token of the model's own vocabulary, in a file that shifts its " +
      'tokens by one to make the targets (`[:, :-1]` and `[:, 1:]`). Whether a model is meant for streaming in another way cannot be read ' +
      'from its source. A bidirectional encoder, a tagger, and a model that reads a whole prefix to predict one next token are right.',
    whyIsThisBad:
      'The backward direction reads from the end. In a stream the end is not there yet; its carried state would come from the wrong side. ' +
      'In a model that predicts the next token at every step it has read that very token: the training loss is too good, and generation, ' +
      'where there is no next token, fails.',
    example: '```python\nlayers.Bidirectional(layers.LSTM(64, stateful=True))\n```',
    useInstead: '```python\nlayers.LSTM(64, stateful=True)\n```',
    fixSafety:
      'No fix: the width of the output halves, and the model must be trained again. Unroll can rewrite the architecture as a whole.',
    references: [
      'https://arxiv.org/abs/1508.02774',
      'https://www.tensorflow.org/api_docs/python/tf/keras/layers/Bidirectional',
      'https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html',
    ],
  },
  check: (analysis, facts) =>
    analysis.models.flatMap((graph) =>
      graph.flow.flatMap((node): readonly RuleFinding[] => {
        const layer = layerOf(graph, node);
        if (layer?.operation.op !== 'recurrent' || layer.operation.directions !== 2) return [];
        const message = objectionTo(graph, node, layer, layer.operation, facts);
        return message === null ? [] : [{ location: layer.location, message, fix: null }];
      }),
    ),
};

function objectionTo(
  graph: ModelGraph,
  node: FlowNode,
  layer: Layer,
  operation: RecurrentOperation,
  facts: ProgramFacts,
): string | null {
  if (operation.stateful) {
    return `${layer.type} is stateful and bidirectional: the backward direction carries its state from the end of one chunk to the end of the next, over steps in between that it read before.`;
  }
  if (readsOneStep(graph, node, operation)) {
    return `${layer.type} is given one step at a time: its backward direction has nothing to read backwards.`;
  }
  if (predictsNextTokens(graph, node, layer) && shiftsTokens(facts)) {
    return 'The model predicts the next token at every step, and the backward direction has already read it.';
  }
  return null;
}

/** An axis of time that is one step long, whatever the program is called with. */
function readsOneStep(graph: ModelGraph, { inputs: [input] }: FlowNode, { batchFirst }: RecurrentOperation): boolean {
  const axes = axesOf(typeOf(graph, input));
  if (axes?.length !== 3) return false;
  const time = axes[batchFirst ? 1 : 0];
  return time?.kind === 'known' && integerOf(time.value) === 1;
}

/** The output of every step goes into a layer with a class for each token of the embedding that the layer reads. */
function predictsNextTokens(graph: ModelGraph, node: FlowNode, layer: Layer): boolean {
  if (layer.operation.op !== 'recurrent' || !layer.operation.returnSequences) return false;
  const vocabulary = vocabularyBefore(graph, node);
  if (vocabulary === null) return false;
  return graph.flow.some((head) => {
    const operation = layerOf(graph, head)?.operation;
    const [input] = head.inputs;
    if (operation?.op !== 'dense' || input === undefined || !isSame(operation.units, vocabulary)) return false;
    const origin = originOf(graph, input);
    return origin?.node.id === node.id && origin.output === 0 && axesOf(typeOf(graph, input))?.length === 3;
  });
}

function vocabularyBefore(graph: ModelGraph, { inputs: [input] }: FlowNode): Quantity | null {
  const origin = input === undefined ? undefined : originOf(graph, input);
  const operation = origin === undefined ? undefined : layerOf(graph, origin.node)?.operation;
  return operation?.op === 'embedding' ? operation.vocabulary : null;
}

function isSame(left: Quantity, right: Quantity): boolean {
  return left.kind === 'known' && right.kind === 'known' && equals(left.value, right.value) === 'yes';
}

/** `tokens[:, :-1]` and `tokens[:, 1:]`, or the same of one axis. */
function shiftsTokens(facts: ProgramFacts): boolean {
  return facts.mentions(':-1]') && (facts.mentions('1:]') || facts.mentions('1: ]'));
}
