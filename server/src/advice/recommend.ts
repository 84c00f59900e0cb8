/** Ranks architectures for a model under the user's budgets, and says which constraint decided and what would change it. */
import { formatInteger } from '../../../model/expression';
import type { ModelGraph } from '../../../model/graph';
import { formatBytes } from '../../../model/units';
import type { RecommendResult } from '../../../protocol/languageServer';
import type {
  Architecture,
  ArchitectureChange,
  RankedArchitecture,
  Reason,
  Recommendation,
} from '../../../protocol/recommendation';
import { rewritesArchitecture, rewritesCells } from '../rewrite/supported';
import { currentArchitecture, taskOf } from './modelFacts';
import { type SequenceLength, sequenceLengthOf, withSequenceLength } from './sequenceLength';
import { lengthClassOf, longSteps, mediumSteps, type Situation, shortSteps, suitabilityOf } from './suitability';
import {
  cellChangeTo,
  convolutionTaps,
  labelOf,
  recurrentLayers,
  referenceWidth,
  type VariantCosts,
  variantCosts,
} from './variantModel';

export interface RecommendOptions {
  readonly sequenceLength: number | null;
  readonly maxParameters: number | null;
  readonly maxMemoryMegabytes: number | null;
  readonly maxLatencyMs: number | null;
  readonly device: string | null;
  readonly streaming: boolean;
}

const bytesPerFloat = 4;
const bytesPerMegabyte = 1024 * 1024;

/** Widths that are tried, from the largest: a smaller model than the file's is taken only where a budget asks for it. */
const widths: readonly number[] = [1024, 768, 512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 2];

/** What the ranking depends on; the questions "what decided" and "what would change it" are asked by changing one of them. */
interface Conditions {
  readonly graph: ModelGraph;
  readonly situation: Situation;
  readonly maxParameters: number | null;
  readonly maxMemoryMegabytes: number | null;
}

export function recommendArchitecture(graph: ModelGraph, options: RecommendOptions): RecommendResult {
  const invalid = invalidOption(options);
  if (invalid !== null) return { kind: 'refused', message: invalid };
  if (recurrentLayers(graph).length === 0) {
    return {
      kind: 'refused',
      message: `${graph.name} has no recurrent layer, so there is no recurrent architecture to choose.`,
    };
  }
  const found = sequenceLengthOf(graph);
  const steps = options.sequenceLength ?? found.steps;
  const conditions: Conditions = {
    graph: steps === null ? graph : withSequenceLength(graph, steps),
    situation: { steps, task: taskOf(graph), streaming: options.streaming, tight: isTight(options) },
    maxParameters: options.maxParameters,
    maxMemoryMegabytes: options.maxMemoryMegabytes,
  };
  const impossible = impossibleBudget(conditions);
  if (impossible !== null) return { kind: 'refused', message: impossible };
  const ranking = rank(conditions);
  const recommendation: Recommendation = {
    modelName: graph.name,
    inputs: {
      sequenceLength: steps,
      sequenceLengthSource: options.sequenceLength === null ? found.source : saidLength(options.sequenceLength, found),
      task: conditions.situation.task,
      streaming: options.streaming,
      maxParameters: options.maxParameters,
      maxMemoryMegabytes: options.maxMemoryMegabytes,
      maxLatencyMs: options.maxLatencyMs,
    },
    ranking,
    summary: summaryOf(ranking) + unusedLatency(options),
    decidedBy: decidedBy(conditions, ranking),
    wouldChangeIf: wouldChangeIf(conditions, ranking),
    caveats: caveatsOf(conditions, options),
  };
  return { kind: 'recommendation', recommendation };
}

function saidLength(steps: number, inFile: SequenceLength): string {
  return inFile.steps === null || inFile.steps === steps
    ? 'as you said'
    : `as you said, not the ${inFile.steps} of ${inFile.source}`;
}

function isTight({ maxParameters, maxMemoryMegabytes }: RecommendOptions): boolean {
  return maxParameters !== null || maxMemoryMegabytes !== null;
}

