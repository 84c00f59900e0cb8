/**
 * The order of architectures under given conditions: how well each suits the task, the largest width that keeps every budget,
 * and before both, what training them here has shown.
 */
import { bytesPerFloat } from '../../../model/costs/memory';
import { bytesPerMegabyte } from '../../../model/units';
import type { Architecture, MeasuredComparison, MeasuredResult } from '../../../protocol/recommendation';
import type { Variant } from '../../../protocol/trainer';
import { distinctArchitectures, labelOf, recurrentLayers, referenceWidth } from './architectures';
import { type Situation, type Suitability, suitabilityOf } from './suitability';
import type { VariantLedger } from './variantLedger';

/** Limits that a person set; null for none. */
export interface Budgets {
  readonly maxParameters: number | null;
  readonly maxMemoryMegabytes: number | null;
  readonly maxLatencyMs: number | null;
}

/** What a ranking depends on; "what decided" and "what would change it" are found by changing one of them. */
export interface Conditions extends Budgets {
  readonly ledger: VariantLedger;
  readonly situation: Omit<Situation, 'tight'>;
  readonly measured: MeasuredComparison | null;
}

/** Widths that are tried, from the largest: a smaller model than the file's is taken only where a budget asks for it. */
const widths: readonly number[] = [
  4096, 3072, 2048, 1536, 1024, 768, 512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1,
];

/** An architecture in its place, before what is shown of it is worked out. */
export interface Placed {
  readonly architecture: Architecture;
  readonly label: string;
  readonly width: number | null;
  readonly parameters: number | null;
  readonly fit: Fit;
  /** How near it comes to missing the latency: 0 surely keeps it, 1 probably, 2 hardly. */
  readonly latencyRisk: 0 | 1 | 2;
  /** The budgets that keep it from the next larger width, or from any. */
  readonly limitedBy: readonly (keyof Budgets)[];
  readonly suitability: Suitability;
  readonly score: number;
  readonly measured: MeasuredResult | null;
  readonly tiesWithPrevious: boolean;
}

/** `unknown` where what a budget limits is not known. */
export type Fit = 'yes' | 'maybe' | 'no' | 'unknown';

export function hasSizeBudget({ maxParameters, maxMemoryMegabytes }: Budgets): boolean {
  return maxParameters !== null || maxMemoryMegabytes !== null;
}

/** Whether an architecture can be used at all, and keeps the budgets for all that is known. */
export function isPlaceable({ fit, suitability }: Pick<Placed, 'fit' | 'suitability'>): boolean {
  return suitability.score !== null && (fit === 'yes' || fit === 'maybe');
}

/** All architectures in order of fit. */
export function place(conditions: Conditions): readonly Placed[] {
  const situation: Situation = { ...conditions.situation, tight: isTight(conditions) };
  const candidates = distinctArchitectures(conditions.ledger.graph).map((name) =>
    candidate(name, conditions, situation),
  );
  candidates.sort(
    (a, b) =>
      Number(isPlaceable(b)) - Number(isPlaceable(a)) ||
      b.score - a.score ||
      a.latencyRisk - b.latencyRisk ||
      Number(a.limitedBy.length > 0) - Number(b.limitedBy.length > 0) ||
      (a.parameters ?? Number.POSITIVE_INFINITY) - (b.parameters ?? Number.POSITIVE_INFINITY),
  );
  return withTies(byMeasurement(candidates));
}

function isTight(conditions: Conditions): boolean {
  const ofFile = referenceWidth(conditions.ledger.graph);
  if (!hasSizeBudget(conditions) || ofFile === null) return hasSizeBudget(conditions);
  const parameters = conditions.ledger.parameters('lstm', ofFile);
  return parameters === null || exceeded({ ...conditions, maxLatencyMs: null }, 'lstm', ofFile).length > 0;
}

type Candidate = Omit<Placed, 'tiesWithPrevious'>;

