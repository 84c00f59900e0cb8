/** The same model with other recurrent architectures, at equal width and at an equal number of parameters. */
import { modelCosts } from '../../../model/costs/model';
import type { ModelGraph } from '../../../model/graph';
import type { SizedVariant, VariantRow } from '../../../protocol/costs';
import type { Architecture } from '../../../protocol/recommendation';
import { sequenceLengthOf } from '../advice/sequenceLength';
import { currentArchitecture, labelOf, referenceWidth, variantCosts } from '../advice/variantModel';

const compared: readonly Architecture[] = ['rnn', 'gru', 'lstm', 'bigru', 'bilstm', 'cnn-lstm-attention'];

/** No layer in use is wider. */
const greatestWidth = 16_384;

/** Empty for a model without a recurrent layer of known width. */
export function sideBySide(graph: ModelGraph): readonly VariantRow[] {
  const width = referenceWidth(graph);
  if (width === null) return [];
  const { steps } = sequenceLengthOf(graph);
  const budget = modelCosts(graph).parameters.value;
  const current = currentArchitecture(graph);
  return compared.map((architecture) => {
    const sized = (at: number): SizedVariant => ({ width: at, ...variantCosts(graph, architecture, at, steps) });
    const atWidth = sized(width);
    const known = atWidth.parameters !== null;
    return {
      architecture,
      label: labelOf(graph, architecture),
      atWidth: known ? atWidth : null,
      atBudget: known && budget !== null ? widestWithin(budget, sized) : null,
      isCurrent: architecture === current,
    };
  });
}

/** Parameters grow with the width, so that the widest can be found by halving. */
function widestWithin(budget: number, sized: (width: number) => SizedVariant): SizedVariant | null {
  const fits = ({ parameters }: SizedVariant): boolean => parameters !== null && parameters <= budget;
  let best = sized(1);
  if (!fits(best)) return null;
  let tooWide = 2;
  while (tooWide <= greatestWidth) {
    const candidate = sized(tooWide);
    if (!fits(candidate)) break;
    best = candidate;
    tooWide *= 2;
  }
  while (best.width + 1 < tooWide) {
    const candidate = sized(Math.floor((best.width + tooWide) / 2));
    if (fits(candidate)) best = candidate;
    else tooWide = candidate.width;
  }
  return best;
}
