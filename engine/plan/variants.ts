/** A model's chain with the cell of every recurrent layer replaced, and with both directions where the variant means them. */
import type { Cell } from '../../model/graph';
import type { Variant } from '../../protocol/trainer';
import type { ModelChain } from './chain';
import type { PlannedLayer, RecurrentPlan } from './trainingPlan';

export type VariantResult =
  | { readonly kind: 'chain'; readonly chain: ModelChain }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * `rnn`, `gru` and `lstm` change the cells only: every layer keeps its direction or directions, so that the variant with the
 * source's own cell is the source. `bigru` and `bilstm` read in both directions; a remark says where the source does not.
 */
export function chainAs(chain: ModelChain, variant: Variant): VariantResult {
  switch (variant) {
    case 'rnn':
    case 'gru':
    case 'lstm':
      return { kind: 'chain', chain: withCell(chain, variant, null) };
    case 'bigru':
      return { kind: 'chain', chain: withCell(chain, 'gru', 'both') };
    case 'bilstm':
      return { kind: 'chain', chain: withCell(chain, 'lstm', 'both') };
    case 'cnn-lstm-attention':
      return {
        kind: 'refused',
        message: 'CNN-LSTM with attention is not trainable here yet; compare rnn, gru, lstm, bigru or bilstm.',
      };
  }
}

/** `direction` null keeps each layer's own. */
function withCell(chain: ModelChain, cell: Cell, direction: RecurrentPlan['direction'] | null): ModelChain {
  const remarks = new Set(chain.remarks);
  const sourceCells = new Set(chain.layers.flatMap((layer) => (layer.kind === 'recurrent' ? [layer.cell] : [])));
  if (sourceCells.size > 1) {
    const names = [...sourceCells].map((name) => name.toUpperCase()).join(' and ');
    remarks.add(
      `The source mixes ${names} layers; here they all have one cell, so no variant is the model as it stands.`,
    );
  }
  const layers = chain.layers.map((layer): PlannedLayer => {
    if (layer.kind !== 'recurrent') return layer;
    if (direction === 'both' && layer.direction === 'forward') {
      remarks.add(`${layer.path} reads in both directions here; in the source it reads forwards only.`);
    }
    return {
      ...(layer.cell === cell ? layer : changedCell(chain, layer, cell, remarks)),
      direction: direction ?? layer.direction,
    };
  });
  return { ...chain, layers, remarks: [...remarks], outputWidth: widthAfter(layers, chain.outputWidth) };
}

/** A layer with another cell, and with what its framework gives that cell where the source does not say. */
function changedCell(chain: ModelChain, layer: RecurrentPlan, cell: Cell, remarks: Set<string>): RecurrentPlan {
  if (layer.activation === 'relu') remarks.add(`${layer.path} uses tanh here instead of relu.`);
  return {
    ...layer,
    cell,
    activation: 'tanh',
    resetAfter: chain.resetAfter,
    bias: layer.bias === 'none' ? 'none' : biasOf(chain, cell),
  };
}

/** PyTorch has two bias vectors per gate, Keras one, but two in a GRU that resets after the product. */
function biasOf({ convention, resetAfter }: ModelChain, cell: Cell): 'input' | 'both' {
  return convention === 'torch' || (cell === 'gru' && resetAfter) ? 'both' : 'input';
}

/** A model that ends in a recurrent layer gives twice as many numbers with two directions. */
function widthAfter(layers: readonly PlannedLayer[], width: number): number {
  const last = layers.findLast((layer) => layer.kind === 'dense' || layer.kind === 'recurrent');
  return last?.kind === 'recurrent' ? last.hiddenSize * (last.direction === 'both' ? 2 : 1) : width;
}