function candidate(architecture: Architecture, conditions: Conditions, situation: Situation): Candidate {
  const { ledger, measured } = conditions;
  const suitability = suitabilityOf(architecture, situation);
  const ofFile = referenceWidth(ledger.graph);
  const chosen = ofFile === null ? null : chooseWidth(architecture, conditions, ofFile);
  const shrinks = chosen?.width != null && ofFile !== null && chosen.width < ofFile / 2;
  return {
    architecture,
    label: labelOf(ledger.graph, architecture),
    width: chosen?.width ?? null,
    parameters: chosen?.width == null ? null : ledger.parameters(architecture, chosen.width),
    fit: chosen?.fit ?? (hasSizeBudget(conditions) ? 'unknown' : 'yes'),
    latencyRisk: chosen?.width == null ? 0 : latencyRisk(architecture, conditions, chosen.width),
    limitedBy: chosen?.limitedBy ?? [],
    suitability,
    score: (suitability.score ?? 0) - (shrinks ? 1 : 0),
    measured: measured === null ? null : measuredAs(architecture, conditions, measured),
  };
}

/** Of a model that reads in both directions, training with another cell keeps both. */
function measuredAs(
  architecture: Architecture,
  { ledger }: Conditions,
  { results }: MeasuredComparison,
): MeasuredResult | null {
  const readsBoth = recurrentLayers(ledger.graph).some(({ operation }) => operation.directions === 2);
  const both: Partial<Record<Variant, Architecture>> = { gru: 'bigru', lstm: 'bilstm' };
  const meant = (variant: Variant): Architecture | null =>
    readsBoth ? (variant === 'rnn' ? null : (both[variant] ?? variant)) : variant;
  return results.find(({ variant }) => meant(variant) === architecture) ?? null;
}

/**
 * What was trained here is put in the order of what it reached, in the places that it has among the others; the best, and what
 * ties with it, goes in front of all.
 */
function byMeasurement(candidates: readonly Candidate[]): readonly Candidate[] {
  const isMeasured = (entry: Candidate): boolean => entry.measured !== null && isPlaceable(entry);
  const measured = candidates.filter(isMeasured).sort(compareMeasured);
  const [best] = measured;
  if (best === undefined) return candidates;
  const next = measured[Symbol.iterator]();
  const inPlaces = candidates.map((entry) => (isMeasured(entry) ? (next.next().value ?? entry) : entry));
  const leads = (entry: Candidate): boolean =>
    entry === best || (isMeasured(entry) && isTiedBest(best) && isTiedBest(entry));
  return [...inPlaces.filter(leads), ...inPlaces.filter((entry) => !leads(entry))];
}

function isTiedBest({ measured }: Candidate): boolean {
  return measured?.tiesWithBest === true;
}

/** Results come best first; among those that tie with the best fewer parameters go first. */
function compareMeasured(a: Candidate, b: Candidate): number {
  if (isTiedBest(a) !== isTiedBest(b)) return isTiedBest(a) ? -1 : 1;
  if (isTiedBest(a)) return (a.measured?.parameters ?? 0) - (b.measured?.parameters ?? 0);
  return placeOfMeasured(a) - placeOfMeasured(b);
}

function placeOfMeasured({ measured }: Candidate): number {
  return measured === null ? Number.POSITIVE_INFINITY : measured.place;
}

function withTies(ordered: readonly Candidate[]): readonly Placed[] {
  return ordered.map((entry, index) => {
    const previous = ordered[index - 1];
    return { ...entry, tiesWithPrevious: previous !== undefined && ties(previous, entry) };
  });
}

function ties(previous: Candidate, entry: Candidate): boolean {
  if (!isPlaceable(previous) || !isPlaceable(entry)) return false;
  if (previous.measured !== null || entry.measured !== null) return isTiedBest(previous) && isTiedBest(entry);
  // What may miss a limit is not as good as what keeps it.
  return previous.score === entry.score && previous.latencyRisk === entry.latencyRisk;
}

interface ChosenWidth {
  /** Null where no width keeps the budgets. */
  readonly width: number | null;
  readonly fit: Fit;
  readonly limitedBy: readonly (keyof Budgets)[];
}

