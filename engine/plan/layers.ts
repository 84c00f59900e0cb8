/** What each kind of layer of a model graph becomes in a training plan. */
import type { Layer, Quantity, RecurrentOperation } from '../../model/graph';
import type { PointwiseActivation } from '../backend';
import type { ChainBuilder } from './chainBuilder';

/** Adds a layer to the chain. `output` is the one of its outputs that the model goes on with. */
export function applyLayer(builder: ChainBuilder, layer: Layer, output: number): void {
  const { operation, path, location } = layer;
  switch (operation.op) {
    case 'input':
      return;
    case 'recurrent':
      applyRecurrent(builder, layer, operation, output);
      return;
    case 'embedding': {
      if (builder.inputLayer !== null) {
        builder.obstacle(`The embedding ${path} does not read the model's input.`, location);
        return;
      }
      const vocabulary = builder.size(`the vocabulary of ${path}`, operation.vocabulary, location);
      const width = builder.size(`the width of ${path}`, operation.width, location);
      if (vocabulary === null || width === null) return;
      remarkSharedMatrix(builder, layer);
      builder.inputLayer = layer;
      builder.input = { kind: 'tokens', width: vocabulary };
      builder.reservedToken = operation.maskZero ? 0 : operation.paddingIndex;
      builder.add({ kind: 'embedding', path, vocabulary, width });
      builder.output = { width, location };
      return;
    }
    case 'dense': {
      if (!expectTensor(builder, layer)) return;
      readInput(builder, layer, operation.inputSize);
      const units = builder.size(`the width of ${path}`, operation.units, location);
      const activation = endActivation(builder, layer, operation.activation);
      if (units === null || activation === 'refused') return;
      remarkSharedMatrix(builder, layer);
      builder.add({ kind: 'dense', path, units, bias: operation.bias, activation });
      builder.output = { width: units, location };
      return;
    }
    case 'activation': {
      if (!expectTensor(builder, layer)) return;
      const activation = endActivation(builder, layer, operation.activation);
      if (activation === 'refused' || activation === null) return;
      builder.add({ kind: 'activation', path, activation });
      return;
    }
    case 'dropout':
      if (!expectTensor(builder, layer)) return;
      addDropout(builder, path, operation.rate, false);
      return;
    case 'flatten':
      if (!expectTensor(builder, layer)) return;
      applyFlatten(builder, path);
      return;
    case 'normalisation':
      builder.obstacle(
        `${layer.type} "${path}" is not trained in the preview yet: the engine has no normalisation.`,
        location,
      );
      return;
    case 'conv1d':
    case 'other':
      builder.obstacle(`${layer.type} "${path}" is not trained in the preview yet.`, location);
      return;
  }
}

/** A layer without a matrix of its own computes with another's, as in `decoder.weight = embedding.weight` (Press and Wolf 2017). */
function remarkSharedMatrix(builder: ChainBuilder, { path, type, weights }: Layer): void {
  if ('unknown' in weights || weights.some(({ shape }) => shape.length === 2)) return;
  builder.remark(
    `${type} "${path}" shares its matrix with another layer in the source; here each trains its own, ` +
      'so there are more parameters than in the source.',
  );
}

/** All steps side by side; of one vector nothing changes. */
export function applyFlatten(builder: ChainBuilder, path: string): void {
  if (builder.content.kind !== 'sequence') return;
  builder.add({ kind: 'flatten', path });
  builder.content = { kind: 'vector' };
}

export function addDropout(builder: ChainBuilder, path: string, rate: number | null, sharedOverTime: boolean): void {
  if (rate === null) builder.remark(`${path} drops nothing here, because its rate is not known.`);
  else if (rate >= 1) builder.remark(`${path} would drop everything (rate ${rate}) and is left out.`);
  else if (rate > 0) builder.add({ kind: 'dropout', path, rate, sharedOverTime });
}

/**
 * The activation of a layer as the engine computes it: null for none, and for a softmax, which must come last and is left
 * to the loss.
 */
export function endActivation(
  builder: ChainBuilder,
  { path, location }: Pick<Layer, 'path' | 'location'>,
  name: string,
): PointwiseActivation | null | 'refused' {
  switch (name) {
    case 'linear':
    case 'none':
      builder.outputActivation = 'none';
      return null;
    case 'softmax':
    case 'log_softmax':
      builder.outputActivation = 'softmax';
      return null;
    case 'tanh':
    case 'relu':
    case 'sigmoid':
      builder.outputActivation = name;
      return name;
    default:
      builder.obstacle(`The activation "${name}" of ${path} is not trained in the preview yet.`, location);
      return 'refused';
  }
}

