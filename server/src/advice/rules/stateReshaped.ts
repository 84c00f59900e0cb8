/** Rule: `view` or `reshape` puts PyTorch's final states of several layers or directions into one row per sequence. */
import type { SyntaxNode } from '@lezer/common';
import { integerOf } from '../../../../model/expression';
import type { FlowNode, ModelGraph, Quantity } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf } from '../../rewrite/arguments';
import { callAt, itemsOf, textOf } from '../../rewrite/nodes';
import { agree, axesOf, differ, layerOf, typeOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const stateReshaped: Rule = {
  code: 'state-reshaped',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'view mixes the states of different sequences',
    whatItDoes:
      'Looks for `h_n.view(batch, -1)` and its like on a final state `(layers·directions, batch, hidden)` that holds more ' +
      'than one layer or direction.',
    whyIsThisBad:
      '`view` and `reshape` read elements in the order they are stored, and the batch is the **second** axis: with two ' +
      'directions the first row of `h_n.view(batch, -1)` holds the forward states of sequences 0 and 1. No error shows; ' +
      'every sequence is classified by the states of others.',
    example: '```python\n_, h_n = self.gru(x)  # bidirectional\nreturn self.fc(h_n.view(x.size(0), -1))\n```',
    useInstead:
      '```python\n_, h_n = self.gru(x)  # bidirectional\n' +
      'return self.fc(h_n.transpose(0, 1).reshape(x.size(0), -1))\n```\nor `torch.cat((h_n[-2], h_n[-1]), dim=1)`.',
    fixSafety: 'The shape stays; the values change, as they should, and a trained model must be trained again.',
    references: [
      'https://github.com/graykode/nlp-tutorial/issues/38',
      'https://github.com/zy1996code/nlp_basic_model/issues/1',
      'https://github.com/timbmg/Sentence-VAE/issues/15',
      'https://github.com/OpenNMT/OpenNMT-py/issues/1521',
      'https://github.com/sherjilozair/ctc/issues/1',
    ],
  },
  check: (analysis) => analysis.models.flatMap((graph) => checkModel(graph, analysis)),
};

function checkModel(graph: ModelGraph, analysis: FileAnalysis): readonly RuleFinding[] {
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const state = stateReshapedBy(graph, node);
    if (state === null || !mixesSequences(node, state, analysis)) return [];
    return [
      {
        location: node.location,
        message:
          'The batch is the second axis of a state: this puts states of different sequences into one row. Bring the batch ' +
          'to the front first, .transpose(0, 1).reshape(…), or join them with torch.cat((h_n[-2], h_n[-1]), dim=1).',
        fix: fixFor(node, analysis),
      },
    ];
  });
}

interface State {
  /** Layers times directions, batch, hidden: of the state, or of some of its layers. */
  readonly axes: readonly [Quantity, Quantity, Quantity];
}

/** The state that a `reshape` is applied to: as the layer gave it, element by element, or cut along its first axis. */
function stateReshapedBy(graph: ModelGraph, node: FlowNode): State | null {
  const [input] = node.inputs;
  if (node.operation.kind !== 'function' || node.operation.name !== 'reshape' || input === undefined) return null;
  const [layers, batch, hidden, ...more] = axesOf(typeOf(graph, input)) ?? [];
  if (layers === undefined || batch === undefined || hidden === undefined || more.length > 0) return null;
  return isState(graph, input) ? { axes: [layers, batch, hidden] } : null;
}

function isState(graph: ModelGraph, { node: id, output }: FlowNode['inputs'][number]): boolean {
  const node = graph.flow[id];
  const [input] = node?.inputs ?? [];
  if (node === undefined) return false;
  const operation = layerOf(graph, node)?.operation;
  if (operation?.op === 'recurrent') return output > 0 && !operation.singleStep;
  if (input === undefined) return false;
  if (operation?.op === 'dropout') return isState(graph, input);
  const isCut = node.operation.kind === 'index' && node.operation.steps.length === 1;
  return isCut && node.operation.kind === 'index' && node.operation.steps[0]?.kind === 'slice' && isState(graph, input);
}

/** Whether a row of the result holds more than one sequence's states, or parts of several. */
function mixesSequences(node: FlowNode, { axes: [layers, batch, hidden] }: State, analysis: FileAnalysis): boolean {
  // Axes of one, as for a matrix product that follows, hold nothing.
  const result = axesOf(node.outputs[0])?.filter((size) => !isExactly(size, 1));
  const [rows, width] = result ?? [];
  if (result?.length !== 2 || rows === undefined || width === undefined) return false;
  const count = layers.kind === 'known' ? integerOf(layers.value) : undefined;
  // One layer alone is only squeezed, and a batch of one has nothing to mix.
  if (count === undefined || count < 2 || isExactly(batch, 1)) return false;
  if (agree(width, hidden)) return false;
  if (agree(rows, batch)) return true;
  if (differ(width, hidden) && isMultiple(width, hidden, count)) return true;
  return saysBatch(node, analysis);
}

function isExactly(size: Quantity | undefined, value: number): boolean {
  return size?.kind === 'known' && integerOf(size.value) === value;
}

/** Whether the result is as wide as the states of all layers side by side. */
function isMultiple(width: Quantity, hidden: Quantity, count: number): boolean {
  if (width.kind !== 'known' || hidden.kind !== 'known') return false;
  const scaled: Quantity = {
    kind: 'known',
    value: {
      terms: hidden.value.terms.map((term) => ({ ...term, coefficient: term.coefficient * count })),
    },
  };
  return agree(width, scaled);
}

/** `view(batch_size, -1)`: the rows are meant to be sequences, as the name says. */
function saysBatch(node: FlowNode, { tree, text }: FileAnalysis): boolean {
  const call = callAt(tree, node.location);
  if (call === null) return false;
  const [rows, columns] = sizesOf(call, text);
  return (
    rows !== undefined && columns !== undefined && /batch/i.test(textOf(text, rows)) && textOf(text, columns) === '-1'
  );
}

function sizesOf(call: SyntaxNode, text: string): readonly SyntaxNode[] {
  const values = argumentsOf(call, text).flatMap(({ form, value }) => (form === 'positional' ? [value] : []));
  const [only] = values;
  return values.length === 1 && only?.name === 'TupleExpression' ? itemsOf(only) : values;
}

/** `h_n.view(…)` → `h_n.transpose(0, 1).reshape(…)`, whose rows are sequences where the batch is as the rows ask. */
function fixFor(node: FlowNode, { tree, text }: FileAnalysis): Fix | null {
  const call = callAt(tree, node.location);
  const callee = call?.firstChild;
  const method = callee?.lastChild;
  if (callee?.name !== 'MemberExpression' || method?.name !== 'PropertyName') return null;
  if (call === null || !['view', 'reshape'].includes(textOf(text, method))) return null;
  const title = 'Bring the batch to the front first';
  if (callee.firstChild !== null && textOf(text, callee.firstChild) === 'torch') {
    // `torch.reshape(h_n, sizes)`
    const [state, sizes, ...others] = argumentsOf(call, text);
    const isTight = state !== undefined && /^(?:VariableName|MemberExpression|CallExpression)$/.test(state.value.name);
    if (!isTight || state.form !== 'positional' || sizes?.form !== 'positional' || others.length > 0) return null;
    const insert = `${textOf(text, state.value)}.transpose(0, 1).reshape(`;
    return { title, edits: [{ from: call.from, to: sizes.value.from, insert }] };
  }
  return {
    title,
    edits: [{ from: method.from, to: method.to, insert: 'transpose(0, 1).reshape' }],
  };
}
