/** Rule: PyTorch's recurrent states are read or made as if their first axis were the batch. */
import type { SyntaxNode } from '@lezer/common';
import { integerOf } from '../../../../model/expression';
import type {
  FlowNode,
  IndexStep,
  Layer,
  ModelGraph,
  Quantity,
  RecurrentOperation,
  TensorType,
} from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentFor, argumentsOf } from '../../rewrite/arguments';
import { callAt, itemsOf, nodeAt, textOf } from '../../rewrite/nodes';
import { singleValueOf } from '../facts/bindings';
import { agree, axesOf, layerOf, originOf, typeOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const stateBatchFirst: Rule = {
  code: 'state-batch-first',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'A state is taken for batch-first',
    whatItDoes:
      'Looks for `h_n[:, -1]` on a final state, and for initial states made as `(batch, layers, hidden)`, of `nn.RNN`, ' +
      '`nn.GRU` and `nn.LSTM`.',
    whyIsThisBad:
      'States are `(layers·directions, batch, hidden)`, with `batch_first=True` too: that argument speaks of inputs and ' +
      'outputs only. `h_n[:, -1]` is the state of the last sequence of the batch, not of the last layer, and an initial ' +
      'state with the batch in front stops with "Expected hidden size …".',
    example: '```python\n_, h_n = self.gru(x)\nreturn self.fc(h_n[:, -1])\n```',
    useInstead: '```python\n_, h_n = self.gru(x)\nreturn self.fc(h_n[-1])\n```',
    fixSafety:
      'The fix reads the last layer, or makes the state in the order that PyTorch wants. Results change, as they should. A ' +
      'bidirectional layer has two last states, and which is meant is left to you.',
    references: [
      'https://github.com/pytorch/pytorch/issues/19675',
      'https://github.com/pytorch/pytorch/issues/34036',
      'https://github.com/timbmg/Sentence-VAE/issues/15',
    ],
  },
  check: (analysis) =>
    analysis.models.flatMap((graph) =>
      graph.flow.flatMap((node) => [
        ...checkReading(graph, node, analysis),
        ...checkInitialState(graph, node, analysis),
      ]),
    ),
};

function checkReading(graph: ModelGraph, node: FlowNode, analysis: FileAnalysis): readonly RuleFinding[] {
  const [input] = node.inputs;
  if (node.operation.kind !== 'index' || input === undefined || !takesLastOfSecondAxis(node.operation.steps)) return [];
  const origin = originOf(graph, input);
  const layer = origin === undefined ? undefined : layerOf(graph, origin.node);
  if (origin === undefined || layer?.operation.op !== 'recurrent' || layer.operation.singleStep) return [];
  if (origin.output === 0 || axesOf(typeOf(graph, input))?.length !== 3) return [];
  return [
    {
      location: node.location,
      message:
        'A state is (layers·directions, batch, hidden), with batch_first=True too: this is the state of the last sequence ' +
        `of the batch.${layer.operation.directions === 1 ? ' [-1] is that of the last layer.' : ''}`,
      fix: fixReading(node, layer.operation, analysis),
    },
  ];
}

/** `[:, -1]` or `[:, -1, :]`. */
function takesLastOfSecondAxis([first, second, ...rest]: readonly IndexStep[]): boolean {
  return (
    isEverything(first) &&
    second?.kind === 'at' &&
    second.position.kind === 'known' &&
    integerOf(second.position.value) === -1 &&
    rest.length <= 1 &&
    rest.every(isEverything)
  );
}

function isEverything(step: IndexStep | undefined): boolean {
  return step?.kind === 'slice' && step.from === null && step.to === null && step.step === null;
}

function fixReading(node: FlowNode, operation: RecurrentOperation, { tree, text }: FileAnalysis): Fix | null {
  const subscript = nodeAt(tree, node.location, 'MemberExpression');
  const bracket = subscript?.getChild('[') ?? null;
  if (operation.directions !== 1 || subscript === null || bracket === null) return null;
  if (!/^\[\s*:\s*,\s*-1\s*(?:,\s*:\s*)?\]$/.test(text.slice(bracket.from, subscript.to))) return null;
  return {
    title: 'Take the state of the last layer',
    edits: [{ from: bracket.from, to: subscript.to, insert: '[-1]' }],
  };
}

/** An initial state `(batch, layers·directions, hidden)` where the batch is the one of the layer's input. */
function checkInitialState(graph: ModelGraph, node: FlowNode, analysis: FileAnalysis): readonly RuleFinding[] {
  const layer = layerOf(graph, node);
  const [input] = node.inputs;
  if (layer?.operation.op !== 'recurrent' || layer.operation.singleStep || input === undefined) return [];
  const batch = axesOf(typeOf(graph, input))?.at(layer.operation.batchFirst ? 0 : 1);
  const { operation } = layer;
  const isTurned = (state: TensorType): boolean => {
    const [first, second, third] = axesOf(state) ?? [];
    const [expected, expectedBatch] = axesOf(node.outputs[1]) ?? [];
    if (third === undefined || !agree(first, batch) || !agree(second, expected)) return false;
    return isOpen(first) && !agree(first, expected) && !agree(second, expectedBatch);
  };
  if (node.initialStates === undefined || !node.initialStates.some(isTurned)) return [];
  return [
    {
      location: node.location,
      message:
        'The initial state is made as (batch, layers·directions, hidden), but PyTorch wants (layers·directions, batch, ' +
        `hidden)${operation.batchFirst ? ', with batch_first=True too' : ''}.`,
      fix: fixInitialState(node, layer, analysis),
    },
  ];
}

function isOpen(size: Quantity | undefined): boolean {
  return size?.kind === 'known' && integerOf(size.value) === undefined;
}

/** Swaps the first two sizes of every call that makes a state; null where one of the states is made in another way. */
function fixInitialState(node: FlowNode, layer: Layer, analysis: FileAnalysis): Fix | null {
  const call = callAt(analysis.tree, node.location);
  const given = call === null ? null : (argumentFor(call, analysis.text, 'hx', 1)?.value ?? null);
  if (given === null || layer.operation.op !== 'recurrent') return null;
  const pair = singleValueOf(analysis, given);
  const states = pair?.name === 'TupleExpression' ? itemsOf(pair) : [given];
  const calls = states.map((state) => creationOf(singleValueOf(analysis, state), analysis));
  const edits = calls.flatMap((sizes) => {
    if (sizes === null) return [];
    const [first, second] = sizes;
    return [
      { from: first.from, to: first.to, insert: textOf(analysis.text, second) },
      { from: second.from, to: second.to, insert: textOf(analysis.text, first) },
    ];
  });
  return calls.includes(null) ? null : { title: 'Put the layers before the batch', edits };
}

/** The first two sizes of `torch.zeros(a, b, c)`, perhaps with `.to(device)` after it. */
function creationOf(value: SyntaxNode | null, { text }: FileAnalysis): readonly [SyntaxNode, SyntaxNode] | null {
  let node = value;
  while (node?.name === 'CallExpression' && node.firstChild?.firstChild?.name === 'CallExpression') {
    node = node.firstChild.firstChild;
  }
  if (node?.name !== 'CallExpression' || node.firstChild === null) return null;
  if (!/(?:^|\.)(?:zeros|ones|rand|randn|empty)$/.test(textOf(text, node.firstChild))) return null;
  const sizes = argumentsOf(node, text).filter(({ form }) => form === 'positional');
  const [first, second] = sizes;
  return sizes.length === 3 && first !== undefined && second !== undefined ? [first.value, second.value] : null;
}
