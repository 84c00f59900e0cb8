/** The bias vectors of a recurrent layer: none, one per gate, or one for the input and one for the recurrent product. */
import type { ArenaPlanner } from '../arena';
import type { Span } from '../backend';
import type { Initialiser } from '../initialisers';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { type Parameter, reserveParameter } from './layer';

export interface RecurrentBias {
  readonly input: Parameter | null;
  readonly recurrent: Parameter | null;
  /**
   * What is added to the pre-activations: the input's bias, and the recurrent one to the first `sharedColumns`. Of the columns
   * after those, the recurrent bias belongs elsewhere.
   */
  readonly values: readonly Span[];
  /** Where the gradients of those belong. */
  readonly gradients: readonly Span[];
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
  const shared = (span: Span): Span => ({ offset: span.offset, length: sharedColumns });
  const added = (spanOf: (parameter: Parameter) => Span): readonly Span[] => [
    ...(input === null ? [] : [spanOf(input)]),
    ...(recurrent === null || bias === 'candidate' ? [] : [shared(spanOf(recurrent))]),
  ];
  return {
    input,
    recurrent,
    values: added(({ value }) => value),
    gradients: added(({ gradient }) => gradient),
  };
}
