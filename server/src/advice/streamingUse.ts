/** Whether a model answers while its sequence comes in, where its source says so for certain. */
import type { SyntaxNode } from '@lezer/common';
import type { ModelGraph } from '../../../model/graph';
import { formatLine, formatPlace } from '../../../model/units';
import type { FileAnalysis } from '../analysis';
import { descendants, enclosing, textOf } from '../rewrite/nodes';
import { recurrentLayers } from './architectures';
import { assignmentsIn, carryOf } from './facts/carriedState';
import { modelsHeldBy } from './facts/heldModels';

/** A call whose state goes into the next call of the same model. */
export interface CarriedState {
  /** The name of the model that is called. */
  readonly model: string;
  /** "state is handed on from call to call at line 12". */
  readonly source: string;
}

/** What makes a model one of streaming; null where nothing in the source says so. */
export function streamingSourceOf(graph: ModelGraph, carried: readonly CarriedState[]): string | null {
  const stateful = recurrentLayers(graph).find(({ operation }) => operation.stateful);
  if (stateful !== undefined) {
    const place = formatPlace(stateful.location, graph.location.file);
    return `${stateful.path} is stateful at ${place}: it goes on where the batch before ended`;
  }
  return carried.find(({ model }) => model === graph.name)?.source ?? null;
}

/**
 * Loops over numbers or a condition that call a model with the state of the call before, outside of training: a stream, or text
 * written step by step. In training the same is truncated backpropagation, and over a loader it may be a mistake.
 */
export function carriedStates(analysis: FileAnalysis): readonly CarriedState[] {
  const { text, tree } = analysis;
  if (analysis.language !== 'python') return [];
  return assignmentsIn(analysis, { from: 0, to: tree.length }).flatMap((statement): readonly CarriedState[] => {
    const carry = carryOf(text, statement);
    const loop = enclosing(statement, 'ForStatement', 'WhileStatement', 'FunctionDefinition');
    if (carry === null || loop === null || loop.name === 'FunctionDefinition') return [];
    const isCounted = loop.name === 'WhileStatement' || /^for\s+\w+\s+in\s+range\s*\(/.test(textOf(text, loop));
    const isTraining = descendants(loop, 'PropertyName').some((name) => textOf(text, name) === 'backward');
    if (!isCounted || isTraining) return [];
    const source = `${carry.names.join(' and ')} handed on from call to call at ${formatLine(analysis.lines.locate(statement))}`;
    return modelsCalled(analysis, carry.callee).map((model) => ({ model, source }));
  });
}

const modelName = /(?:model|net|rnn|lstm|gru|decoder|generator|predictor)\d*$/i;

/** What the source leaves open, a parameter say, is the model of a file that has one only where it is called so. */
function modelsCalled(analysis: FileAnalysis, callee: SyntaxNode): readonly string[] {
  const held = modelsHeldBy(analysis, callee);
  if (held !== null) return held.map(({ name }) => name);
  const names = new Set(analysis.models.map(({ name }) => name));
  return names.size === 1 && modelName.test(textOf(analysis.text, callee)) ? [...names] : [];
}
