/** A ranking in sentences: what to take, what decided, what is better served by something else, and what is missing. */

import { bytesPerFloat } from '../../../model/costs/memory';
import { modelCosts } from '../../../model/costs/model';
import { formatInteger, symbolsOf } from '../../../model/expression';
import { deviceName } from '../../../model/time/wording';
import { bytesPerMegabyte, formatBytes } from '../../../model/units';
import type { Alternative, RankedArchitecture } from '../../../protocol/recommendation';
import { convolutionTaps, referenceWidth } from './architectures';
import { answerOf, sameAnswer } from './changes';
import { type Budgets, type Conditions, hasSizeBudget, isPlaceable, type Placed, place } from './ranking';
import { fewSequences, lengthPhrase, longSteps, mediumSteps } from './suitability';
import { budgetPhrase, listOf, rounded, roundedTime, unitsText } from './wording';

const budgetNames = [
  'maxParameters',
  'maxMemoryMegabytes',
  'maxLatencyMs',
] as const satisfies readonly (keyof Budgets)[];

/** One to three sentences, the first of which is what to do. */
export function summaryOf(ranking: readonly RankedArchitecture[], conditions: Conditions): string {
  const [best] = ranking;
  if (best === undefined || !best.fits) return noneFits(conditions);
  const end = ranking.findIndex((entry, index) => index > 0 && !entry.tiesWithPrevious);
  const leading = ranking.slice(0, end === -1 ? ranking.length : end);
  // What is in place and as good as anything costs nobody any work.
  const kept = leading.find(({ isCurrent }) => isCurrent);
  const first = best.measured === null ? (kept ?? best) : best;
  const tied = leading.filter((entry) => entry !== first);
  const sentences = [`${first.isCurrent ? 'Keep' : 'Take'} the ${withSize(first)}.`];
  if (best.measured !== null && conditions.measured !== null) {
    const { data, metricName } = conditions.measured;
    sentences.push(
      `Trained here on ${data} it reached ${metricName} ${rounded(best.measured.metric)}, which outranks what is known in general.`,
    );
    if (tied.length > 0)
      sentences.push(`${capitalised(listOf(tied.map(named)))} did as well, within the noise of the held-out part.`);
  } else if (tied.length > 0) {
    const verb = tied.length === 1 ? 'is' : 'are';
    sentences.push(
      `${capitalised(listOf(tied.map((entry) => `the ${sizedAgainst(entry, first)}`)))} ${verb} as good as far as anyone can tell: a short training comparison settles it.`,
    );
  }
  const ofFile = referenceWidth(conditions.ledger.graph);
  if (first.width !== null && ofFile !== null && first.width * leastPart < ofFile) {
    sentences.push(
      `That is little of the ${unitsText(ofFile)} of the file: raise the budget unless so small a model is enough.`,
    );
  }
  const { latency } = first;
  if (latency?.keepsLimit === 'maybe' && conditions.maxLatencyMs !== null) {
    sentences.push(
      `It may miss ${budgetPhrase('maxLatencyMs', conditions)}: predicted are ${roundedTime(latency.low)} to ${roundedTime(latency.high)} ms, so time it there.`,
    );
  }
  return sentences.join(' ');
}

/** A model with less than this part of its units is hardly the same. */
const leastPart = 8;

/** `GRU with 96 units (46,728 parameters)`. */
function withSize({ label, width, parameters }: RankedArchitecture): string {
  const units = width === null ? '' : ` with ${unitsText(width)}`;
  return `${label}${units}${parameters === null ? '' : ` (${formatInteger(parameters)} parameters)`}`;
}

function named({ label, isCurrent }: RankedArchitecture): string {
  return isCurrent ? `the ${label} of the file` : label;
}

/** `GRU (21% fewer parameters)`: what is at stake in a tie. */
function sizedAgainst({ label, parameters }: RankedArchitecture, first: RankedArchitecture): string {
  if (parameters === null || first.parameters === null || parameters === first.parameters) return label;
  const ratio = parameters / first.parameters;
  if (ratio >= 2) return `${label} (${rounded(Number(ratio.toPrecision(2)))} times the parameters)`;
  const percent = Math.round(100 * Math.abs(ratio - 1));
  return percent === 0 ? label : `${label} (${percent}% ${ratio < 1 ? 'fewer' : 'more'} parameters)`;
}

