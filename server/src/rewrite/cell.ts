/** Changes the recurrent layers of a model to another cell, in the source, or says in a sentence why that is not possible. */
import type { SyntaxNode } from '@lezer/common';
import type { Cell, FlowNode, Framework, Layer, ModelGraph, RecurrentOperation } from '../../../model/graph';
import type { FileAnalysis } from '../analysis';
import { argumentsOf, hasSpread, keywordOf, removeArgument } from './arguments';
import { type ConstructorRename, renameConstructors } from './constructors';
import { mergeEdits, type Rewrite, type TextEdit } from './edits';
import { callAt, textOf } from './nodes';
import { rewriteTorchStates } from './torchStates';

export const cellNames: Readonly<Record<Cell, string>> = { rnn: 'RNN', gru: 'GRU', lstm: 'LSTM' };

const constructorNames: Readonly<Record<'keras' | 'torch', Readonly<Record<Cell, string>>>> = {
  keras: { rnn: 'SimpleRNN', gru: 'GRU', lstm: 'LSTM' },
  torch: { rnn: 'RNN', gru: 'GRU', lstm: 'LSTM' },
};

/** Keyword arguments that only some cells take; every other argument is common to all three. */
const takenBy: Readonly<Record<'keras' | 'torch', ReadonlyMap<string, readonly Cell[]>>> = {
  keras: new Map<string, readonly Cell[]>([
    ['recurrent_activation', ['gru', 'lstm']],
    ['unit_forget_bias', ['lstm']],
    ['reset_after', ['gru']],
    ['implementation', ['gru', 'lstm']],
    ['use_cudnn', ['gru', 'lstm']],
  ]),
  torch: new Map<string, readonly Cell[]>([
    ['nonlinearity', ['rnn']],
    ['proj_size', ['lstm']],
  ]),
};

/** Positional arguments that mean the same for all cells: `units, activation` and `input_size, hidden_size, num_layers`. */
const commonPositions: Readonly<Record<'keras' | 'torch', number>> = { keras: 2, torch: 3 };

type RecurrentLayer = Layer & { readonly operation: RecurrentOperation };

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
  const dialect = dialectOf(graph.framework);
  if (dialect === null) return refused(`Changing the cell of a ${graph.framework} model is not supported.`);
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
    const suffix = layer.operation.singleStep ? 'Cell' : '';
    const names = constructorNames[dialect];
    renames.push({ call, from: names[layer.operation.cell] + suffix, to: names[cell] + suffix });
    for (const part of [
      adaptArguments(call, analysis.text, dialect, layer, cell),
      dialect === 'torch'
        ? rewriteTorchStates(analysis, layer, call, cell)
        : checkKerasStates(analysis, graph, layer, cell),
    ]) {
      if (part.kind === 'refused') return part;
      edits.push(...part.edits);
    }
  }
  const constructors = renameConstructors(analysis.tree, analysis.text, renames);
  if (constructors.kind === 'refused') return constructors;
  return { kind: 'edits', edits: mergeEdits([...edits, ...constructors.edits]) };
}

function refused(message: string): Rewrite {
  return { kind: 'refused', message };
}

function isRecurrent(layer: Layer): layer is RecurrentLayer {
  return layer.operation.op === 'recurrent';
}

function dialectOf(framework: Framework): 'keras' | 'torch' | null {
  return framework === 'keras' || framework === 'torch' ? framework : null;
}

/** Takes away what the new cell does not accept. */
function adaptArguments(
  call: SyntaxNode,
  text: string,
  dialect: 'keras' | 'torch',
  layer: RecurrentLayer,
  cell: Cell,
): Rewrite {
  const { line } = layer.coreLocation;
  const all = argumentsOf(call, text);
  if (hasSpread(call, text))
    return refused(`Line ${line}: ${layer.type} is given arguments by a spread, which may not fit another cell.`);
  if (all.filter(({ form }) => form === 'positional').length > commonPositions[dialect]) {
    return refused(
      `Line ${line}: ${layer.type} is given arguments by position that mean something else for a ${cellNames[cell]}. Name them first.`,
    );
  }
  const edits: TextEdit[] = [];
  for (const argument of all) {
    const cells = argument.name === null ? undefined : takenBy[dialect].get(argument.name);
    if (cells === undefined || cells.includes(cell)) continue;
    if (argument.name === 'proj_size' && textOf(text, argument.value) !== '0') {
      return refused(`Line ${line}: proj_size exists for LSTM only, and without it the output has another width.`);
    }
    edits.push(...removeArgument(call, text, argument));
  }
  return { kind: 'edits', edits };
}

/** An LSTM gives and takes one state more than the other cells. */
function checkKerasStates(analysis: FileAnalysis, graph: ModelGraph, layer: RecurrentLayer, cell: Cell): Rewrite {
  const { operation, coreLocation, type } = layer;
  if ((operation.cell === 'lstm') === (cell === 'lstm')) return { kind: 'edits', edits: [] };
  const difference = `a ${cellNames[cell]} has ${cell === 'lstm' ? 'one more' : 'one fewer'}`;
  if (operation.returnState) {
    return refused(
      `Line ${coreLocation.line}: ${type} returns its states, and ${difference}: where they are used must be changed by hand.`,
    );
  }
  const started = graph.flow.find((node) => takesStates(analysis, layer, node));
  if (started !== undefined) {
    return refused(
      `Line ${started.location.line}: ${type} is given its initial states, and ${difference}: where they are made must be changed by hand.`,
    );
  }
  return { kind: 'edits', edits: [] };
}

/** Whether the node applies the layer to more than its input: tensors in the flow, or a state that was not followed. */
function takesStates({ tree, text }: FileAnalysis, { path }: RecurrentLayer, node: FlowNode): boolean {
  if (node.operation.kind !== 'layer' || node.operation.path !== path) return false;
  if (node.inputs.length > 1) return true;
  const call = callAt(tree, node.location);
  const state = call === null ? null : keywordOf(call, text, 'initial_state');
  return state !== null && textOf(text, state.value) !== 'None';
}
