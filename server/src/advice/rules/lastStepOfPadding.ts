/** Rule: the last step of a padded batch is read, which for the shorter sequences is padding. */
import type { SyntaxNode } from '@lezer/common';
import { integerOf } from '../../../../model/expression';
import type { FlowNode, IndexStep, ModelGraph, ValueReference } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentFor, keywordOf } from '../../rewrite/arguments';
import { changesBetween, finalState, sharesBlock } from '../../rewrite/finalState';
import { assignmentTo, callAt, enclosing, nodeAt, textOf } from '../../rewrite/nodes';
import { scopeAround } from '../facts/bindings';
import type { ProgramFacts } from '../facts/programFacts';
import { axesOf, layerOf, originOf, takesLastStep, typeOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const lastStepOfPadding: Rule = {
  code: 'last-step-of-padding',
  severity: 'warning',
  frameworks: ['torch'],
  documentation: {
    title: 'Last step of a padded batch',
    whatItDoes:
      'Looks for `out[:, -1]` on what `pad_packed_sequence` gives; and for `out[:, -1]` or `h_n[-1]` of a layer that is given ' +
      'a batch without packing in a file that pads its batches at the end (`pad_sequence`). Batches that other files pad are ' +
      'not judged, nor those padded in front.',
    whyIsThisBad:
      'Only the longest sequence of the batch ends at the last step. For all others it holds zeros after ' +
      '`pad_packed_sequence`, and without packing what the layer made of the padding, which changes with the batch.',
    example:
      '```python\nout, (h_n, c_n) = self.lstm(packed)\nout, lengths = pad_packed_sequence(out, batch_first=True)\n' +
      'return self.fc(out[:, -1])\n```',
    useInstead:
      '```python\nout, (h_n, c_n) = self.lstm(packed)\nreturn self.fc(h_n[-1])\n```\nOr take the step before each length: ' +
      '`out[torch.arange(len(lengths)), lengths - 1]`.',
    fixSafety:
      'The final state of a packed batch is that of each sequence’s own last step; a trained model must be trained again. ' +
      'Without packing there is no fix, since the lengths must come from somewhere.',
    references: [
      'https://discuss.pytorch.org/t/114814',
      'https://docs.allennlp.org/main/api/modules/seq2vec_encoders/pytorch_seq2vec_wrapper/',
    ],
  },
  check: (analysis, facts) => {
    if (!facts.mentions('_sequence(')) return [];
    const padsAtTheEnd = padsBatches(analysis, facts);
    if (!padsAtTheEnd && !facts.mentions('pad_packed_sequence(')) return [];
    return analysis.models.flatMap((graph) =>
      graph.flow.flatMap((node) => [
        ...ofUnpacked(graph, node, analysis),
        ...(padsAtTheEnd ? ofPadded(graph, node) : []),
      ]),
    );
  },
};

/** `pad_sequence(…)` that fills up at the end, in a file that never packs nor turns sequences round. */
function padsBatches({ text }: FileAnalysis, facts: ProgramFacts): boolean {
  if (!facts.mentions('pad_sequence(') || /pack_padded_sequence|pack_sequence|flip|\[::-1\]|reversed?\(/.test(text))
    return false;
  return facts.calls.named('pad_sequence').some(({ node, callee }) => {
    const side = keywordOf(node, text, 'padding_side')?.value;
    const path = facts.imports.pathOf(callee);
    return path === 'torch.nn.utils.rnn.pad_sequence' && (side === undefined || /right/.test(textOf(text, side)));
  });
}

/** `out[:, -1]` of `out, _ = pad_packed_sequence(…)`. */
function ofUnpacked(graph: ModelGraph, node: FlowNode, analysis: FileAnalysis): readonly RuleFinding[] {
  const { tree, text } = analysis;
  const [input] = node.inputs;
  const origin = input === undefined ? undefined : originOf(graph, input);
  if (node.operation.kind !== 'index' || origin === undefined || !isFunction(origin.node, 'pad_packed_sequence'))
    return [];
  const unpacking = callAt(tree, origin.node.location);
  if (unpacking === null) return [];
  const batchFirst = isBatchFirst(graph, origin.node, unpacking, text);
  if (batchFirst === null || !takesLastStep(node.operation.steps, batchFirst)) return [];
  return [
    {
      location: node.location,
      message:
        'After pad_packed_sequence the last step of every sequence but the longest is zero: take the final state, h_n[-1], ' +
        'or the step before each length.',
      fix: origin.passed === 0 ? fixFor(graph, node, origin.node, unpacking, analysis) : null,
    },
  ];
}

/** As `batch_first` says; where that is no literal, true if the axes are those of the packed tensor, null if they are not. */
function isBatchFirst(graph: ModelGraph, unpacked: FlowNode, unpacking: SyntaxNode, text: string): boolean | null {
  const order = argumentFor(unpacking, text, 'batch_first', 1);
  if (order === null || textOf(text, order.value) === 'False') return false;
  if (textOf(text, order.value) === 'True') return true;
  const [before, after] = [axesOf(typeOf(graph, unpacked.inputs[0])), axesOf(unpacked.outputs[0])];
  if (before === undefined || after === undefined) return null;
  return JSON.stringify(before) === JSON.stringify(after) ? true : null;
}

/** `out[:, -1]` or `h_n[-1]` of a layer that has read the padding. */
function ofPadded(graph: ModelGraph, node: FlowNode): readonly RuleFinding[] {
  const [input] = node.inputs;
  const origin = input === undefined ? undefined : originOf(graph, input);
  const layer = origin === undefined ? undefined : layerOf(graph, origin.node);
  if (node.operation.kind !== 'index' || origin === undefined) return [];
  if (layer?.operation.op !== 'recurrent' || layer.operation.singleStep) return [];
  const { steps } = node.operation;
  const { directions, batchFirst } = layer.operation;
  // The last step of two directions is another rule's, and its cure leads here.
  const isLast =
    origin.output === 0 ? directions === 1 && takesLastStep(steps, batchFirst) : origin.output === 1 && isAt(steps, -1);
  if (!isLast) return [];
  return [
    {
      location: node.location,
      message:
        'Batches of this file are padded at the end, so that the shorter sequences end in padding here: pack them, or take ' +
        'the step before each length.',
      fix: null,
    },
  ];
}

function isAt(steps: readonly IndexStep[], position: number): boolean {
  const [first, ...rest] = steps;
  return (
    first?.kind === 'at' &&
    first.position.kind === 'known' &&
    integerOf(first.position.value) === position &&
    rest.length === 0
  );
}

function isFunction({ operation }: FlowNode, name: string): boolean {
  return operation.kind === 'function' && operation.name === name;
}

/** `out[:, -1]` → `h_n[-1]` of the one layer that the unpacked sequence comes from. */
function fixFor(
  graph: ModelGraph,
  index: FlowNode,
  unpacked: FlowNode,
  unpacking: SyntaxNode,
  { tree, text }: FileAnalysis,
): Fix | null {
  const [packed]: readonly ValueReference[] = unpacked.inputs;
  const application = packed === undefined ? undefined : graph.flow[packed.node];
  const layer = application === undefined ? undefined : layerOf(graph, application);
  if (application === undefined || layer?.operation.op !== 'recurrent' || layer.operation.directions !== 1) return null;
  const call = callAt(tree, application.location);
  const subscript = nodeAt(tree, index.location, 'MemberExpression');
  const assignment = call === null ? null : assignmentTo(call);
  const [output] = assignmentTo(unpacking)?.targets ?? [];
  const object = subscript?.firstChild;
  const method = call === null ? null : enclosing(call, 'FunctionDefinition');
  if (subscript === null || assignment === null || method === null || assignment.targets.length !== 2) return null;
  if (output?.name !== 'VariableName' || object?.name !== 'VariableName') return null;
  if (textOf(text, output) !== textOf(text, object) || !sharesBlock(assignment.statement, subscript)) return null;
  if (scopeAround(subscript).from !== method.from) return null;
  if (changesBetween(method, text, textOf(text, output), unpacking.to, subscript.from)) return null;
  const state = finalState(assignment, method, text, layer.operation.cell === 'lstm');
  if (state === null) return null;
  return {
    title: 'Take the final state',
    edits: [...state.edits, { from: subscript.from, to: subscript.to, insert: `${state.name}[-1]` }],
  };
}
