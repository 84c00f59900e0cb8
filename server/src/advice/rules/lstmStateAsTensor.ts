/** Rule: the state of an LSTM, a pair, is used as if it were a tensor. */
import type { SyntaxNode } from '@lezer/common';
import type { FlowNode, ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf } from '../../rewrite/arguments';
import {
  assignmentOf,
  assignmentTo,
  callAt,
  childrenOf,
  descendants,
  enclosing,
  isWrittenAlike,
  itemsOf,
  textOf,
} from '../../rewrite/nodes';
import { statementOf } from '../../rewrite/statements';
import { recurrentLayers } from '../architectures';
import { isBinding, scopeAround } from '../facts/bindings';
import type { ProgramFacts } from '../facts/programFacts';
import { layerOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const lstmStateAsTensor: Rule = {
  code: 'lstm-state-as-tensor',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'State of an LSTM used as a tensor',
    whatItDoes:
      'Looks for `hidden.detach()`, `hidden.cuda()`, `hidden.size()` and their like where `hidden` is the state that an LSTM ' +
      'of the file gave or `init_hidden` made, in `forward` or in the loop that trains the model.',
    whyIsThisBad:
      "The state of an RNN or a GRU is one tensor, that of an LSTM is the pair `(h, c)`: \"'tuple' object has no attribute " +
      "'detach'\". Code that is changed from one cell to another meets this.",
    example: '```python\nout, hidden = self.lstm(x, hidden)\nhidden = hidden.detach()\n```',
    useInstead:
      '```python\nout, hidden = self.lstm(x, hidden)\nhidden = tuple(state.detach() for state in hidden)\n```',
    fixSafety:
      'Safe: the program could not run before. Only what gives a tensor is mended (`detach`, `cuda`, `to`, …); what a pair ' +
      'cannot answer, like `size()`, is left to you.',
    references: ['https://github.com/spro/char-rnn.pytorch/issues/2'],
  },
  check: (analysis, facts) => {
    const { calls } = facts;
    const others = otherApplications(analysis);
    const given = analysis.models.flatMap((graph) => {
      const inForward = statesInForward(graph, analysis, others);
      return [...inForward, ...statesOfCalls(graph, inForward, analysis, calls)];
    });
    const states = [...given, ...(facts.mentions('def init') ? statesMade(analysis, calls) : [])];
    return states.flatMap((state) => misuses(state, analysis));
  },
};

/** Where a state gets its name: `hidden` or `self.hidden`, and the assignment that binds it. */
interface BoundState {
  readonly target: SyntaxNode;
  readonly statement: SyntaxNode;
}

/** Where something else than an LSTM is applied, in one of the models of the file: the class takes the cell as an argument. */
function otherApplications({ models }: FileAnalysis): ReadonlySet<number> {
  const others = new Set<number>();
  for (const model of models) {
    for (const node of model.flow) {
      if (node.operation.kind === 'layer' && !isLstm(model, node)) others.add(node.location.from);
    }
  }
  return others;
}

