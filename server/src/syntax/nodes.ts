/** Reading Lezer's nodes, whatever the language. */
import type { SyntaxNode } from '@lezer/common';
import type { Span } from './python/ast';

/** Expressions, patterns and blocks nested deeper than anyone writes them are not read, so that no text exhausts the stack. */
const deepestNesting = 200;

/** How deep what is being read lies within what is around it. */
export class Nesting {
  constructor(private depth = 0) {}

  /** Reads one level further in; undefined where that is deeper than anyone writes. */
  within<Result extends object>(read: () => Result): Result | undefined {
    if (this.depth >= deepestNesting) return undefined;
    this.depth += 1;
    try {
      return read();
    } finally {
      this.depth -= 1;
    }
  }

  /** This depth, for what is read later. */
  here(): Nesting {
    return new Nesting(this.depth);
  }
}

/** The nodes between separators: one part more than there are separators. */
export function splitAt(nodes: readonly SyntaxNode[], isSeparator: (node: SyntaxNode) => boolean): SyntaxNode[][] {
  const parts: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (isSeparator(node)) parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}

/** Commas have nodes of their own in both grammars. */
export function isComma(node: SyntaxNode): boolean {
  return node.name === ',';
}

export function spanOf(node: SyntaxNode): Span {
  return { from: node.from, to: node.to };
}
