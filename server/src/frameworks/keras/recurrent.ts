/** What Keras' recurrent layers hold and give: one cell or a stack of cells, in one direction or both. */
import { keptPerUnit } from '../../../../model/costs/recurrent';
import type {
  Cell,
  Products,
  Quantity,
  RecurrentMerge,
  RecurrentOperation,
  TensorType,
  Weight,
} from '../../../../model/graph';
import type { LibraryArguments } from '../arguments';
import type { LayerFacts } from '../layer';
import { stepProducts, vectorProducts } from '../products';
import { exactly, floatTensor, isSameSize, times, total, unknownTensor } from '../shapes';

const gatesOf: Readonly<Record<Cell, number>> = { rnn: 1, gru: 3, lstm: 4 };

/** What the constructor's arguments say of a recurrent layer, before its input is known. */
export type RecurrentSettings = Omit<RecurrentOperation, 'inputSize'>;

/** What a loop over time gives and how it runs: the same for a layer and for `RNN` around cells. */
export type LoopSettings = Pick<RecurrentSettings, 'returnSequences' | 'returnState' | 'stateful' | 'goBackwards'>;

export function loopSettings(given: LibraryArguments): LoopSettings | { readonly undecided: string } {
  const flags = {
    returnSequences: given.flag('return_sequences', false),
    returnState: given.flag('return_state', false),
    stateful: given.flag('stateful', false),
    goBackwards: given.flag('go_backwards', false),
  };
  for (const flag of Object.values(flags)) if (typeof flag !== 'boolean') return { undecided: flag.because };
  return {
    returnSequences: flags.returnSequences === true,
    returnState: flags.returnState === true,
    stateful: flags.stateful === true,
    goBackwards: flags.goBackwards === true,
  };
}

/**
 * The settings, or why they are not known. Defaults are those of Keras 3, which TensorFlow 2's Keras shares. Where the names
 * that a program imports are those of Keras before 2.4, its GRUs are given `reset_after=False` before they come here.
 */
export function recurrentSettings(
  cell: Cell,
  given: LibraryArguments,
  form: 'loop' | 'step',
): RecurrentSettings | { readonly undecided: string } {
  const flags = {
    useBias: given.flag('use_bias', true),
    resetAfter: given.flag('reset_after', true),
  };
  for (const flag of Object.values(flags)) if (typeof flag !== 'boolean') return { undecided: flag.because };
  const loop = loopSettings(given);
  if ('undecided' in loop) return loop;
  return {
    op: 'recurrent',
    cell,
    singleStep: form === 'step',
    // Keras 1 wrote `output_dim`.
    hiddenSize: given.size(given.has('output_dim') ? 'output_dim' : 'units'),
    layers: exactly(1),
    directions: 1,
    merge: 'concat',
    projection: null,
    biasVectors: flags.useBias !== true ? 0 : cell === 'gru' && flags.resetAfter === true ? 2 : 1,
    resetAfter: cell === 'gru' ? flags.resetAfter === true : null,
    activation: activationName(given, 'activation', 'tanh'),
    recurrentActivation: activationName(given, 'recurrent_activation', 'sigmoid'),
    batchFirst: true,
    ...loop,
    dropout: given.number('dropout', 0),
    recurrentDropout: given.number('recurrent_dropout', 0),
  };
}

/** The name of an activation: a text, `None` for none, or `unknown`. */
export function activationName(given: LibraryArguments, parameter: string, byDefault: string): string {
  const value = given.get(parameter);
  if (value?.kind === 'none') return 'linear';
  if (value?.kind === 'library') return value.path.slice(value.path.lastIndexOf('.') + 1);
  return given.text(parameter, byDefault) ?? 'unknown';
}

/**
 * Kernel `(I, G·U)`, recurrent kernel `(U, G·U)`, bias `G·U`, or `(2, G·U)` for a GRU that resets after the product.
 * Source: Keras 3, keras/src/layers/rnn/{simple_rnn,gru,lstm}.py, `build`.
 */
function cellWeights(settings: RecurrentSettings, inputSize: Quantity, prefix: string): readonly Weight[] {
  const columns = times(settings.hiddenSize, gatesOf[settings.cell]);
  const bias: readonly Weight[] =
    settings.biasVectors === 0
      ? []
      : [
          {
            name: `${prefix}bias`,
            shape: settings.biasVectors === 2 ? [exactly(2), columns] : [columns],
            trainable: true,
          },
        ];
  return [
    { name: `${prefix}kernel`, shape: [inputSize, columns], trainable: true },
    { name: `${prefix}recurrent_kernel`, shape: [settings.hiddenSize, columns], trainable: true },
    ...bias,
  ];
}

export function recurrentFacts(settings: RecurrentSettings, inputSize: Quantity): LayerFacts {
  const prefixes = settings.directions === 2 ? ['forward_', 'backward_'] : [''];
  return {
    operation: { ...settings, inputSize },
    weights: prefixes.flatMap((prefix) => cellWeights(settings, inputSize, prefix)),
  };
}