/** Names the limits that exclude one another, and how far one of them alone would have to give way. */
function noneFits(conditions: Conditions): string {
  const set = budgetNames.filter((budget) => conditions[budget] !== null);
  const limits = listOf(set.map((budget) => budgetPhrase(budget, conditions)));
  const ways = set.flatMap((budget) => {
    const least = leastThatFits(budget, conditions);
    return least === null ? [] : [least];
  });
  const together = set.length > 1 ? ' together' : '';
  const sentence = `No architecture keeps ${limits}${together}${conditions.situation.streaming ? ' when it must answer at every step' : ''}.`;
  if (ways.length === 0) {
    return `${sentence} ${set.length > 1 ? 'Raise more than one of them' : 'Raise it, or choose another device'}, or read fewer steps.`;
  }
  return `${sentence} ${capitalised(ways.join(', or '))} would do.`;
}

/** "a limit of 7.2 ms (GRU with 48 units)"; null where even without this budget nothing fits. */
function leastThatFits(budget: keyof Budgets, conditions: Conditions): string | null {
  const limit = conditions[budget];
  if (limit === null) return null;
  const first = (value: number | null): Placed | null => {
    const [best] = place({ ...conditions, [budget]: value });
    return best !== undefined && isPlaceable(best) ? best : null;
  };
  if (first(null) === null) return null;
  let [low, high] = [limit, limit * 2];
  while (first(high) === null && high < limit * 1e6) [low, high] = [high, high * 2];
  for (let round = 0; round < 24; round++) {
    const middle = (low + high) / 2;
    if (first(middle) === null) low = middle;
    else high = middle;
  }
  const found = first(high);
  if (found === null) return null;
  const by = `${found.label}${found.width === null ? '' : ` with ${unitsText(found.width)}`}`;
  switch (budget) {
    case 'maxParameters':
      return `a budget of ${formatInteger(Math.ceil(high))} parameters (${by})`;
    case 'maxMemoryMegabytes':
      return `a budget of ${formatBytes(Math.ceil(high * bytesPerMegabyte))} (${by})`;
    case 'maxLatencyMs':
      return `a limit of ${roundedUp(high)} ms (${by})`;
  }
}

/** Two digits, never below the value: a limit rounded down would not be kept. */
function roundedUp(value: number): string {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return String(Number((Math.ceil(value / unit) * unit).toPrecision(2)));
}

/** The condition without which the answer would be another one. */
export function decidedBy(placed: readonly Placed[], conditions: Conditions): string {
  const answer = answerOf(placed);
  const without = (name: string, changes: Partial<Conditions>): string[] =>
    sameAnswer(answerOf(place({ ...conditions, ...changes })), answer) ? [] : [name];
  const { situation, measured } = conditions;
  const change = (changes: Partial<Conditions['situation']>): Partial<Conditions> => ({
    situation: { ...situation, ...changes },
  });
  const decisive = [
    ...(measured === null ? [] : without('the comparison by training here', { measured: null })),
    ...(situation.streaming ? without('streaming use: no layer may read ahead', change({ streaming: false })) : []),
    ...budgetNames.flatMap((budget) =>
      conditions[budget] === null ? [] : without(budgetPhrase(budget, conditions), { [budget]: null }),
    ),
    ...without(`the task (${situation.task})`, change({ task: 'unknown' })),
    ...(situation.sequences === null ? [] : without('the amount of data', change({ sequences: null }))),
  ];
  return decisive[0] ?? lengthPhrase(situation.steps);
}

/** What none of the ranked is, where a source says that it is better; nothing where these serve well. */
export function alternativesOf(conditions: Conditions): readonly Alternative[] {
  const { steps, streaming, task, sequences } = conditions.situation;
  const isLong = steps !== null && steps > longSteps;
  const isScarce = sequences !== null && sequences < fewSequences;
  const alternatives: Alternative[] = [];
  // A convolution over the past alone serves streams and generation too; over few steps there is little for it to gain.
  if (steps !== null && steps > mediumSteps && task !== 'seq2seq') {
    alternatives.push({
      name: 'a temporal convolution',
      text: `A temporal convolution (TCN) beats LSTM on many tasks with sequences this long and trains in parallel over time${streaming ? '; in a stream it keeps as many past steps as it sees' : ''}.`,
      source: 'Bai et al. 2018',
    });
  }
  if (isLong) {
    alternatives.push({
      name: 'minGRU or a state-space model',
      text: 'minGRU and minLSTM leave the previous state out of the gates, so that training runs in parallel over time: 175 times faster at 512 steps, with competitive results. State-space models rest on the same scan.',
      source: 'Feng et al. 2024',
    });
  }
  // Their work for one more step grows with all steps before, and they learn from much data what recurrence has built in.
  const suitsTransformer = task === 'seq2seq' || task === 'generation' || isLong;
  if (suitsTransformer && !streaming && !isScarce && !hasSizeBudget(conditions)) {
    alternatives.push({
      name: 'a transformer',
      text: 'A transformer reaches every step directly, where there is memory for all pairs of steps and enough data.',
      source: 'Vaswani et al. 2017',
    });
  }
  return alternatives;
}

