/** What architectures add to a plan: a convolution in front of its recurrent layers, additive attention behind them. */
import type { Obstacle } from '../../protocol/trainer';
import { type EditedLayer, type EditedPlan, type EditedSource, readersIn, redirect } from './editedPlan';
import type { OpenLayer } from './modelPlan';

/** Steps that the convolution sees. */
const convolutionTaps = 5;

/**
 * A convolution with as many filters as the first recurrent layer has units, where the model has none. It sees no later steps
 * where the model predicts at every one of them.
 *
 * @param isAttended whether attention follows, which sees all steps anyway
 */
export function addConvolution(plan: EditedPlan, isAttended: boolean): Obstacle | null {
  if (plan.layers.some(({ layer }) => layer.kind === 'conv1d')) return null;
  const first = plan.layers.find(({ layer }) => layer.kind === 'recurrent');
  if (first?.layer.kind !== 'recurrent') return null;
  const masking = maskingIn(plan);
  if (masking !== null) return refusal(masking, 'hides padded steps, which a convolution would see');
  const consumer = consumerOf(first);
  const [source] = consumer.reads;
  if (source === undefined) return null;
  const isCausal = !isAttended && !attends(plan) && usesEveryStep(plan);
  const convolution: EditedLayer = {
    layer: {
      kind: 'conv1d',
      path: freePath(plan, 'convolution'),
      filters: first.layer.hiddenSize,
      kernelSize: convolutionTaps,
      stride: 1,
      dilation: 1,
      padding: isCausal ? 'causal' : 'same',
      groups: 1,
      bias: true,
      activation: 'relu',
    },
    place: first.place,
    reads: [source],
  };
  plan.layers.splice(plan.layers.indexOf(consumer), 0, convolution);
  consumer.reads = [{ from: convolution, output: 0 }, ...consumer.reads.slice(1)];
  return null;
}

/** A layer's own dropout of its inputs stays in front of it. */
function consumerOf(first: EditedLayer): EditedLayer {
  const [source] = first.reads;
  const before = source === undefined || source === 'input' ? null : source.from;
  return before?.layer.kind === 'dropout' && before.layer.path === `${first.layer.path}.dropout` ? before : first;
}

/**
 * Bahdanau et al. 2015: a score v·tanh(W·h + b) for each step, and the steps summed by their softmax, in the place of the last
 * recurrent layer's last state.
 */
export function addAttention(plan: EditedPlan): Obstacle | null {
  if (attends(plan)) return null;
  const last = plan.layers.findLast(({ layer }) => layer.kind === 'recurrent');
  if (last?.layer.kind !== 'recurrent') return null;
  const masking = maskingIn(plan);
  if (masking !== null) return refusal(masking, 'hides padded steps, which attention would see');
  const steps: EditedSource = { from: last, output: 0 };
  const taken = readersIn(plan, last).filter((reader) => isLastStep(reader));
  const others = readersIn(plan, last).filter((reader) => !taken.includes(reader));
  const readsSteps = others.some(({ reads }) => reads.some((source) => isOutput(source, last, 0)));
  if (readsSteps || isOutput(plan.output, last, 0)) {
    return refusal(last, 'gives every step to what follows, and attention would give one vector');
  }
  const isCellRead = others.some(({ reads }) => reads.some((source) => isOutput(source, last, 2)));
  if (isCellRead || others.some(({ layer }) => layer.kind === 'recurrent')) {
    return refusal(last, 'hands its state on to another layer, which attention would not');
  }
  const { layer } = last;
  const path = freePath(plan, 'attention');
  const width =
    (layer.projection ?? layer.hiddenSize) * (layer.direction === 'both' && layer.merge === 'concat' ? 2 : 1);
  const put = (one: OpenLayer, reads: readonly EditedSource[]): EditedSource => {
    const edited: EditedLayer = { layer: one, place: last.place, reads };
    added.push(edited);
    return { from: edited, output: 0 };
  };
  const added: EditedLayer[] = [];
  const hidden = put({ kind: 'dense', path: `${path}.hidden`, units: width, bias: true, activation: 'tanh' }, [steps]);
  const score = put({ kind: 'dense', path: `${path}.score`, units: 1, bias: false, activation: null }, [hidden]);
  const weights = put({ kind: 'softmaxOverTime', path: `${path}.weights` }, [score]);
  const weighed = put({ kind: 'join', path, how: 'multiply' }, [weights, steps]);
  const context = put({ kind: 'poolOverTime', path, how: 'sum' }, [weighed]);
  redirect(plan, (source) => isOutput(source, last, 1) || taken.some((reader) => isOutput(source, reader, 0)), context);
  for (const reader of taken) plan.layers.splice(plan.layers.indexOf(reader), 1);
  plan.layers.splice(plan.layers.indexOf(last) + 1, 0, ...added);
  return null;
}

function isLastStep({ layer }: EditedLayer): boolean {
  return layer.kind === 'step' && layer.step === -1;
}

function isOutput(source: EditedSource, of: EditedLayer, output: number): boolean {
  return source !== 'input' && source.from === of && source.output === output;
}

function attends({ layers }: EditedPlan): boolean {
  return layers.some(({ layer }) => ['attention', 'multiHeadAttention', 'softmaxOverTime'].includes(layer.kind));
}

/** Whether what follows the last recurrent layer reads each of its steps. */
function usesEveryStep(plan: EditedPlan): boolean {
  const last = plan.layers.findLast(({ layer }) => layer.kind === 'recurrent');
  if (last === undefined) return false;
  const readers = readersIn(plan, last).filter((reader) => !isLastStep(reader));
  return (
    isOutput(plan.output, last, 0) || readers.some(({ reads }) => reads.some((source) => isOutput(source, last, 0)))
  );
}

function maskingIn({ layers }: EditedPlan): EditedLayer | null {
  return layers.find(({ layer }) => layer.kind === 'embedding' && layer.paddingToken !== undefined) ?? null;
}

function refusal({ layer, place }: EditedLayer, because: string): Obstacle {
  return { message: `"${layer.path}" ${because}.`, ...place };
}

function freePath({ layers }: EditedPlan, wanted: string): string {
  const isTaken = (path: string): boolean => layers.some(({ layer }) => layer.path.startsWith(path));
  let path = wanted;
  while (isTaken(path)) path += '_';
  return path;
}
