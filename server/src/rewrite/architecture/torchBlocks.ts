/** Puts a convolution in front of PyTorch's recurrent layers, and attention behind them. */
import type { SyntaxNode } from '@lezer/common';
import type { FlowNode } from '../../../../model/graph';
import { attends, convolutionTaps } from '../../advice/architectures';
import { takesLastStep } from '../../advice/flow';
import { argumentsOf, type CallArgument } from '../arguments';
import type { TextEdit } from '../edits';
import { importOfTorch } from '../finalState';
import { assignmentOf, assignmentTo, callAt, enclosing, nodeAt, readsOf, textOf, usesOf } from '../nodes';
import { isInLoop, lineBefore, linesAfter, putBefore } from './blocks';
import { type Draft, refuseAt } from './draft';
import { applicationsOf, checkEveryCall, endLayers, type MadeLayer, usesEveryStep } from './layers';
import { besideClassOf, freshName, functionAround, indentationOf, statementAround } from './naming';
import { consumersOf, finalStateTaken } from './torchDirections';

/** A convolution over `convolutionTaps` steps with as many filters as the layer behind it has units. */
export function torchConvolution(draft: Draft): readonly TextEdit[] {
  const { analysis } = draft;
  const { text, tree } = analysis;
  const { first, last } = endLayers(draft);
  const { layer, core } = first;
  const refuse = (): never =>
    refuseAt(layer.location, `where a convolution in front of ${layer.type} would go is not understood.`);
  checkPacking(draft, first, 'a convolution');
  checkEveryCall(draft, first);
  const { application, classBody } = attributeOf(draft, first) ?? refuse();
  const [input, hidden] = sizesOf(core, text);
  const convolution = besideClassOf(analysis, core, 'Conv1d');
  const name = freshName(analysis, classBody, 'conv', 'convolution', 'front_convolution');
  const imports = importOfTorch(tree.topNode, text);
  if (!input || !hidden || convolution === null || name === null || imports === null) return refuse();
  const [inputSize, filters] = [textOf(text, input.value), textOf(text, hidden.value)];
  const isCausal = !attends(draft.graph) && usesEveryStep(draft, last);
  // PyTorch pads both ends: what a causal convolution must not see is cut off behind it.
  const padding = isCausal ? convolutionTaps - 1 : (convolutionTaps - 1) / 2;
  const cut = isCausal ? `[..., :-${padding}]` : '';
  const made = `${convolution.name}(${inputSize}, ${filters}, kernel_size=${convolutionTaps}, padding=${padding})`;
  const construction = lineBefore(analysis, core, `self.${name} = ${made}`) ?? refuse();
  // A convolution wants (batch, features, time).
  const [there, back] = layer.operation.batchFirst
    ? ['transpose(1, 2)', 'transpose(1, 2)']
    : ['permute(1, 2, 0)', 'permute(2, 0, 1)'];
  const before = putBefore(
    analysis,
    application,
    'features',
    (argument) => `torch.relu(self.${name}(${argument}.${there})${cut}).${back}`,
  );
  return [
    ...imports,
    ...convolution.edits,
    construction,
    { from: input.value.from, to: input.value.to, insert: filters },
    ...(before ?? refuse()),
  ];
}

/** Additive attention over the steps of the last recurrent layer, in the place of its last step or final state. */
export function torchAttention(draft: Draft): readonly TextEdit[] {
  const { analysis } = draft;
  const { text, tree } = analysis;
  const { last } = endLayers(draft);
  const { layer, core } = last;
  const refuse = (): never =>
    refuseAt(layer.location, `where attention behind ${layer.type} would go is not understood.`);
  checkPacking(draft, last, 'the attention');
  checkEveryCall(draft, last);
  const { application, classBody } = attributeOf(draft, last) ?? refuse();
  const [, hidden] = sizesOf(core, text);
  const linear = besideClassOf(analysis, core, 'Linear');
  const sequential = besideClassOf(analysis, core, 'Sequential');
  const tanh = besideClassOf(analysis, core, 'Tanh');
  const name = freshName(analysis, classBody, 'attention', 'pooling', 'step_attention');
  const imports = importOfTorch(tree.topNode, text);
  if (!hidden || !linear || !sequential || !tanh || name === null || imports === null) return refuse();
  const width = textOf(text, hidden.value);
  const unit = indentationUnit(text, core);
  const construction = linesAfter(
    analysis,
    core,
    `self.${name} = ${sequential.name}(`,
    `${unit}${linear.name}(${width}, ${width}),`,
    `${unit}${tanh.name}(),`,
    `${unit}${linear.name}(${width}, 1, bias=False),`,
    ')',
  );
  return [
    ...imports,
    ...[...linear.edits, ...sequential.edits, ...tanh.edits],
    construction ?? refuse(),
    ...pooled(draft, last, application, `self.${name}`),
  ];
}

/** Where a step or a final state is taken, and the variable of the steps where that is known. */
interface TakenStep {
  readonly node: FlowNode;
  readonly steps: string | null;
}

