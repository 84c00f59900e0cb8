/** Whether a PyTorch model is given the batches of a `DataLoader` as they come: the batch is their first axis. */
import type { SyntaxNode } from '@lezer/common';
import type { ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, hasSpread, keywordOf } from '../../rewrite/arguments';
import { assignmentTo, childrenOf, enclosing, itemsOf, textOf } from '../../rewrite/nodes';
import { isBinding } from './bindings';
import { type Calls, occurrencesOf } from './calls';
import { modelsHeldBy } from './heldModels';

/** Batches that are put together by a function of the program may have any axis first. */
const ownBatching = ['collate_fn', 'batch_sampler'] as const;

/** Whether a loop over a `DataLoader` that batches by itself calls the model: the batch is the first axis then. */
export function isFedByLoader(analysis: FileAnalysis, calls: Calls, graph: ModelGraph): boolean {
  return calls.named('DataLoader').some(({ node }) => {
    if (hasSpread(node, analysis.text) || ownBatching.some((name) => keywordOf(node, analysis.text, name) !== null))
      return false;
    const [loader] = assignmentTo(node)?.targets ?? [];
    return loader?.name === 'VariableName' && loopsOver(analysis, loader).some((loop) => feeds(analysis, loop, graph));
  });
}

/** The loops whose iterable is the variable, perhaps in `enumerate` or a progress bar. */
function loopsOver(analysis: FileAnalysis, variable: SyntaxNode): readonly SyntaxNode[] {
  return occurrencesOf(analysis, textOf(analysis.text, variable)).flatMap((use) => {
    const loop = enclosing(use, 'ForStatement');
    const body = loop?.getChild('Body') ?? null;
    return loop !== null && body !== null && use.to <= body.from && !isBinding(use) ? [loop] : [];
  });
}

/** Whether the loop calls the model on one of its variables, which nothing but a move to a device has changed. */
function feeds(analysis: FileAnalysis, loop: SyntaxNode, graph: ModelGraph): boolean {
  const { text } = analysis;
  const body = loop.getChild('Body');
  if (body === null) return false;
  return namesIn(loop, text, body.from).some((name) => {
    const uses = occurrencesOf(analysis, name, body);
    const isChanged = uses.some((use) => isBinding(use) && !isMoved(use, name, text));
    return !isChanged && uses.some((use) => isGivenTo(analysis, use, graph));
  });
}

function namesIn(loop: SyntaxNode, text: string, end: number): readonly string[] {
  const names: string[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.name === 'VariableName') names.push(textOf(text, node));
    else if (node.name === 'TupleExpression') itemsOf(node).forEach(visit);
  };
  for (
    let child = loop.firstChild;
    child !== null && child.from < end && child.name !== 'in';
    child = child.nextSibling
  ) {
    visit(child);
  }
  return names;
}

/** `x = x.to(device)`, also as one of several: `x, y = x.to(device), y.to(device)`. */
function isMoved(use: SyntaxNode, name: string, text: string): boolean {
  const parts = childrenOf(use.parent ?? use).filter((child) => child.name !== ',');
  const operator = parts.findIndex((child) => child.name === 'AssignOp');
  const position = parts.findIndex(({ from }) => from === use.from);
  const value = parts[operator + 1 + position];
  if (operator === -1 || position > operator || value === undefined) return false;
  return new RegExp(`^${name}(\\.(to|cuda|float|long|cpu)\\([^()]*\\))+$`).test(textOf(text, value));
}

function isGivenTo(analysis: FileAnalysis, use: SyntaxNode, graph: ModelGraph): boolean {
  const call = use.parent?.name === 'ArgList' ? use.parent.parent : null;
  const callee = call?.firstChild;
  if (call?.name !== 'CallExpression' || callee?.name !== 'VariableName') return false;
  const [first] = argumentsOf(call, analysis.text);
  if (first?.value.from !== use.from) return false;
  return modelsHeldBy(analysis, callee)?.some(({ location }) => location.from === graph.location.from) ?? false;
}