/** What is missing or without effect, each with what to do about it. */
export function caveatsOf(conditions: Conditions): readonly string[] {
  const { ledger, situation, maxParameters, maxMemoryMegabytes } = conditions;
  const caveats: string[] = [];
  if (situation.steps === null) {
    caveats.push(
      'The sequence length decides much and is not known: say how many steps a typical sequence has, here or in the file with "# unroll: seq_len=100".',
    );
  }
  if (situation.task === 'unknown') caveats.push('The task is not known: choose it for a better answer.');
  if (situation.streaming && situation.task === 'seq2seq') {
    caveats.push(
      'A task of seq2seq reads its input to the end before it answers: if that is so here, say that it is not streaming.',
    );
  }
  if (maxParameters !== null && maxMemoryMegabytes !== null) {
    const inMemory = Math.floor((maxMemoryMegabytes * bytesPerMegabyte) / bytesPerFloat);
    caveats.push(
      inMemory < maxParameters
        ? `${formatBytes(maxMemoryMegabytes * bytesPerMegabyte)} hold ${formatInteger(inMemory)} parameters of 4 bytes, so the budget of ${formatInteger(maxParameters)} parameters has no effect.`
        : `${formatInteger(maxParameters)} parameters take ${formatBytes(maxParameters * bytesPerFloat)}, so the budget of memory has no effect.`,
    );
  }
  if (ledger.device !== null && situation.steps === null && !situation.streaming) {
    caveats.push('Without the sequence length no time is predicted, and no limit on it is kept: give the length.');
  }
  const uncounted = whyNotCounted(conditions);
  return uncounted === null ? caveats : [...caveats, uncounted];
}

/** What the figures and the order rest on. */
export function basisOf({ ledger: { device }, situation, measured }: Conditions): readonly string[] {
  const basis: string[] = [];
  if (device !== null && (situation.steps !== null || situation.streaming)) {
    const figures = device.origin === 'calibrated' ? 'timings of kernels' : 'published figures';
    basis.push(
      `Times are predicted for ${deviceName(device)} from ${figures} and one ${situation.streaming ? 'step' : 'sequence'} at a time, and are expected within the interval in brackets.`,
    );
    basis.push(
      device.secondsPerStep === null
        ? `They are those of ${device.software}, which fuses the steps of every cell: speed does not follow the parameter counts.`
        : `They are those of ${device.software}, which fuses the steps of an LSTM (oneDNN) and makes separate operations of each step of a GRU or RNN: narrow ones take longer than an LSTM there, despite fewer parameters.`,
    );
  }
  if (measured === null) {
    basis.push(
      'The sources studied other data than yours. Where a comparison by training has measured something here, that comes first.',
    );
  }
  basis.push(
    `CNN-LSTM is counted with a convolution over ${convolutionTaps} steps and as many filters as units; attention as one additive score per step.`,
  );
  return basis;
}

/** A sentence where the variants could not be counted, with what is missing. */
function whyNotCounted({ ledger }: Conditions): string | null {
  const { graph } = ledger;
  const width = referenceWidth(graph);
  if (width !== null && ledger.parameters('gru', width) !== null) return null;
  const { parameters } = modelCosts(graph);
  const open = parameters.expression === null ? [] : symbolsOf(parameters.expression);
  const name = open.find((each) => /^\w+$/.test(each));
  if (open.length > 0) {
    const what = `The variants could not be counted, since ${listOf(open)} ${open.length === 1 ? 'is' : 'are'} not known`;
    return name === undefined
      ? `${what}: write the number there, or a variable that "# unroll: NAME=128" in the file gives its size.`
      : `${what}: write "# unroll: ${name}=128" into the file, with the true size, or give --size.`;
  }
  const why =
    parameters.value === null && parameters.because !== ''
      ? parameters.because
      : 'how a new width reaches the layers behind is not understood';
  return `The variants could not be counted: ${why}.`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
