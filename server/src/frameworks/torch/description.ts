/** How a layer of PyTorch is described: its constructor's parameters, its weights, and what it does to shapes. */
import type { Operation, Quantity, TensorType } from '../../../../model/graph';
import type { CallSite } from '../../evaluate/values';
import type { LibraryArguments } from '../arguments';
import type { LayerFacts } from '../layer';
import { shapeOf, unknownTensor } from '../shapes';
import type { TensorValue } from '../tensor';
import type { TorchTrace } from './trace';

/** The layer and its weights, and what an application gives for an input of a type. */
export interface Description {
  readonly facts: LayerFacts;
  /** The facts of a layer whose sizes follow from its first input, undefined for one that is never applied. */
  readonly build?: (input: TensorType | undefined) => LayerFacts;
  /** Tensors that it takes after the first, by the names of their parameters. */
  readonly inputs?: readonly string[];
  readonly output: (input: TensorValue, site: CallSite) => TensorType;
  /** What comes after the output, of layers that give several tensors. */
  readonly others?: (input: TensorValue) => readonly TensorType[];
  /** What the layer says about an input of which nothing is known. */
  readonly expect?: (input: TensorValue, site: CallSite) => TensorValue;
}

type Describe = (
  given: LibraryArguments,
  trace: TorchTrace,
  site: CallSite,
) => Description | { readonly undecided: string };

/** Constructor parameters in order, and the description that arguments give. */
export type LayerEntry = readonly [readonly string[], Describe];

export const sameType = (input: TensorValue): TensorType => input.type;

export function weightless(operation: Operation, output: Description['output'] = sameType): Description {
  return { facts: { operation, weights: [] }, output };
}

export function activation(name: string): LayerEntry {
  return [[], () => weightless({ op: 'activation', activation: name })];
}

/** @param ofChannels whether it drops a channel at all steps or at none */
export function dropout(ofChannels = false): LayerEntry {
  return [
    ['p', 'inplace'],
    (given) =>
      weightless({
        op: 'dropout',
        rate: given.number('p', 0.5),
        ...(ofChannels ? { sharedOverTime: true as const } : {}),
      }),
  ];
}

export function withLastAxis(input: TensorValue, size: Quantity): TensorType {
  const { axes } = input;
  return axes === undefined
    ? unknownTensor(input.type.shape.kind === 'unknown' ? input.type.shape.because : '')
    : { shape: shapeOf([...axes.slice(0, -1), size]), element: 'float' };
}
