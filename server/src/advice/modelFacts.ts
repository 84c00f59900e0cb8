/** What the source says about the task of a model, as far as an architecture depends on it. */
import type { Layer, ModelGraph, TensorType } from '../../../model/graph';
import type { Architecture, TaskKind } from '../../../protocol/recommendation';
import { layerOf } from './flow';
import { attends, convolves, recurrentLayers } from './variantModel';

/** The task as the loss, the output and the embedding tell it; `unknown` where they do not. */
export function taskOf(graph: ModelGraph): TaskKind {
  if (passesStateOn(graph)) return 'seq2seq';
  const head = graph.layers.findLast(({ operation }) => operation.op === 'dense');
  const loss = graph.loss ?? '';
  const isRegression = /squared|mse|mae|absolute|huber|l1loss/i.test(loss);
  const choosesClasses = /cross_?entropy|nll/i.test(loss) || hasActivation(graph, head, /softmax|sigmoid/);
  const output = outputOf(graph);
  const perStep = output?.shape.kind === 'known' && output.shape.axes.length === 3;
  if (isRegression) return 'forecasting';
  if (predictsItsOwnVocabulary(graph, head)) return 'generation';
  if (choosesClasses) return perStep ? 'tagging' : 'classification';
  return 'unknown';
}

/** Whether a step of the model may not see the steps behind it: it predicts them. */
export function mustNotReadAhead(graph: ModelGraph): boolean {
  return taskOf(graph) === 'generation';
}

function outputOf(graph: ModelGraph): TensorType | undefined {
  const [output] = graph.outputs;
  return output === undefined ? undefined : graph.flow[output.node]?.outputs[output.output];
}

/** One recurrent layer starts from the state of another: an encoder and a decoder. */
function passesStateOn(graph: ModelGraph): boolean {
  return graph.flow.some((node) => {
    const layer = layerOf(graph, node);
    if (layer?.operation.op !== 'recurrent') return false;
    return node.inputs.slice(1).some(({ node: id }) => {
      const source = graph.flow[id];
      const origin = source === undefined ? undefined : layerOf(graph, source);
      return origin?.operation.op === 'recurrent' && origin.path !== layer.path;
    });
  });
}

/** As many classes as the embedding has words: the next word is predicted. */
function predictsItsOwnVocabulary(graph: ModelGraph, head: Layer | undefined): boolean {
  const embedding = graph.layers.find(({ operation }) => operation.op === 'embedding')?.operation;
  if (embedding?.op !== 'embedding' || head?.operation.op !== 'dense') return false;
  const { vocabulary } = embedding;
  const { units } = head.operation;
  if (vocabulary.kind === 'unknown' || units.kind === 'unknown') return false;
  return JSON.stringify(vocabulary.value) === JSON.stringify(units.value);
}

function hasActivation(graph: ModelGraph, head: Layer | undefined, pattern: RegExp): boolean {
  if (head?.operation.op === 'dense' && pattern.test(head.operation.activation)) return true;
  return graph.flow.some(({ operation }) => operation.kind === 'function' && pattern.test(operation.name));
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
