/** Dropout layers, wherever a model has them. */
import type { SourceLocation } from '../../model/graph';
import type { PlanBuilder } from './builder';
import type { Tensor } from './values';

/** What comes out of dropping a share of the input while training; a rate that is not known drops nothing. */
export function addDropout(
  builder: PlanBuilder,
  path: string,
  rate: number | null,
  sharedOverTime: boolean,
  input: Tensor,
  location: SourceLocation,
): Tensor {
  if (rate === null) builder.remark(`${path} drops nothing here, because its rate is not known.`);
  else if (rate >= 1) builder.remark(`${path} would drop everything (rate ${rate}) and is left out.`);
  else if (rate > 0) {
    const { activation } = input;
    return builder.through({ kind: 'dropout', path, rate, sharedOverTime }, input, location, { activation });
  }
  return input;
}
