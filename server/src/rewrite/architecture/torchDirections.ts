/** Makes PyTorch layers read in both directions, or in one, with what `forward` does with their results. */
import type { SyntaxNode } from '@lezer/common';
import { integerOf } from '../../../../model/expression';
import type { FlowNode, IndexStep, Quantity } from '../../../../model/graph';
import { isEverything, originOf, takesLastStep } from '../../advice/flow';
import { argumentsOf, hasSpread, keywordOf, removeArguments, setKeyword } from '../arguments';
import type { TextEdit } from '../edits';
import { finalState, importOfTorch, readsOutputOf } from '../finalState';
import { assignmentTo, callAt, childrenOf, descendants, enclosing, itemsOf, nodeAt, textOf, usesOf } from '../nodes';
import { assignmentAround } from '../stateWalk';
import { isInLoop, lineBefore } from './blocks';
import { type Draft, refuseAt } from './draft';
import { applicationsOf, checkEveryCall, type MadeLayer, madeLayers } from './layers';
import { freshName, functionAround } from './naming';
import { scaledSize, settingTo } from './settings';

/** `input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional`. */
const bidirectionalPosition = 6;

/** Everything but the sizes of the layers that follow. */
export function torchDirections(draft: Draft, directions: 1 | 2): readonly TextEdit[] {
  const changing = madeLayers(draft).filter(({ layer }) => layer.operation.directions !== directions);
  for (const made of changing) {
    checkEveryCall(draft, made);
    checkReturns(draft, made);
  }
  return changing.flatMap((made) => [
    ...constructorEdits(draft, made, directions),
    ...applicationsOf(draft, made.layer).flatMap((application) => [
      ...initialStateEdits(draft, made, application, directions),
      ...consumersOf(draft, application).flatMap((consumer) =>
        directions === 2 ? joined(draft, made, application, consumer) : separate(draft, made, application, consumer),
      ),
    ]),
  ]);
}

/** A method that returns early, with a result of the layer as it is: the flow shows one of its ways only. */
function checkReturns(draft: Draft, { layer }: MadeLayer): void {
  const { tree, text, lines } = draft.analysis;
  for (const application of applicationsOf(draft, layer)) {
    const call = callAt(tree, application.location);
    const method = call === null ? null : enclosing(call, 'FunctionDefinition');
    const targets = call === null ? [] : (assignmentTo(call)?.targets ?? []);
    const returns = method === null ? [] : descendants(method, 'ReturnStatement');
    const names = targets
      .flatMap((target) => (target.name === 'TupleExpression' ? itemsOf(target) : [target]))
      .map((target) => textOf(text, target));
    const raw = returns.find((statement) => returned(statement).some((value) => names.includes(textOf(text, value))));
    if (returns.length > 1 && raw !== undefined) {
      refuseAt(
        lines.locate(raw),
        `a result of ${layer.path} is returned here, in one of several ways out: change it by hand.`,
      );
    }
  }
}

/** The values that a statement returns, one by one. */
function returned(statement: SyntaxNode): readonly SyntaxNode[] {
  return childrenOf(statement).flatMap((value) => (value.name === 'TupleExpression' ? itemsOf(value) : [value]));
}

function constructorEdits({ analysis }: Draft, { layer, core }: MadeLayer, directions: 1 | 2): readonly TextEdit[] {
  const { text } = analysis;
  const given =
    keywordOf(core, text, 'bidirectional') ??
    argumentsOf(core, text).filter(({ form }) => form === 'positional')[bidirectionalPosition];
  if (hasSpread(core, text)) refuseAt(layer.coreLocation, `${layer.type} is given arguments by a spread.`);
  if (given === undefined || given === null) return setKeyword(core, text, 'bidirectional', 'True');
  if (given.value.name === 'Boolean' && directions === 1 && given.form === 'keyword')
    return removeArguments(core, text, ({ name }) => name === 'bidirectional');
  return (
    settingTo(analysis, given.value, directions === 2 ? 'True' : 'False') ??
    refuseAt(layer.coreLocation, `what makes ${layer.type} bidirectional is not a plain value.`)
  );
}

/** What uses a result of the layer: its own node with the result it takes. */
interface Consumer {
  readonly node: FlowNode;
  /** 0 for the steps, 1 for the final hidden states, 2 for those of an LSTM's cell. */
  readonly output: number;
  /** Dropout and other elementwise things in between. */
  readonly isDerived: boolean;
}

export function consumersOf({ graph }: Draft, application: FlowNode): readonly Consumer[] {
  return graph.flow.flatMap((node) =>
    node.inputs.flatMap((input): readonly Consumer[] => {
      if (input.node === application.id) return [{ node, output: input.output, isDerived: false }];
      const origin = originOf(graph, input);
      const isFrom = origin?.node.id === application.id && node.operation.kind === 'index';
      return isFrom ? [{ node, output: origin.output, isDerived: true }] : [];
    }),
  );
}

