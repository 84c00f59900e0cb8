/** Runs a network forward, and backward by the gradients of TensorFlow.js, over the loaded batch. */
import type { Span } from '../backend';
import type { Layout } from '../layout';
import { pathOfFirstRecurrentLayer } from '../network';
import type { RecurrentPlan, TrainingPlan } from '../plan/trainingPlan';
import type { LoadedBatch } from './batch';
import { type ForwardPass, runForward } from './forward';
import type { FusedCells } from './fusedCells';
import type { LayerTensors } from './inspect';
import { rowLosses, sharesOf } from './losses';
import type { Rank, Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, TensorFlow, Variable } from './tensorflow';
import { rowsOf } from './values';

export interface NetworkTensors {
  readonly tf: TensorFlow;
  readonly plan: TrainingPlan;
  readonly fused: FusedCells | null;
  readonly layout: Layout;
  readonly batch: number;
  readonly parameters: readonly { readonly name: string; readonly place: Span; readonly variable: Variable<Rank.R2> }[];
  readonly state: readonly { readonly name: string; readonly variable: Variable }[];
}

type Randomness = Omit<ForwardPass, 'probe'>;

/** What one run both ways found. */
export interface Differentiated {
  /** Losses of the rows, and behind them their weights where they count differently. */
  readonly rows: Tensor1D;
  /** Null where the loss does not depend on it. */
  readonly gradientOf: (variable: Variable) => Tensor | null;
  /** As `Network.gradientReach`; null where it was not asked for. */
  readonly reach: Tensor1D | null;
}

/** What the last run left, for whoever looks afterwards. */
export interface LastRun {
  readonly output: Tensor3D;
  readonly layers: readonly LayerTensors[];
}

/** All but `lastRun` and `dispose` are to be called within `tf.tidy`. */
export interface Differentiator {
  /** Whether there is a layer whose hidden states the reach of the gradient is measured at. */
  readonly hasReach: boolean;
  ofAllSteps(batch: LoadedBatch, pass: Randomness, measuresReach: boolean): Differentiated;
  /** Row losses as `Differentiated.rows`, without dropout. */
  evaluate(batch: LoadedBatch): Tensor1D;
  /** Of the last predicted step's loss alone. */
  reachOfLastStep(batch: LoadedBatch): Tensor1D;
  lastRun(): LastRun;
  dispose(): void;
}

const withoutDraws: Randomness = { training: false, dropoutKey: 0 };

export function createDifferentiator({
  tf,
  plan,
  fused,
  layout,
  batch,
  parameters,
  state,
}: NetworkTensors): Differentiator {
  const rows = layout.output.timeSteps * batch;
  const named = {
    parameters: new Map<string, Tensor2D>(parameters.map(({ name, variable }) => [name, variable])),
    state: new Map(state.map(({ name, variable }) => [name, variable])),
  };
  const reachPath = pathOfFirstRecurrentLayer(plan.layers);
  const reachPlan = plan.layers.find((layer): layer is RecurrentPlan => layer.kind === 'recurrent');
  let last: LastRun | null = null;

  const forget = (): void => {
    if (last !== null) tf.dispose([last.output, ...last.layers.flatMap(({ tensors }) => tensors)]);
    last = null;
  };
  const run = ({ inputs, delayedTargets, targets }: LoadedBatch, pass: ForwardPass) => {
    const { output, layers } = runForward({ tf, plan, fused, inputs, delayedTargets, ...named }, pass);
    forget();
    last = {
      output: tf.keep(tf.clone(output.value)),
      layers: layers.map(({ path, outputs }) => ({
        path,
        tensors: outputs.map(({ value }) => tf.keep(value.clone())),
      })),
    };
    const losses = rowLosses(tf, plan.loss, rowsOf(tf, output.value), targets);
    const weights: Tensor1D | null = output.mask && tf.reshape(output.mask, [rows]);
    if (weights === null) return { losses, weights };
    // A row that does not count loses 0, whatever stands in it.
    return { losses: tf.where(tf.greater(weights, 0), losses, tf.zerosLike(losses)), weights };
  };
  const rowsIn = ({ losses, weights }: ReturnType<typeof run>): Tensor1D =>
    weights === null ? losses : tf.concat([losses, weights]);
  const createProbe = () => {
    if (reachPlan === undefined) return null;
    const width = reachPlan.projection ?? reachPlan.hiddenSize;
    return tf.variable(tf.zeros<Rank.R3>([layout.reachNorms.length, batch, width]));
  };
  /** The gradients of `lossOf` the rows. */
  const differentiate = (
    loaded: LoadedBatch,
    pass: Randomness,
    measuresReach: boolean,
    lossOf: (losses: Tensor1D, shares: Tensor1D) => Scalar,
  ): Differentiated => {
    const probe = measuresReach ? createProbe() : null;
    const found: Tensor1D[] = [];
    const { grads } = tf.variableGrads(() => {
      const zeros = probe === null || reachPath === null ? null : { path: reachPath, zeros: probe };
      const ran = run(loaded, { ...pass, probe: zeros });
      found.push(tf.keep(tf.clone(rowsIn(ran))));
      return lossOf(ran.losses, sharesOf(tf, ran.weights, rows));
    }, [...parameters.map(({ variable }) => variable), ...(probe === null ? [] : [probe])]);
    const ofStates = probe === null ? null : (grads[probe.name] ?? tf.zerosLike(probe));
    const result: Differentiated = {
      rows: tf.concat(found),
      gradientOf: ({ name }) => grads[name] ?? null,
      reach: ofStates && tf.reverse<Tensor1D>(tf.sqrt(tf.sum(tf.square(ofStates), [1, 2]))),
    };
    tf.dispose(found);
    probe?.dispose();
    return result;
  };

  return {
    hasReach: reachPlan !== undefined,
    ofAllSteps: (loaded, pass, measuresReach) =>
      differentiate(loaded, pass, measuresReach, (losses, shares) => tf.sum(tf.mul(losses, shares))),
    evaluate: (loaded) => rowsIn(run(loaded, { ...withoutDraws, probe: null })),
    reachOfLastStep: (loaded) => {
      // Only the last step's loss: with every step's, each lag would show its own step's gradient.
      const ofLastStep = (values: Tensor1D): Tensor1D => tf.slice(values, rows - batch, batch);
      const { reach } = differentiate(loaded, withoutDraws, true, (losses, shares) =>
        tf.sum(tf.mul(ofLastStep(losses), ofLastStep(shares))),
      );
      if (reach === null) throw new Error('there is no recurrent layer whose reach could be measured');
      return reach;
    },
    lastRun: () => {
      if (last === null) throw new Error('the network has not run yet');
      return last;
    },
    dispose: forget,
  };
}
