/**
 * How well each architecture suits a task before any budget is looked at, with the reasons and who found them.
 *
 * The scores say no more than an order: they come from studies of other data than the user's, so equal scores are a tie
 * that only a measurement can break.
 */
import { formatInteger } from '../../../model/expression';
import type { Architecture, Reason, TaskKind } from '../../../protocol/recommendation';
import { architectures } from './architectures';

export interface Situation {
  readonly steps: number | null;
  readonly task: TaskKind;
  /** Answers while the sequence is still coming in. */
  readonly streaming: boolean;
  /** What follows reads every step of the last recurrent layer, and no attention is there yet. */
  readonly answersEachStep: boolean;
  /** A budget of parameters or memory does not hold the LSTM at the width of the file. */
  readonly tight: boolean;
  /** Training sequences; null where nobody said. */
  readonly sequences: number | null;
}

export interface Suitability {
  /** Null for an architecture that cannot be used at all. */
  readonly score: number | null;
  readonly reasons: readonly Reason[];
  /** What weighs most in the score, in a phrase. */
  readonly decidedBy: string;
}

export type LengthClass = 'short' | 'medium' | 'long' | 'veryLong' | 'unknown';

/** Limits of the length classes in steps. */
export const shortSteps = 20;
export const mediumSteps = 100;
export const longSteps = 400;
/** The speech set of Chung et al. had 800 sequences; below the next round number data counts as scarce. */
export const fewSequences = 1_000;

function lengthClassOf(steps: number | null): LengthClass {
  if (steps === null) return 'unknown';
  if (steps <= shortSteps) return 'short';
  if (steps <= mediumSteps) return 'medium';
  return steps <= longSteps ? 'long' : 'veryLong';
}

const comparison = 'comparison of March 2026';

const baseScores: Readonly<Record<LengthClass, Readonly<Record<'rnn' | 'gru' | 'lstm', number>>>> = {
  short: { rnn: 4, gru: 3, lstm: 3 },
  medium: { rnn: 1, gru: 4, lstm: 4 },
  long: { rnn: 0, gru: 4, lstm: 4 },
  veryLong: { rnn: 0, gru: 3, lstm: 4 },
  unknown: { rnn: 1, gru: 4, lstm: 4 },
};

/** How well an architecture suits, each reason with its source; not at all where something rules it out. */
export function suitabilityOf(architecture: Architecture, situation: Situation): Suitability {
  const { cell, directions, convolution, attention } = architectures[architecture];
  const reasons: Reason[] = [];
  let score = baseScores[lengthClassOf(situation.steps)][cell];
  let decidedBy = lengthPhrase(situation.steps);
  let mostPoints = 0;
  const reason = (
    weighs: Reason['weighs'],
    text: string,
    source: string | null,
    points = 0,
    constraint: string | null = null,
  ): void => {
    reasons.push({ text, source, weighs });
    score += points;
    if (constraint === null || Math.abs(points) <= mostPoints) return;
    mostPoints = Math.abs(points);
    decidedBy = constraint;
  };

  if (attention && situation.answersEachStep) {
    const text = 'attention gives one vector for the whole sequence, and what follows reads every step';
    return {
      score: null,
      reasons: [{ text, source: null, weighs: 'excludes' }],
      decidedBy: 'an output at every step',
    };
  }
  reasons.push(...cellReasons(cell, situation));
  if (cell === 'gru' && situation.tight) {
    reason(
      'for',
      'about 25% fewer parameters than an LSTM of the same width, which counts under a budget',
      comparison,
      1,
      'a budget that the LSTM of the file exceeds',
    );
  }
  const isScarce = situation.sequences !== null && situation.sequences < fewSequences;
  const howMany = isScarce ? `${formatInteger(situation.sequences ?? 0)} training sequences` : '';
  if (cell === 'gru' && isScarce && lengthClassOf(situation.steps) !== 'short') {
    reason(
      'for',
      `with ${howMany}: on a speech set of 800 the GRU was ahead of the LSTM (negative log-likelihood 0.88 against 1.26)`,
      'Chung et al. 2014',
      1,
      'the amount of data',
    );
  }
  if (directions === 2) {
    const excluded = whyNotBidirectional(situation);
    if (excluded !== null) {
      return {
        score: null,
        reasons: [{ text: excluded, source: null, weighs: 'excludes' }],
        decidedBy: situation.streaming ? 'streaming use' : `the task (${situation.task})`,
      };
    }
    if (situation.task === 'classification' || situation.task === 'tagging') {
      reason(
        'for',
        'reading in both directions is consistently better where the future may be seen',
        'Breuel 2015',
        1,
        `the task (${situation.task})`,
      );
    } else {
      reason(
        'against',
        'twice the recurrent parameters, and no evidence that reading backwards helps this task',
        null,
        -1,
        `the task (${situation.task})`,
      );
    }
    if (situation.tight) reason('against', 'twice the recurrent parameters', null, -1, 'the budget');
  }
  if (convolution) {
    const local = situation.task === 'forecasting' || lengthClassOf(situation.steps) === 'veryLong';
    if (local) {
      reason('for', 'a convolution in front picks up local patterns that repeat', comparison);
      if (lengthClassOf(situation.steps) === 'veryLong') score += 1;
    }
    reason(
      'against',
      'one more layer to build and tune',
      null,
      -1,
      'one more layer without evidence that it helps here',
    );
    if (situation.streaming || situation.task === 'generation') {
      reason(
        'against',
        'its convolution must be causal, padded in front only, or it reads steps that are yet to come',
        null,
      );
    }
    if (isScarce) reason('against', `${howMany} are few for more layers`, null, -1, 'the amount of data');
  }
  if (attention) {
    if (situation.streaming || situation.task === 'generation') {
      reason(
        'against',
        'attention looks at all steps so far, so its work grows while the sequence goes on',
        null,
        -1,
        situation.streaming ? 'streaming use' : 'the task (generation)',
      );
    }
    const distant = lengthClassOf(situation.steps) === 'long' || lengthClassOf(situation.steps) === 'veryLong';
    reason(
      'for',
      'CNN-LSTM-attention cut the error by 48.4% (wave height) and 81.5% (heat exchangers) against a plain LSTM; separate studies, whose figures do not transfer',
      comparison,
      distant ? 1 : 0,
    );
    if (distant) reason('for', 'attention reaches a distant step directly', null);
  }
  return { score, reasons, decidedBy };
}

