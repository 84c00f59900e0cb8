/** Whether a model as it stands keeps the budgets that are set, and what would, in one line. */

import { formatInteger } from '../../../model/expression';
import type { ModelGraph } from '../../../model/graph';
import type { ArchitectureChange } from '../../../protocol/recommendation';
import { architectures, currentArchitecture, recurrentLayers, referenceWidth } from './architectures';
import { conditionsFor, type RecommendOptions } from './conditions';
import type { ProgramHints } from './programHints';
import { changeTo } from './rankedRow';
import { exceeded, isPlaceable, place } from './ranking';
import { limitText, listOf, unitsText } from './wording';

export interface BudgetVerdict {
  /** "GRU fits 120 KB; this LSTM does not". */
  readonly text: string;
  /** What fits, where the source can be rewritten to it. */
  readonly change: ArchitectureChange | null;
}

/** Null where no budget is set, where the model keeps all of them, and where that is not known. */
export function budgetVerdict(graph: ModelGraph, options: RecommendOptions, hints: ProgramHints): BudgetVerdict | null {
  const { maxParameters, maxMemoryMegabytes, maxLatencyMs } = options;
  if (maxParameters === null && maxMemoryMegabytes === null && maxLatencyMs === null) return null;
  const own = currentArchitecture(graph);
  const width = referenceWidth(graph);
  if (own === null || width === null || recurrentLayers(graph).length === 0) return null;
  const { conditions } = conditionsFor(graph, options, hints);
  const missed = exceeded(conditions, own, width);
  if (missed.length === 0) return null;
  const limits = listOf(missed.map((budget) => limitText(budget, conditions)));
  const self = architectures[own].label;
  const [best] = place(conditions);
  if (best === undefined || !isPlaceable(best)) {
    return { text: `This ${self} does not fit ${limits}, and no other architecture does`, change: null };
  }
  const units = best.width === null || best.width === width ? '' : ` with ${unitsText(best.width)}`;
  const others =
    best.architecture === own ? `this one, with ${formatInteger(width)}, does not` : `this ${self} does not`;
  return { text: `${best.label}${units} fits ${limits}; ${others}`, change: changeTo(graph, best) };
}
