/** What would change a recommendation: each condition is moved until another architecture comes first. */

import { bytesPerFloat } from '../../../model/costs/memory';
import { formatInteger } from '../../../model/expression';
import { bytesPerMegabyte, formatBytes } from '../../../model/units';
import { referenceWidth } from './architectures';
import { type Conditions, isPlaceable, type Placed, place } from './ranking';
import { fewSequences, longSteps, mediumSteps, shortSteps } from './suitability';

/** Longer sequences than any model in use reads. */
const mostSteps = 20_000;

/** What comes first, with what ties: what a person would do next. */
export function answerOf(placed: readonly Placed[]): readonly Placed[] {
  const end = placed.findIndex((entry, index) => index > 0 && !entry.tiesWithPrevious);
  const [best] = placed;
  return best === undefined || !isPlaceable(best) ? [] : placed.slice(0, end === -1 ? placed.length : end);
}

/** Which of those that tie stands first is no answer. */
export function sameAnswer(a: readonly Placed[], b: readonly Placed[]): boolean {
  return a.length === b.length && a.every(({ architecture }) => b.some((other) => other.architecture === architecture));
}

/** Sentences with round values at which the answer is another, the nearest on each side that somebody might choose. */
export function wouldChangeIf(placed: readonly Placed[], conditions: Conditions): readonly string[] {
  const answer = answerOf(placed);
  const { situation, ledger } = conditions;
  const under = (changes: Partial<Conditions>): readonly Placed[] => answerOf(place({ ...conditions, ...changes }));
  const inSituation = (changes: Partial<Conditions['situation']>): readonly Placed[] =>
    under({ situation: { ...situation, ...changes } });
  const lines: string[] = [];
  const tell = (when: string, then: readonly Placed[]): void => {
    lines.push(`${when}: ${namesOf(then)}.`);
  };

  const { steps } = situation;
  const bySteps = (value: number): readonly Placed[] => inSituation({ steps: value });
  if (steps === null) {
    for (const known of [shortSteps, mediumSteps, longSteps + 1]) {
      const then = bySteps(known);
      if (!sameAnswer(then, answer))
        tell(known > longSteps ? `Above ${longSteps} steps` : `With ${known} steps or fewer`, then);
    }
  } else {
    const longer = change(steps, mostSteps, answer, bySteps);
    if (longer !== null) {
      const above = (value: number): readonly Placed[] => bySteps(value + 1);
      const last = roundValue({ ...longer, last: 0, first: longer.last }, 2, above) ?? longer.last;
      tell(`Above ${formatInteger(last)} steps`, longer.then);
    }
    const shorter = change(steps, 1, answer, bySteps);
    if (shorter !== null) tell(`With ${formatInteger(roundTo(shorter, bySteps))} steps or fewer`, shorter.then);
  }

  const streaming = inSituation({ streaming: !situation.streaming });
  if (!sameAnswer(streaming, answer)) {
    tell(
      situation.streaming
        ? 'If the whole sequence is there before the answer'
        : 'If it must answer while the sequence comes in',
      streaming,
    );
  }

  const width = referenceWidth(ledger.graph);
  const least = ledger.parameters('rnn', 1);
  const most = width === null ? null : ledger.parameters('bilstm', width);
  if (least !== null && most !== null) {
    const { maxParameters, maxMemoryMegabytes } = conditions;
    const byParameters = (value: number): readonly Placed[] => under({ maxParameters: value });
    const bytesOf = (megabytes: number): number => Math.floor(megabytes * bytesPerMegabyte);
    const byBytes = (value: number): readonly Placed[] => under({ maxMemoryMegabytes: value / bytesPerMegabyte });
    if (maxParameters !== null) {
      const looser = change(maxParameters, most, answer, byParameters);
      if (looser !== null)
        tell(`With at least ${formatInteger(roundTo(looser, byParameters))} parameters`, looser.then);
    }
    if (maxParameters !== null || maxMemoryMegabytes === null) {
      const from = Math.min(maxParameters ?? most, most);
      const tighter = change(from, Math.max(least, Math.ceil(from / tighterAtMost)), answer, byParameters);
      if (tighter !== null)
        tell(`With ${formatInteger(roundTo(tighter, byParameters))} parameters or fewer`, tighter.then);
    }
    if (maxMemoryMegabytes !== null) {
      const limit = bytesOf(maxMemoryMegabytes);
      const looser = change(limit, most * bytesPerFloat, answer, byBytes);
      if (looser !== null) tell(`With at least ${formatBytes(roundBytes(looser, byBytes))}`, looser.then);
      const from = Math.min(limit, most * bytesPerFloat);
      const lowest = Math.max(least * bytesPerFloat, Math.ceil(from / tighterAtMost));
      const tighter = change(from, lowest, answer, byBytes);
      if (tighter !== null) tell(`With ${formatBytes(roundBytes(tighter, byBytes))} or less`, tighter.then);
    }
  }

  if (conditions.maxLatencyMs !== null) {
    // Searched in microseconds, so that whole numbers are fine enough.
    const limit = Math.max(1, Math.round(1000 * conditions.maxLatencyMs));
    const byMicroseconds = (value: number): readonly Placed[] => under({ maxLatencyMs: value / 1000 });
    const looser = change(limit, latencyFactor * limit, answer, byMicroseconds);
    if (looser !== null) tell(`With at least ${milliseconds(looser, byMicroseconds)} ms`, looser.then);
    const tighter = change(limit, Math.max(1, Math.ceil(limit / latencyFactor)), answer, byMicroseconds);
    if (tighter !== null) tell(`With ${milliseconds(tighter, byMicroseconds)} ms or less`, tighter.then);
  }

  const few = situation.sequences !== null && situation.sequences < fewSequences;
  const otherAmount = inSituation({ sequences: few ? fewSequences : fewSequences - 1 });
  if (!sameAnswer(otherAmount, answer)) {
    tell(`With ${few ? 'at least' : 'fewer than'} ${formatInteger(fewSequences)} training sequences`, otherAmount);
  }

  if (conditions.measured !== null) {
    const unmeasured = under({ measured: null });
    if (!sameAnswer(unmeasured, answer)) tell('Without the comparison by training', unmeasured);
  }
  return lines;
}

