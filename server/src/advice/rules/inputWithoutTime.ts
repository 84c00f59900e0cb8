/** Rule: a recurrent layer of Keras is given `(batch, features)`, which has no axis of time. */
import type { FlowNode, Layer, ModelGraph } from '../../../../model/graph';
import { formatPlace } from '../../../../model/units';
import type { FileAnalysis } from '../../analysis';
import { keywordOf } from '../../rewrite/arguments';
import { callAt } from '../../rewrite/nodes';
import { kerasGeneration } from '../facts/kerasGeneration';
import { axesOf, layerOf, originOf, typeOf } from '../flow';
import type { Rule, RuleFinding } from '../rule';

export const inputWithoutTime: Rule = {
  code: 'input-without-time',
  severity: 'error',
  frameworks: ['keras', 'tfjs'],
  documentation: {
    title: 'A recurrent layer is given two axes',
    whatItDoes:
      'Looks for a recurrent layer whose input certainly has two axes, `(batch, features)`: an `Input` of one size, or a layer in ' +
      'front that gives one vector per sequence (`Dense` on vectors, `Flatten`, pooling). Another recurrent layer in front has a rule of ' +
      'its own, `stacked-without-sequences`. Classes with a `call` of their own, and the shape of the data that `fit` is given, are not ' +
      'looked at.',
    whyIsThisBad:
      'A recurrent layer goes along the second of three axes, `(batch, time, features)`. Keras refuses the model: "expected ndim=3, ' +
      'found ndim=2".',
    example: '```python\nkeras.Sequential([keras.Input((30,)), layers.LSTM(64)])\n```',
    useInstead:
      '```python\nkeras.Sequential([keras.Input((30, 1)), layers.LSTM(64)])\n```\nThat is for 30 steps of one value each; for token ' +
      'numbers put an `Embedding` in front.',
    fixSafety:
      'No fix: the missing axis may be time or features, or an `Embedding` is missing, and only the data tell.',
    references: ['https://github.com/tensorflow/tensorflow/issues/48138'],
  },
  check: (analysis) => analysis.models.flatMap((graph) => checkModel(graph, analysis)),
};

function checkModel(graph: ModelGraph, analysis: FileAnalysis): readonly RuleFinding[] {
  // What the `call` of a class is given is not stated in one place.
  if (graph.form !== 'sequential' && graph.form !== 'functional') return [];
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const layer = layerOf(graph, node);
    const [input] = node.inputs;
    if (layer?.operation.op !== 'recurrent' || layer.operation.singleStep || input === undefined) return [];
    if (layer.type.startsWith('TimeDistributed')) return [];
    if (axesOf(typeOf(graph, input))?.length !== 2) return [];
    const origin = originOf(graph, input);
    if (origin === undefined || !isStated(origin.node)) return [];
    const producer = layerOf(graph, origin.node);
    if (producer?.operation.op === 'recurrent' || givesOnlyFeatures(layer, analysis)) return [];
    return [
      {
        location: layer.location,
        message:
          `${layer.type} needs (batch, time, features), but ${nameOf(producer, analysis)} gives two axes: one of time or of ` +
          'features is missing, or an Embedding of the tokens.',
        fix: null,
      },
    ];
  });
}

/** `LSTM(50, input_dim=8)`: before version 3 of Keras that was an input of any number of steps. */
function givesOnlyFeatures({ coreLocation }: Layer, { tree, text, file, language }: FileAnalysis): boolean {
  if (language !== 'python' || coreLocation.file !== file || kerasGeneration(text) === 'three') return false;
  const call = callAt(tree, coreLocation);
  return call !== null && keywordOf(call, text, 'input_dim') !== null;
}

/** A layer or an input: how many axes a slice or a function leaves is less certain. */
function isStated({ operation }: FlowNode): boolean {
  return operation.kind === 'layer' || operation.kind === 'input';
}

function nameOf(producer: Layer | undefined, { file }: FileAnalysis): string {
  const isInput = producer === undefined || producer.operation.op === 'input';
  return isInput ? 'the input of the model' : `${producer.type} at ${formatPlace(producer.location, file)}`;
}
