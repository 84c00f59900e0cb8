/** The calls of a file by the name that is called, found through the text so that only what is asked for costs anything. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { textOf } from '../../rewrite/nodes';
import type { Span } from '../../syntax/python/ast';

export interface Call {
  /** The `CallExpression`. */
  readonly node: SyntaxNode;
  /** The last name of what is called: `backward` in `loss.backward()`. */
  readonly name: string;
  /** `loss.backward`, or a plain name. */
  readonly callee: SyntaxNode;
  /** What a method is called on; null for a plain name. */
  readonly object: SyntaxNode | null;
}

export class Calls {
  private readonly byName = new Map<string, readonly Call[]>();

  constructor(private readonly analysis: Pick<FileAnalysis, 'tree' | 'text'>) {}

  /** All calls of a function or method of this name, in source order. */
  named(name: string): readonly Call[] {
    const held = this.byName.get(name);
    if (held !== undefined) return held;
    const found = occurrencesOf(this.analysis, name).flatMap((node) => callOf(node, name));
    this.byName.set(name, found);
    return found;
  }

  /** Those within a stretch of the text. */
  within({ from, to }: Span, ...names: readonly string[]): readonly Call[] {
    return names.flatMap((name) => this.named(name).filter(({ node }) => from <= node.from && node.to <= to));
  }
}

function callOf(node: SyntaxNode, name: string): readonly Call[] {
  const isMethod = node.name === 'PropertyName' && node.parent?.name === 'MemberExpression';
  const callee = isMethod ? node.parent : node.name === 'VariableName' ? node : null;
  const call = callee?.parent;
  if (callee === null || call?.name !== 'CallExpression' || call.firstChild?.from !== callee.from) return [];
  // The object of a longer chain begins at the same place: `a.b` in `a.b.c()`.
  if (call.firstChild.to !== callee.to) return [];
  return [{ node: call, name, callee, object: isMethod ? callee.firstChild : null }];
}

/** The nodes of a name or attribute, whole words only, outside of comments and texts. */
export function occurrencesOf(
  { tree, text }: Pick<FileAnalysis, 'tree' | 'text'>,
  name: string,
  { from, to }: Span = { from: 0, to: text.length },
): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let at = text.indexOf(name, from); at !== -1 && at < to; at = text.indexOf(name, at + name.length)) {
    const node = tree.resolveInner(at, 1);
    const isName = node.name === 'VariableName' || node.name === 'PropertyName' || node.name === 'VariableDefinition';
    if (isName && node.from === at && textOf(text, node) === name) found.push(node);
  }
  return found;
}
