/** Lists of overlapping windows over a series, as Python programs fill them in a loop. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf } from '../../rewrite/arguments';
import { assignmentOf, childrenOf, descendants, enclosing, textOf } from '../../rewrite/nodes';
import { scopeAround, valuesOf } from './bindings';
import type { Calls } from './calls';
import { appendedTo, derive } from './derivedNames';
import { calledName } from './written';

/** The variables of a scope that hold overlapping windows before a place, or are made of those that do. */
export function windowLists(
  analysis: FileAnalysis,
  calls: Calls,
  scope: SyntaxNode,
  before: number,
): ReadonlySet<string> {
  const { text } = analysis;
  const filled = calls
    .named('append')
    .filter(({ node }) => isWindow(analysis, node))
    .flatMap(({ node }) => {
      const list = appendedTo(node, text);
      return list === null ? [] : [{ list, scope: scopeAround(node), at: node.from }];
    });
  const here = filled.filter((each) => each.scope.from === scope.from && each.at < before);
  const names = new Set(here.map(({ list }) => list));
  const functions = new Set(
    filled.filter((each) => each.scope.name === 'FunctionDefinition').flatMap((each) => nameOf(each.scope, text)),
  );
  const starts = here.map(({ at }) => at);
  for (const statement of descendants(scope, 'AssignStatement')) {
    const assignment = statement.from < before ? assignmentOf(statement) : null;
    const target = assignment?.targets[0];
    if (assignment?.value.name !== 'CallExpression' || target?.name !== 'VariableName') continue;
    if (!functions.has(calledName(assignment.value, text) ?? '')) continue;
    names.add(textOf(text, target));
    starts.push(statement.to);
  }
  if (names.size > 0) derive(scope, text, names, Math.min(...starts));
  return names;
}

function nameOf(definition: SyntaxNode, text: string): readonly string[] {
  const name = definition.getChild('VariableName');
  return name === null ? [] : [textOf(text, name)];
}

/** `list.append(data[i:i + n])` or `data[i - n:i]`, in `for i in range(…)` that takes every `i`. */
function isWindow(analysis: FileAnalysis, append: SyntaxNode): boolean {
  const { text } = analysis;
  const loop = enclosing(append, 'ForStatement');
  const [argument] = argumentsOf(append, text);
  if (loop === null || argument?.form !== 'positional' || scopeAround(loop).from !== scopeAround(append).from)
    return false;
  const [, variable, , range] = childrenOf(loop);
  if (variable?.name !== 'VariableName' || range?.name !== 'CallExpression' || calledName(range, text) !== 'range')
    return false;
  const bounds = argumentsOf(range, text);
  if (bounds.length > 2 && textOf(text, bounds[2]?.value ?? range) !== '1') return false;
  const given = argument.value;
  const values = given.name === 'VariableName' ? (valuesOf(analysis, given) ?? []) : [given];
  const [value] = values;
  if (value === undefined || values.length > 1) return false;
  const index = textOf(text, variable);
  const slices = [value, ...descendants(value, 'MemberExpression')].filter(({ name }) => name === 'MemberExpression');
  return slices.some((slice) => isWindowSlice(textOf(text, slice), index));
}

/** Both ends of the first axis go along with the variable of the loop. */
function isWindowSlice(slice: string, index: string): boolean {
  const [, from = '', to = ''] = /\[\s*([^[\],:]+):([^[\],:]+)[\],]/.exec(slice) ?? [];
  const moves = new RegExp(`\\b${index}\\b`);
  return moves.test(from) && moves.test(to);
}
