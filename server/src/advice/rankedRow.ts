/** What is shown of an architecture in its place: its numbers, what decided, the reasons, and the change that makes the file it. */
import { bytesPerFloat } from '../../../model/costs/memory';
import { formatInteger } from '../../../model/expression';
import type { ModelGraph } from '../../../model/graph';
import type {
  ArchitectureChange,
  PredictedLatency,
  RankedArchitecture,
  Reason,
} from '../../../protocol/recommendation';
import { rewritesArchitecture } from '../rewrite/supported';
import { currentArchitecture, referenceWidth } from './architectures';
import { type Conditions, isPlaceable, keepsLatency, type Placed, stepsOfAnswer } from './ranking';
import { budgetPhrase, listOf, rounded, roundedTime, unitsText } from './wording';

/** The row of a ranking, worked out for those that are shown. */
export function rowOf(placed: Placed, conditions: Conditions): RankedArchitecture {
  const { architecture, width } = placed;
  const { ledger, situation } = conditions;
  const costs = width === null ? null : ledger.costs(architecture, width, situation.steps);
  const parameters = costs?.parameters ?? null;
  const latency = width === null ? null : latencyOf(placed, conditions, width);
  return {
    architecture,
    label: placed.label,
    width,
    parameters,
    weightBytes: parameters === null ? null : parameters * bytesPerFloat,
    macs: costs?.macs ?? null,
    latency,
    fits: isPlaceable(placed),
    tiesWithPrevious: placed.tiesWithPrevious,
    ...inFile(ledger.graph, placed),
    change: changeTo(ledger.graph, placed),
    decidedBy: decidedBy(placed, conditions),
    measured: placed.measured,
    reasons: reasonsOf(placed, conditions),
  };
}

/** Whether the file has this architecture, and with which width if not with this. */
function inFile(
  graph: ModelGraph,
  { architecture, width }: Placed,
): Pick<RankedArchitecture, 'isCurrent' | 'widthInFile'> {
  const ofFile = referenceWidth(graph);
  const isSame = architecture === currentArchitecture(graph);
  const isAsWide = width === ofFile;
  return { isCurrent: isSame && isAsWide, widthInFile: isSame && !isAsWide ? ofFile : null };
}

/** Null where the file is this already, or where its framework is one whose source is not rewritten. */
export function changeTo(
  graph: ModelGraph,
  { architecture, width }: Pick<Placed, 'architecture' | 'width'>,
): ArchitectureChange | null {
  const newWidth = width === referenceWidth(graph) ? null : width;
  if (architecture === currentArchitecture(graph) && newWidth === null) return null;
  const change = { architecture, width: newWidth };
  return rewritesArchitecture(graph, change) ? change : null;
}

function latencyOf({ architecture }: Placed, conditions: Conditions, width: number): PredictedLatency | null {
  const prediction = conditions.ledger.latency(architecture, width, stepsOfAnswer(conditions));
  if (prediction === null || 'unknown' in prediction) return null;
  const { seconds, low, high, because } = prediction;
  const keepsLimit = keepsLatency(conditions, architecture, width);
  return { milliseconds: 1000 * seconds, low: 1000 * low, high: 1000 * high, because, keepsLimit };
}

function decidedBy(placed: Placed, conditions: Conditions): string {
  const { suitability, limitedBy, fit, measured } = placed;
  if (suitability.score === null) return suitability.decidedBy;
  if (fit === 'no') return listOf(limitedBy.map((budget) => budgetPhrase(budget, conditions)));
  if (measured !== null) return 'the comparison by training';
  if (limitedBy.length > 0) return listOf(limitedBy.map((budget) => budgetPhrase(budget, conditions)));
  return suitability.decidedBy;
}

function reasonsOf(placed: Placed, conditions: Conditions): readonly Reason[] {
  const { suitability, fit, limitedBy, width, measured, architecture } = placed;
  if (suitability.score === null) return suitability.reasons;
  const ofFile = referenceWidth(conditions.ledger.graph);
  const budgets = listOf(limitedBy.map((budget) => budgetPhrase(budget, conditions)));
  const reasons: Reason[] = [];
  const because = (weighs: Reason['weighs'], text: string): void => {
    reasons.push({ text, source: null, weighs });
  };
  if (measured !== null && conditions.measured !== null) {
    const { metricName, data, startedAt } = conditions.measured;
    const [best] = conditions.measured.results;
    reasons.push({
      text: `trained here with ${formatInteger(measured.parameters)} parameters it reached ${metricName} ${rounded(measured.metric)} on ${data}${measured.tiesWithBest ? ', which nothing else beat by more than noise' : ''}; that outranks what is known in general`,
      source: `comparison by training of ${startedAt.slice(0, 10)}`,
      weighs: measured.tiesWithBest || measured === best ? 'for' : 'against',
    });
  }
  reasons.push(...suitability.reasons);
  const exact = conditions.ledger;
  if (fit === 'unknown') because('excludes', 'whether it keeps the budget is not known: its sizes are not all known');
  else if (fit === 'no') because('excludes', `no width keeps ${budgets}`);
  else if (width !== null && ofFile !== null && width < ofFile) {
    because('against', `must shrink from ${formatInteger(ofFile)} to ${unitsText(width)} to keep ${budgets}`);
  }
  if (fit === 'maybe' && width !== null && conditions.maxLatencyMs !== null) {
    const prediction = exact.latency(architecture, width, stepsOfAnswer(conditions));
    if (prediction !== null && 'unknown' in prediction) {
      because('against', `its time cannot be predicted: ${prediction.unknown}`);
    } else if (prediction !== null) {
      because(
        'against',
        `may miss ${conditions.maxLatencyMs} ms: predicted are ${roundedTime(1000 * prediction.low)} to ${roundedTime(1000 * prediction.high)} ms`,
      );
    }
  }
  return reasons;
}