/** Said beside the answer, so that nobody takes it for one that keeps the limit. */
function unusedLatency({ maxLatencyMs, device }: RecommendOptions): string {
  const unused = [
    ...(maxLatencyMs === null ? [] : [`the limit of ${maxLatencyMs} ms`]),
    ...(device === null ? [] : [`the device "${device}"`]),
  ];
  if (unused.length === 0) return '';
  return ` Latency is not predicted yet: ${listOf(unused)} ${unused.length === 1 ? 'was' : 'were'} not used.`;
}

function invalidOption(options: RecommendOptions): string | null {
  const { sequenceLength, maxParameters, maxMemoryMegabytes, maxLatencyMs } = options;
  const limits: readonly (readonly [string, number | null])[] = [
    ['the parameter budget', maxParameters],
    ['the memory budget', maxMemoryMegabytes],
    ['the latency budget', maxLatencyMs],
  ];
  for (const [name, limit] of limits) {
    if (limit !== null && !(Number.isFinite(limit) && limit > 0))
      return `${capitalised(name)} must be a number above zero.`;
  }
  if (sequenceLength !== null && !(Number.isSafeInteger(sequenceLength) && sequenceLength > 0)) {
    return 'The sequence length must be a whole number of steps above zero.';
  }
  return null;
}

/** A budget that the rest of the model uses up already, whatever the recurrent layers are. */
function impossibleBudget({ graph, maxParameters, maxMemoryMegabytes, situation }: Conditions): string | null {
  const smallest = variantCosts(graph, 'rnn', 1, situation.steps).parameters;
  if (smallest === null) return null;
  const least = `${graph.name} needs at least ${formatInteger(smallest)} parameters, even with one recurrent unit`;
  if (maxParameters !== null && smallest > maxParameters) {
    return `${least}; a budget of ${formatInteger(maxParameters)} cannot be kept by another recurrent architecture.`;
  }
  if (maxMemoryMegabytes !== null && smallest * bytesPerFloat > maxMemoryMegabytes * bytesPerMegabyte) {
    return `${least}: ${formatBytes(smallest * bytesPerFloat)}, more than the ${maxMemoryMegabytes} MB allowed.`;
  }
  return null;
}

interface Candidate extends Omit<RankedArchitecture, 'tiesWithPrevious'> {
  readonly score: number;
}

function rank(conditions: Conditions): readonly RankedArchitecture[] {
  const current = currentArchitecture(conditions.graph);
  const candidates = architectureNames.map((name) => judge(name, conditions, name === current));
  candidates.sort(
    (a, b) =>
      Number(b.fits) - Number(a.fits) ||
      b.score - a.score ||
      (a.parameters ?? Number.POSITIVE_INFINITY) - (b.parameters ?? Number.POSITIVE_INFINITY) ||
      0,
  );
  return candidates.map(({ score, ...candidate }, index) => {
    const previous = candidates[index - 1];
    const ties = previous?.fits === true && candidate.fits && previous.score === score;
    return { ...candidate, tiesWithPrevious: ties };
  });
}

const architectureNames: readonly Architecture[] = [
  'rnn',
  'gru',
  'lstm',
  'bigru',
  'bilstm',
  'cnn-lstm',
  'cnn-lstm-attention',
];

