/** The length of the sequences that a model reads: where the source gives it, and the model for another length. */
import { constant, equals, integerOf, substitute, symbolsOf } from '../../../model/expression';
import { known, type ModelGraph, type Quantity, type TensorType } from '../../../model/graph';
import { formatPlace } from '../../../model/units';
import { recurrentLayers } from './architectures';
import { axesOf, typeOf } from './flow';

export interface SequenceLength {
  readonly steps: number | null;
  /** Where it comes from, or what leaves it open. */
  readonly source: string;
}

/** The length of the sequences that the first recurrent layer reads. */
export function sequenceLengthOf(graph: ModelGraph): SequenceLength {
  const first = recurrentLayers(graph)[0];
  const axis = timeAxisSize(graph);
  if (first === undefined || axis === null) return { steps: null, source: 'the file does not say' };
  const steps = axis.kind === 'known' ? integerOf(axis.value) : undefined;
  return steps === undefined
    ? { steps: null, source: 'the file leaves it open' }
    : { steps, source: `the input of ${first.path} at ${formatPlace(first.location, graph.location.file)}` };
}

/** The size of the time axis of what goes into the first recurrent layer; null where that is not known. */
function timeAxisSize(graph: ModelGraph): Quantity | null {
  const first = recurrentLayers(graph)[0];
  const node = graph.flow.find(({ operation }) => operation.kind === 'layer' && operation.path === first?.path);
  const axes = axesOf(typeOf(graph, node?.inputs[0]));
  if (first === undefined || axes === undefined) return null;
  return axes[axes.length === 3 && first.operation.batchFirst ? 1 : 0] ?? null;
}

/** The same model reading sequences of `steps`: an open length is filled in, a fixed one replaced along the time axis. */
export function withSequenceLength(graph: ModelGraph, steps: number): ModelGraph {
  const size = timeAxisSize(graph);
  if (size?.kind !== 'known') return graph;
  const length = known(constant(steps));
  const names = symbolsOf(size.value);
  const isTimeMajor = recurrentLayers(graph).some(({ operation }) => !operation.batchFirst);
  const replace = (axis: Quantity, position: number): Quantity => {
    if (axis.kind === 'unknown') return axis;
    if (names.length > 0) {
      const [name] = names;
      const replaced = name === undefined ? undefined : substitute(axis.value, new Map([[name, constant(steps)]]));
      return replaced === undefined ? axis : known(replaced);
    }
    return position === (isTimeMajor ? 0 : 1) && equals(axis.value, size.value) === 'yes' ? length : axis;
  };
  const adapt = (type: TensorType): TensorType => {
    if (type.shape.kind === 'unknown' || type.shape.axes.length < 2) return type;
    // Of two axes the second is time only for tokens; for features it is their width.
    if (names.length === 0 && type.shape.axes.length === 2 && type.element !== 'integer') return type;
    return { ...type, shape: { kind: 'known', axes: type.shape.axes.map(replace) } };
  };
  return { ...graph, flow: graph.flow.map((node) => ({ ...node, outputs: node.outputs.map(adapt) })) };
}
