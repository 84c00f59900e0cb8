/** Changes the recurrent layers of a model to another cell, in the source, or says in a sentence why that is not possible. */
import type { Cell, Framework, Layer, ModelGraph } from '../../../model/graph';
import type { FileAnalysis } from '../analysis';
import { type CellDialect, cellNames, type RecurrentLayer } from './cellDialect';
import type { ConstructorRename } from './constructors';
import { mergeEdits, type Rewrite, refused, type TextEdit } from './edits';
import { flaxCells } from './flaxCells';
import { tfjsCells } from './javascript/tfjsCells';
import { kerasCells } from './kerasCells';
import { callAt } from './nodes';
import { torchCells } from './torchCells';

const dialects: Readonly<Partial<Record<Framework, CellDialect>>> = {
  flax: flaxCells,
  keras: kerasCells,
  torch: torchCells,
  tfjs: tfjsCells,
};

/**
 * The edits that change all recurrent layers of the model to `cell`, or only the layer at `onlyPath`. The names of variables
 * and attributes stay; a file that has not been understood completely is left alone.
 */
export function changeCell(
  analysis: FileAnalysis,
  graph: ModelGraph,
  cell: Cell,
  onlyPath: string | null = null,
): Rewrite {
  if (graph.framework === 'keras-config') {
    return refused(
      'A saved model holds the weights of its cells: change the program that builds it, and train it anew.',
    );
  }
  const dialect = dialects[graph.framework];
  if (dialect === undefined) return refused(`Changing the cell of a ${graph.framework} model is not supported.`);
  const recurrent = graph.layers.filter(isRecurrent).filter(({ path }) => onlyPath === null || path === onlyPath);
  const layers = recurrent.filter(({ operation }) => operation.cell !== cell);
  if (recurrent.length === 0) return refused(`${graph.name} has no recurrent layer.`);
  if (layers.length === 0)
    return refused(`${onlyPath ?? `Every recurrent layer of ${graph.name}`} is a ${cellNames[cell]} already.`);

  const renames: ConstructorRename[] = [];
  const edits: TextEdit[] = [];
  for (const layer of layers) {
    const call = layer.coreLocation.file === analysis.file ? callAt(analysis.tree, layer.coreLocation) : null;
    if (call === null) return refused(`${layer.path} is not made by a call in this file.`);
    if (renames.some((rename) => rename.call.from === call.from)) continue;
    // `LSTMCell`, by itself or in a loop over time: `RNN(LSTMCell)`.
    const suffix = /(?:LSTM|GRU|RNN|Simple)Cell\b/.test(layer.type) ? 'Cell' : '';
    const { names } = dialect;
    renames.push({ call, from: names[layer.operation.cell] + suffix, to: names[cell] + suffix });
    const adapted = dialect.adapt({ analysis, graph, layer, call, cell });
    if (adapted.kind === 'refused') return adapted;
    edits.push(...adapted.edits);
  }
  const named = dialect.rename(analysis, renames);
  return named.kind === 'refused' ? named : { kind: 'edits', edits: mergeEdits([...edits, ...named.edits]) };
}

function isRecurrent(layer: Layer): layer is RecurrentLayer {
  return layer.operation.op === 'recurrent';
}