function judge(architecture: Architecture, conditions: Conditions, isCurrent: boolean): Candidate {
  const { graph, situation } = conditions;
  const suitability = suitabilityOf(architecture, situation);
  const ofFile = referenceWidth(graph);
  const chosen = ofFile === null ? null : chooseWidth(architecture, conditions, ofFile);
  const fits = suitability.score !== null && (chosen !== null || !hasBudget(conditions));
  const reasons: Reason[] = [...suitability.reasons];
  if (suitability.score === null) {
    // Nothing more is to be said of what cannot be used.
  } else if (chosen === null && hasBudget(conditions)) {
    reasons.push({
      text: ofFile === null ? 'whether it keeps the budget is not known' : 'no width keeps the budget',
      source: null,
      weighs: 'excludes',
    });
  } else if (chosen !== null && ofFile !== null && chosen.width < ofFile) {
    reasons.push({
      text: `must shrink from ${ofFile} to ${chosen.width} units to keep the budget`,
      source: null,
      weighs: 'against',
    });
  }
  const shrinks = chosen !== null && ofFile !== null && chosen.width < ofFile / 2;
  const parameters = chosen?.costs.parameters ?? null;
  return {
    architecture,
    label: labelOf(graph, architecture),
    width: chosen?.width ?? null,
    parameters,
    weightBytes: parameters === null ? null : parameters * bytesPerFloat,
    macs: chosen?.costs.macs ?? null,
    fits,
    isCurrent,
    change: changeTo(graph, architecture, chosen?.width ?? null, isCurrent),
    reasons,
    score: (suitability.score ?? 0) - (shrinks ? 1 : 0),
  };
}

/** Null where the file is this already, or where its framework is one whose source is not rewritten that far. */
function changeTo(
  graph: ModelGraph,
  architecture: Architecture,
  width: number | null,
  isCurrent: boolean,
): ArchitectureChange | null {
  const newWidth = width === referenceWidth(graph) ? null : width;
  if (isCurrent && newWidth === null) return null;
  const takesOnlyCell = newWidth === null && cellChangeTo(graph, architecture) !== null;
  const canRewrite = rewritesArchitecture(graph.framework) || (takesOnlyCell && rewritesCells(graph.framework));
  return canRewrite ? { architecture, width: newWidth } : null;
}

function hasBudget({ maxParameters, maxMemoryMegabytes }: Conditions): boolean {
  return maxParameters !== null || maxMemoryMegabytes !== null;
}

/** The file's own width where it keeps the budgets, else the largest one below that does; null where none does. */
function chooseWidth(
  architecture: Architecture,
  conditions: Conditions,
  ofFile: number,
): { readonly width: number; readonly costs: VariantCosts } | null {
  for (const width of [ofFile, ...widths.filter((candidate) => candidate < ofFile)]) {
    const costs = variantCosts(conditions.graph, architecture, width, conditions.situation.steps);
    if (!hasBudget(conditions) || keepsBudget(costs, conditions)) return { width, costs };
    if (costs.parameters === null) return null;
  }
  return null;
}

function keepsBudget({ parameters }: VariantCosts, { maxParameters, maxMemoryMegabytes }: Conditions): boolean {
  if (parameters === null) return false;
  if (maxParameters !== null && parameters > maxParameters) return false;
  return maxMemoryMegabytes === null || parameters * bytesPerFloat <= maxMemoryMegabytes * bytesPerMegabyte;
}

function summaryOf(ranking: readonly RankedArchitecture[]): string {
  const [best] = ranking;
  if (best === undefined || !best.fits)
    return 'No architecture keeps these budgets; the table shows what each would need.';
  const width = best.width === null ? '' : ` with ${best.width} units`;
  const size = best.parameters === null ? '' : ` (${formatInteger(best.parameters)} parameters)`;
  const tied = tiedWithBest(ranking).map(({ label }) => label);
  const keep = best.isCurrent ? 'Keep' : 'Take';
  const sentence = `${keep} the ${best.label}${width}${size}.`;
  if (tied.length === 0) return sentence;
  return `${sentence} ${listOf(tied)} ${tied.length === 1 ? 'is' : 'are'} as good as far as anyone can tell: a short training comparison settles it.`;
}

function tiedWithBest(ranking: readonly RankedArchitecture[]): readonly RankedArchitecture[] {
  const end = ranking.findIndex((entry, index) => index > 0 && !entry.tiesWithPrevious);
  return ranking.slice(1, end === -1 ? ranking.length : end);
}

