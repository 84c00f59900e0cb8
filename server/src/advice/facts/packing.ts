/** Calls of `pack_padded_sequence` and where the lengths that they are given come from (PyTorch). */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentFor } from '../../rewrite/arguments';
import { assignmentOf, enclosing, textOf, usesOf } from '../../rewrite/nodes';
import { scopeAround, singleValueOf } from './bindings';
import type { Calls } from './calls';

export interface PackCall {
  readonly node: SyntaxNode;
  /** The padded tensor. */
  readonly padded: SyntaxNode;
  /** The argument as it is written. */
  readonly lengths: SyntaxNode;
  /** The expression that made the lengths: what the variable was last given before the call, else the argument itself. */
  readonly lengthsValue: SyntaxNode;
  readonly enforceSorted: SyntaxNode | null;
}

/** The calls of which both the tensor and the lengths are written out. */
export function packCalls(analysis: FileAnalysis, calls: Calls): readonly PackCall[] {
  const { text } = analysis;
  return calls.named('pack_padded_sequence').flatMap(({ node }) => {
    const padded = argumentFor(node, text, 'input', 0)?.value;
    const lengths = argumentFor(node, text, 'lengths', 1)?.value;
    if (padded === undefined || lengths === undefined) return [];
    const enforceSorted = argumentFor(node, text, 'enforce_sorted', 3)?.value ?? null;
    return [{ node, padded, lengths, lengthsValue: lastValueOf(lengths, analysis), enforceSorted }];
  });
}

/** What a variable holds where it is read: the last assignment before, if it stands in a block around; else the node itself. */
export function lastValueOf(node: SyntaxNode, analysis: FileAnalysis): SyntaxNode {
  if (node.name !== 'VariableName') return node;
  const writes = usesOf(scopeAround(node), analysis.text, textOf(analysis.text, node)).filter(
    (use) => use.kind === 'write' && use.node.from < node.from,
  );
  const last = writes.at(-1);
  if (last === undefined) return singleValueOf(analysis, node) ?? node;
  const statement = enclosing(last.node, 'AssignStatement');
  const assignment = statement === null ? null : assignmentOf(statement);
  const block = statement?.parent ?? null;
  const isAround = block !== null && block.from <= node.from && node.to <= block.to;
  return isAround && assignment?.targets.length === 1 ? assignment.value : node;
}
