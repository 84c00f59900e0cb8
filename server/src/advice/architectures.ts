/** The architectures that are ranked: what each is made of, what it is called for a model, and which one a model is. */
import {
  type Cell,
  type FlowNode,
  knownInteger,
  type Layer,
  type ModelGraph,
  type RecurrentOperation,
} from '../../../model/graph';
import type { Architecture } from '../../../protocol/recommendation';

/** What an architecture is made of. */
export interface ArchitectureParts {
  readonly label: string;
  readonly cell: RecurrentOperation['cell'];
  readonly directions: 1 | 2;
  /** A convolution over `convolutionTaps` steps with as many filters as the recurrent layer has units, in front of it. */
  readonly convolution: boolean;
  /** Additive attention over the steps of the last recurrent layer. */
  readonly attention: boolean;
}

export const architectures: Readonly<Record<Architecture, ArchitectureParts>> = {
  rnn: { label: 'RNN', cell: 'rnn', directions: 1, convolution: false, attention: false },
  gru: { label: 'GRU', cell: 'gru', directions: 1, convolution: false, attention: false },
  lstm: { label: 'LSTM', cell: 'lstm', directions: 1, convolution: false, attention: false },
  bigru: { label: 'Bidirectional GRU', cell: 'gru', directions: 2, convolution: false, attention: false },
  bilstm: { label: 'Bidirectional LSTM', cell: 'lstm', directions: 2, convolution: false, attention: false },
  'cnn-lstm': { label: 'CNN-LSTM', cell: 'lstm', directions: 1, convolution: true, attention: false },
  'cnn-lstm-attention': {
    label: 'CNN-LSTM with attention',
    cell: 'lstm',
    directions: 1,
    convolution: true,
    attention: true,
  },
};

/** Steps that the convolution in front sees at once. */
export const convolutionTaps = 5;

/**
 * What a variant of the model is called: a model that reads in both directions has plain variants that do not, and one with a
 * convolution in front keeps it.
 */
export function labelOf(graph: ModelGraph, architecture: Architecture): string {
  const { label, directions, convolution } = architectures[architecture];
  const readsBoth = recurrentLayers(graph).some(({ operation }) => operation.directions === 2);
  const kept = convolves(graph) && !convolution ? `CNN-${label.replace(/^B/, 'b')}` : label;
  return readsBoth && directions === 1 ? `${kept} in one direction` : kept;
}

/** The architectures that differ for a model: what it has in front and behind it keeps, so that some become the same. */
export function distinctArchitectures(graph: ModelGraph): readonly Architecture[] {
  const names = Object.keys(architectures) as Architecture[];
  if (!convolves(graph)) return names;
  const same: readonly Architecture[] = attends(graph) ? ['lstm', 'cnn-lstm'] : ['lstm'];
  return names.filter((name) => !same.includes(name));
}

/** The cell that makes the model this architecture when its layers keep their directions; null where it takes more. */
export function cellChangeTo(graph: ModelGraph, architecture: Architecture): Cell | null {
  const { cell, directions, convolution, attention } = architectures[architecture];
  const keepsDirections = recurrentLayers(graph).every(({ operation }) => operation.directions === directions);
  return keepsDirections && !convolution && !attention ? cell : null;
}

/** Hidden width of the model's first recurrent layer: the width that a variant's others are scaled to. */
export function referenceWidth(graph: ModelGraph): number | null {
  const first = recurrentLayers(graph)[0];
  return first === undefined ? null : knownInteger(first.operation.hiddenSize);
}

/** What the architecture is made of, without the convolution and the attention that the model has already and keeps. */
export function missingParts(graph: ModelGraph, architecture: Architecture): ArchitectureParts {
  const parts = architectures[architecture];
  return {
    ...parts,
    convolution: parts.convolution && !convolves(graph),
    attention: parts.attention && !attends(graph),
  };
}

function convolves({ layers }: ModelGraph): boolean {
  return layers.some(({ type }) => /conv1d/i.test(type));
}

/** An attention layer, or a softmax whose weights are multiplied with steps. */
export function attends({ layers, flow }: ModelGraph): boolean {
  if (layers.some(({ type, path }) => /attention/i.test(type) || /(?:^|\.)attention_pooling/.test(path))) return true;
  const isNamed = (node: FlowNode | undefined, names: RegExp): boolean =>
    node?.operation.kind === 'function' && names.test(node.operation.name);
  return flow.some(
    (node) =>
      isNamed(node, /^(?:multiply|matmul|bmm|einsum)$/) &&
      node.inputs.some((input) => isNamed(flow[input.node], /softmax/)),
  );
}

/** The architecture that the model is now; null where it is none of those that are ranked. */
export function currentArchitecture(graph: ModelGraph): Architecture | null {
  const layers = recurrentLayers(graph);
  const cells = new Set(layers.map(({ operation }) => operation.cell));
  const [cell] = cells;
  if (cell === undefined || cells.size > 1) return null;
  const directions = new Set(layers.map(({ operation }) => operation.directions));
  if (directions.size > 1) return null;
  const both = directions.has(2);
  if (convolves(graph)) return cell !== 'lstm' || both ? null : attends(graph) ? 'cnn-lstm-attention' : 'cnn-lstm';
  if (attends(graph)) return null;
  if (!both) return cell;
  return cell === 'rnn' ? null : `bi${cell}`;
}

type RecurrentLayer = Layer & { readonly operation: RecurrentOperation };

/** The recurrent layers that loop over time: those that an architecture is about. */
export function recurrentLayers(graph: ModelGraph): readonly RecurrentLayer[] {
  return graph.layers.filter(
    (layer): layer is RecurrentLayer => layer.operation.op === 'recurrent' && !layer.operation.singleStep,
  );
}
