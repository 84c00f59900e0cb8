/** The bias vectors of a recurrent layer: none, one per gate, or one for the input and one for the recurrent product. */
import type { ArenaPlanner } from '../arena';
import { type Backend, type Matrix, matrixOf, type Span } from '../backend';
import type { Initialiser } from '../initialisers';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { type Parameter, reserveParameter } from './layer';

export interface RecurrentBias {
  readonly input: Parameter | null;
  readonly recurrent: Parameter | null;
  /**
   * What is added to the pre-activations of the first `sharedColumns` gates: the sum of both vectors. Of the columns after
   * those, the recurrent bias belongs elsewhere and only the input's is in it.
   */
  sum(backend: Backend): Span | null;
  /** Both gradients, from those of the pre-activations; the recurrent bias' only for the shared columns. */
  backward(backend: Backend, gates: Matrix): void;
}

export function planRecurrentBias(
  arena: ArenaPlanner,
  path: string,
  bias: RecurrentPlan['bias'],
  columns: number,
  sharedColumns: number,
  initialisers: { readonly input: Initialiser; readonly recurrent: Initialiser },
): RecurrentBias {
  const input = bias === 'none' ? null : reserveParameter(arena, `${path}.inputBias`, 1, columns, initialisers.input);
  // For the candidate alone it has only the columns behind the shared ones.
  const recurrentColumns = bias === 'both' ? columns : bias === 'candidate' ? columns - sharedColumns : 0;
  const recurrent =
    recurrentColumns > 0
      ? reserveParameter(arena, `${path}.recurrentBias`, 1, recurrentColumns, initialisers.recurrent)
      : null;
  const total = arena.reserve(columns);
  const shared = (span: Span): Span => ({ offset: span.offset, length: sharedColumns });
  return {
    input,
    recurrent,
    sum: (backend) => {
      if (input === null || recurrent === null || bias === 'candidate') return input?.value ?? null;
      backend.broadcastRow(input.value, matrixOf(total, 1, columns));
      backend.add(shared(total), shared(recurrent.value));
      return total;
    },
    backward: (backend, gates) => {
      if (input === null) return;
      backend.sumRows(gates, input.gradient);
      if (recurrent === null || bias === 'candidate') return;
      backend.copyMatrix(matrixOf(input.gradient, 1, sharedColumns), matrixOf(recurrent.gradient, 1, sharedColumns));
    },
  };
}
