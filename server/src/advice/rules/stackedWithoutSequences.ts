/** Rule: a Keras recurrent layer feeds another one but gives only its last step. */

import type { Layer, ModelGraph } from '../../../../model/graph';
import { formatPlace } from '../../../../model/units';
import type { FileAnalysis } from '../../analysis';
import { hasSpread, keywordOf, setKeyword } from '../../rewrite/arguments';
import { optionOf, setOption } from '../../rewrite/javascript/options';
import { callAt, textOf } from '../../rewrite/nodes';
import { layerOf, originOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const stackedWithoutSequences: Rule = {
  code: 'stacked-without-sequences',
  severity: 'error',
  frameworks: ['keras', 'tfjs'],
  documentation: {
    title: 'Stacked recurrent layer without return_sequences=True',
    whatItDoes:
      'Looks for a recurrent layer whose output goes into another recurrent layer while `return_sequences` is off.',
    whyIsThisBad:
      'Without `return_sequences=True` a layer gives `(batch, units)`, its last step only. The next recurrent layer needs ' +
      '`(batch, time, features)` and the model fails to build with "expected ndim=3, found ndim=2".',
    example: '```python\nkeras.Sequential([keras.Input((30, 8)), layers.LSTM(64), layers.LSTM(32)])\n```',
    useInstead:
      '```python\nkeras.Sequential([keras.Input((30, 8)), layers.LSTM(64, return_sequences=True), layers.LSTM(32)])\n```',
    fixSafety: 'Safe: the model could not be built before. The last recurrent layer is left as it is.',
    references: [
      'https://stackoverflow.com/questions/40331510',
      'https://github.com/keras-team/keras/issues/7403',
      'https://github.com/tensorflow/tfjs/issues/482',
    ],
  },
  check: (analysis) => analysis.models.flatMap((graph) => checkModel(graph, analysis)),
};

function checkModel(graph: ModelGraph, analysis: FileAnalysis): readonly RuleFinding[] {
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const consumer = layerOf(graph, node);
    const [input] = node.inputs;
    if (consumer?.operation.op !== 'recurrent' || consumer.operation.singleStep || input === undefined) return [];
    const origin = originOf(graph, input);
    const producer = origin === undefined ? undefined : layerOf(graph, origin.node);
    if (producer?.operation.op !== 'recurrent' || producer.operation.returnSequences || origin?.output !== 0) return [];
    // A layer in `TimeDistributed` gives one last step for every outer step: a sequence.
    if (producer.type.startsWith('TimeDistributed')) return [];
    return [
      {
        location: producer.coreLocation,
        message:
          `${producer.type} gives only its last step, but ${consumer.type} at ${formatPlace(consumer.location, producer.coreLocation.file)} needs the ` +
          `whole sequence: set ${analysis.language === 'javascript' ? 'returnSequences: true' : 'return_sequences=True'}.`,
        fix: fixFor(producer, analysis),
      },
    ];
  });
}

function fixFor(layer: Layer, analysis: FileAnalysis): Fix | null {
  const call = callAt(analysis.tree, layer.coreLocation);
  if (call === null || makesSeveralLayers(layer, analysis)) return null;
  if (analysis.language === 'javascript') {
    const present = optionOf(call, analysis.text, 'returnSequences');
    if (present !== null && (present.value === null || textOf(analysis.text, present.value) !== 'false')) return null;
    const edits = setOption(call, analysis.text, 'returnSequences', 'true');
    return edits === null ? null : { title: 'Set returnSequences: true', edits };
  }
  if (analysis.language !== 'python' || hasSpread(call, analysis.text)) return null;
  const present = keywordOf(call, analysis.text, 'return_sequences');
  if (present !== null && textOf(analysis.text, present.value) !== 'False') return null;
  return { title: 'Set return_sequences=True', edits: setKeyword(call, analysis.text, 'return_sequences', 'True') };
}

/** One call in a loop makes several layers; the last of them may rightly give its last step only. */
function makesSeveralLayers(layer: Layer, analysis: FileAnalysis): boolean {
  return analysis.models.some(
    ({ layers }) => layers.filter(({ coreLocation }) => coreLocation.from === layer.coreLocation.from).length > 1,
  );
}