function applyRecurrent(builder: ChainBuilder, layer: Layer, operation: RecurrentOperation, output: number): void {
  const { path, location } = layer;
  if (builder.content.kind !== 'sequence') {
    builder.obstacle(`${layer.type} "${path}" is given one vector, not a sequence.`, location);
    return;
  }
  if (!expectTensor(builder, layer)) return;
  const refusal = refusalOf(layer, operation, output, builder);
  if (refusal !== null) {
    builder.obstacle(refusal, location);
    return;
  }
  readInput(builder, layer, operation.inputSize);
  const hiddenSize = builder.size(`the hidden size of ${path}`, operation.hiddenSize, location);
  const stacked = builder.size(`the number of layers of ${path}`, operation.layers, location);
  if (hiddenSize === null || stacked === null) return;

  if (builder.recurrentCount === 0) builder.inputTimeAxis = operation.batchFirst ? 1 : 0;
  builder.recurrentCount += 1;
  builder.resetAfter ??= operation.resetAfter;
  if (operation.stateful) builder.remark(`${path} is stateful; here every training window starts from a zero state.`);
  if (operation.recurrentDropout !== 0) builder.remark(`The recurrent dropout of ${path} is left out.`);
  const givesSequence = operation.batchFirst ? 1 : 0;
  const takesStates = builder.convention === 'torch' ? output === 1 : output === 1 || !operation.returnSequences;
  const isKeras = builder.convention === 'keras';
  for (let index = 0; index < stacked; index++) {
    const isTop = index === stacked - 1;
    if (isKeras || index > 0) {
      addDropout(builder, `${path}.dropout`, operation.dropout, isKeras);
    }
    builder.add({
      kind: 'recurrent',
      path: stacked === 1 ? path : `${path}.${index}`,
      cell: operation.cell,
      hiddenSize,
      activation: operation.activation === 'relu' ? 'relu' : 'tanh',
      bias: biasOf(operation),
      resetAfter: operation.resetAfter ?? true,
      direction: operation.directions === 2 ? 'both' : 'forward',
      merge: 'concat',
    });
    if (isTop && takesStates) builder.current = { layer: builder.layers.length - 1, output: 1 };
  }
  builder.output = { width: hiddenSize * operation.directions, location };
  builder.outputActivation = 'none';
  if (!takesStates) builder.content = { kind: 'sequence', timeAxis: givesSequence };
  else if (isKeras) builder.content = { kind: 'vector' };
  else builder.content = { kind: 'finalStates', stacked, directions: operation.directions };
}

/** Why the engine does not train a recurrent layer, in a sentence, or null. */
function refusalOf(
  layer: Layer,
  operation: RecurrentOperation,
  output: number,
  { convention }: ChainBuilder,
): string | null {
  const name = `${layer.type} "${layer.path}"`;
  if (operation.singleStep)
    return `${name} is a single step; the preview trains layers that loop over time themselves.`;
  if (operation.projection !== null) return `${name} projects its output (proj_size), which is not trained here yet.`;
  if (operation.goBackwards) return `${name} goes backwards, which is not trained here yet.`;
  if (operation.directions === 2 && operation.merge !== 'concat') {
    return `${name} joins its directions by "${operation.merge}"; only "concat" is trained here yet.`;
  }
  const plainActivations = ['tanh', 'relu'];
  if (operation.cell === 'rnn' && !plainActivations.includes(operation.activation)) {
    return `${name} has the activation "${operation.activation}"; a plain cell is trained here with tanh or relu.`;
  }
  if (operation.cell !== 'rnn' && operation.activation === 'tanh' && operation.recurrentActivation === 'hardSigmoid') {
    return (
      `${name} has gates with hardSigmoid, which TensorFlow.js takes unless told otherwise; ` +
      "they are trained here with sigmoid alone: set recurrentActivation: 'sigmoid'."
    );
  }
  if (operation.cell !== 'rnn' && (operation.activation !== 'tanh' || operation.recurrentActivation !== 'sigmoid')) {
    return (
      `${name} has the activations "${operation.activation}" and "${operation.recurrentActivation}"; ` +
      'gated cells are trained here with tanh and sigmoid.'
    );
  }
  const stateOutputs = convention === 'keras' && operation.directions === 2 ? 0 : 1;
  if (output > stateOutputs) return `The model goes on with a state of ${name} that is not its hidden state.`;
  return null;
}

function biasOf({ biasVectors }: RecurrentOperation): 'none' | 'input' | 'both' {
  switch (biasVectors) {
    case 0:
      return 'none';
    case 1:
      return 'input';
    case 2:
      return 'both';
  }
}

/** Whether a plain tensor arrives, and no softmax that had to be the end of the model. */
function expectTensor(builder: ChainBuilder, { type, path, location }: Layer): boolean {
  if (builder.content.kind === 'finalStates') {
    builder.obstacle(
      `${type} "${path}" is given the stacked final states of all layers; take one, as in h_n[-1].`,
      location,
    );
    return false;
  }
  if (builder.outputActivation === 'softmax') {
    builder.obstacle(`${type} "${path}" comes after a softmax, which is trained here only at the end.`, location);
    return false;
  }
  return true;
}

/** The first layer with weights decides how wide the input is. */
function readInput(builder: ChainBuilder, layer: Layer, inputSize: Quantity): void {
  if (builder.inputLayer !== null) return;
  builder.inputLayer = layer;
  // Without a stated input shape the data decides; a symbol is a size that the model does state.
  const width =
    inputSize.kind === 'unknown' ? null : builder.size(`the input width of ${layer.path}`, inputSize, layer.location);
  builder.input = { kind: 'features', width };
}