export function lengthPhrase(steps: number | null): string {
  return steps === null
    ? 'what is known of recurrent cells in general; the sequence length is not known'
    : `the sequence length of ${formatInteger(steps)} steps`;
}

function cellReasons(cell: 'rnn' | 'gru' | 'lstm', { steps }: Situation): readonly Reason[] {
  const length = lengthClassOf(steps);
  const many = steps === null ? 'sequences of unknown length' : `${formatInteger(steps)} steps`;
  switch (cell) {
    case 'rnn':
      return length === 'short'
        ? [
            {
              text: `${many} are within reach of a plain RNN (10 to 20), at a third or a quarter of the parameters`,
              source: comparison,
              weighs: 'for',
            },
          ]
        : [
            {
              text: `gated units beat a plain tanh RNN, and ${many} are beyond the 10 to 20 it serves well`,
              source: 'Chung et al. 2014',
              weighs: 'against',
            },
          ];
    case 'gru':
      if (length === 'short') return [{ text: `${many} do not need gates`, source: comparison, weighs: 'against' }];
      return [
        {
          text: 'as good as an LSTM in most studies, and gated units beat tanh',
          source: 'Chung et al. 2014',
          weighs: 'for',
        },
        ...(length === 'medium'
          ? [{ text: `the choice for medium lengths such as ${many}`, source: comparison, weighs: 'for' } as const]
          : []),
      ];
    case 'lstm':
      if (length === 'short') return [{ text: `${many} do not need gates`, source: comparison, weighs: 'against' }];
      return [
        {
          text: 'the standard LSTM: none of eight variants is significantly better',
          source: 'Greff et al. 2017',
          weighs: 'for',
        },
        ...(length === 'long' || length === 'veryLong'
          ? [{ text: `the choice for long-term memory over ${many}`, source: comparison, weighs: 'for' } as const]
          : []),
      ];
  }
}

function whyNotBidirectional({ streaming, task }: Situation): string | null {
  if (streaming) return 'a bidirectional layer must see the end of the sequence first, which streaming does not have';
  if (task === 'seq2seq') {
    return 'the decoder predicts what comes next and must not read it from behind; an encoder alone may read both ways';
  }
  if (task === 'generation') return 'a model that predicts what comes next must not read it from behind';
  return null;
}
