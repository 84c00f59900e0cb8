/** Recommends an architecture for a model under the user's budgets: the ranking, what decided it, and what would change it. */

import { bytesPerFloat } from '../../../model/costs/memory';
import { formatInteger } from '../../../model/expression';
import type { ModelGraph } from '../../../model/graph';
import { publishedDevices } from '../../../model/time/devices';
import type { DeviceProfile } from '../../../model/time/profile';
import { deviceName } from '../../../model/time/wording';
import { bytesPerMegabyte, formatBytes, formatPlace } from '../../../model/units';
import type { RecommendResult } from '../../../protocol/languageServer';
import type { DeviceName, Recommendation, RecommendationChoices } from '../../../protocol/recommendation';
import { distinctArchitectures, recurrentLayers, referenceWidth } from './architectures';
import { wouldChangeIf } from './changes';
import { conditionsFor, type RecommendOptions } from './conditions';
import { alternativesOf, basisOf, caveatsOf, decidedBy, summaryOf } from './explanation';
import { noHints, type ProgramHints } from './programHints';
import { rowOf } from './rankedRow';
import { type Conditions, place, stepsOfAnswer } from './ranking';

/** The recommendation; refused, with a sentence that says what to do, where an option or a budget makes no sense. */
export function recommendArchitecture(
  graph: ModelGraph,
  options: RecommendOptions,
  hints: ProgramHints = noHints,
): RecommendResult {
  const invalid = invalidOption(options);
  if (invalid !== null) return { kind: 'refused', message: invalid };
  if (recurrentLayers(graph).length === 0) {
    return {
      kind: 'refused',
      message: whyNothingToChoose(graph),
    };
  }
  const { conditions, length, task, sequences, streaming } = conditionsFor(graph, options, hints);
  const impossible = impossibleBudget(conditions);
  if (impossible !== null) return { kind: 'refused', message: impossible };
  const placed = place(conditions);
  const ranking = placed.map((entry) => rowOf(entry, conditions));
  const recommendation: Recommendation = {
    modelName: graph.name,
    choices: choicesOf(options),
    inputs: {
      sequenceLength: length.steps,
      sequenceLengthSource: length.source,
      task: task.kind,
      taskSource: task.source,
      sequences: sequences.count,
      sequencesSource: sequences.source,
      streaming: streaming.isStreaming,
      streamingSource: streaming.source,
      maxParameters: options.maxParameters,
      maxMemoryMegabytes: options.maxMemoryMegabytes,
      maxLatencyMs: options.maxLatencyMs,
      device: options.device === null ? null : nameOf(options.device),
    },
    ranking,
    summary: summaryOf(ranking, conditions),
    decidedBy: decidedBy(placed, conditions),
    wouldChangeIf: wouldChangeIf(placed, conditions),
    alternatives: alternativesOf(conditions),
    caveats: caveatsOf(conditions),
    basis: basisOf(conditions),
    ranges: rangesOf(conditions),
    devices: [...(options.thisMachine === null ? [] : [options.thisMachine]), ...publishedDevices].map(nameOf),
  };
  return { kind: 'recommendation', recommendation };
}

function whyNothingToChoose(graph: ModelGraph): string {
  const cell = graph.layers.find(({ operation }) => operation.op === 'recurrent');
  if (cell === undefined)
    return `${graph.name} has no recurrent layer, so there is no recurrent architecture to choose.`;
  const whole = cell.type.replace(/Cell$/, '');
  return (
    `${graph.name} makes each step itself, with the ${cell.type} at ${formatPlace(cell.location, graph.location.file)}; architectures are ranked for layers ` +
    `that read whole sequences: write it with ${whole === cell.type ? 'such a layer' : whole} to have them ranked.`
  );
}

function choicesOf({ thisMachine, measured, device, ...choices }: RecommendOptions): RecommendationChoices {
  return { ...choices, device: device?.id ?? null };
}

function nameOf(profile: DeviceProfile): DeviceName {
  return { id: profile.id, label: deviceName(profile) };
}

function invalidOption(options: RecommendOptions): string | null {
  const { sequenceLength, sequences, maxParameters, maxMemoryMegabytes, maxLatencyMs, device } = options;
  const limits: readonly (readonly [string, number | null])[] = [
    ['The parameter budget', maxParameters],
    ['The memory budget', maxMemoryMegabytes],
    ['The latency budget', maxLatencyMs],
  ];
  for (const [name, limit] of limits) {
    if (limit !== null && !(Number.isFinite(limit) && limit > 0)) return `${name} must be a number above zero.`;
  }
  const counts: readonly (readonly [string, number | null])[] = [
    ['The sequence length must be a whole number of steps above zero.', sequenceLength],
    ['The number of training sequences must be a whole number above zero.', sequences],
  ];
  for (const [message, count] of counts) {
    if (count !== null && !(Number.isSafeInteger(count) && count > 0)) return message;
  }
  if (maxLatencyMs !== null && device === null) {
    const names = publishedDevices.map(({ id }) => id).join(', ');
    return `A limit of ${maxLatencyMs} ms says nothing without a device. Choose one: this-machine, ${names}.`;
  }
  return null;
}

/** A budget that the rest of the model uses up already, whatever the recurrent layers are. */
function impossibleBudget({ ledger, maxParameters, maxMemoryMegabytes }: Conditions): string | null {
  const smallest = ledger.parameters('rnn', 1);
  if (smallest === null) return null;
  const least = `${ledger.graph.name} needs at least ${formatInteger(smallest)} parameters, even with one recurrent unit`;
  const bytes = smallest * bytesPerFloat;
  if (maxParameters !== null && smallest > maxParameters) {
    return `${least}; a budget of ${formatInteger(maxParameters)} cannot be kept by another recurrent architecture. Raise it, or make the layers around smaller.`;
  }
  if (maxMemoryMegabytes !== null && bytes > maxMemoryMegabytes * bytesPerMegabyte) {
    return `${least}: ${formatBytes(bytes)}, more than the ${maxMemoryMegabytes} MB allowed. Raise the budget, or make the layers around smaller.`;
  }
  return null;
}

/** Below `from` nothing fits; from `to` on everything does at the width of the file. */
function rangesOf(conditions: Conditions): Recommendation['ranges'] {
  const { ledger } = conditions;
  const width = referenceWidth(ledger.graph);
  const smallest = ledger.parameters('rnn', 1);
  const counts =
    width === null ? [] : distinctArchitectures(ledger.graph).map((name) => ledger.parameters(name, width));
  const largest = Math.max(...counts.map((count) => count ?? 0));
  const parameters = smallest === null || largest <= smallest ? null : { from: smallest, to: largest };
  const megabytes = (count: number): number => (count * bytesPerFloat) / bytesPerMegabyte;
  return {
    parameters,
    memoryMegabytes: parameters && { from: megabytes(parameters.from), to: megabytes(parameters.to) },
    latencyMs: width === null ? null : latencyRange(conditions, width),
  };
}

function latencyRange(conditions: Conditions, width: number): Recommendation['ranges']['latencyMs'] {
  const steps = stepsOfAnswer(conditions);
  const lows: number[] = [];
  const highs: number[] = [];
  for (const name of distinctArchitectures(conditions.ledger.graph)) {
    const [least, most] = [1, width].map((units) => conditions.ledger.latency(name, units, steps));
    if (least && !('unknown' in least)) lows.push(1000 * least.low);
    if (most && !('unknown' in most)) highs.push(1000 * most.high);
  }
  return lows.length === 0 || highs.length === 0 ? null : { from: Math.min(...lows), to: Math.max(...highs) };
}
