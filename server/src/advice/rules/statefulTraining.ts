/** Rule: a stateful layer of Keras is trained in a way that mixes its states. */
import type { SyntaxNode } from '@lezer/common';
import { symbolsOf } from '../../../../model/expression';
import { batchMeaning, type Layer, type ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, hasSpread, keywordOf, setKeyword } from '../../rewrite/arguments';
import { enclosing, textOf } from '../../rewrite/nodes';
import { singleValueOf } from '../facts/bindings';
import type { Call, Calls } from '../facts/calls';
import { axesOf, layerOf, typeOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const statefulTraining: Rule = {
  code: 'stateful-training',
  severity: 'error',
  frameworks: ['keras'],
  documentation: {
    title: 'A stateful layer is shuffled, has no fixed batch, or is never reset',
    whatItDoes:
      'For a model with `stateful=True`, looks for `fit` on arrays without `shuffle=False`; for an `Input` that leaves the batch size open; ' +
      'and for several epochs over the same data (`epochs` above one, `fit` in a loop) in a file that never calls `reset_states` or ' +
      '`reset_state` and gives `fit` no callbacks. Generators and `tf.data` decide their order themselves and are not judged, nor is a ' +
      'model that is trained in another file.',
    whyIsThisBad:
      'A stateful layer hands the last state of the sequence at place *i* of a batch to the sequence at place *i* of the next. Shuffled ' +
      'batches hand it to a stranger; Keras refuses an open batch size ("the batch size must be static"); and without a reset the first ' +
      'batch of an epoch begins with the state of the last.',
    example: '```python\nmodel.fit(x, y, batch_size=16)\n```',
    useInstead:
      '```python\nfor epoch in range(epochs):\n    model.fit(x, y, batch_size=16, epochs=1, shuffle=False)\n    model.reset_states()\n```\n' +
      'In Keras 3 each stateful layer is reset: `layer.reset_state()`.',
    fixSafety:
      '`shuffle=False` is added to `fit`, which is what a stateful layer needs. The batch size and the place of the reset are for the author ' +
      'to choose: no fix.',
    references: [
      'https://github.com/keras-team/keras/issues/1820',
      'https://github.com/keras-team/keras/issues/1561',
      'https://github.com/keras-team/keras/issues/9036',
      'https://github.com/tensorflow/tensorflow/issues/40067',
      'https://github.com/tensorflow/tensorflow/issues/86310',
    ],
  },
  check: (analysis, { calls }) => {
    const stateful = analysis.models.flatMap((graph) => {
      const layers = graph.layers.filter(({ operation }) => operation.op === 'recurrent' && operation.stateful);
      return layers.length === 0 ? [] : [{ graph, layers }];
    });
    return stateful.flatMap(({ graph, layers }) => [
      ...openBatch(graph),
      ...fits(graph, analysis, calls).flatMap((fit) => checkFit(fit, layers, analysis)),
    ]);
  },
};

/** A model whose shape is stated is built before it sees a batch; the size of which must then be stated too. */
function openBatch(graph: ModelGraph): readonly RuleFinding[] {
  if (graph.form !== 'sequential' && graph.form !== 'functional') return [];
  const open = graph.symbols.find(({ meaning }) => meaning === batchMeaning)?.name;
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const layer = layerOf(graph, node);
    const [input] = node.inputs;
    if (layer?.operation.op !== 'recurrent' || !layer.operation.stateful || input === undefined) return [];
    const batch = axesOf(typeOf(graph, input))?.[0];
    if (batch?.kind !== 'known' || open === undefined || symbolsOf(batch.value).join() !== open) return [];
    return [
      {
        location: layer.coreLocation,
        message: 'A stateful layer needs a fixed batch size: give the Input a batch_shape=(batch, time, features).',
        fix: null,
      },
    ];
  });
}

/** The calls of `fit` on this very model: its variable is bound once, to what makes it, or the file has no other model. */
function fits(graph: ModelGraph, analysis: FileAnalysis, calls: Calls): readonly Call[] {
  return calls.named('fit').filter(({ object }) => {
    const made = object === null ? null : singleValueOf(analysis, object);
    if (made !== null && made.from === graph.location.from && made.to === graph.location.to) return true;
    return (
      object !== null &&
      analysis.models.length === 1 &&
      /(?:model|net|lstm|rnn|gru)\d*$/i.test(textOf(analysis.text, object))
    );
  });
}

function checkFit({ node }: Call, layers: readonly Layer[], analysis: FileAnalysis): readonly RuleFinding[] {
  const { text } = analysis;
  if (hasSpread(node, text) || !isGivenArrays(node, text)) return [];
  const location = analysis.lines.locate(node);
  const [layer] = layers;
  const shuffle = keywordOf(node, text, 'shuffle');
  if (shuffle === null || textOf(text, shuffle.value) === 'True') {
    return [
      {
        location,
        message:
          `fit shuffles the sequences, so ${layer?.path ?? 'the stateful layer'}, which is stateful, goes on from the state of another ` +
          'sequence: set shuffle=False.',
        fix: shuffleFix(node, text),
      },
    ];
  }
  const isReset = /\breset_states?\b/.test(text) || keywordOf(node, text, 'callbacks') !== null;
  if (isReset || !repeats(node, text)) return [];
  return [
    {
      location,
      message: 'The state is never reset: every epoch begins with the state that the one before ended with.',
      fix: null,
    },
  ];
}

/** Inputs and targets apart: a data set or a generator gives both at once. */
function isGivenArrays(fit: SyntaxNode, text: string): boolean {
  const positional = argumentsOf(fit, text).filter(({ form }) => form === 'positional');
  return positional.length >= 2 || keywordOf(fit, text, 'y') !== null;
}

/** More than one epoch, or one again and again. */
function repeats(fit: SyntaxNode, text: string): boolean {
  const epochs = keywordOf(fit, text, 'epochs')?.value;
  if (epochs !== undefined && /^\d+$/.test(textOf(text, epochs)) && Number(textOf(text, epochs)) > 1) return true;
  const loop = enclosing(fit, 'ForStatement', 'FunctionDefinition');
  return loop?.name === 'ForStatement';
}

function shuffleFix(fit: SyntaxNode, text: string): Fix {
  return { title: 'Set shuffle=False', edits: setKeyword(fit, text, 'shuffle', 'False') };
}