/** One direction becomes two: what took the last step or the final state takes the final states of both. */
function joined(draft: Draft, { layer }: MadeLayer, application: FlowNode, consumer: Consumer): readonly TextEdit[] {
  const { analysis } = draft;
  const { node, output, isDerived } = consumer;
  const { operation } = layer;
  const refuse = (): never => refuseAt(node.location, `what becomes of this with two directions is not understood.`);
  if (output > 0) {
    const state = finalStateTaken(draft, consumer, operation.layers) ?? refuse();
    const imports = importOfTorch(analysis.tree.topNode, analysis.text) ?? refuse();
    return [...imports, { from: node.location.from, to: node.location.to, insert: both(state) }];
  }
  if (node.operation.kind === 'function' && picking.has(node.operation.name)) refuse();
  if (node.operation.kind !== 'index') return [];
  if (!takesLastStep(node.operation.steps, operation.batchFirst)) {
    return picksStep(node.operation.steps, operation.batchFirst ? 1 : 0) ? refuse() : [];
  }
  const call = callAt(analysis.tree, application.location);
  const subscript = nodeAt(analysis.tree, node.location, 'MemberExpression');
  const assignment = call === null ? null : assignmentTo(call);
  const method = call === null ? null : enclosing(call, 'FunctionDefinition');
  if (isDerived && subscript !== null) return halves(draft, subscript, operation.batchFirst) ?? refuse();
  if (subscript === null || assignment === null || method === null) return refuse();
  if (!readsOutputOf(assignment, subscript, method, analysis.text)) refuse();
  const state = finalState(assignment, method, analysis.text, operation.cell === 'lstm') ?? refuse();
  const imports = importOfTorch(analysis.tree.topNode, analysis.text) ?? refuse();
  const [target] = assignment.targets;
  const isReadElsewhere =
    target !== undefined &&
    usesOf(method, analysis.text, textOf(analysis.text, target)).some(
      ({ node: use, kind }) => kind === 'read' && use.from !== subscript.from,
    );
  return [
    ...imports,
    ...state.edits,
    ...(target === undefined || isReadElsewhere ? [] : [{ from: target.from, to: target.to, insert: '_' }]),
    { from: subscript.from, to: subscript.to, insert: both(state.name) },
  ];
}

/** Behind dropout and the like there are no final states: each direction's half has its own last step. */
function halves({ analysis }: Draft, subscript: SyntaxNode, batchFirst: boolean): readonly TextEdit[] | null {
  const { text, tree } = analysis;
  const steps = subscript.firstChild;
  const imports = importOfTorch(tree.topNode, text);
  const scope = functionAround(subscript, analysis);
  const names = ['forward', 'backward'].map((name) => freshName(analysis, scope, `${name}_steps`));
  const [forward, backward] = names;
  if (steps?.name !== 'VariableName' || imports === null || !forward || !backward || isInLoop(subscript)) return null;
  const line = lineBefore(analysis, subscript, `${forward}, ${backward} = ${textOf(text, steps)}.chunk(2, dim=-1)`);
  const [last, first] = batchFirst ? ['[:, -1]', '[:, 0]'] : ['[-1]', '[0]'];
  const insert = `torch.cat((${forward}${last}, ${backward}${first}), dim=1)`;
  return line === null ? null : [...imports, line, { from: subscript.from, to: subscript.to, insert }];
}

function both(state: string): string {
  return `torch.cat((${state}[-2], ${state}[-1]), dim=1)`;
}

/** Functions that pick steps by what the program computes. */
const picking: ReadonlySet<string> = new Set(['gather', 'index_select', 'take_along_dim', 'select']);

function picksStep(steps: readonly IndexStep[], timeAxis: number): boolean {
  const step = steps[timeAxis];
  return step?.kind === 'at' || step?.kind === 'other' || steps.some(({ kind }) => kind === 'ellipsis');
}

/** The text of `h` in `h[-1]`, `h[0]` of one layer and `h.squeeze(0)` of one layer: the final state of the last layer. */
export function finalStateTaken({ analysis }: Draft, { node, isDerived }: Consumer, layers: Quantity): string | null {
  const { tree, text } = analysis;
  if (isDerived) return null;
  const isSingle = layers.kind === 'known' && integerOf(layers.value) === 1;
  if (node.operation.kind === 'index') {
    const subscript = nodeAt(tree, node.location, 'MemberExpression');
    const [layer, ...rest] = node.operation.steps;
    const position =
      layer?.kind === 'at' && layer.position.kind === 'known' ? integerOf(layer.position.value) : undefined;
    const isLast = position === -1 || (position === 0 && isSingle);
    return isLast && rest.every(isEverything) && subscript?.firstChild ? textOf(text, subscript.firstChild) : null;
  }
  const call = callAt(tree, node.location);
  const callee = call?.firstChild;
  const isSqueeze = node.operation.kind === 'function' && node.operation.name === 'squeeze';
  if (!isSqueeze || !isSingle || callee?.name !== 'MemberExpression' || callee.firstChild === null) return null;
  return /^\.squeeze$/.test(text.slice(callee.firstChild.to, callee.to)) ? textOf(text, callee.firstChild) : null;
}

