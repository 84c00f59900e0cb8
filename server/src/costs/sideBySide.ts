/** The same model with other recurrent architectures, at equal width and at an equal number of parameters. */
import { modelCosts } from '../../../model/costs/model';
import type { ModelGraph } from '../../../model/graph';
import type { SizedVariant, VariantRow } from '../../../protocol/costs';
import type { Architecture } from '../../../protocol/recommendation';
import { currentArchitecture, labelOf, referenceWidth } from '../advice/architectures';
import { sequenceLengthOf } from '../advice/sequenceLength';
import { variantCosts, variantParameters } from '../advice/variantModel';
import { widestWithin } from './widestWithin';

const compared: readonly Architecture[] = ['rnn', 'gru', 'lstm', 'bigru', 'bilstm', 'cnn-lstm-attention'];

/** Empty for a model without a recurrent layer of known width. */
export function sideBySide(graph: ModelGraph): readonly VariantRow[] {
  const width = referenceWidth(graph);
  if (width === null) return [];
  const { steps } = sequenceLengthOf(graph);
  const budget = modelCosts(graph).parameters.value;
  const current = currentArchitecture(graph);
  return compared.map((architecture) => {
    const sized = (at: number): SizedVariant => ({ width: at, ...variantCosts(graph, architecture, at, steps) });
    const parametersAt = (at: number): number | null => variantParameters(graph, architecture, at);
    const atWidth = sized(width);
    const known = atWidth.parameters !== null;
    const widest = known && budget !== null ? widestWithin(budget, parametersAt, width) : null;
    return {
      architecture,
      label: labelOf(graph, architecture),
      atWidth: known ? atWidth : null,
      atBudget: widest === null ? null : sized(widest),
      isCurrent: architecture === current,
    };
  });
}
