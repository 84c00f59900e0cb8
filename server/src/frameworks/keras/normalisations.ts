/** Keras' normalisation layers. */
import {
  type Operation,
  type Quantity,
  type TensorType,
  unknown as unknownQuantity,
  type Weight,
} from '../../../../model/graph';
import { asNumber } from '../../evaluate/values';
import type { LibraryArguments } from '../arguments';
import { trained } from '../layer';
import { axisPosition, exactly, lastAxis } from '../shapes';
import {
  axesOf,
  type Described,
  type LayerEntry,
  type LayerTable,
  other,
  reasonOf,
  sameShape,
  weightless,
} from './describe';

/** The sizes of the axes that are normalised, or why they are not known. */
type Normalised = (input: TensorType | undefined) => readonly Quantity[];

function sizesAt(positions: readonly (number | undefined)[]): Normalised {
  return (input) =>
    positions.map((axis) => {
      if (axis === -1) return lastAxis(input);
      const axes = axesOf(input);
      const position = axes === undefined || axis === undefined ? undefined : axisPosition(axis, axes.length);
      const size = position === undefined ? undefined : axes?.[position];
      return size ?? unknownQuantity(reasonOf(input, 'the axis that is normalised is not known'));
    });
}

/** A learned scale and offset over the axes; `moving` adds what batch normalisation keeps without training it. */
function affine(
  given: LibraryArguments,
  sizesOf: Normalised,
  moving: boolean,
  operationOf: (size: Quantity, isAffine: boolean) => Operation,
): Described {
  const [center, scale] = [given.flag('center', true), given.flag('scale', true)];
  if (typeof center !== 'boolean') return { undecided: center.because };
  if (typeof scale !== 'boolean') return { undecided: scale.because };
  return {
    build: ([input]) => {
      const shape = sizesOf(input);
      const kept = (name: string): Weight => ({ name, shape, trainable: false });
      return {
        operation: operationOf(shape[0] ?? exactly(1), center && scale),
        weights: [
          ...(scale ? [trained('gamma', ...shape)] : []),
          ...(center ? [trained('beta', ...shape)] : []),
          ...(moving ? [kept('moving_mean'), kept('moving_variance')] : []),
        ],
      };
    },
    outputs: sameShape,
  };
}

function epsilonOf(given: LibraryArguments, byDefault: number): number {
  return given.number('epsilon', byDefault) ?? byDefault;
}

const batch: LayerEntry = [
  ['axis', 'momentum', 'epsilon', 'center', 'scale'],
  (given) => {
    const axis = asNumber(given.get('axis')) ?? (given.has('axis') ? undefined : -1);
    const epsilon = epsilonOf(given, 1e-3);
    const momentum = given.number('momentum', 0.99) ?? 0.99;
    return affine(given, sizesAt([axis]), true, (size, isAffine) => ({
      op: 'normalisation',
      kind: 'batch',
      size,
      epsilon,
      affine: isAffine,
      momentum,
    }));
  },
];

const layer: LayerEntry = [
  ['axis', 'epsilon', 'center', 'scale'],
  (given, site) => {
    const stated = given.get('axis');
    const items = stated === undefined ? [] : (site.machine.itemsOf(stated) ?? [stated]);
    const positions = stated === undefined ? [-1] : items.map(asNumber);
    const isRootMeanSquare = given.flag('rms_scaling', false);
    if (isRootMeanSquare !== false) return { undecided: 'its rms_scaling is not followed' };
    const epsilon = epsilonOf(given, 1e-3);
    return affine(given, sizesAt(positions), false, (size, isAffine) =>
      positions.length === 1 && positions[0] === -1
        ? { op: 'normalisation', kind: 'layer', size, epsilon, affine: isAffine }
        : { op: 'other', because: 'a normalisation over axes other than the last', products: [] },
    );
  },
];

/** Source: Keras 3, keras/src/layers/normalization/rms_normalization.py: a scale and no offset. */
const rootMeanSquare: LayerEntry = [
  ['axis', 'epsilon'],
  (given, site) => {
    const stated = given.get('axis');
    const items = stated === undefined ? [] : (site.machine.itemsOf(stated) ?? [stated]);
    const shapeOn = sizesAt(stated === undefined ? [-1] : items.map(asNumber));
    return {
      build: ([input]) => ({
        operation: { op: 'other', because: 'a normalisation by the root mean square', products: [] },
        weights: [trained('scale', ...shapeOn(input))],
      }),
      outputs: sameShape,
    };
  },
];

const group: LayerEntry = [
  ['groups', 'axis', 'epsilon', 'center', 'scale'],
  (given) => {
    const axis = given.has('axis') ? asNumber(given.get('axis')) : -1;
    return affine(given, sizesAt([axis]), false, () => ({
      op: 'other',
      because: 'a normalisation over groups',
      products: [],
    }));
  },
];

/**
 * Keeps the mean and variance of the data it was adapted to, and how many samples that were, none of them trained; with
 * both given it keeps nothing. Source: Keras 3, keras/src/layers/preprocessing/normalization.py, `build`: `mean` and
 * `variance` over the kept axes; `count` is no longer kept since Keras 3.
 */
const adapted: LayerEntry = [
  ['axis', 'mean', 'variance'],
  (given) => {
    if (!given.isNone('mean') && !given.isNone('variance'))
      return weightless({ op: 'other', because: 'a fixed scaling', products: [] });
    return { undecided: 'what a Normalization layer keeps depends on the version of Keras' };
  },
];

/** One slope for every position of the input but those of shared axes. Source: Keras 3, layers/activations/prelu.py. */
const parametricRelu: LayerEntry = [
  ['alpha_initializer', 'alpha_regularizer', 'alpha_constraint', 'shared_axes'],
  (given, site) => {
    const shared = given.isNone('shared_axes')
      ? []
      : site.machine.itemsOf(given.get('shared_axes') ?? { kind: 'none' });
    const numbers = shared?.map(asNumber);
    return {
      build: ([input]) => {
        const axes = axesOf(input);
        const operation: Operation = { op: 'activation', activation: 'prelu' };
        if (axes === undefined || numbers === undefined) {
          return { operation, weights: { unknown: reasonOf(input, 'the shape of its input is not known') } };
        }
        const slopes = axes.slice(1).map((size, index) => (numbers.includes(index + 1) ? exactly(1) : size));
        return { operation, weights: [trained('alpha', ...slopes)] };
      },
      outputs: sameShape,
    };
  },
];

export const normalisations: LayerTable = {
  BatchNormalization: batch,
  SyncBatchNormalization: batch,
  LayerNormalization: layer,
  GroupNormalization: group,
  RMSNormalization: rootMeanSquare,
  Normalization: adapted,
  UnitNormalization: [['axis'], () => other('vectors scaled to length 1')],
  PReLU: parametricRelu,
};
