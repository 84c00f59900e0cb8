/** What each kind of layer of a model becomes in a plan. */
import { isListed, knownInteger, type Layer } from '../../model/graph';
import { type Application, nameOf } from './application';
import { applyAttention, applyMultiHeadAttention } from './attention';
import { type PlanBuilder, stepsOfInput, tensorOf } from './builder';
import { applyConvolution, applyPooling, applyPoolingOverTime } from './convolution';
import { addDropout } from './dropout';
import { join } from './joins';
import { inputAxes, readWidth } from './modelInput';
import { applyNormalisation } from './normalisation';
import { pointwise } from './pointwise';
import { applyRecurrent } from './recurrent';
import { flattened, permuted, repeated, reshaped } from './shapes';
import { softmax } from './softmax';
import { refused, type Tensor, type Value } from './values';

/** The outputs of an application of a layer, as the flow numbers them; those that are not listed are refused. */
export function applyLayer(builder: PlanBuilder, application: Application): readonly Value[] {
  const { layer, inputs, location } = application;
  const { operation } = layer;
  const [input = refused] = inputs;
  switch (operation.op) {
    case 'input':
      return inputs;
    case 'recurrent':
      return applyRecurrent(builder, application, operation);
    case 'embedding':
      return [applyEmbedding(builder, application, operation)];
    case 'dense':
      return [applyDense(builder, application, operation)];
    case 'activation':
      return operation.activation === 'softmax' || operation.activation === 'log_softmax'
        ? [softmax(builder, input, operation.axis ?? -1, nameOf(layer), location)]
        : [activated(builder, input, operation.activation, layer)];
    case 'dropout': {
      if (input.kind === 'scores') return [{ ...input, dropout: operation.rate ?? 0 }];
      const tensor = tensorOf(builder, input, nameOf(layer), location);
      const { path, location: place } = layer;
      return tensor === null
        ? []
        : [addDropout(builder, path, operation.rate, operation.sharedOverTime ?? false, tensor, place)];
    }
    case 'flatten':
      return [flattened(builder, input, layer.path, layer.location)];
    case 'normalisation':
      return [applyNormalisation(builder, application, operation)];
    case 'conv1d':
    case 'other':
      return applyComputation(builder, application, operation.computes);
  }
}

function applyComputation(
  builder: PlanBuilder,
  application: Application,
  computes: Extract<Layer['operation'], { op: 'other' }>['computes'],
): readonly Value[] {
  const { layer, inputs } = application;
  const { path, location } = layer;
  const [input = refused] = inputs;
  switch (computes?.kind) {
    case undefined:
      builder.obstacle(`${nameOf(layer)} is not trained in the preview yet.`, location);
      return [];
    case 'convolution':
      return [applyConvolution(builder, application, computes)];
    case 'pooling':
      return [applyPooling(builder, application, computes)];
    case 'poolingOverTime':
      return [applyPoolingOverTime(builder, application, computes)];
    case 'attention':
      return [applyAttention(builder, application, computes)];
    case 'multiHeadAttention':
      return [applyMultiHeadAttention(builder, application, computes)];
    case 'join':
      return [join(builder, computes.how, computes.axis, inputs, { what: nameOf(layer), path, location })];
    case 'repetition': {
      const times = builder.size(`how often ${path} repeats`, computes.times, location);
      return times === null ? [] : [repeated(builder, input, times, path, location)];
    }
    case 'permutation':
      return [permuted(builder, input, computes, location)];
    case 'reshape':
      return [reshaped(builder, input, application.types.input, application.types.output, location)];
    case 'masking':
      builder.remark(`${path} masks nothing here: the training windows have no padded steps.`);
      return [input];
    case 'gaussianNoise': {
      const tensor = tensorOf(builder, input, nameOf(layer), location);
      const { deviation } = computes;
      if (tensor === null || deviation === null || deviation === 0) return [input];
      return [builder.through({ kind: 'gaussianNoise', path, standardDeviation: deviation }, tensor, location)];
    }
    case 'identity':
      return [input];
    case 'ownCode':
      // What was computed stands after what it was computed of; there may be as many of either.
      return inputs.slice(inputs.length - Math.max(1, layer.outputs[0]?.length ?? 1));
  }
}

