/** Rule: a PyTorch training loop hands the state of one batch to the next with its whole history. */
import type { SyntaxNode } from '@lezer/common';
import type { Cell, ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, keywordOf, removeArguments } from '../../rewrite/arguments';
import type { TextEdit } from '../../rewrite/edits';
import { assignmentOf, enclosing, textOf } from '../../rewrite/nodes';
import { insertLineAfter } from '../../rewrite/statements';
import type { Span } from '../../syntax/python/ast';
import { recurrentLayers } from '../architectures';
import { isBinding } from '../facts/bindings';
import { occurrencesOf } from '../facts/calls';
import { assignmentsIn, type Carry, carryOf, stateName } from '../facts/carriedState';
import { holdsRecurrentModel, modelsHeldBy } from '../facts/heldModels';
import type { ProgramFacts } from '../facts/programFacts';
import type { TrainingStep } from '../facts/training';
import type { Fix, Rule, RuleFinding } from '../rule';

export const stateNotDetached: Rule = {
  code: 'state-not-detached',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'State carried from batch to batch without detach()',
    whatItDoes:
      'Looks for `out, hidden = model(x, hidden)` in a loop that calls `backward()`, and for `out, self.hidden = ' +
      'self.lstm(x, self.hidden)` in `forward`, where the state is neither made anew nor detached between two batches.',
    whyIsThisBad:
      'The state holds the graph that computed it. The second `backward()` goes through the first batch again and stops with ' +
      '"Trying to backward through the graph a second time". `retain_graph=True` hides that: every step then goes back ' +
      'through all batches before it, slower each time, until memory ends.',
    example:
      '```python\nfor x, y in loader:\n    out, hidden = model(x, hidden)\n    loss = criterion(out, y)\n' +
      '    loss.backward(retain_graph=True)\n```',
    useInstead:
      '```python\nfor x, y in loader:\n    out, hidden = model(x, hidden)\n    hidden = hidden.detach()\n' +
      '    loss = criterion(out, y)\n    loss.backward()\n```\nOf an LSTM: `hidden = tuple(state.detach() for state in hidden)`.',
    fixSafety:
      'The values stay, their history ends with the batch: truncated backpropagation through time, which is what was ' +
      'computed before the error. `retain_graph=True` goes where it served nothing else.',
    references: [
      'https://github.com/MorvanZhou/PyTorch-Tutorial/issues/57',
      'https://github.com/sgadgil6/cnslab_fmri/issues/4',
      'https://github.com/quark0/darts/issues/56',
      'https://github.com/pytorch/pytorch/issues/2769',
    ],
  },
  check: (analysis, facts) => {
    const steps = facts.trainingSteps.filter(({ loop }) => loop !== null);
    if (steps.length === 0) return [];
    return [
      ...steps.flatMap((step) => carriesOf(analysis, facts, step)),
      ...analysis.models.flatMap((graph) => attributeCarries(analysis, facts, graph)),
    ];
  },
};

/** Ways of cutting the history of a state; of a loss or an output that is printed they say nothing. */
const cutting = /(?:detach|repackage|stop_grad|truncate)\w*(?!\w*\(\)\s*\.\s*(?:cpu|numpy|item|tolist)\b)/i;

function carriesOf(
  analysis: FileAnalysis,
  facts: ProgramFacts,
  { loop, backward }: TrainingStep,
): readonly RuleFinding[] {
  if (loop === null) return [];
  return assignmentsIn(analysis, loop).flatMap((statement): readonly RuleFinding[] => {
    const carry = carryOf(analysis.text, statement);
    if (carry === null || !isHistoryKept(analysis, carry, loop)) return [];
    const models = modelsHeldBy(analysis, carry.callee) ?? analysis.models;
    if (!holdsRecurrentModel(analysis, carry.callee) || models.some((graph) => cutsHistory(analysis, graph.extent)))
      return [];
    const isRetained = keywordOf(backward.node, analysis.text, 'retain_graph') !== null;
    return [
      {
        location: analysis.lines.locate(statement),
        message:
          `${listed(carry.names)} carried from batch to batch with the graph of every batch before: ` +
          (isRetained
            ? 'retain_graph=True only hides that. Detach the state after each batch.'
            : 'the second backward() will stop. Detach the state after each batch.'),
        fix: fixCarry(analysis, facts, carry, loop, models),
      },
    ];
  });
}

function listed(names: readonly string[]): string {
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'}`;
}

/** Whether nothing in the loop gives the state another value, or cuts its history. */
function isHistoryKept(analysis: FileAnalysis, { names, statement }: Carry, loop: SyntaxNode): boolean {
  const { text } = analysis;
  if (cutting.test(withoutComments(text, loop))) return false;
  return names.every((name) =>
    occurrencesOf(analysis, name, loop).every((use) => {
      const isOther = isBinding(use) && !(statement.from <= use.from && use.to <= statement.to);
      const isData = /^\s*(?:\[\d\])?\.data\b/.test(text.slice(use.to));
      return !isOther && !isData && use.parent?.name !== 'DeleteStatement';
    }),
  );
}

