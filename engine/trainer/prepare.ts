/** What a run is made of before it starts, the same in the trainer and in each of its workers: data, and a plan for each variant. */
import type { Obstacle, PreviewSpec, Variant } from '../../protocol/trainer';
import { trainingRuleMistakes } from '../../protocol/trainingRules';
import type { Dataset } from '../data/dataset';
import { looksAhead } from '../data/modelEnds';
import { lengthMisfit, outputLength } from '../plan/lengths';
import type { ModelPlan } from '../plan/modelPlan';
import { planModel } from '../plan/planModel';
import { planTraining } from '../plan/planTraining';
import type { TrainingPlan } from '../plan/trainingPlan';
import { planAs } from '../plan/variants';
import type { PreviewHost } from './host';
import { loadDataset } from './loadDataset';

export type ReadyData = Extract<Prepared, { kind: 'ready' }>;

type Prepared =
  | {
      readonly kind: 'ready';
      readonly dataset: Dataset;
      readonly variants: readonly { readonly variant: Variant; readonly model: ModelPlan }[];
    }
  | { readonly kind: 'obstacles'; readonly obstacles: readonly Obstacle[] };

/** Reads the data and plans the variants, or says everything that stands in the way. */
export async function prepare(spec: PreviewSpec, host: PreviewHost): Promise<Prepared> {
  const invalid = budgetObstacles(spec);
  if (invalid.length > 0) return { kind: 'obstacles', obstacles: invalid };
  const result = planModel(spec.graph);
  if (result.kind === 'obstacles') return result;
  const variants: { variant: Variant; model: ModelPlan }[] = [];
  const refusals: Obstacle[] = [];
  for (const variant of new Set(spec.variants)) {
    const changed = planAs(result.plan, variant);
    if (changed.kind === 'refused') refusals.push(changed.obstacle);
    else variants.push({ variant, model: changed.plan });
  }
  const [first] = variants;
  if (first === undefined && refusals.length === 0)
    refusals.push(
      withoutPlace(
        'Name at least one variant to train: rnn, gru, lstm, bigru, bilstm, cnn-lstm or cnn-lstm-attention.',
      ),
    );
  if (refusals.length > 0 || first === undefined) return { kind: 'obstacles', obstacles: refusals };
  if (variants.some(({ model }) => model.outputWidth !== first.model.outputWidth)) {
    const message =
      'The model ends in its recurrent layer, so variants in one and in two directions give outputs of different widths.';
    return { kind: 'obstacles', obstacles: [withoutPlace(message)] };
  }

  // The one for which data is hardest to find: what is asked of it can be asked of all.
  const strictest = variants.find(({ model }) => looksAhead(model.layers)) ?? first;
  const isChanged = strictest !== first && !looksAhead(result.plan.layers);
  const ends = {
    ...strictest.model,
    name: isChanged ? `${strictest.model.name} as ${strictest.variant}` : strictest.model.name,
    outputLength: (timeSteps: number) => outputLength(strictest.model, timeSteps),
  };
  const loaded = await loadDataset(spec.data, ends, spec.sequenceLength, spec.seed, host);
  if (loaded.kind === 'obstacles') return loaded;
  const { timeSteps } = loaded.dataset;
  const answers = outputLength(strictest.model, timeSteps);
  const misfits = variants.flatMap(({ model }) => lengthMisfit(model, timeSteps, answers) ?? []);
  if (misfits.length > 0) return { kind: 'obstacles', obstacles: misfits.slice(0, 1) };
  return { kind: 'ready', dataset: loaded.dataset, variants };
}

function budgetObstacles({ budget, seed, sequenceLength, threads = null }: PreviewSpec): Obstacle[] {
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  const messages: string[] = [];
  if (!isCount(budget.steps)) messages.push(`The number of steps must be a positive integer, not ${budget.steps}.`);
  if (!isCount(budget.batchSize)) messages.push(`The batch size must be a positive integer, not ${budget.batchSize}.`);
  if (!(budget.learningRate > 0 && Number.isFinite(budget.learningRate))) {
    messages.push(`The learning rate must be a positive number, not ${budget.learningRate}.`);
  }
  messages.push(...trainingRuleMistakes(budget));
  if (threads !== null && !isCount(threads)) {
    messages.push(`The number of threads must be a positive integer, not ${threads}.`);
  }
  if (!Number.isSafeInteger(seed)) messages.push(`The seed must be an integer, not ${seed}.`);
  if (sequenceLength !== null && !isCount(sequenceLength)) {
    messages.push(`The sequence length must be a positive integer, not ${sequenceLength}.`);
  }
  return messages.map(withoutPlace);
}

export interface VariantPlan {
  readonly variant: Variant;
  readonly plan: TrainingPlan;
}

/** The plan of each variant for the data that was loaded. */
export function plansOf(spec: PreviewSpec, { dataset, variants }: ReadyData): readonly VariantPlan[] {
  return variants.map(({ variant, model }) => ({
    variant,
    plan: withOptimiser(planTraining(model, dataset), spec.budget.optimiser),
  }));
}

function withOptimiser(plan: TrainingPlan, optimiser: PreviewSpec['budget']['optimiser']): TrainingPlan {
  return optimiser === undefined ? plan : { ...plan, optimiser };
}

/** Of what no line of a file is to blame for. */
export function withoutPlace(message: string): Obstacle {
  return { message, file: null, line: null };
}