function listOf(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** What comes first, with what ties. */
function answerOf(ranking: readonly RankedArchitecture[]): string {
  return [...ranking.slice(0, 1), ...tiedWithBest(ranking)].map(({ architecture }) => architecture).join(' ');
}

/** The condition without which the answer would be another one. */
function decidedBy(conditions: Conditions, ranking: readonly RankedArchitecture[]): string {
  const answer = answerOf(ranking);
  const without = (name: string, changes: Partial<Conditions>): string | null =>
    answerOf(rank({ ...conditions, ...changes })) === answer ? null : name;
  const { situation, maxParameters, maxMemoryMegabytes } = conditions;
  const change = (changes: Partial<Situation>): Partial<Conditions> => ({ situation: { ...situation, ...changes } });
  const decisive =
    (situation.streaming ? without('streaming use: no layer may read ahead', change({ streaming: false })) : null) ??
    (maxParameters === null
      ? null
      : without(`the budget of ${formatInteger(maxParameters)} parameters`, {
          maxParameters: null,
          ...change({ tight: maxMemoryMegabytes !== null }),
        })) ??
    (maxMemoryMegabytes === null
      ? null
      : without(`the budget of ${maxMemoryMegabytes} MB`, {
          maxMemoryMegabytes: null,
          ...change({ tight: maxParameters !== null }),
        })) ??
    without(`the task (${situation.task})`, change({ task: 'unknown' }));
  if (decisive !== null) return decisive;
  return situation.steps === null
    ? 'what is known of recurrent cells in general; the sequence length is not known'
    : `the sequence length of ${formatInteger(situation.steps)} steps`;
}

/** Conditions that a person may have, each with the architecture that would then come first. */
function wouldChangeIf(conditions: Conditions, ranking: readonly RankedArchitecture[]): readonly string[] {
  const best = ranking[0]?.architecture;
  const { situation } = conditions;
  const changes: readonly (readonly [string, Partial<Situation>])[] = [
    [`At ${shortSteps} steps or fewer`, { steps: shortSteps }],
    [`Between ${shortSteps + 1} and ${mediumSteps} steps`, { steps: mediumSteps }],
    [`Between ${mediumSteps + 1} and ${longSteps} steps`, { steps: longSteps }],
    [`Above ${longSteps} steps`, { steps: longSteps + 1 }],
    [
      situation.streaming
        ? 'If the whole sequence is there before the answer'
        : 'If it must answer while the sequence comes in',
      { streaming: !situation.streaming },
    ],
  ];
  return changes.flatMap(([when, change]) => {
    if (change.steps !== undefined && lengthClassOf(change.steps ?? null) === lengthClassOf(situation.steps)) return [];
    const [first] = rank({ ...conditions, situation: { ...situation, ...change } });
    return first === undefined || first.architecture === best ? [] : [`${when}: ${first.label}.`];
  });
}

function caveatsOf({ graph, situation }: Conditions, options: RecommendOptions): readonly string[] {
  const caveats = [
    'The sources studied other data than yours. Where a comparison by training has measured something here, trust that.',
    `CNN-LSTM is counted with a convolution over ${convolutionTaps} steps and as many filters as units; attention as one additive score per step.`,
  ];
  if (!situation.streaming && situation.task !== 'generation') {
    caveats.push(
      'A temporal convolution (TCN) beats LSTM on many sequence tasks and trains in parallel over time (Bai et al. 2018).',
    );
  }
  if (situation.steps !== null && situation.steps > longSteps) {
    caveats.push(
      'At this length consider a transformer, or minGRU and state-space models, which train in parallel over time (Feng et al. 2024).',
    );
  }
  if (options.maxLatencyMs !== null || options.device !== null) {
    caveats.push(
      'Speed does not follow the parameter counts on fused kernels. Measure it on the device; all else equal, fewer MACs are faster.',
    );
  }
  if (variantCosts(graph, 'gru', referenceWidth(graph) ?? 1, situation.steps).parameters === null) {
    caveats.push('The sizes of this model are not all known, so its variants could not be counted.');
  }
  if (situation.steps === null)
    caveats.push('The sequence length decides much and is not known: give it for a better answer.');
  return caveats;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
