/** PyTorch's recurrent layers: `nn.RNN`, `nn.GRU`, `nn.LSTM` and their cells. */
import { constant, subtract } from '../../../../model/expression';
import {
  type Cell,
  type Quantity,
  type RecurrentOperation,
  type TensorType,
  unknown as unknownQuantity,
  type Weight,
} from '../../../../model/graph';
import {
  type CallArguments,
  type CallSite,
  tuple,
  type UnknownValue,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LibraryArguments } from '../arguments';
import { exactSize, type LayerDefinition, type LayerFacts, type LayerValue, trained } from '../layer';
import { combine, exactly, floatTensor, product, times } from '../shapes';
import type { TensorValue } from '../tensor';
import { axisSymbol, expectAxes } from './axes';
import { torchLayer, undecidedLayer } from './layer';
import { asTensor, PackedSequence, type TorchTrace } from './trace';

const gatesOf: Readonly<Record<Cell, number>> = { rnn: 1, gru: 3, lstm: 4 };

/** More stacked layers than are listed one by one. */
const mostListedLayers = 64;

const stackSignatures: Readonly<Record<Cell, readonly string[]>> = {
  rnn: ['input_size', 'hidden_size', 'num_layers', 'nonlinearity', 'bias', 'batch_first', 'dropout', 'bidirectional'],
  gru: ['input_size', 'hidden_size', 'num_layers', 'bias', 'batch_first', 'dropout', 'bidirectional'],
  lstm: ['input_size', 'hidden_size', 'num_layers', 'bias', 'batch_first', 'dropout', 'bidirectional', 'proj_size'],
};

const cellSignature: readonly string[] = ['input_size', 'hidden_size', 'bias', 'nonlinearity'];

/** `nn.LSTM(…)` and its like, or `nn.LSTMCell(…)`. */
export function recurrentLayer(
  trace: TorchTrace,
  cell: Cell,
  singleStep: boolean,
  parameters: CallArguments,
  site: CallSite,
): LayerValue {
  const given = new LibraryArguments(singleStep ? cellSignature : stackSignatures[cell], parameters, site);
  const flags = {
    bias: given.flag('bias', true),
    batchFirst: singleStep ? true : given.flag('batch_first', false),
    bidirectional: singleStep ? false : given.flag('bidirectional', false),
  };
  const doubt = Object.values(flags).find((flag): flag is UnknownValue => typeof flag !== 'boolean');
  const type = typeName(cell, singleStep);
  if (typeof flags.bias !== 'boolean' || typeof flags.bidirectional !== 'boolean') {
    return undecidedLayer(trace, type, doubt?.because ?? 'its arguments are not known', site);
  }
  const projection = cell === 'lstm' && !singleStep ? given.size('proj_size', 0) : exactly(0);
  const operation: RecurrentOperation = {
    op: 'recurrent',
    cell,
    singleStep,
    inputSize: given.size('input_size'),
    hiddenSize: given.size('hidden_size'),
    layers: singleStep ? exactly(1) : given.size('num_layers', 1),
    directions: flags.bidirectional ? 2 : 1,
    merge: 'concat',
    projection: exactSize(projection) === 0 ? null : projection,
    biasVectors: flags.bias ? 2 : 0,
    resetAfter: cell === 'gru' ? true : null,
    activation: cell === 'rnn' ? (given.text('nonlinearity', 'tanh') ?? 'unknown') : 'tanh',
    recurrentActivation: 'sigmoid',
    // A layout that is not known is taken as the default one for shapes; no rule relies on it.
    batchFirst: flags.batchFirst === true,
    returnSequences: !singleStep,
    returnState: true,
    stateful: false,
    goBackwards: false,
    dropout: singleStep ? 0 : given.number('dropout', 0),
    recurrentDropout: 0,
  };
  const facts: LayerFacts = { operation, weights: recurrentWeights(operation) };
  const definition: LayerDefinition = {
    type,
    build: () => facts,
    apply: (layer, given, at) =>
      singleStep ? applyCell(trace, layer, operation, given, at) : applyStack(trace, layer, operation, given, at),
  };
  return torchLayer(type, definition, site);
}

function typeName(cell: Cell, singleStep: boolean): string {
  return `${cell.toUpperCase()}${singleStep ? 'Cell' : ''}`;
}

/**
 * The arrays of a stack, as PyTorch names them: `weight_ih_l0` of `(G·H, I)`, `weight_hh_l0` of `(G·H, H)`, two biases of
 * `G·H`, and `weight_hr_l0` of `(P, H)` for a projection. Inputs of later layers are `D·H` (or `D·P`) wide.
 * Source: PyTorch, torch/nn/modules/rnn.py, RNNBase.
 */
