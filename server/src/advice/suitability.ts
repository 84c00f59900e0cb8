/**
 * How well each architecture suits a task before any budget is looked at, with the reasons and who found them.
 *
 * The scores say no more than an order: they come from studies of other data than the user's, so equal scores are a tie
 * that only a measurement can break.
 */
import { formatInteger } from '../../../model/expression';
import type { Architecture, Reason, TaskKind } from '../../../protocol/recommendation';
import { architectures } from './variantModel';

export interface Situation {
  readonly steps: number | null;
  readonly task: TaskKind;
  /** Answers while the sequence is still coming in. */
  readonly streaming: boolean;
  /** A budget of parameters or memory is set. */
  readonly tight: boolean;
}

export interface Suitability {
  /** Null for an architecture that cannot be used at all. */
  readonly score: number | null;
  readonly reasons: readonly Reason[];
}

export type LengthClass = 'short' | 'medium' | 'long' | 'veryLong' | 'unknown';

/** Limits of the length classes in steps. */
export const shortSteps = 20;
export const mediumSteps = 100;
export const longSteps = 400;

export function lengthClassOf(steps: number | null): LengthClass {
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
  veryLong: { rnn: 0, gru: 3, lstm: 3 },
  unknown: { rnn: 1, gru: 4, lstm: 4 },
};

export function suitabilityOf(architecture: Architecture, situation: Situation): Suitability {
  const { cell, directions, convolution, attention } = architectures[architecture];
  const reasons: Reason[] = [];
  let score = baseScores[lengthClassOf(situation.steps)][cell];
  const reason = (weighs: Reason['weighs'], text: string, source: string | null, points = 0): void => {
    reasons.push({ text, source, weighs });
    score += points;
  };

  reasons.push(...cellReasons(cell, situation));
  if (cell === 'gru' && situation.tight) {
    reason(
      'for',
      'about 25% fewer parameters than an LSTM of the same width, which counts under a budget',
      comparison,
      1,
    );
  }
  if (directions === 2) {
    const excluded = whyNotBidirectional(situation);
    if (excluded !== null) return { score: null, reasons: [{ text: excluded, source: null, weighs: 'excludes' }] };
    if (situation.task === 'classification' || situation.task === 'tagging') {
      reason('for', 'reading in both directions is consistently better where the future may be seen', 'Breuel 2015', 1);
    } else {
      reason(
        'against',
        'twice the recurrent parameters, and no evidence that reading backwards helps this task',
        null,
        -1,
      );
    }
    if (situation.tight) reason('against', 'twice the recurrent parameters', null, -1);
  }
  if (convolution) {
    const local = situation.task === 'forecasting' || lengthClassOf(situation.steps) === 'veryLong';
    if (local) {
      reason('for', 'a convolution in front picks up local patterns that repeat', comparison);
      if (lengthClassOf(situation.steps) === 'veryLong') score += 1;
    }
    reason('against', 'one more layer to build and tune', null, -1);
  }
  if (attention) {
    if (situation.streaming || situation.task === 'generation') {
      reason('against', 'attention looks at all steps so far, so its work grows while the sequence goes on', null, -1);
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
  return { score, reasons };
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
        { text: 'GRU and LSTM are comparable; gated units beat tanh', source: 'Chung et al. 2014', weighs: 'for' },
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
  if (task === 'generation') return 'a model that predicts what comes next must not read it from behind';
  return null;
}
