/** Edits of the object of options that a call of JavaScript is given, such as `lstm({ units: 64 })`. */
import type { SyntaxNode } from '@lezer/common';
import type { TextEdit } from '../edits';
import { appendItem, removeItems } from '../listItems';
import { childrenOf, textOf } from '../nodes';

export interface Option {
  /** Null where it is not written: a spread, a computed key. */
  readonly name: string | null;
  /** Null for `{ units }`, for methods and for what has no name. */
  readonly value: SyntaxNode | null;
  readonly from: number;
  readonly to: number;
}

/** The object literal that is the call's first argument, also behind a type assertion; null where it is anything else. */
export function optionsObjectOf(call: SyntaxNode): SyntaxNode | null {
  const list = call.getChild('ArgList');
  const [first] = list === null ? [] : childrenOf(list).filter(({ name }) => !punctuation.has(name));
  return first === undefined ? null : objectIn(first);
}

const punctuation: ReadonlySet<string> = new Set(['(', ')', ',', 'LineComment', 'BlockComment']);

/** `({…})`, `{…} as Options` and `{…} satisfies Options` hold the object. */
function objectIn(node: SyntaxNode): SyntaxNode | null {
  if (node.name === 'ObjectExpression') return node;
  const isWrapper = node.name === 'ParenthesizedExpression' || node.name === 'BinaryExpression';
  const inner = isWrapper ? childrenOf(node).find(({ name }) => !punctuation.has(name)) : undefined;
  const isAssertion = node.name !== 'BinaryExpression' || ['as', 'satisfies'].some((word) => node.getChild(word));
  return inner === undefined || !isAssertion ? null : objectIn(inner);
}

/** The properties of an object literal in source order. */
export function optionsOf(object: SyntaxNode, text: string): readonly Option[] {
  return object.getChildren('Property').map((property): Option => {
    const [key, colon, value] = childrenOf(property).filter(({ name }) => !/Comment$/.test(name));
    const span = { from: property.from, to: property.to };
    const isNamed = key !== undefined && ['PropertyDefinition', 'String', 'Number'].includes(key.name);
    const name = isNamed ? textOf(text, key).replace(/^(['"])(.*)\1$/, '$2') : null;
    return { name, value: colon?.name === ':' ? (value ?? null) : null, ...span };
  });
}

export function optionOf(call: SyntaxNode, text: string, name: string): Option | null {
  const object = optionsObjectOf(call);
  return (object === null ? undefined : optionsOf(object, text).find((option) => option.name === name)) ?? null;
}

/**
 * Gives an option a value, whether it stands there already or not; null where a spread after it, or a shorthand or method in its
 * place, keeps that from being certain.
 */
export function setOption(call: SyntaxNode, text: string, name: string, value: string): readonly TextEdit[] | null {
  const object = optionsObjectOf(call);
  if (object === null) return null;
  const options = optionsOf(object, text);
  const held = options.findIndex((option) => option.name === name);
  if (held !== -1) {
    const old = options[held]?.value;
    if (!old || options.slice(held + 1).some((option) => option.name === null || option.name === name)) return null;
    return [{ from: old.from, to: old.to, insert: value }];
  }
  const last = options.at(-1);
  if (last === undefined) return [{ from: object.from, to: object.to, insert: `{ ${name}: ${value} }` }];
  return [appendItem(text, last, `${name}: ${value}`)];
}

/** Takes options away with their commas, and their lines where they had lines of their own. */
export function removeOptions(
  object: SyntaxNode,
  text: string,
  isRemoved: (option: Option) => boolean,
): readonly TextEdit[] {
  return removeItems(text, object, optionsOf(object, text), isRemoved);
}
