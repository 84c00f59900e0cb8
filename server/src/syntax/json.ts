/** JSON with positions, from Lezer's tree; total: what is broken or missing becomes `invalid`. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { Nesting } from './nodes';

export interface JsonSpan {
  readonly from: number;
  readonly to: number;
}

export type JsonNode =
  | (JsonSpan & { readonly kind: 'object'; readonly entries: ReadonlyMap<string, JsonNode> })
  | (JsonSpan & { readonly kind: 'array'; readonly items: readonly JsonNode[] })
  | (JsonSpan & { readonly kind: 'string'; readonly value: string })
  | (JsonSpan & { readonly kind: 'number'; readonly value: number })
  | (JsonSpan & { readonly kind: 'boolean'; readonly value: boolean })
  | (JsonSpan & { readonly kind: 'null' | 'invalid' });

export interface JsonDocument {
  readonly root: JsonNode;
  readonly errors: readonly JsonSpan[];
}

export function lowerJson(tree: Tree, text: string): JsonDocument {
  const errors: JsonSpan[] = [];
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) errors.push({ from: node.from, to: node.to });
    },
  });
  const { firstChild } = tree.topNode;
  const root: JsonNode =
    firstChild === null ? { kind: 'invalid', from: 0, to: 0 } : lower(firstChild, text, new Nesting());
  return { root, errors };
}

function lower(node: SyntaxNode, text: string, nesting: Nesting): JsonNode {
  return nesting.within(() => nestedNode(node, text, nesting)) ?? { kind: 'invalid', from: node.from, to: node.to };
}

function nestedNode(node: SyntaxNode, text: string, nesting: Nesting): JsonNode {
  const { from, to } = node;
  switch (node.name) {
    case 'Object': {
      const entries = new Map<string, JsonNode>();
      for (const property of node.getChildren('Property')) {
        const name = property.getChild('PropertyName');
        const key = name === null ? undefined : stringOf(text.slice(name.from, name.to));
        const value = property.lastChild;
        if (key === undefined || value === null || value.name === 'PropertyName') continue;
        entries.set(key, lower(value, text, nesting));
      }
      return { kind: 'object', entries, from, to };
    }
    case 'Array': {
      const items: JsonNode[] = [];
      for (let child = node.firstChild; child !== null; child = child.nextSibling) {
        if (!/^[[\],]$/.test(child.name) && !child.type.isError) items.push(lower(child, text, nesting));
      }
      return { kind: 'array', items, from, to };
    }
    case 'String': {
      const value = stringOf(text.slice(from, to));
      return value === undefined ? { kind: 'invalid', from, to } : { kind: 'string', value, from, to };
    }
    case 'Number':
      return { kind: 'number', value: Number(text.slice(from, to)), from, to };
    case 'True':
    case 'False':
      return { kind: 'boolean', value: node.name === 'True', from, to };
    case 'Null':
      return { kind: 'null', from, to };
    default:
      return { kind: 'invalid', from, to };
  }
}

/** The text that a string literal stands for; undefined for one that is broken. */
function stringOf(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The entry of an object; undefined for what is no object or has none. */
export function entryOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.entries.get(name) : undefined;
}

/** The text under a name of an object. */
export function textOf(node: JsonNode | undefined, name: string): string | undefined {
  const entry = entryOf(node, name);
  return entry?.kind === 'string' ? entry.value : undefined;
}

/** The items of the list under a name of an object. */
export function itemsOf(node: JsonNode | undefined, name: string): readonly JsonNode[] | undefined {
  const entry = entryOf(node, name);
  return entry?.kind === 'array' ? entry.items : undefined;
}
