/** One application of a layer of the model, with what the plan has for what it is given. */
import type { Layer, SourceLocation, TensorType } from '../../model/graph';
import type { Value } from './values';

export interface Application {
  readonly layer: Layer;
  /** What it is applied to; of a recurrent layer without its initial states. */
  readonly inputs: readonly Value[];
  /** Initial states that layers compute, in the order in which they are given. */
  readonly states: readonly Value[];
  /** What it is told besides that changes what it computes. */
  readonly told: readonly string[];
  /** Of its first input and its first output. */
  readonly types: { readonly input: TensorType | undefined; readonly output: TensorType | undefined };
  /** Where it is applied. */
  readonly location: SourceLocation;
}

/** `LSTM "encoder"`. */
export function nameOf({ type, path }: Pick<Layer, 'type' | 'path'>): string {
  return `${type} "${path}"`;
}
