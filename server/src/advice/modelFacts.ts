/** What the source says about the task of a model, as far as an architecture depends on it. */
import type { Layer, ModelGraph } from '../../../model/graph';
import type { TaskKind } from '../../../protocol/recommendation';
import { axesOf, layerOf, typeOf } from './flow';
import { isRegressionLoss, noHints, type ProgramHints } from './programHints';

/** The task and what says so; `unknown` with what is missing. */
export interface Task {
  readonly kind: TaskKind;
  readonly source: string;
}

/** The task as the flow, the embedding, the loss and the output tell it, and what the program says of its data. */
export function taskOf(graph: ModelGraph, hints: ProgramHints = noHints): Task {
  if (passesStateOn(graph)) return { kind: 'seq2seq', source: 'one recurrent layer starts from the state of another' };
  const loss = graph.loss ?? hints.loss?.value ?? null;
  const lossSource = graph.loss === null ? (hints.loss?.source ?? '') : `the loss ${graph.loss}`;
  if (loss !== null && isRegressionLoss(loss)) {
    if (hints.windows !== null) return { kind: 'forecasting', source: `${lossSource} and ${hints.windows.source}` };
    return { kind: 'regression', source: `${lossSource}, and nothing that cuts a series into windows` };
  }
  const head = graph.layers.findLast(({ operation }) => operation.op === 'dense');
  if (predictsItsOwnVocabulary(graph, head)) {
    return { kind: 'generation', source: 'as many outputs as the embedding has words' };
  }
  if (loss !== null && /ctc/i.test(loss)) return { kind: 'tagging', source: lossSource };
  const choosesByLoss = loss !== null && /cross_?entropy|nll|bce|hinge/i.test(loss);
  const activation = headActivation(graph, head, /softmax|sigmoid/);
  if (!choosesByLoss && activation === null) {
    return { kind: 'unknown', source: loss === null ? 'no loss was found' : `${lossSource} fits several tasks` };
  }
  const why = choosesByLoss ? lossSource : `the ${activation} at the end`;
  return answersEachStep(graph)
    ? { kind: 'tagging', source: `${why} at each step` }
    : { kind: 'classification', source: why };
}

/** The output has an axis of time: three axes, the last for the classes. */
export function answersEachStep(graph: ModelGraph): boolean {
  return axesOf(typeOf(graph, graph.outputs[0]))?.length === 3;
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

function headActivation(graph: ModelGraph, head: Layer | undefined, pattern: RegExp): string | null {
  if (head?.operation.op === 'dense' && pattern.test(head.operation.activation)) return head.operation.activation;
  for (const { operation } of graph.flow) {
    if (operation.kind === 'function' && pattern.test(operation.name)) return operation.name;
  }
  return null;
}
