/** A ranking in sentences: what to take, what decided, what is better served by something else, and what is missing. */
import { formatInteger } from '../../../model/expression';
import { deviceName } from '../../../model/time/wording';
import { formatBytes } from '../../../model/units';
import type { RankedArchitecture, Recommendation } from '../../../protocol/recommendation';
import { answerOf, sameAnswer } from './changes';
import {
  type Budgets,
  budgetPhrase,
  bytesPerFloat,
  bytesPerMegabyte,
  type Conditions,
  isPlaceable,
  listOf,
  type Placed,
  place,
  rounded,
  unitsText,
} from './ranking';
import { lengthPhrase, longSteps } from './suitability';
import { convolutionTaps, referenceWidth } from './variantModel';

const budgetNames = [
  'maxParameters',
  'maxMemoryMegabytes',
  'maxLatencyMs',
] as const satisfies readonly (keyof Budgets)[];

/** One to three sentences. */
export function summaryOf(ranking: readonly RankedArchitecture[], conditions: Conditions): string {
  const [best] = ranking;
  if (best === undefined || !best.fits) return noneFits(conditions);
  const width = best.width === null ? '' : ` with ${unitsText(best.width)}`;
  const size = best.parameters === null ? '' : ` (${formatInteger(best.parameters)} parameters)`;
  const end = ranking.findIndex((entry, index) => index > 0 && !entry.tiesWithPrevious);
  const tied = ranking
    .slice(1, end === -1 ? ranking.length : end)
    .map(({ label, isCurrent }) => (isCurrent ? `the ${label} of the file` : label));
  const keep = best.isCurrent && best.width === referenceWidth(conditions.ledger.graph) ? 'Keep' : 'Take';
  const sentences = [`${keep} the ${best.label}${width}${size}.`];
  if (best.measured !== null && conditions.measured !== null) {
    const { data, metricName } = conditions.measured;
    sentences.push(
      `Trained here on ${data} it reached ${metricName} ${rounded(best.measured.metric)}, which outranks what is known in general.`,
    );
    if (tied.length > 0)
      sentences.push(`${capitalised(listOf(tied))} did as well, within the noise of the held-out part.`);
  } else if (tied.length > 0) {
    sentences.push(
      `${capitalised(listOf(tied))} ${tied.length === 1 ? 'is' : 'are'} as good as far as anyone can tell: a short training comparison settles it.`,
    );
  }
  const { latency } = best;
  if (latency?.keepsLimit === 'maybe' && conditions.maxLatencyMs !== null) {
    sentences.push(
      `It may miss ${budgetPhrase('maxLatencyMs', conditions)}: predicted are ${rounded(latency.low)} to ${rounded(latency.high)} ms, so time it there.`,
    );
  }
  return sentences.join(' ');
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

/** Three digits, never below the value: a limit rounded down would not be kept. */
function roundedUp(value: number): string {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return String(Number((Math.ceil(value / unit) * unit).toPrecision(3)));
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

/** What none of the ranked is, and where it is better. */
export function alternativesOf({ situation }: Conditions): Recommendation['alternatives'] {
  const { steps, streaming, task } = situation;
  const alternatives = [];
  if (!streaming && task !== 'generation') {
    alternatives.push({
      text: 'A temporal convolution (TCN) beats LSTM on many sequence tasks and trains in parallel over time.',
      source: 'Bai et al. 2018',
    });
  }
  if (steps !== null && steps > longSteps) {
    alternatives.push({
      text: 'minGRU and minLSTM leave the previous state out of the gates, so that training runs in parallel over time: 175 times faster at 512 steps, with competitive results. State-space models rest on the same scan.',
      source: 'Feng et al. 2024',
    });
  }
  if (task === 'seq2seq' || task === 'generation' || (steps !== null && steps > longSteps && !streaming)) {
    alternatives.push({
      text: 'A transformer reaches every step directly, where memory for all pairs of steps and enough data are there.',
      source: 'Vaswani et al. 2017',
    });
  }
  return alternatives;
}

/** What is missing or without effect, each with what to do about it. */
export function caveatsOf(conditions: Conditions): readonly string[] {
  const { ledger, situation, maxParameters, maxMemoryMegabytes, measured } = conditions;
  const caveats: string[] = [];
  if (situation.steps === null) {
    caveats.push(
      'The sequence length decides much and is not known: give it here, or write "# unroll: seq_len=100" into the file.',
    );
  }
  if (situation.task === 'unknown') caveats.push('The task is not known: choose it for a better answer.');
  if (maxParameters !== null && maxMemoryMegabytes !== null) {
    const inMemory = Math.floor((maxMemoryMegabytes * bytesPerMegabyte) / bytesPerFloat);
    caveats.push(
      inMemory < maxParameters
        ? `${formatBytes(maxMemoryMegabytes * bytesPerMegabyte)} hold ${formatInteger(inMemory)} parameters of 4 bytes, so the budget of ${formatInteger(maxParameters)} parameters has no effect.`
        : `${formatInteger(maxParameters)} parameters take ${formatBytes(maxParameters * bytesPerFloat)}, so the budget of memory has no effect.`,
    );
  }
  const { device } = ledger;
  if (device !== null && situation.steps === null && !situation.streaming) {
    caveats.push('Without the sequence length no time is predicted, and no limit on it is kept.');
  } else if (device !== null) {
    const basis = device.origin === 'calibrated' ? 'timings of kernels' : 'published figures';
    caveats.push(
      `Times are predicted for ${deviceName(device)} from ${basis} and one ${situation.streaming ? 'step' : 'sequence'} at a time; speed does not follow the parameter counts on fused kernels.`,
    );
  }
  if (referenceWidth(ledger.graph) === null || ledger.parameters('gru', referenceWidth(ledger.graph) ?? 1) === null) {
    caveats.push(
      'The sizes of this model are not all known, so its variants could not be counted: supply them with a comment such as "# unroll: hidden_size=128".',
    );
  }
  if (measured === null) {
    caveats.push(
      'The sources studied other data than yours. Where a comparison by training has measured something here, that comes first.',
    );
  }
  caveats.push(
    `CNN-LSTM is counted with a convolution over ${convolutionTaps} steps and as many filters as units; attention as one additive score per step.`,
  );
  return caveats;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