function recurrentWeights(operation: RecurrentOperation): LayerFacts['weights'] {
  const { hiddenSize, inputSize, layers, projection, directions } = operation;
  const outputSize = projection ?? hiddenSize;
  const gateRows = times(hiddenSize, gatesOf[operation.cell]);
  const count = exactSize(layers);
  const ofLayer = (suffix: string, width: Quantity, repeated: readonly Quantity[]): Weight[] =>
    Array.from({ length: directions }, (_, direction) => (direction === 0 ? suffix : `${suffix}_reverse`)).flatMap(
      (name): Weight[] => [
        trained(`weight_ih${name}`, ...repeated, gateRows, width),
        trained(`weight_hh${name}`, ...repeated, gateRows, outputSize),
        ...(operation.biasVectors === 0
          ? []
          : [trained(`bias_ih${name}`, ...repeated, gateRows), trained(`bias_hh${name}`, ...repeated, gateRows)]),
        ...(projection === null ? [] : [trained(`weight_hr${name}`, ...repeated, projection, hiddenSize)]),
      ],
    );
  if (operation.singleStep) return ofLayer('', inputSize, []);
  const laterWidth = times(outputSize, directions);
  const first = ofLayer('_l0', inputSize, []);
  if (count !== undefined) {
    if (count < 1) return { unknown: `num_layers is ${count}` };
    if (count <= mostListedLayers) {
      const later = Array.from({ length: count - 1 }, (_, index) => ofLayer(`_l${index + 1}`, laterWidth, []));
      return [...first, ...later.flat()];
    }
  }
  if (layers.kind === 'unknown') return { unknown: layers.because };
  // A symbolic number of layers: the later ones are alike, so one entry stands for all of them.
  const others = combine([layers], ([value]) => (value ? subtract(value, constant(1)) : undefined));
  return [...first, ...ofLayer('_l1…', laterWidth, [others])];
}

/** `output, h_n = rnn(x)` or `output, (h_n, c_n) = lstm(x)`; shapes as PyTorch documents them. */
function applyStack(
  trace: TorchTrace,
  layer: LayerValue,
  operation: RecurrentOperation,
  parameters: CallArguments,
  site: CallSite,
): Value {
  const given = parameters.positional[0] ?? parameters.keywords.get('input');
  const packed = given instanceof PackedSequence ? given : undefined;
  const isBatchFirst = packed !== undefined || operation.batchFirst;
  const convention = isBatchFirst ? (['batch', 'time'] as const) : (['time', 'batch'] as const);
  const tensor = packed?.padded ?? asTensor(trace, given, 'its input is not followed');
  const input = expectAxes(trace, tensor, [...convention, operation.inputSize], site);
  const width = times(operation.projection ?? operation.hiddenSize, operation.directions);
  const stacked = product(operation.layers, exactly(operation.directions));
  const rank = input.axes?.length;
  const [outer, inner] = input.axes ?? [];
  let outputs: TensorType[];
  if (rank === 2) {
    // Unbatched: (T, I) gives (T, D·H) and (D·layers, H).
    const states = [operation.projection ?? operation.hiddenSize, operation.hiddenSize];
    outputs = [
      floatTensor([outer ?? unknownQuantity('?'), width]),
      ...states.map((size) => floatTensor([stacked, size])),
    ];
  } else {
    const first = outer ?? axisSymbol(trace, convention[0], null, site);
    const second = inner ?? axisSymbol(trace, convention[1], null, site);
    const batch = isBatchFirst ? first : second;
    const states = [operation.projection ?? operation.hiddenSize, operation.hiddenSize];
    outputs = [floatTensor([first, second, width]), ...states.map((size) => floatTensor([stacked, batch, size]))];
  }
  if (operation.cell !== 'lstm') outputs = outputs.slice(0, 2);
  const [sequence, hidden, memory] = record(trace, layer, [input, ...stateTensors(parameters)], outputs, site);
  if (sequence === undefined || hidden === undefined) return unknown('a recurrent layer that is not recorded');
  const first = packed === undefined ? sequence : new PackedSequence(sequence);
  return tuple([first, memory === undefined ? hidden : tuple([hidden, memory])]);
}

/** `h = cell(x, h)` or `h, c = lstmCell(x, (h, c))`. */
function applyCell(
  trace: TorchTrace,
  layer: LayerValue,
  operation: RecurrentOperation,
  parameters: CallArguments,
  site: CallSite,
): Value {
  const input = expectAxes(
    trace,
    asTensor(trace, parameters.positional[0] ?? parameters.keywords.get('input'), 'its input is not followed'),
    ['batch', operation.inputSize],
    site,
  );
  const axes = input.axes ?? [axisSymbol(trace, 'batch', null, site)];
  const state = floatTensor([...(axes.length === 1 && input.axes ? [] : axes.slice(0, 1)), operation.hiddenSize]);
  const outputs = operation.cell === 'lstm' ? [state, state] : [state];
  const [hidden, memory] = record(trace, layer, [input, ...stateTensors(parameters)], outputs, site);
  if (hidden === undefined) return unknown('a recurrent cell that is not recorded');
  return memory === undefined ? hidden : tuple([hidden, memory]);
}

/** The initial states given to an application, for the record of the flow. */
function stateTensors(parameters: CallArguments): TensorValue[] {
  const given = parameters.positional[1] ?? parameters.keywords.get('hx');
  const states = given?.kind === 'tuple' ? given.items : given === undefined ? [] : [given];
  return states.filter((state): state is TensorValue => state.kind === 'foreign' && state.description === 'tensor');
}

function record(
  trace: TorchTrace,
  layer: LayerValue,
  inputs: readonly TensorValue[],
  outputs: readonly TensorType[],
  site: CallSite,
): readonly TensorValue[] {
  layer.buildOn(inputs[0]?.type);
  return trace.recorder.record(
    { kind: 'layer', layer },
    inputs,
    outputs,
    site.machine.locate(site.span),
    site.machine.heap.isConditional,
    inputs.slice(1).map(({ type }) => type),
  );
}
