/** Rule: sequences padded on the left are masked in front of a Keras layer that would run on cuDNN. */
import type { Layer, ModelGraph } from '../../../../model/graph';
import { formatPlace } from '../../../../model/units';
import type { FileAnalysis } from '../../analysis';
import { hasSpread, keywordOf, setKeyword } from '../../rewrite/arguments';
import { fusedKernelObstacles } from '../facts/fusedKernel';
import { maskOf } from '../facts/masks';
import { type PaddingCall, paddingOf } from '../facts/padding';
import { layerOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const leftPaddedMask: Rule = {
  code: 'left-padded-mask',
  severity: 'warning',
  frameworks: ['keras'],
  documentation: {
    title: 'Left padding is masked in front of a layer that runs on cuDNN',
    whatItDoes:
      "Looks for `pad_sequences` with its default `padding='pre'` in a file whose model masks (`mask_zero=True`, `Masking`) in front " +
      'of an `LSTM` or `GRU` that would run as a fused kernel, when all sequences of the file are padded that way. A sequence that is ' +
      'masked as a whole fails alike; only the data show that, so it is not checked.',
    whyIsThisBad:
      'cuDNN takes the length of each sequence, not a mask: padding must be on the right. Keras 3 stops with "You are passing a RNN mask ' +
      'that does not correspond to right-padded sequences"; TensorFlow 2 before it fell back to a loop that is several times slower. On a ' +
      'CPU nothing happens, so the mistake shows on another machine.',
    example:
      '```python\nx = pad_sequences(texts, maxlen=200)\nlayers.Embedding(10000, 64, mask_zero=True)\nlayers.LSTM(64)\n```',
    useInstead:
      "```python\nx = pad_sequences(texts, maxlen=200, padding='post')\nlayers.Embedding(10000, 64, mask_zero=True)\nlayers.LSTM(64)\n```\n" +
      'Or `use_cudnn=False` on the layer.',
    fixSafety:
      'Every `pad_sequences` of the file is changed, so that training and prediction stay alike. Offered where the file has one model, ' +
      'every layer of it that looks at steps is masked, and no call already says `padding`: the masked layer then reads the same tokens in ' +
      'the same order.',
    references: [
      'https://github.com/tensorflow/tensorflow/issues/33148',
      'https://github.com/tensorflow/tensorflow/issues/43103',
      'https://github.com/tensorflow/tensorflow/issues/36139',
      'https://github.com/jax-ml/jax/issues/17966',
      'https://github.com/keras-team/keras/blob/v3.15.0/keras/src/backend/tensorflow/rnn.py',
    ],
  },
  check: (analysis, facts) => {
    return analysis.models.flatMap((graph) => {
      const [first] = maskedFusedLayers(graph, analysis);
      if (first === undefined || facts.kerasGeneration === 'old' || facts.kerasGeneration === 'legacy') return [];
      const padding = paddingOf(graph, first.source, analysis, facts.calls);
      // Where one side is chosen here and another there, which one reaches the layer is not known.
      if (padding?.side !== 'left') return [];
      return checkCalls(padding.calls, first.layer, analysis);
    });
  },
};

function checkCalls(calls: readonly PaddingCall[], first: Layer, analysis: FileAnalysis): readonly RuleFinding[] {
  const fix = fixFor(calls, analysis);
  return calls.map(
    ({ call }): RuleFinding => ({
      location: analysis.lines.locate(call),
      message:
        `This pads on the left, but ${first.type} at ${formatPlace(first.location, analysis.file)} is masked and runs on cuDNN, which ` +
        "takes padding on the right only: set padding='post'.",
      fix,
    }),
  );
}

interface MaskedLayer {
  readonly layer: Layer;
  readonly source: Layer;
}

function maskedFusedLayers(graph: ModelGraph, analysis: FileAnalysis): readonly MaskedLayer[] {
  return graph.flow.flatMap((node) => {
    const layer = layerOf(graph, node);
    const [input] = node.inputs;
    if (layer?.operation.op !== 'recurrent' || input === undefined) return [];
    const mask = maskOf(graph, input);
    if (mask.kind !== 'masked') return [];
    return fusedKernelObstacles(layer, analysis)?.length === 0 ? [{ layer, source: mask.source }] : [];
  });
}

function fixFor(calls: readonly PaddingCall[], analysis: FileAnalysis): Fix | null {
  const { text, models } = analysis;
  const [model] = models;
  if (model === undefined || models.length > 1 || !isMaskedThroughout(model)) return null;
  if (calls.some(({ call }) => hasSpread(call, text) || keywordOf(call, text, 'padding') !== null)) return null;
  return {
    title: "Pad on the right: padding='post'",
    edits: calls.flatMap(({ call }) => setKeyword(call, text, 'padding', "'post'")),
  };
}

/** From its embedding to a last step, the model is nothing but layers that follow a mask. */
function isMaskedThroughout(graph: ModelGraph): boolean {
  return graph.flow.every((node) => {
    if (node.operation.kind === 'input') return true;
    const operation = layerOf(graph, node)?.operation;
    switch (operation?.op) {
      case 'embedding':
      case 'dropout':
      case 'activation':
      case 'dense':
        return true;
      case 'recurrent':
        return !operation.goBackwards;
      default:
        return false;
    }
  });
}