function applyEmbedding(
  builder: PlanBuilder,
  { layer, inputs }: Application,
  operation: Extract<Layer['operation'], { op: 'embedding' }>,
): Value {
  const { path, location } = layer;
  const tensor = tensorOf(builder, inputs[0], nameOf(layer), location);
  if (tensor === null) return refused;
  const isTargets =
    tensor.source !== 'input' && builder.layers[tensor.source.layer]?.kind === 'delayedTargets' && tensor.width === 1;
  if (tensor.source !== 'input' && !isTargets) {
    builder.obstacle(`The embedding ${path} does not read the model's input.`, location);
    return refused;
  }
  const vocabulary = builder.size(`the vocabulary of ${path}`, operation.vocabulary, location);
  const width = builder.size(`the width of ${path}`, operation.width, location);
  const axes = inputAxes(builder, 2);
  if (vocabulary === null || width === null || axes === null) return refused;
  if (!isTargets) {
    if (builder.input?.kind === 'features') {
      builder.obstacle(`The embedding ${path} reads as tokens what other layers read as numbers.`, location);
      return refused;
    }
    builder.inputLayer ??= layer;
    builder.input = { kind: 'tokens', width: Math.min(vocabulary, builder.input?.width ?? vocabulary) };
  }
  const reserved = operation.maskZero ? 0 : operation.paddingIndex;
  builder.reservedToken ??= reserved;
  // Right answers have no padding: there, the number of padding is the one that a decoder starts with.
  const isMasked = operation.maskZero && !isTargets;
  builder.hasMask ||= isMasked;
  builder.outputLocation = location;
  const plan = {
    kind: 'embedding',
    path,
    vocabulary,
    width,
    ...(isMasked ? { paddingToken: 0 } : {}),
  } as const;
  const steps = isTargets ? tensor.steps : stepsOfInput(builder);
  return builder.through(plan, { ...tensor, steps }, location, { axes: [...axes, 'width'], width });
}

function applyDense(
  builder: PlanBuilder,
  { layer, inputs }: Application,
  operation: Extract<Layer['operation'], { op: 'dense' }>,
): Value {
  const { path, location } = layer;
  const tensor = tensorOf(builder, inputs[0], nameOf(layer), location);
  if (tensor === null) return refused;
  const units = builder.size(`the width of ${path}`, operation.units, location);
  const activation = pointwise(builder, operation.activation, layer);
  if (units === null || activation === 'refused') return refused;
  const input = withWidthLast(builder, tensor, layer);
  if (input === null) return refused;
  readWidth(builder, layer, input, operation.inputSize);
  const tiedTo = tiedMatrix(builder, layer, operation);
  const plan = {
    kind: 'dense',
    path,
    units,
    bias: operation.bias,
    activation: activation === 'softmax' ? null : activation,
    ...(tiedTo === null ? {} : { tiedTo }),
  } as const;
  return builder.through(plan, input, location, { width: units, activation: activation ?? 'none' });
}

/** What a dense layer multiplies: the last axis. Steps of one number each are a vector where they stand there. */
function withWidthLast(builder: PlanBuilder, tensor: Tensor, layer: Layer): Tensor | null {
  const last = tensor.axes.at(-1);
  if (last === 'width') return tensor;
  if (last === 'time' && !tensor.axes.includes('width')) {
    const flat = flattened(builder, tensor, `${layer.path}.input`, layer.location);
    return flat.kind === 'tensor' ? flat : null;
  }
  builder.hasMisplacedAxis = true;
  builder.obstacle(`${nameOf(layer)} goes along the time steps, which is not trained here.`, layer.location);
  return null;
}

/** The table whose transpose a layer without a matrix of its own multiplies by (Press and Wolf 2017). */
function tiedMatrix(
  builder: PlanBuilder,
  { type, path, weights }: Layer,
  { units, inputSize }: Extract<Layer['operation'], { op: 'dense' }>,
): string | null {
  if (!isListed(weights) || weights.some(({ shape }) => shape.length === 2)) return null;
  const [rows, columns] = [knownInteger(units), knownInteger(inputSize)];
  const tables = new Map(
    builder.layers.flatMap((layer) =>
      layer.kind === 'embedding' && layer.vocabulary === rows && layer.width === columns ? [[layer.path, layer]] : [],
    ),
  );
  const [table] = tables.keys();
  if (table !== undefined && tables.size === 1) return `${table}.table`;
  builder.remark(
    `${type} "${path}" shares its matrix with another layer in the source; here each trains its own, ` +
      'so there are more parameters than in the source.',
  );
  return null;
}

/** A tensor through an activation that goes number by number. */
export function activated(
  builder: PlanBuilder,
  value: Value,
  name: string,
  layer: Pick<Layer, 'path' | 'location'>,
): Value {
  const activation = pointwise(builder, name, layer);
  if (activation === 'refused') return refused;
  const tensor = tensorOf(builder, value, name, layer.location);
  if (tensor === null) return refused;
  if (activation === null) return tensor;
  if (activation === 'softmax') return { ...tensor, activation };
  return builder.through({ kind: 'activation', path: layer.path, activation }, tensor, layer.location, { activation });
}
