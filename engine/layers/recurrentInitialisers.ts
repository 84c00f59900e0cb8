/** First values of recurrent weights as the model's framework draws them. */
import type { Cell } from '../../model/graph';
import {
  glorotUniform,
  type Initialiser,
  lecunNormal,
  orthogonal,
  orthogonalByGate,
  uniform,
  unitForgetBias,
  zeros,
} from '../initialisers';
import type { Convention } from '../plan/trainingPlan';

export interface RecurrentInitialisers {
  readonly inputWeights: Initialiser;
  readonly recurrentWeights: Initialiser;
  readonly bias: { readonly input: Initialiser; readonly recurrent: Initialiser };
}

/**
 * Keras: glorot_uniform, orthogonal, zeros, unit_forget_bias. PyTorch: everything uniform within
 * 1/√hiddenSize. Flax: lecun_normal, orthogonal for each gate, zeros.
 */
export function recurrentInitialisers(convention: Convention, cell: Cell, hiddenSize: number): RecurrentInitialisers {
  switch (convention) {
    case 'keras':
      return {
        inputWeights: glorotUniform,
        recurrentWeights: orthogonal,
        bias: { input: cell === 'lstm' ? unitForgetBias : zeros, recurrent: zeros },
      };
    case 'flax':
      return {
        inputWeights: lecunNormal,
        recurrentWeights: orthogonalByGate,
        bias: { input: zeros, recurrent: zeros },
      };
    case 'torch': {
      const draw = uniform(1 / Math.sqrt(hiddenSize));
      return { inputWeights: draw, recurrentWeights: draw, bias: { input: draw, recurrent: draw } };
    }
  }
}