/** `out, hidden = ` at the end of a text. */
const secondName = /,\s*[\w.]+\s*,?\s*[)\]]?[\s\\]*=[\s\\]*\(?\s*$/;

/** `out, hidden = self.lstm(…)`: layers that are an LSTM however the model is constructed. */
function statesInForward(
  graph: ModelGraph,
  { tree, text, file }: FileAnalysis,
  others: ReadonlySet<number>,
): readonly BoundState[] {
  return graph.flow.flatMap((node) => {
    const { location } = node;
    if (!isLstm(graph, node) || location.file !== file || others.has(location.from)) return [];
    // The tree is asked only where a name stands in the second place.
    if (!secondName.test(text.slice(Math.max(0, location.from - 200), location.from))) return [];
    const call = callAt(tree, node.location);
    return call === null ? [] : stateBoundTo(call);
  });
}

function isLstm(model: ModelGraph, node: FlowNode): boolean {
  const described = layerOf(model, node)?.operation;
  return described?.op === 'recurrent' && described.cell === 'lstm' && !described.singleStep;
}

function stateBoundTo(call: SyntaxNode): readonly BoundState[] {
  const assignment = assignmentTo(call);
  const [, target] = assignment?.targets ?? [];
  if (assignment === null || target === undefined || assignment.targets.length !== 2) return [];
  return target.name === 'VariableName' || target.name === 'MemberExpression'
    ? [{ target, statement: assignment.statement }]
    : [];
}

/** `out, hidden = model(x, hidden)` where `model = Net(…)` and the `forward` of `Net` ends with `return out, hidden`. */
function statesOfCalls(
  graph: ModelGraph,
  inForward: readonly BoundState[],
  { text }: FileAnalysis,
  calls: ProgramFacts['calls'],
): readonly BoundState[] {
  if (inForward.length === 0) return [];
  const bound = calls.named(graph.name).flatMap(({ node: construction }) => {
    const [variable] = assignmentTo(construction)?.targets ?? [];
    if (variable?.name !== 'VariableName') return [];
    return calls.named(textOf(text, variable)).flatMap(({ node }) => stateBoundTo(node));
  });
  // Looked at last, since it walks through the whole of `forward`.
  return bound.length > 0 && inForward.some(({ target }) => isReturnedSecond(target, text)) ? bound : [];
}

/**
 * `hidden = model.init_hidden(…)` where the method of that name, the only one of the file, returns pairs, and all recurrent
 * layers of the file are LSTMs.
 */
function statesMade({ text, tree, models }: FileAnalysis, calls: ProgramFacts['calls']): readonly BoundState[] {
  const names = new Set([...text.matchAll(/\bdef (init_?(?:[Hh]idden|[Ss]tates?))\(/g)].map(([, name = '']) => name));
  if (names.size === 0) return [];
  const cells = new Set(models.flatMap((graph) => recurrentLayers(graph).map(({ operation }) => operation.cell)));
  if (!cells.has('lstm') || cells.size > 1) return [];
  return [...names].flatMap((name) => {
    const definitions = [...text.matchAll(new RegExp(`\\bdef ${name}\\(`, 'g'))];
    const [definition] = definitions;
    const method = definition === undefined ? null : tree.resolveInner(definition.index, 1).parent;
    if (definitions.length !== 1 || method?.name !== 'FunctionDefinition' || !returnsPairs(method)) return [];
    return calls.named(name).flatMap(({ node, object }) => {
      const assignment = object === null ? null : assignmentTo(node);
      const [target] = assignment?.targets ?? [];
      if (assignment === null || target?.name !== 'VariableName' || assignment.targets.length !== 1) return [];
      return [{ target, statement: assignment.statement }];
    });
  });
}

function returnsPairs(method: SyntaxNode): boolean {
  const returned = returnedItems(method);
  return returned.length > 0 && returned.every((items) => items.length === 2);
}

function isReturnedSecond(state: SyntaxNode, text: string): boolean {
  const returned = returnedItems(scopeAround(state));
  return (
    returned.length > 0 &&
    returned.every(
      ([, second, ...more]) => second !== undefined && more.length === 0 && isWrittenAlike(text, second, state),
    )
  );
}

/** What each `return` of a function gives: `a` and `b` of `return a, b` and of `return (a, b)`. */
function returnedItems(scope: SyntaxNode): readonly (readonly SyntaxNode[])[] {
  return descendants(scope, 'ReturnStatement').map((statement) => {
    const values = childrenOf(statement).filter(({ name }) => name !== 'return' && name !== ',');
    const [value] = values;
    return values.length === 1 && value?.name === 'TupleExpression' ? itemsOf(value) : values;
  });
}

/** Methods of a tensor that give another one. */
const mapping: ReadonlySet<string> = new Set(['detach', 'cuda', 'cpu', 'to', 'clone', 'contiguous', 'float', 'half']);
/** What only a tensor has and gives no state, or changes it in place. */
const tensorOnly: ReadonlySet<string> = new Set([
  'detach_',
  'data',
  'size',
  'shape',
  'view',
  'squeeze',
  'unsqueeze',
  'permute',
  'transpose',
  'requires_grad_',
  'zero_',
]);

function misuses({ target, statement }: BoundState, { text, lines }: FileAnalysis): readonly RuleFinding[] {
  // Most states are never looked into: their names are not followed by a dot anywhere.
  if (!text.includes(`${textOf(text, target)}.`)) return [];
  const scope = target.name === 'VariableName' ? scopeAround(target) : enclosing(target, 'ClassDefinition');
  if (scope === null || isAskedFor(scope, target, text)) return [];
  return descendants(scope, 'MemberExpression').flatMap((member): readonly RuleFinding[] => {
    const [object, property] = [member.firstChild, member.lastChild];
    if (object === null || property?.name !== 'PropertyName' || !isWrittenAlike(text, object, target)) return [];
    const name = textOf(text, property);
    if (!mapping.has(name) && !tensorOnly.has(name)) return [];
    const holdsState =
      holdsStateAt(member, target, statement, scope, text) || holdsStateOfLastRound(member, target, statement, text);
    if (target.name === 'VariableName' && !holdsState) return [];
    if (target.name === 'MemberExpression' && !holdsOnlyPairs(target, scope, text)) return [];
    const call = member.parent?.name === 'CallExpression' && isCallee(member) ? member.parent : null;
    const whole = call ?? member;
    return [
      {
        location: lines.locate(whole),
        message: `The state of an LSTM is the pair (h, c), which has no ${name}${call === null ? '' : '()'}: take its tensors one by one.`,
        fix: fixFor(whole, object, name, text),
      },
    ];
  });
}

function isCallee(member: SyntaxNode): boolean {
  return member.parent?.firstChild?.from === member.from && member.parent.firstChild.to === member.to;
}

/** `isinstance(hidden, tuple)` and the like: the author knows of both kinds. */
function isAskedFor(scope: SyntaxNode, target: SyntaxNode, text: string): boolean {
  return descendants(scope, 'CallExpression').some((call) => {
    const callee = call.firstChild === null ? '' : textOf(text, call.firstChild);
    if (callee !== 'isinstance' && callee !== 'type' && callee !== 'hasattr') return false;
    const [first] = argumentsOf(call, text);
    return first !== undefined && isWrittenAlike(text, first.value, target);
  });
}

/** The binding stands before in a block around the use, or in a loop around both; and nothing else is bound between. */
function holdsStateAt(
  use: SyntaxNode,
  target: SyntaxNode,
  statement: SyntaxNode,
  scope: SyntaxNode,
  text: string,
): boolean {
  const block = statement.parent;
  if (block === null || use.from < statement.to || use.to > block.to) return false;
  const name = textOf(text, target);
  return !descendants(scope, 'VariableName').some((node) => {
    if (node.from < statement.to || node.from >= use.from || textOf(text, node) !== name) return false;
    const written = enclosing(node, 'AssignStatement');
    const assignment = written === null ? null : assignmentOf(written);
    const isTarget = assignment?.targets.some(({ from }) => from === node.from) ?? false;
    return isTarget && (written?.to ?? 0) <= use.from;
  });
}

/** The use stands before the binding in the body of a loop, in which nothing else binds the name: from its second round on. */
function holdsStateOfLastRound(use: SyntaxNode, target: SyntaxNode, statement: SyntaxNode, text: string): boolean {
  const body = statement.parent;
  const loop = body?.parent ?? null;
  if (body?.name !== 'Body' || (loop?.name !== 'ForStatement' && loop?.name !== 'WhileStatement')) return false;
  if (
    use.from < body.from ||
    use.to > statement.from ||
    enclosing(use, 'FunctionDefinition', 'Script')?.to !== enclosing(loop, 'FunctionDefinition', 'Script')?.to
  )
    return false;
  const name = textOf(text, target);
  const mistake = enclosing(use, 'AssignStatement');
  return descendants(loop, 'VariableName').every((node) => {
    if (textOf(text, node) !== name || !isBinding(node) || node.from === target.from) return true;
    // `hidden = hidden.detach()` binds the name in the mistake itself.
    return mistake !== null && enclosing(node, 'AssignStatement')?.from === mistake.from;
  });
}

/** An attribute that is only ever given what an LSTM, a pair or the very mistake gives; None is no state yet. */
function holdsOnlyPairs(target: SyntaxNode, scope: SyntaxNode, text: string): boolean {
  return descendants(scope, 'AssignStatement').every((statement) => {
    const assignment = assignmentOf(statement);
    if (assignment === null) return true;
    const position = assignment.targets.findIndex((candidate) => isWrittenAlike(text, candidate, target));
    if (position === -1 || assignment.targets.length === 2) return true;
    return assignment.targets.length === 1 && assignment.value.name !== 'VariableName';
  });
}

function fixFor(whole: SyntaxNode, object: SyntaxNode, name: string, text: string): Fix | null {
  const state = textOf(text, object);
  const rest = text.slice(object.to, whole.to);
  const each = state === 'state' ? 'tensor' : 'state';
  const title = 'Do it for both tensors of the pair';
  const isStatement = whole.parent?.name === 'ExpressionStatement';
  if (mapping.has(name) && whole.name === 'CallExpression' && !isStatement) {
    return {
      title,
      edits: [{ from: whole.from, to: whole.to, insert: `tuple(${each}${rest} for ${each} in ${state})` }],
    };
  }
  const statement = statementOf(whole);
  if (name !== 'detach_' || !isStatement || statement === null) return null;
  const insert = `${state} = tuple(${each}.detach() for ${each} in ${state})`;
  return { title, edits: [{ from: whole.from, to: whole.to, insert }] };
}