/**
 * The largest width, up to the file's own, that surely keeps every budget; where that would be less than half of one that may
 * keep the latency, that one.
 */
function chooseWidth(architecture: Architecture, conditions: Conditions, ofFile: number): ChosenWidth {
  const tried = [ofFile, ...widths.filter((width) => width < ofFile)];
  const fits = (width: number): Fit => fitOf(architecture, conditions, width);
  if (fits(ofFile) === 'unknown') return { width: ofFile, fit: 'unknown', limitedBy: [] };
  const sure = firstWhere(tried, (width) => fits(width) === 'yes');
  const possible = firstWhere(tried, (width) => fits(width) !== 'no');
  const at = sure !== null && possible !== null && (tried[sure] ?? 0) * 2 >= (tried[possible] ?? 0) ? sure : possible;
  const width = at === null ? null : (tried[at] ?? null);
  if (at === null || width === null) {
    return { width: null, fit: 'no', limitedBy: exceeded(conditions, architecture, tried.at(-1) ?? 1) };
  }
  const larger = tried[at - 1];
  return {
    width,
    fit: fits(width),
    limitedBy: larger === undefined ? [] : exceeded(conditions, architecture, larger, at === sure),
  };
}

/** The first index that passes, of items that all pass from some index on. */
function firstWhere(items: readonly number[], passes: (item: number) => boolean): number | null {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(items[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low < items.length ? low : null;
}

/** Streaming asks for one step at a time. */
export function stepsOfAnswer({ situation }: Conditions): number | null {
  return situation.streaming ? 1 : situation.steps;
}

function fitOf(architecture: Architecture, conditions: Conditions, width: number): Fit {
  if (hasSizeBudget(conditions) && conditions.ledger.parameters(architecture, width) === null) return 'unknown';
  if (exceeded(conditions, architecture, width).length > 0) return 'no';
  return keepsLatency(conditions, architecture, width) === 'maybe' ? 'maybe' : 'yes';
}

/** The budgets that a variant does not keep; `surely` also counts a latency that it may miss. */
export function exceeded(
  conditions: Conditions,
  architecture: Architecture,
  width: number,
  surely = false,
): readonly (keyof Budgets)[] {
  const { ledger, maxParameters, maxMemoryMegabytes } = conditions;
  const found: (keyof Budgets)[] = [];
  const parameters = hasSizeBudget(conditions) ? ledger.parameters(architecture, width) : null;
  if (parameters !== null) {
    if (maxParameters !== null && parameters > maxParameters) found.push('maxParameters');
    const bytes = parameters * bytesPerFloat;
    if (maxMemoryMegabytes !== null && bytes > maxMemoryMegabytes * bytesPerMegabyte) found.push('maxMemoryMegabytes');
  }
  const latency = keepsLatency(conditions, architecture, width);
  if (latency === 'no' || (surely && latency === 'maybe')) found.push('maxLatencyMs');
  return found;
}

/** Null without a limit; `maybe` also where the time cannot be predicted. */
export function keepsLatency(
  conditions: Conditions,
  architecture: Architecture,
  width: number,
): 'yes' | 'maybe' | 'no' | null {
  const { ledger, maxLatencyMs } = conditions;
  const prediction = maxLatencyMs === null ? null : ledger.latency(architecture, width, stepsOfAnswer(conditions));
  if (prediction === null || maxLatencyMs === null) return null;
  if ('unknown' in prediction) return 'maybe';
  if (1000 * prediction.high <= maxLatencyMs) return 'yes';
  return 1000 * prediction.low > maxLatencyMs ? 'no' : 'maybe';
}

function latencyRisk(architecture: Architecture, conditions: Conditions, width: number): Placed['latencyRisk'] {
  const { ledger, maxLatencyMs } = conditions;
  if (maxLatencyMs === null || keepsLatency(conditions, architecture, width) === 'yes') return 0;
  const prediction = ledger.latency(architecture, width, stepsOfAnswer(conditions));
  const isBelow = prediction !== null && !('unknown' in prediction) && 1000 * prediction.seconds <= maxLatencyMs;
  return isBelow ? 1 : 2;
}
