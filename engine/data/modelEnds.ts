/** What data must know of a model: what it reads, what it gives, and which of its steps see what comes after them. */
import type { Obstacle } from '../../protocol/trainer';
import type { ElementwiseLoss } from '../backend';
import { type Place, placeOf } from '../place';
import type { LayerPlan, Loss, Padding, RecurrentPlan } from '../plan/trainingPlan';
import { counted } from '../wording';

/** Of a layer, what decides which inputs its outputs follow from. */
interface LayerReach {
  readonly kind: LayerPlan['kind'];
  readonly direction?: RecurrentPlan['direction'];
  readonly causal?: boolean;
  readonly padding?: Padding;
  readonly width?: number;
}

export interface ModelEnds {
  readonly name: string;
  readonly input: { readonly kind: 'features' | 'tokens'; readonly width: number | null };
  /** Where the input width or vocabulary is written. */
  readonly inputLayer: { readonly location: Place };
  readonly outputLine: Place;
  /** Steps of a sequence where the model fixes them. */
  readonly timeSteps: number | null;
  readonly layers: readonly LayerReach[];
  readonly outputSteps: 'every' | 'last';
  /** Answers to a sequence of so many steps; left out, as many, or one. */
  readonly outputLength?: (timeSteps: number) => number;
  readonly outputWidth: number;
  readonly outputActivation: 'none' | 'softmax' | 'tanh' | 'relu' | 'sigmoid';
  /** A number that no token may have, because the model takes it for padding. */
  readonly reservedToken: number | null;
  readonly loss: string | null;
}

/** Which steps a model is asked about when it forecasts. */
export type Horizon =
  /** The one after the window. */
  | { readonly kind: 'next' }
  /** At each step the one after it. */
  | { readonly kind: 'eachNext' }
  /** So many after the window: of models that read all of it before their first answer. */
  | { readonly kind: 'following'; readonly steps: number };

export function horizonOf(model: ModelEnds, timeSteps: number): Horizon {
  if (model.outputSteps === 'last') return { kind: 'next' };
  if (!isDecoder(model)) return { kind: 'eachNext' };
  return { kind: 'following', steps: model.outputLength?.(timeSteps) ?? timeSteps };
}

/** The step that answer number `step` is about, counted from the first of the window. */
export function askedStep(horizon: Horizon, timeSteps: number, step: number): number {
  switch (horizon.kind) {
    case 'next':
      return timeSteps;
    case 'eachNext':
      return step + 1;
    case 'following':
      return timeSteps + step;
  }
}

/** Answers a sequence. */
export function answersOf(horizon: Horizon, timeSteps: number): number {
  switch (horizon.kind) {
    case 'next':
      return 1;
    case 'eachNext':
      return timeSteps;
    case 'following':
      return horizon.steps;
  }
}

/** Steps beyond the window that a model is asked about. */
export function stepsBeyond(horizon: Horizon): number {
  return horizon.kind === 'following' ? horizon.steps : 1;
}

/** Whether a model has read all of its input before it answers several times, as a decoder has. */
export function isDecoder({ outputSteps, layers }: ModelEnds): boolean {
  return outputSteps === 'every' && layers.some(({ kind }) => kind === 'repeat' || kind === 'delayedTargets');
}

/** Whether some answer of a model that gives one a step follows from later steps of its input. */
export function looksAhead(layers: readonly LayerReach[]): boolean {
  return layers.some(({ kind, direction, causal, padding }) => {
    switch (kind) {
      case 'recurrent':
        return direction !== 'forward';
      case 'attention':
      case 'multiHeadAttention':
        return causal !== true;
      case 'conv1d':
        return padding !== 'causal' && padding !== 'valid' && padding !== 0;
      case 'reverse':
      case 'poolOverTime':
      case 'softmaxOverTime':
      case 'flatten':
        return true;
      default:
        return false;
    }
  });
}

/**
 * Why the next step cannot be asked of a model at each step, or null: it has seen that step, or it gives other steps than
 * those it reads.
 */
export function forecastObstacle(model: ModelEnds, timeSteps: number): Obstacle | null {
  if (horizonOf(model, timeSteps).kind !== 'eachNext') return null;
  if (looksAhead(model.layers)) {
    return {
      message:
        `${model.name} answers at every step and reads the steps after it as well, so the next step, which it is to forecast, ` +
        'is before its eyes. Answer once, after the last step, or read forwards only.',
      ...placeOf(model.outputLine),
    };
  }
  return stepsObstacle(model, timeSteps);
}

/** Why a model that answers at several steps has no answer for each step that it reads, or null. */
export function stepsObstacle(model: ModelEnds, timeSteps: number): Obstacle | null {
  const given = model.outputLength?.(timeSteps) ?? timeSteps;
  if (model.outputSteps === 'last' || given === timeSteps) return null;
  return {
    message: `${model.name} gives ${given} steps for the ${timeSteps} that it is given; the preview has an answer for each of these.`,
    ...placeOf(model.outputLine),
  };
}

/** Why a decoder cannot be given the right answers one step later, or null. */
export function teacherObstacle(model: ModelEnds, loss: Loss): Obstacle | null {
  const taught = model.layers.find(({ kind }) => kind === 'delayedTargets');
  const needed = loss === 'crossEntropy' ? 1 : model.outputWidth;
  if (taught === undefined || taught.width === needed) return null;
  const wants = loss === 'crossEntropy' ? 'classes are handed to it by number' : `its answers are ${counted(needed)}`;
  return {
    message: `The decoder of ${model.name} reads ${counted(taught.width ?? 0)} a step, but ${wants}.`,
    ...placeOf(model.outputLine),
  };
}

/** Whether a model can tell classes apart: its last numbers may become logits. */
export function givesLogits({ outputActivation }: ModelEnds): boolean {
  return outputActivation === 'none' || outputActivation === 'softmax';
}

/** Losses of the difference between two numbers. */
export type NumberLoss = Exclude<ElementwiseLoss, 'binaryCrossEntropy'>;

/** The loss of forecasts of numbers: the model's own where it has one that fits. */
export function numberLoss({ loss }: ModelEnds): NumberLoss {
  return loss === 'meanAbsoluteError' || loss === 'huber' ? loss : 'meanSquaredError';
}
