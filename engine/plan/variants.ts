/** A model's chain with the cell of every recurrent layer replaced. */
import type { Cell } from '../../model/graph';
import type { Variant } from '../../protocol/trainer';
import type { ModelChain } from './chain';
import type { LayerPlan, RecurrentPlan } from './trainingPlan';

export type VariantResult =
  | { readonly kind: 'chain'; readonly chain: ModelChain }
  | { readonly kind: 'refused'; readonly message: string };

export function chainAs(chain: ModelChain, variant: Variant): VariantResult {
  switch (variant) {
    case 'rnn':
    case 'gru':
    case 'lstm':
      return { kind: 'chain', chain: withCell(chain, variant, 'forward') };
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

function withCell(chain: ModelChain, cell: Cell, direction: RecurrentPlan['direction']): ModelChain {
  const remarks = new Set(chain.remarks);
  const layers = chain.layers.map((layer): LayerPlan => {
    if (layer.kind !== 'recurrent') return layer;
    if (layer.activation === 'relu' && cell !== 'rnn') remarks.add(`${layer.path} uses tanh here instead of relu.`);
    return {
      ...layer,
      cell,
      direction,
      activation: cell === 'rnn' ? layer.activation : 'tanh',
      resetAfter: chain.resetAfter,
      bias: layer.bias === 'none' ? 'none' : biasOf(chain, cell),
    };
  });
  return { ...chain, layers, remarks: [...remarks], outputWidth: widthAfter(layers, chain.outputWidth) };
}

/** PyTorch has two bias vectors per gate, Keras one, but two in a GRU that resets after the product. */
function biasOf({ convention, resetAfter }: ModelChain, cell: Cell): 'input' | 'both' {
  return convention === 'torch' || (cell === 'gru' && resetAfter) ? 'both' : 'input';
}

/** A model that ends in a recurrent layer gives twice as many numbers with two directions. */
function widthAfter(layers: readonly LayerPlan[], width: number): number {
  const last = layers.findLast((layer) => layer.kind === 'dense' || layer.kind === 'recurrent');
  return last?.kind === 'recurrent' ? last.hiddenSize * (last.direction === 'both' ? 2 : 1) : width;
}