/** Two directions become one: what joined the final states takes the one that there is. */
function separate(draft: Draft, { layer }: MadeLayer, application: FlowNode, consumer: Consumer): readonly TextEdit[] {
  const { analysis, graph } = draft;
  const { node, output } = consumer;
  const refuse = (): never => refuseAt(node.location, `what becomes of this with one direction is not understood.`);
  if (output === 0) {
    if (node.operation.kind === 'function' && picking.has(node.operation.name)) refuse();
    if (node.operation.kind !== 'index') return [];
    const isWhole =
      takesLastStep(node.operation.steps, layer.operation.batchFirst) || node.operation.steps.every(isEverything);
    return isWhole ? [] : refuse();
  }
  if (node.operation.kind !== 'index') return refuse();
  const joins = graph.flow.filter(({ inputs }) => inputs.some((input) => input.node === node.id));
  const [join] = joins;
  const call = join === undefined ? null : callAt(analysis.tree, join.location);
  const subscript = nodeAt(analysis.tree, node.location, 'MemberExpression');
  if (joins.length !== 1 || join === undefined || call === null || !subscript?.firstChild) return refuse();
  if (join.operation.kind !== 'function' || join.operation.name !== 'concatenate') return refuse();
  const parts = join.inputs.map((input) => graph.flow[input.node]);
  const positions = parts.map((part) => {
    const source = part?.inputs[0];
    if (part?.operation.kind !== 'index' || source?.node !== application.id || source.output !== output)
      return undefined;
    const [step, ...rest] = part.operation.steps;
    const isOne = step?.kind === 'at' && step.position.kind === 'known' && rest.every(isEverything);
    return isOne ? integerOf(step.position.value) : undefined;
  });
  const { layers } = layer.operation;
  const isSingle = layers.kind === 'known' && integerOf(layers.value) === 1;
  const order = positions.join(' ');
  if (order !== '-2 -1' && !(isSingle && order === '0 1')) return refuse();
  const insert = `${textOf(analysis.text, subscript.firstChild)}[-1]`;
  return [{ from: call.from, to: call.to, insert }];
}

/** `torch.zeros(layers, batch, hidden)` gets the states of both directions, or loses those of one. */
function initialStateEdits(
  { analysis }: Draft,
  { layer }: MadeLayer,
  application: FlowNode,
  directions: 1 | 2,
): readonly TextEdit[] {
  const { tree, text } = analysis;
  const call = callAt(tree, application.location);
  const state = call === null ? null : initialState(call, text);
  if (call === null || state === null) return [];
  const refuse = (): never =>
    refuseAt(application.location, `where the initial state of ${layer.path} comes from is not understood.`);
  return madeStates(call, state, text).flatMap((maker) => {
    const first = maker === null ? undefined : argumentsOf(maker, text)[0];
    if (first === undefined) return refuse();
    if (/direction/.test(textOf(text, first.value))) return [];
    const size = scaledSize(text, first.value, directions === 2 ? 'double' : 'half') ?? refuse();
    return [{ from: first.value.from, to: first.value.to, insert: size }];
  });
}

export function initialState(call: SyntaxNode, text: string): SyntaxNode | null {
  const given = argumentsOf(call, text);
  const state = given.find(({ name }) => name === 'hx') ?? given.filter(({ form }) => form === 'positional')[1];
  return state === undefined || textOf(text, state.value) === 'None' ? null : state.value;
}

/** The calls of `torch.zeros` and the like that make a state or a pair of them; null for what is made otherwise. */
export function madeStates(call: SyntaxNode, state: SyntaxNode, text: string): readonly (SyntaxNode | null)[] {
  if (state.name === 'TupleExpression') return itemsOf(state).flatMap((item) => madeStates(call, item, text));
  if (state.name === 'VariableName') {
    const method = enclosing(call, 'FunctionDefinition');
    const uses = method === null ? [] : usesOf(method, text, textOf(text, state));
    const [write, ...others] = uses.filter(({ kind }) => kind !== 'read');
    const assignment = write?.kind === 'write' && others.length === 0 ? assignmentAround(write.node) : null;
    return assignment?.targets.length === 1 ? madeStates(call, assignment.value, text) : [null];
  }
  // `torch.zeros(…).to(x.device)`
  let made: SyntaxNode | null = state;
  while (made?.name === 'CallExpression' && made.firstChild !== null) {
    const callee: SyntaxNode = made.firstChild;
    if (/^(?:torch\.(?:zeros|randn|rand|ones|empty)|\w+\.new_(?:zeros|ones|empty))$/.test(textOf(text, callee)))
      return [made];
    if (/^(?:(?:torch\.)?autograd\.)?Variable$/.test(textOf(text, callee))) {
      made = argumentsOf(made, text)[0]?.value ?? null;
      continue;
    }
    if (callee.name !== 'MemberExpression') break;
    if (!/\.(?:to|cuda|double|float|type_as|requires_grad_)$/.test(textOf(text, callee))) break;
    made = callee.firstChild;
  }
  return /^torch\.zeros_like\(/.test(textOf(text, state)) ? [] : [null];
}
