/** What a run showed, in honest words: who was best, what is a tie, and whether anyone beat forecasting without a model. */
import type { MetricDescription, RunEvent, Variant } from '../../protocol/trainer';
import { type Baseline, mean } from '../data/dataset';
import { capitalised, listed } from '../wording';
import type { VariantResult } from './variantRun';

/** Differences below two standard errors are taken for noise. */
const noiseThreshold = 2;
/** Neighbouring windows are alike, so the standard error is taken over this many blocks of them, not over windows. */
const blockCount = 8;

const variantNames: Readonly<Record<Variant, string>> = {
  rnn: 'RNN',
  gru: 'GRU',
  lstm: 'LSTM',
  bigru: 'bidirectional GRU',
  bilstm: 'bidirectional LSTM',
  'cnn-lstm': 'CNN-LSTM',
  'cnn-lstm-attention': 'CNN-LSTM with attention',
};

type Measured = VariantResult & { readonly best: NonNullable<VariantResult['best']> };

export function verdictOf(
  results: readonly VariantResult[],
  metric: MetricDescription,
  baseline: Baseline | null,
): Extract<RunEvent, { type: 'verdict' }> {
  const measured = results
    .filter((result): result is Measured => result.best !== null && result.outcome !== 'diverged')
    .sort((a, b) => a.best.loss - b.best.loss);
  const [winner, ...others] = measured;
  const failures = results.filter(({ outcome }) => outcome === 'diverged').map(({ cell }) => variantNames[cell]);
  const failed = failures.length > 0 ? ` ${listed(failures)} diverged.` : '';
  if (winner === undefined) {
    const statement =
      failures.length > 0 ? `No variant gave a result:${failed}` : 'No variant was trained far enough to be measured.';
    return { type: 'verdict', ranking: [], statement, beatsBaseline: null };
  }
  const statement = [
    capitalised(comparison(winner, others, metric)),
    baseline === null ? '' : againstBaseline(winner, others.length > 0, baseline, metric),
    aboutSelection(measured),
    results.some(({ outcome }) => outcome === 'stopped') ? 'The run was stopped early.' : '',
  ];
  return {
    type: 'verdict',
    ranking: measured.map(({ cell }) => cell),
    tied: [winner, ...others.filter((other) => isWithinNoise(winner.best, other.best))].map(({ cell }) => cell),
    statement: statement.filter((sentence) => sentence !== '').join(' ') + failed,
    beatsBaseline: baseline === null ? null : isBetter(winner, baseline),
  };
}

function comparison(winner: Measured, others: readonly Measured[], metric: MetricDescription): string {
  const reached = `${metric.name} ${rounded(winner.best.metric)}`;
  if (others.length === 0) return `${variantNames[winner.cell]} reached ${reached} on the held-out part.`;
  const tied = others.filter((other) => isWithinNoise(winner.best, other.best));
  const behind = others.filter((other) => !tied.includes(other));
  const figures = (results: readonly Measured[]): string =>
    listed(results.map((result) => `${variantNames[result.cell]} ${rounded(result.best.metric)}`));
  if (tied.length === 0) {
    // The ranking is by loss, which the most accurate need not have the least of.
    const outcome = metric.lowerIsBetter ? 'was best' : 'lost least';
    return `${variantNames[winner.cell]} ${outcome} on the held-out part: ${reached}, against ${figures(behind)}.`;
  }
  const group = [winner, ...tied];
  const smallest = group.reduce((least, result) => (result.parameters < least.parameters ? result : least));
  const rest = behind.length > 0 ? `, ahead of ${figures(behind)}` : '';
  return (
    `${listed(group.map(({ cell }) => variantNames[cell]))} are a tie: ${metric.name} ${figures(group)} differ by less than ` +
    `the noise of the held-out part${rest}. ${capitalised(variantNames[smallest.cell])} has the fewest parameters of them.`
  );
}

function againstBaseline(
  winner: Measured,
  isOneOfSeveral: boolean,
  baseline: Baseline,
  metric: MetricDescription,
): string {
  const figure = `${metric.name} ${rounded(baseline.metric)}`;
  if (isBetter(winner, baseline)) {
    return `${isOneOfSeveral ? 'The best of them' : 'It'} beats the forecast without a model ("${baseline.name}": ${figure}).`;
  }
  const subject = isOneOfSeveral ? 'None of them beats' : 'It does not beat';
  const margin = winner.best.loss < baseline.loss ? ' by more than the noise of the held-out part' : '';
  return (
    `${subject} the forecast without a model ("${baseline.name}": ${figure})${margin}: ` +
    'train longer, or change the model.'
  );
}

/** The best of several looks at the same data is a little better than the model is: said, as long as it is chosen so. */
function aboutSelection(measured: readonly Measured[]): string {
  const evaluations = Math.max(...measured.map((result) => result.evaluations));
  return evaluations < 2
    ? ''
    : `Each figure is the best of up to ${evaluations} looks at the held-out part, which flatters it a little.`;
}

/** Losses of the same held-out sequences, in chronological order. */
type SequenceLosses = Pick<Baseline, 'loss' | 'sequenceLosses'>;

function isBetter({ best }: Measured, baseline: Baseline): boolean {
  return best.loss < baseline.loss && !isWithinNoise(best, baseline);
}

/** Whether the mean of the paired differences of losses is at most twice its standard error over blocks of neighbours. */
function isWithinNoise(left: SequenceLosses, right: SequenceLosses): boolean {
  const differences = left.sequenceLosses.map((loss, index) => loss - (right.sequenceLosses[index] ?? loss));
  const blocks = Math.min(blockCount, differences.length);
  if (blocks < 2) return true;
  const means = Float64Array.from({ length: blocks }, (_, block) => {
    const from = Math.floor((block * differences.length) / blocks);
    const to = Math.floor(((block + 1) * differences.length) / blocks);
    return mean(differences.subarray(from, to));
  });
  const centre = mean(means);
  const variance = means.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (blocks - 1);
  return Math.abs(centre) <= noiseThreshold * Math.sqrt(variance / blocks);
}

function rounded(value: number): string {
  return value.toPrecision(3);
}