/** Cells on top of each other within one loop: each takes what the one below gives. */
export function stackFacts(cells: readonly RecurrentSettings[], inputSize: Quantity): LayerFacts {
  const [first] = cells;
  const weights = cells.flatMap((cell, index) =>
    cellWeights(cell, cells[index - 1]?.hiddenSize ?? inputSize, `cell_${index}_`),
  );
  const isUniform =
    first !== undefined &&
    cells.every(
      (cell) =>
        cell.cell === first.cell &&
        cell.biasVectors === first.biasVectors &&
        cell.resetAfter === first.resetAfter &&
        cell.activation === first.activation &&
        cell.recurrentActivation === first.recurrentActivation &&
        isSameSize(cell.hiddenSize, first.hiddenSize),
    );
  const operation: LayerFacts['operation'] = isUniform
    ? { ...first, layers: exactly(cells.length), inputSize }
    : {
        op: 'other',
        because: 'a stack of cells that are not alike',
        products: stepProducts(weights),
        kept: stepKept(cells),
        loops: exactly(cells.length),
      };
  return { operation, weights };
}

/** What backpropagation through time keeps of the cells for each step. */
function stepKept(cells: readonly RecurrentSettings[]): readonly Products[] {
  return cells.map(({ cell, hiddenSize }) => vectorProducts(times(hiddenSize, keptPerUnit[cell])));
}

/** Sizes of the axes that a recurrent layer's input must have, for an input whose axes are not followed. */
export interface OpenAxes {
  readonly batch: Quantity;
  readonly time: Quantity;
}

/** The outputs of an application: the sequence or last step, then the states if they are returned. */
export function recurrentOutputs(
  cells: readonly RecurrentSettings[],
  input: TensorType | undefined,
  open: OpenAxes,
): readonly TensorType[] {
  const top = cells.at(-1);
  if (top === undefined) return [unknownTensor('it has no cells')];
  const { hiddenSize, directions, merge } = top;
  const width = directions === 2 && merge === 'concat' ? times(hiddenSize, 2) : hiddenSize;
  return loopOutputs(
    top,
    merge === 'none' ? [hiddenSize, hiddenSize] : [width],
    Array.from({ length: directions }, () => cells.flatMap(statesOf)).flat(),
    input,
    open,
  );
}

/** Widths of the states that a cell hands on. */
export function statesOf({ cell, hiddenSize }: RecurrentSettings): readonly Quantity[] {
  return cell === 'lstm' ? [hiddenSize, hiddenSize] : [hiddenSize];
}

/** What a loop over the second axis of `(B, T, I)` gives, for outputs and states of these widths. */
export function loopOutputs(
  settings: LoopSettings & { readonly singleStep?: boolean },
  widths: readonly Quantity[],
  states: readonly Quantity[],
  input: TensorType | undefined,
  open: OpenAxes,
): readonly TensorType[] {
  const axes = input?.shape.kind === 'known' ? input.shape.axes : undefined;
  const rank = settings.singleStep ? 2 : 3;
  const kept = settings.returnState ? states : [];
  if (input === undefined || (axes !== undefined && axes.length !== rank)) {
    const because =
      input === undefined ? 'it has no input' : `its input has ${axes?.length} axes where ${rank} are meant`;
    return Array.from({ length: widths.length + kept.length }, () => unknownTensor(because));
  }
  // A loop over time runs on nothing but three axes: where the input is not followed, its output still is.
  const [batch = open.batch, time = open.time] = axes ?? [];
  return [
    ...widths.map((width) => floatTensor(settings.returnSequences ? [batch, time, width] : [batch, width])),
    ...kept.map((width) => floatTensor([batch, width])),
  ];
}

/** `Bidirectional(layer, merge_mode, backward_layer=…)`; the second direction is like the first unless it is given. */
export function mergeMode(given: LibraryArguments): RecurrentMerge | null {
  const mode = given.isNone('merge_mode') && given.has('merge_mode') ? 'none' : given.text('merge_mode', 'concat');
  return mode !== null && isMerge(mode) ? mode : null;
}

/** Both directions of layers that differ: weights of each, outputs merged. */
export function unlikeDirections(
  forward: RecurrentSettings,
  backward: RecurrentSettings,
  merge: RecurrentMerge,
  open: OpenAxes,
): {
  readonly build: (inputSize: Quantity) => LayerFacts;
  readonly outputs: (input: TensorType | undefined) => readonly TensorType[];
} {
  const widths = merge === 'concat' ? [total(forward.hiddenSize, backward.hiddenSize)] : [forward.hiddenSize];
  const states = [...statesOf(forward), ...statesOf(backward)];
  return {
    build: (inputSize) => {
      const weights = [
        ...cellWeights(forward, inputSize, 'forward_'),
        ...cellWeights(backward, inputSize, 'backward_'),
      ];
      const products = stepProducts(weights);
      const kept = stepKept([forward, backward]);
      const because = 'two directions that are not alike';
      return { operation: { op: 'other', because, products, kept, loops: exactly(1) }, weights };
    },
    outputs: (input) =>
      loopOutputs(forward, merge === 'none' ? [forward.hiddenSize, backward.hiddenSize] : widths, states, input, open),
  };
}

function isMerge(mode: string): mode is RecurrentMerge {
  return ['concat', 'sum', 'mul', 'ave', 'none'].includes(mode);
}
