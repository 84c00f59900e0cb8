/** Initial states that other layers compute, as encoders give them to decoders. */
import type { RecurrentOperation } from '../../model/graph';
import { type Application, nameOf } from './application';
import { type PlanBuilder, tensorOf } from './builder';
import type { State, Tensor, Value } from './values';

/**
 * For each of the stacked layers what it reads after its sequence: the hidden state and an LSTM's cell state, of the forward
 * direction and then of the backward one. None where training windows start from zeros; null where that is refused.
 */
export function recurrentStates(
  builder: PlanBuilder,
  { layer, states }: Application,
  operation: RecurrentOperation,
  stacked: number,
): readonly (readonly Tensor[])[] | null {
  if (states.length === 0) return [];
  const kinds = operation.cell === 'lstm' ? 2 : 1;
  const { directions } = operation;
  const found =
    builder.framework === 'torch'
      ? states.map((state) => itemsOf(state, stacked * directions))
      : inKinds(states, kinds, directions);
  const items = found.filter((each) => each !== null);
  if (items.length < kinds || items.some((each) => each.length !== stacked * directions)) {
    builder.obstacle(
      `${nameOf(layer)} starts from states that are not, one by one, those of its ${stacked * directions > 1 ? 'layers and directions' : 'cell'}.`,
      layer.location,
    );
    return null;
  }
  const layers = Array.from({ length: stacked }, (_, index) =>
    Array.from({ length: directions }, (_, way) => items.map((each) => each[index * directions + way])).flat(),
  );
  const tensors = layers.map((each) =>
    each.map((state) => tensorOf(builder, state, `The initial state of ${nameOf(layer)}`, layer.location)),
  );
  const wanted = operation.hiddenSize;
  const size = builder.size(`the hidden size of ${layer.path}`, wanted, layer.location);
  const complete = tensors.map((each) => each.filter((tensor) => tensor !== null));
  if (complete.some((each, index) => each.length < (tensors[index]?.length ?? 0)) || size === null) return null;
  const misfit = operation.projection === null ? complete.flat().find(({ width }) => width !== size) : undefined;
  if (misfit !== undefined) {
    builder.obstacle(
      `${nameOf(layer)} is ${size} wide and starts from a state of ${misfit.width ?? 'an open number of'} numbers.`,
      layer.location,
    );
    return null;
  }
  return complete;
}

/** PyTorch's `(layers · directions, batch, width)`. */
function itemsOf(state: Value, count: number): readonly State[] | null {
  if (state.kind === 'states') return state.items.length === count ? state.items : null;
  if (state.kind !== 'tensor' || count !== 1) return null;
  const [first, ...rest] = state.axes;
  return first === 'one' && rest.join() === 'batch,width' ? [state] : null;
}

/** Keras' flat list, the states of each direction in turn, as lists of each kind of state. */
function inKinds(states: readonly Value[], kinds: number, directions: number): readonly (readonly State[] | null)[] {
  return Array.from({ length: kinds }, (_, kind) => {
    const own = Array.from({ length: directions }, (_, way) => states[way * kinds + kind]);
    const vectors = own.filter((state) => state?.kind === 'half' || state?.kind === 'tensor');
    return vectors.length === directions ? vectors : null;
  });
}
