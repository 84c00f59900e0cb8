/** Flax' recurrent cells, in linen and in nnx: their weights, and what they are to the model graph. */
import type { Cell, Quantity, RecurrentOperation, Weight } from '../../../../model/graph';
import type { LayerFacts } from '../layer';
import { stepProducts } from '../products';
import { exactly } from '../shapes';

export type Api = 'linen' | 'nnx';

/** A cell as its constructor describes it. */
export interface CellSettings {
  readonly type: string;
  readonly api: Api;
  readonly hidden: Quantity;
  /** nnx states the width of the input at construction. */
  readonly input: Quantity | null;
}

export interface Direction {
  readonly directions: 1 | 2;
  readonly returnState: boolean;
  readonly batchFirst: boolean;
  readonly goBackwards: boolean;
  readonly singleStep: boolean;
}

const kinds: Readonly<Record<string, Cell>> = {
  SimpleCell: 'rnn',
  GRUCell: 'gru',
  LSTMCell: 'lstm',
  OptimizedLSTMCell: 'lstm',
};

export function isCellType(type: string): boolean {
  return Object.hasOwn(kinds, type) || type === 'MGUCell';
}

/** States that a cell carries from step to step. */
export function statesOf({ type }: CellSettings): 1 | 2 {
  return kinds[type] === 'lstm' ? 2 : 1;
}

/**
 * Products of the cell: name, whether of the input or of the state, and whether it has a bias.
 * Source: flax/linen/recurrent.py, `__call__` of each cell, and flax/nnx/nn/recurrent.py.
 */
function productsOf({ type, api }: CellSettings): readonly (readonly [string, 'input' | 'state', boolean])[] {
  switch (type) {
    case 'LSTMCell':
    case 'OptimizedLSTMCell':
      return [...'ifgo'].flatMap((gate) => [
        [`i${gate}`, 'input', false] as const,
        [`h${gate}`, 'state', true] as const,
      ]);
    case 'GRUCell':
      return [...'rzn'].flatMap((gate) => [
        [`i${gate}`, 'input', true] as const,
        // linen alone has a bias inside the reset product of the candidate.
        [`h${gate}`, 'state', api === 'linen' && gate === 'n'] as const,
      ]);
    case 'MGUCell':
      return [
        ['if', 'input', true],
        ['hf', 'state', false],
        ['in', 'input', true],
        ['hn', 'state', true],
      ];
    default:
      return [
        ['i', 'input', true],
        ['h', 'state', false],
      ];
  }
}

export function cellFacts(cell: CellSettings, inputSize: Quantity, direction: Direction): LayerFacts {
  const prefixes = direction.directions === 2 ? ['forward.', 'backward.'] : [''];
  const weights = prefixes.flatMap((prefix) =>
    productsOf(cell).flatMap(([name, of, hasBias]): Weight[] => [
      {
        name: `${prefix}${name}.kernel`,
        shape: [of === 'input' ? inputSize : cell.hidden, cell.hidden],
        trainable: true,
      },
      ...(hasBias ? [{ name: `${prefix}${name}.bias`, shape: [cell.hidden], trainable: true }] : []),
    ]),
  );
  const kind = kinds[cell.type];
  if (kind === undefined) {
    const loop = direction.singleStep ? {} : { loops: exactly(1), batchFirst: direction.batchFirst };
    const because = 'a minimal gated unit';
    return { operation: { op: 'other', because, products: stepProducts(weights), ...loop }, weights };
  }
  const operation: RecurrentOperation = {
    op: 'recurrent',
    cell: kind,
    singleStep: direction.singleStep,
    inputSize,
    hiddenSize: cell.hidden,
    layers: exactly(1),
    directions: direction.directions,
    merge: 'concat',
    projection: null,
    biasVectors: 1,
    resetAfter: kind === 'gru' ? cell.api === 'linen' : null,
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    batchFirst: direction.batchFirst,
    returnSequences: true,
    returnState: direction.returnState,
    stateful: false,
    goBackwards: direction.goBackwards,
    dropout: 0,
    recurrentDropout: 0,
  };
  return { operation, weights };
}