/** `weights` and their sum of the steps, where `forward` took one step. */
function pooled(draft: Draft, { layer }: MadeLayer, application: SyntaxNode, attention: string): readonly TextEdit[] {
  const { analysis } = draft;
  const { text, tree } = analysis;
  const everyStep = (): never =>
    refuseAt(layer.location, `what follows ${layer.type} is given every step, and attention would give one vector.`);
  const [flowNode] = applicationsOf(draft, layer);
  const consumers = flowNode === undefined ? [] : consumersOf(draft, flowNode);
  const taken = consumers.flatMap((consumer): readonly TakenStep[] => {
    const { node, output } = consumer;
    if (output > 0) {
      return finalStateTaken(draft, consumer, layer.operation.layers) === null
        ? refuseAt(node.location, 'what becomes of this final state with attention is not understood.')
        : [{ node, steps: null }];
    }
    if (node.operation.kind !== 'index' || !takesLastStep(node.operation.steps, layer.operation.batchFirst)) return [];
    const object = nodeAt(tree, node.location, 'MemberExpression')?.firstChild;
    return object?.name === 'VariableName' ? [{ node, steps: textOf(text, object) }] : everyStep();
  });
  const [site, ...others] = taken;
  if (site === undefined || others.some(({ node }) => node.location.from !== site.node.location.from))
    return everyStep();
  const expression = nodeAt(tree, site.node.location, 'MemberExpression', 'CallExpression') ?? everyStep();
  const bound = site.steps === null ? outputName(draft, application, expression) : { name: site.steps, edits: [] };
  if (bound === null) return everyStep();
  const scope = functionAround(expression, analysis);
  const weights = freshName(analysis, scope, 'weights', 'attention_weights') ?? everyStep();
  const axis = layer.operation.batchFirst ? 1 : 0;
  const scores = `${weights} = torch.softmax(${attention}(${bound.name}), dim=${axis})`;
  const sum = `(${weights} * ${bound.name}).sum(dim=${axis})`;
  const statement = statementAround(expression);
  const isWholeValue =
    statement !== null &&
    assignmentOf(statement)?.value.from === expression.from &&
    assignmentOf(statement)?.value.to === expression.to;
  if (isInLoop(expression)) return everyStep();
  if (isWholeValue) {
    const line = lineBefore(analysis, expression, scores) ?? everyStep();
    return [...bound.edits, line, { from: expression.from, to: expression.to, insert: sum }];
  }
  const context = freshName(analysis, scope, 'context', 'attended') ?? everyStep();
  const lines = lineBefore(analysis, expression, scores, `${context} = ${sum}`) ?? everyStep();
  return [...bound.edits, lines, { from: expression.from, to: expression.to, insert: context }];
}

/** The variable of the layer's steps where only its final state was used; the state's own variable is then let go. */
function outputName(
  draft: Draft,
  application: SyntaxNode,
  use: SyntaxNode,
): { readonly name: string; readonly edits: readonly TextEdit[] } | null {
  const { analysis } = draft;
  const { text } = analysis;
  const [output, state] = assignmentTo(application)?.targets ?? [];
  if (output?.name !== 'VariableName' || state === undefined) return null;
  const scope = functionAround(application, analysis);
  const held = textOf(text, output);
  const isIgnored = /^_+$/.test(held);
  const isChanged = usesOf(scope, text, held).some(
    ({ node, kind }) => kind === 'write' && node.from > output.from && node.from < use.from,
  );
  if (!isIgnored && isChanged) return null;
  const name = isIgnored ? freshName(analysis, scope, 'out', 'steps') : held;
  if (name === null) return null;
  const names = state.name === 'TupleExpression' ? state.getChildren('VariableName') : [state];
  const isUnused = names.every((one) =>
    readsOf(scope, text, textOf(text, one)).every(({ from }) => from >= use.from && from < use.to),
  );
  return {
    name,
    edits: [
      ...(isIgnored ? [{ from: output.from, to: output.to, insert: name }] : []),
      ...(isUnused && textOf(text, state) !== '_' ? [{ from: state.from, to: state.to, insert: '_' }] : []),
    ],
  };
}

/** The one call of a layer that is an attribute of its module. */
function attributeOf(
  draft: Draft,
  { layer, core }: MadeLayer,
): { readonly application: SyntaxNode; readonly classBody: SyntaxNode } | null {
  const { tree, text } = draft.analysis;
  const target = assignmentTo(core)?.targets[0];
  const classBody = enclosing(core, 'ClassDefinition');
  const [first, ...others] = applicationsOf(draft, layer);
  const application = first === undefined ? null : callAt(tree, first.location);
  if (target?.name !== 'MemberExpression' || classBody === null || application?.firstChild == null) return null;
  if (isInLoop(core) || others.some(({ location }) => location.from !== application.from)) return null;
  return textOf(text, application.firstChild) === textOf(text, target) ? { application, classBody } : null;
}

/** `input_size` and `hidden_size`. */
function sizesOf(call: SyntaxNode, text: string): readonly (CallArgument | undefined)[] {
  const given = argumentsOf(call, text);
  const positional = given.filter(({ form }) => form === 'positional');
  return ['input_size', 'hidden_size'].map(
    (name, index) => given.find((one) => one.name === name) ?? positional[index],
  );
}

/** A packed sequence holds no steps of equal number for the batch. */
function checkPacking({ analysis }: Draft, { layer, core }: MadeLayer, block: string): void {
  const classBody = enclosing(core, 'ClassDefinition');
  if (classBody !== null && /\bpack_(?:padded_)?sequence\b/.test(textOf(analysis.text, classBody))) {
    refuseAt(layer.location, `${layer.type} reads packed sequences, of which ${block} cannot see the ends.`);
  }
}

/** What one level adds to the indentation of a line. */
function indentationUnit(text: string, node: SyntaxNode): string {
  const statement = statementAround(node);
  const definition = enclosing(node, 'FunctionDefinition');
  const inner = statement === null ? null : indentationOf(text, statement);
  const outer = definition === null ? null : indentationOf(text, definition);
  return inner !== null && outer !== null && inner.startsWith(outer) ? inner.slice(outer.length) : '    ';
}
