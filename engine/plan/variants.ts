/** A model's plan as another architecture: other cells, both directions, a convolution in front, attention behind. */
import type { Cell } from '../../model/graph';
import type { Obstacle, Variant } from '../../protocol/trainer';
import { addAttention, addConvolution } from './blocks';
import { type EditedLayer, type EditedPlan, type EditedSource, editedPlan, layersOf } from './editedPlan';
import { fittingOf } from './fitting';
import type { ModelPlan } from './modelPlan';
import type { RecurrentPlan } from './trainingPlan';

export type VariantResult =
  | { readonly kind: 'plan'; readonly plan: ModelPlan }
  | { readonly kind: 'refused'; readonly obstacle: Obstacle };

/**
 * `rnn`, `gru` and `lstm` change the cells only: every layer keeps its direction or directions, so that the variant with the
 * source's own cell is the source. `bigru` and `bilstm` read in both directions, `cnn-lstm` and `cnn-lstm-attention` forwards;
 * a remark says where the source does not.
 */
export function planAs(plan: ModelPlan, variant: Variant): VariantResult {
  const remarks = new Set(plan.remarks);
  const edited = editedPlan(plan);
  const refusal = change(plan, edited, variant, remarks);
  if (refusal !== null) return { kind: 'refused', obstacle: refusal };
  const layers = layersOf(edited);
  const fitting = fittingOf({ ...plan, ...layers });
  if (fitting.kind === 'misfit') {
    const message = `As ${variant}, ${fitting.message}`;
    return { kind: 'refused', obstacle: { message, ...(fitting.place ?? plan.outputLine) } };
  }
  const outputWidth = fitting.outputWidth ?? plan.outputWidth;
  return { kind: 'plan', plan: { ...plan, ...layers, outputWidth, remarks: [...remarks] } };
}

function change(plan: ModelPlan, edited: EditedPlan, variant: Variant, remarks: Set<string>): Obstacle | null {
  switch (variant) {
    case 'rnn':
    case 'gru':
    case 'lstm':
      return changeCells(plan, edited, variant, null, remarks);
    case 'bigru':
      return changeCells(plan, edited, 'gru', 'both', remarks);
    case 'bilstm':
      return changeCells(plan, edited, 'lstm', 'both', remarks);
    case 'cnn-lstm':
      return changeCells(plan, edited, 'lstm', 'forward', remarks) ?? addConvolution(edited, false);
    case 'cnn-lstm-attention':
      return (
        changeCells(plan, edited, 'lstm', 'forward', remarks) ?? addConvolution(edited, true) ?? addAttention(edited)
      );
  }
}

/** `direction` null keeps each layer's own. */
function changeCells(
  plan: ModelPlan,
  edited: EditedPlan,
  cell: Cell,
  direction: 'both' | 'forward' | null,
  remarks: Set<string>,
): Obstacle | null {
  const recurrent = edited.layers.flatMap((one) => (one.layer.kind === 'recurrent' ? [{ one, layer: one.layer }] : []));
  const sourceCells = new Set(recurrent.map(({ layer }) => layer.cell));
  if (sourceCells.size > 1) {
    const names = [...sourceCells].map((name) => name.toUpperCase()).join(' and ');
    remarks.add(
      `The source mixes ${names} layers; here they all have one cell, so no variant is the model as it stands.`,
    );
  }
  for (const { one, layer } of recurrent) {
    const isPart = /\.(?:forward|backward)$/.test(layer.path) && layer.direction !== 'both';
    const changes = direction !== null && layer.direction !== direction && !(isPart && direction === 'both');
    if (changes && isPart) {
      return refusalAt(
        one,
        `"${layer.path}" is one of two directions that are used apart, so neither can be left out.`,
      );
    }
    if (changes && direction === 'both' && one.reads.length > 1) {
      return refusalAt(one, `"${layer.path}" starts from a state of another layer and cannot read in both directions.`);
    }
    if (changes && direction === 'both') {
      remarks.add(`${layer.path} reads in both directions here; in the source it reads forwards only.`);
    }
    if (changes && direction === 'forward') {
      const way = layer.direction === 'both' ? 'in both directions' : 'backwards';
      remarks.add(`${layer.path} reads forwards only here; in the source it reads ${way}.`);
    }
    const changed = layer.cell === cell ? layer : changedCell(plan, layer, cell, remarks);
    one.layer = { ...changed, ...(changes && direction !== null ? { direction } : {}) };
  }
  for (const { one, layer } of recurrent) {
    const refusal = layer.cell === cell ? null : changeStates(edited, one, layer.cell, cell);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** A layer with another cell, and with what its framework gives that cell where the source does not say. */
function changedCell(plan: ModelPlan, layer: RecurrentPlan, cell: Cell, remarks: Set<string>): RecurrentPlan {
  if (layer.activation === 'relu') remarks.add(`${layer.path} uses tanh here instead of relu.`);
  const { projection, peepholes: _, hardSigmoidSlope, ...rest } = layer;
  const slope = layer.cell === 'rnn' ? plan.hardSigmoidSlope : hardSigmoidSlope;
  if (projection !== undefined) remarks.add(`${layer.path} projects nothing here; only an LSTM does.`);
  return {
    ...rest,
    cell,
    activation: 'tanh',
    resetAfter: plan.resetAfter,
    bias: layer.bias === 'none' ? 'none' : biasOf(plan, cell),
    ...(cell === 'rnn' || slope == null ? {} : { hardSigmoidSlope: slope }),
  };
}

/** PyTorch has two bias vectors per gate, Keras one, but two in a GRU that resets after the product. */
function biasOf({ convention, resetAfter }: ModelPlan, cell: Cell): RecurrentPlan['bias'] {
  switch (convention) {
    case 'torch':
      return 'both';
    case 'keras':
      return cell === 'gru' && resetAfter ? 'both' : 'input';
    case 'flax':
      return cell === 'gru' ? 'candidate' : 'input';
  }
}

/** An LSTM starts from two states where other cells start from one, and gives two where they give one. */
function changeStates(edited: EditedPlan, one: EditedLayer, from: Cell, to: Cell): Obstacle | null {
  if (from === 'lstm') {
    const [sequence, ...states] = one.reads;
    const hidden = states.filter((_, place) => place % 2 === 0);
    if (sequence !== undefined) one.reads = [sequence, ...hidden];
    const reader = edited.layers.find(
      ({ layer, reads }) => layer.kind !== 'recurrent' && reads.some((source) => isCellState(source, one)),
    );
    if (reader !== undefined || isCellState(edited.output, one)) {
      return refusalAt(reader ?? one, `The cell state of "${one.layer.path}" is used here, which only an LSTM has.`);
    }
  }
  if (to === 'lstm') {
    const [sequence, ...states] = one.reads;
    const both = states.map((state): readonly EditedSource[] | null =>
      state !== 'input' && state.output === 1 && state.from.layer.kind === 'recurrent'
        ? [state, { from: state.from, output: 2 }]
        : null,
    );
    if (both.includes(null)) {
      return refusalAt(
        one,
        `"${one.layer.path}" starts from a state that no recurrent layer gives, so it has no cell state.`,
      );
    }
    if (sequence !== undefined) one.reads = [sequence, ...both.flatMap((pair) => pair ?? [])];
  }
  return null;
}

function isCellState(source: EditedSource, of: EditedLayer): boolean {
  return source !== 'input' && source.from === of && source.output === 2;
}

function refusalAt({ place }: Pick<EditedLayer, 'place'>, message: string): Obstacle {
  return { message, ...place };
}