function namesOf(answer: readonly Placed[]): string {
  const [best, ...tied] = answer.map(({ label }) => label);
  if (best === undefined) return 'none of these fits';
  return tied.length === 0 ? best : `${best}, tied with ${tied.join(' and ')}`;
}

/** A model ten times smaller is another project; so is a budget of time that differs by more than predictions can tell. */
const tighterAtMost = 10;
const latencyFactor = 4;

interface Change {
  /** The value nearest to where the answer changes that still gives the same. */
  readonly last: number;
  /** The next value, which gives another. */
  readonly first: number;
  readonly then: readonly Placed[];
}

/** Values that are tried in each direction: each is larger or smaller than the one before by the same factor. */
const probes = 16;

/** Goes from one whole number towards another until the answer changes, and finds the very place; null where it never does. */
function change(
  from: number,
  to: number,
  answer: readonly Placed[],
  answerAt: (value: number) => readonly Placed[],
): Change | null {
  if (from < 1 || to < 1 || from === to) return null;
  let last = from;
  for (let probe = 1; probe <= probes; probe++) {
    const value = probe === probes ? to : Math.round(from * (to / from) ** (probe / probes));
    if (value === last) continue;
    const then = answerAt(value);
    if (!sameAnswer(then, answer)) return closest(last, value, answer, answerAt);
    last = value;
  }
  return null;
}

function closest(
  same: number,
  other: number,
  answer: readonly Placed[],
  answerAt: (value: number) => readonly Placed[],
): Change {
  let [last, first] = [same, other];
  let then = answerAt(first);
  while (Math.abs(first - last) > 1) {
    const middle = Math.round((first + last) / 2);
    const there = answerAt(middle);
    if (sameAnswer(there, answer)) last = middle;
    else [first, then] = [middle, there];
  }
  return { last, first, then };
}

/**
 * The first value with so few digits on the other side of a change that gives the answer found there; null where none does,
 * since a third answer follows too closely.
 */
function roundValue(
  { last, first, then }: Change,
  digits: number,
  answerAt: (value: number) => readonly Placed[],
): number | null {
  const isLarger = first > last;
  const unit = Math.max(1, 10 ** (Math.floor(Math.log10(first)) - digits + 1));
  const value = (isLarger ? Math.ceil(first / unit) : Math.floor(first / unit)) * unit;
  return value > 0 && sameAnswer(answerAt(value), then) ? value : null;
}

function roundTo(found: Change, answerAt: (value: number) => readonly Placed[]): number {
  return roundValue(found, 2, answerAt) ?? found.first;
}

/** Two digits in the unit that bytes are written in. */
function roundBytes(found: Change, answerAt: (value: number) => readonly Placed[]): number {
  const unit = found.first >= bytesPerMegabyte ? bytesPerMegabyte : found.first >= 1024 ? 1024 : 1;
  const inUnit = (bytes: number): number => bytes / unit;
  const step = unit * 10 ** (Math.floor(Math.log10(inUnit(found.first))) - 1);
  const isLarger = found.first > found.last;
  const value = (isLarger ? Math.ceil(found.first / step) : Math.floor(found.first / step)) * step;
  return sameAnswer(answerAt(value), found.then) ? value : found.first;
}

/** One digit where that will do, else two: the limits that people set. */
function milliseconds(found: Change, answerAt: (value: number) => readonly Placed[]): string {
  const value = roundValue(found, 1, answerAt) ?? roundValue(found, 2, answerAt) ?? found.first;
  return String(value / 1000);
}
