/** Renames the library function that a call of JavaScript names, in the style the file names it, and keeps bindings right. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { type ConstructorRename, refuseRename } from '../constructors';
import type { Rewrite, TextEdit } from '../edits';
import { childrenOf, descendants, enclosing, textOf } from '../nodes';

type Source = Pick<FileAnalysis, 'tree' | 'text' | 'lines'>;

/**
 * `tf.layers.lstm(…)`, `layers['lstm'](…)` and `lstm(…)` are renamed where they stand; a bare name's import or destructuring is
 * replaced when nothing else needs the old one, else extended. A function under another name (`{ lstm: L }`, `lstm as L`,
 * `const L = tf.layers.lstm`) is changed where it gets that name, provided that every use of it is to change.
 */
export function renameFunctions(source: Source, renames: readonly ConstructorRename[]): Rewrite {
  const { text } = source;
  const edits: TextEdit[] = [];
  const byName = new Map<string, ConstructorRename[]>();
  for (const rename of renames) {
    const callee = calleeOf(rename.call);
    const member = callee === null ? null : memberNamed(callee, text, rename.from);
    if (member !== null) edits.push({ ...member, insert: rename.to });
    else if (callee?.name === 'VariableName') {
      const name = textOf(text, callee);
      byName.set(name, [...(byName.get(name) ?? []), rename]);
    } else {
      return refuseRename(source, rename);
    }
  }
  for (const [name, group] of byName) {
    const [first] = group;
    if (first === undefined) continue;
    const isSameChange = group.every(({ from, to }) => from === first.from && to === first.to);
    const result = isSameChange ? renameBareName(source, name, group, first) : null;
    if (result === null) return refuseRename(source, first);
    edits.push(...result);
  }
  return { kind: 'edits', edits };
}

/** What is called, without `!` and type arguments behind it. */
function calleeOf(call: SyntaxNode): SyntaxNode | null {
  let callee = call.firstChild;
  while (callee?.name === 'PostfixExpression' || callee?.name === 'InstantiationExpression') callee = callee.firstChild;
  return callee;
}

/** The stretch of the name in `object.name` and `object['name']`. */
function memberNamed(member: SyntaxNode, text: string, name: string): { from: number; to: number } | null {
  if (member.name !== 'MemberExpression') return null;
  const last = member.lastChild;
  if (last?.name === 'PropertyName') return textOf(text, last) === name ? { from: last.from, to: last.to } : null;
  const index = last?.name === ']' ? last.prevSibling : null;
  if (index?.name !== 'String' || text.slice(index.from + 1, index.to - 1) !== name) return null;
  return { from: index.from + 1, to: index.to - 1 };
}

function renameBareName(
  { tree, text }: Source,
  name: string,
  renames: readonly ConstructorRename[],
  { from, to }: ConstructorRename,
): readonly TextEdit[] | null {
  const script = tree.topNode;
  const [definition, ...shadows] = definitionsOf(script, text, name);
  // A second variable of the name may be the one that a call means.
  if (definition === undefined || shadows.length > 0) return null;
  const callees = new Set(renames.map(({ call }) => call.from));
  const everyUseChanges = readsOf(script, text, name).every((read) => callees.has(read.from));
  if (name !== from || !isBoundAsItself(definition)) {
    const named = everyUseChanges ? nameBehind(definition, text, from) : null;
    return named === null ? null : [{ ...named, insert: to }];
  }
  if (!isOfLayers(definition, text)) return null;
  const atCalls = renames.map(({ call }) => ({ from: call.from, to: call.from + name.length, insert: to }));
  const [other] = definitionsOf(script, text, to);
  if (other !== undefined) return isSameBinding(other, definition) ? atCalls : null;
  const insert = everyUseChanges ? to : `${name}, ${to}`;
  return [...atCalls, { from: definition.from, to: definition.to, insert }];
}

function definitionsOf(script: SyntaxNode, text: string, name: string): readonly SyntaxNode[] {
  return descendants(script, 'VariableDefinition').filter((node) => textOf(text, node) === name);
}

/** Every read of a variable, `{ name }` for `{ name: name }` among them. */
function readsOf(script: SyntaxNode, text: string, name: string): readonly SyntaxNode[] {
  return descendants(script, 'VariableName', 'PropertyDefinition').filter((node) => {
    if (textOf(text, node) !== name) return false;
    if (node.name === 'PropertyDefinition') return node.parent?.firstChild?.nextSibling === null;
    return node.parent?.name !== 'ImportGroup';
  });
}

/** `{ lstm }` of an import or a destructuring, without a default. */
function isBoundAsItself(definition: SyntaxNode): boolean {
  const { parent } = definition;
  if (parent?.name === 'ImportGroup') return definition.prevSibling?.name !== 'as';
  return parent?.name === 'PatternProperty' && childrenOf(parent).length === 1;
}

function isSameBinding(other: SyntaxNode, definition: SyntaxNode): boolean {
  const [holder, expected] = [other, definition].map((node) => enclosing(node, 'ImportGroup', 'ObjectPattern'));
  return isBoundAsItself(other) && holder?.from !== undefined && holder.from === expected?.from;
}

/** Whether what is taken apart is the library's collection of layers, which has functions for all cells. */
function isOfLayers(definition: SyntaxNode, text: string): boolean {
  if (definition.parent?.name === 'ImportGroup') return true;
  const pattern = enclosing(definition, 'ObjectPattern');
  const holder = pattern?.parent;
  if (holder?.name === 'PatternProperty') {
    const key = holder.firstChild;
    return key !== null && textOf(text, key) === 'layers';
  }
  const value = pattern === null ? null : valueAfter(pattern);
  return value !== null && /\blayers$/.test(textOf(text, value));
}

/** Where a variable under another name says what it stands for. */
function nameBehind(definition: SyntaxNode, text: string, name: string): { from: number; to: number } | null {
  const { parent } = definition;
  if (parent?.name === 'ImportGroup' || parent?.name === 'PatternProperty') {
    const key = parent.name === 'ImportGroup' ? definition.prevSibling?.prevSibling : parent.firstChild;
    const isPlain =
      parent.name === 'ImportGroup' || (isOfLayers(definition, text) && parent.lastChild?.from === definition.from);
    const isNamed = key !== null && key !== undefined && key.from !== definition.from && textOf(text, key) === name;
    return isPlain && isNamed ? { from: key.from, to: key.to } : null;
  }
  const value = parent?.name === 'VariableDeclaration' ? valueAfter(definition) : null;
  return value === null ? null : memberNamed(value, text, name);
}

/** The value that a declaration gives to a target. */
function valueAfter(target: SyntaxNode): SyntaxNode | null {
  let sibling = target.nextSibling;
  if (sibling?.name === 'TypeAnnotation') sibling = sibling.nextSibling;
  return sibling?.name === 'Equals' ? sibling.nextSibling : null;
}