function cutsHistory({ text }: FileAnalysis, extent: Span): boolean {
  return /detach|repackage|no_grad|\.data\b/.test(withoutComments(text, extent));
}

function withoutComments(text: string, { from, to }: Span): string {
  return text.slice(from, to).replace(/#.*$/gm, '');
}

/** The history ends right after the call; only where nothing else in the loop reads the state, which the loss may rest on. */
function fixCarry(
  analysis: FileAnalysis,
  { calls }: ProgramFacts,
  { names, statement, isWrittenOut }: Carry,
  loop: SyntaxNode,
  models: readonly ModelGraph[],
): Fix | null {
  const { text } = analysis;
  const isReadElsewhere = names.some((name) =>
    occurrencesOf(analysis, name, loop).some((use) => use.from < statement.from || use.to > statement.to),
  );
  const cell = onlyCellOf(models);
  const [name] = names;
  if (isReadElsewhere || cell === null || name === undefined) return null;
  const line = isWrittenOut
    ? `${names.join(', ')} = ${names.map((each) => `${each}.detach()`).join(', ')}`
    : names.length === 1
      ? detaching(name, cell)
      : null;
  const insertion = line === null ? null : insertLineAfter(text, statement, line);
  if (insertion === null) return null;
  const backwards = calls.within(loop, 'backward');
  const [backward] = backwards;
  const released: readonly TextEdit[] =
    backwards.length === 1 && backward !== undefined
      ? removeArguments(backward.node, text, (argument) => argument.name === 'retain_graph')
      : [];
  return { title: 'Detach the state after each batch', edits: [insertion, ...released] };
}

function detaching(name: string, cell: Cell): string {
  return cell === 'lstm' ? `${name} = tuple(state.detach() for state in ${name})` : `${name} = ${name}.detach()`;
}

/** The cell of models that have one recurrent layer each, all alike: only then is it known what a state consists of. */
function onlyCellOf(models: readonly ModelGraph[]): Cell | null {
  const layers = models.map(recurrentLayers);
  const cells = new Set(layers.flatMap((each) => each.map(({ operation }) => operation.cell)));
  const [cell] = cells;
  return cells.size === 1 && cell !== undefined && layers.every((each) => each.length === 1) ? cell : null;
}

/** `out, self.hidden = self.lstm(x, self.hidden)` in a module whose state nothing else of the file ever sets. */
function attributeCarries(analysis: FileAnalysis, facts: ProgramFacts, graph: ModelGraph): readonly RuleFinding[] {
  const { text } = analysis;
  if (graph.location.file !== analysis.file || cutsHistory(analysis, graph.extent)) return [];
  return assignmentsIn(analysis, graph.extent).flatMap((statement): readonly RuleFinding[] => {
    const assignment = assignmentOf(statement);
    const carried = assignment?.targets.find(
      (target) => target.name === 'MemberExpression' && /^self\.\w+$/.test(textOf(text, target)),
    );
    if (assignment === null || carried === undefined || assignment.value.name !== 'CallExpression') return [];
    const attribute = textOf(text, carried);
    const isRead = argumentsOf(assignment.value, text).some(({ value }) => textOf(text, value) === attribute);
    const name = attribute.slice('self.'.length);
    if (!isRead || !stateName.test(name) || isSetElsewhere(analysis, facts, name, statement)) return [];
    const layer = graph.flow.find(({ location }) => location.from === assignment.value.from)?.operation;
    const operation = graph.layers.find(({ path }) => layer?.kind === 'layer' && layer.path === path)?.operation;
    if (operation?.op !== 'recurrent' || assignment.targets.length !== 2) return [];
    const line = detaching(attribute, operation.cell);
    const insertion = operation.singleStep ? null : insertLineAfter(text, statement, line);
    return [
      {
        location: analysis.lines.locate(statement),
        message:
          `${attribute} is carried from call to call with the graph of every call before, and nothing makes it anew: the ` +
          'second backward() will stop. Detach it after each call.',
        fix: insertion === null ? null : { title: 'Detach the state after each call', edits: [insertion] },
      },
    ];
  });
}

/** Whether the attribute gets a value outside of constructors and of this statement, or a method that sets it is called there. */
function isSetElsewhere(analysis: FileAnalysis, { calls }: ProgramFacts, name: string, statement: SyntaxNode): boolean {
  return occurrencesOf(analysis, name).some((use) => {
    const member = use.parent?.name === 'MemberExpression' ? use.parent : use;
    if (!isBinding(member) || (statement.from <= use.from && use.to <= statement.to)) return false;
    const method = functionNameAround(member, analysis.text);
    if (method === '__init__') return false;
    if (method === null || method === 'forward') return true;
    return calls.named(method).some(({ node }) => functionNameAround(node, analysis.text) !== '__init__');
  });
}

function functionNameAround(node: SyntaxNode, text: string): string | null {
  const name = enclosing(node, 'FunctionDefinition')?.getChild('VariableName') ?? null;
  return name === null ? null : textOf(text, name);
}
