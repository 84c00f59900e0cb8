/** Rule: a recurrent layer of Keras reads the padding of its sequences as if it were tokens. */
import type { FlowNode, Layer, ModelGraph } from '../../../../model/graph';
import { formatPlace } from '../../../../model/units';
import type { FileAnalysis } from '../../analysis';
import { hasSpread, keywordOf, setKeyword } from '../../rewrite/arguments';
import { callAt, textOf } from '../../rewrite/nodes';
import type { Calls } from '../facts/calls';
import { maskOf } from '../facts/masks';
import { paddingOf } from '../facts/padding';
import { layerOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const paddingNotMasked: Rule = {
  code: 'padding-not-masked',
  severity: 'information',
  frameworks: ['keras'],
  documentation: {
    title: 'Padding is not masked',
    whatItDoes:
      'Looks for an `Embedding` without `mask_zero=True` whose output goes into a recurrent layer, in a file that pads its ' +
      'sequences with zeros (`pad_sequences`, `padded_batch`, `TextVectorization`); where several models of a file read tokens, ' +
      'only where `fit` is given something padded; and for a mask that ' +
      'ends at a layer that destroys it (`Conv1D`, `Flatten`, `Reshape`, pooling) in front of a recurrent layer. An embedding in a ' +
      'file that does not pad is left alone: its sequences may all have one length.',
    whyIsThisBad:
      'Without a mask the layer goes on over the padding, and its state drifts with every padded step. With padding on the right the ' +
      'last step, which a classifier reads, is the one that is furthest from the text.',
    example: "```python\npad_sequences(texts, padding='post')\nlayers.Embedding(10000, 64)\nlayers.LSTM(64)\n```",
    useInstead:
      "```python\npad_sequences(texts, padding='post')\nlayers.Embedding(10000, 64, mask_zero=True)\nlayers.LSTM(64)\n```\n" +
      'Index 0 must then mean padding and nothing else.',
    fixSafety:
      'Offered where the file pads on the right and its vocabulary reserves index 0 (`Tokenizer`, `TextVectorization`, the data sets ' +
      'of Keras). Shapes and weights stay; a trained model should be trained again. With padding on the left a mask would keep the ' +
      'layer off cuDNN, so nothing is offered; nor where a layer in between destroys the mask. A text without any token is masked as a ' +
      'whole, which cuDNN refuses.',
    references: [
      'https://github.com/keras-team/keras/issues/411',
      'https://github.com/keras-team/keras/issues/4978',
      'https://github.com/keras-team/keras/issues/12475',
      'https://github.com/keras-team/keras/issues/13189',
      'https://github.com/keras-team/keras/issues/16622',
    ],
  },
  check: (analysis, { calls }) => analysis.models.flatMap((graph) => checkModel(graph, analysis, calls)),
};

const reservesZero = /\b(?:Tokenizer|TextVectorization|(?:imdb|reuters)\.load_data)\(/;

function checkModel(graph: ModelGraph, analysis: FileAnalysis, calls: Calls): readonly RuleFinding[] {
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const consumer = layerOf(graph, node);
    const [input] = node.inputs;
    if (consumer?.operation.op !== 'recurrent' || consumer.operation.singleStep || input === undefined) return [];
    // The layers that were only for cuDNN took no mask.
    const mask = maskOf(graph, input);
    if (mask.kind === 'open' || mask.kind === 'masked' || consumer.type.includes('CuDNN')) return [];
    if (isGivenMask(node, analysis)) return [];
    const place = (layer: Layer): string => formatPlace(layer.location, analysis.file);
    if (mask.kind === 'lost') {
      const message =
        `The mask of ${mask.source.type} at ${place(mask.source)} ends here: ${mask.at.type} hands no mask on, and ` +
        `${consumer.type} at ${place(consumer)} reads the padding as if it were data.`;
      return [{ location: mask.at.location, message, fix: null }];
    }
    const padding = mask.kind === 'unmasked' ? paddingOf(graph, mask.embedding, analysis, calls) : null;
    if (mask.kind !== 'unmasked' || padding === null) return [];
    return [
      {
        location: mask.embedding.coreLocation,
        message:
          `${consumer.type} at ${place(consumer)} reads the padding as if it were tokens: the sequences are padded with 0, and ` +
          'mask_zero=True is not set.',
        fix: padding.side === 'right' && reservesZero.test(analysis.text) ? fixFor(mask.embedding, analysis) : null,
      },
    ];
  });
}

/** `layers.GRU(8)(x, mask=mask)`: the program masks by itself. */
function isGivenMask({ location }: FlowNode, { tree, text, file }: FileAnalysis): boolean {
  const call = location.file === file ? callAt(tree, location) : null;
  return call !== null && keywordOf(call, text, 'mask') !== null;
}

function fixFor(embedding: Layer, { tree, text, language }: FileAnalysis): Fix | null {
  const call = callAt(tree, embedding.coreLocation);
  if (call === null || language !== 'python' || hasSpread(call, text)) return null;
  const present = keywordOf(call, text, 'mask_zero');
  if (present !== null && textOf(text, present.value) !== 'False') return null;
  return { title: 'Set mask_zero=True', edits: setKeyword(call, text, 'mask_zero', 'True') };
}
