/** Sizes that a program takes of a dictionary of words whose numbers begin with 1: they are one too small for an embedding. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, keywordOf } from '../../rewrite/arguments';
import { childrenOf, enclosing, textOf, usesOf } from '../../rewrite/nodes';
import { scopeAround, singleValueOf, valuesOf } from './bindings';
import type { Calls } from './calls';

/** The dictionary `d` where the expression, or what every caller gives the parameter that it is, is `len(d)` and nothing else. */
export function countedDictionary(
  size: SyntaxNode,
  analysis: FileAnalysis,
  calls: Calls,
  depth = 3,
): SyntaxNode | null {
  const { text } = analysis;
  const value = singleValueOf(analysis, size);
  const callee = value?.name === 'CallExpression' ? value.firstChild : null;
  if (value !== null && callee !== null && textOf(text, callee) === 'len') {
    return argumentsOf(value, text)[0]?.value ?? null;
  }
  if (value !== null || depth === 0 || size.name !== 'VariableName') return null;
  const given = givenByCallers(size, analysis, calls).map((argument) =>
    argument === null ? null : countedDictionary(argument, analysis, calls, depth - 1),
  );
  const [dictionary] = given;
  return dictionary !== undefined &&
    given.every((other) => other !== null && textOf(text, other) === textOf(text, dictionary ?? other))
    ? dictionary
    : null;
}

/** What the constructions of a class give a parameter of its `__init__`; null for one that does not show. */
function givenByCallers(parameter: SyntaxNode, { text }: FileAnalysis, calls: Calls): readonly (SyntaxNode | null)[] {
  const method = enclosing(parameter, 'FunctionDefinition');
  const definition = method === null ? null : enclosing(method, 'ClassDefinition');
  const className = definition?.getChild('VariableName') ?? null;
  const parameters = method?.getChild('ParamList') ?? null;
  if (method === null || className === null || parameters === null) return [];
  if (textOf(text, method.getChild('VariableName') ?? method) !== '__init__') return [];
  const names = childrenOf(parameters)
    .filter(({ name, prevSibling }) => name === 'VariableName' && prevSibling?.name !== 'AssignOp')
    .map((node) => textOf(text, node));
  const name = textOf(text, parameter);
  const position = names.indexOf(name) - 1;
  if (position < 0) return [];
  return calls.named(textOf(text, className)).map(({ node }) => {
    const all = argumentsOf(node, text);
    const positional = all[position];
    const value = keywordOf(node, text, name)?.value ?? (positional?.form === 'positional' ? positional.value : null);
    return all.some(({ form }) => form === 'spread') ? null : value;
  });
}

/**
 * Whether the numbers of a dictionary are 1, 2, … up to its length: `tokenizer.word_index` of a `Tokenizer()` without a
 * limit, `{w: i + 1 for i, w in enumerate(words)}` or `{w: i for i, w in enumerate(words, 1)}`, and no entry added later.
 */
export function beginsWithOne(dictionary: SyntaxNode, analysis: FileAnalysis): boolean {
  const { text } = analysis;
  if (isExtended(dictionary, analysis)) return false;
  const [value, ...others] = isWordIndex(dictionary, text) ? [dictionary] : (valuesOf(analysis, dictionary) ?? []);
  if (value === undefined || others.length > 0) return false;
  if (isWordIndex(value, text)) return isFullWordIndex(value, analysis);
  if (!/^Dict(?:ionary)?Comprehension/.test(value.name)) return false;
  const written = textOf(text, value).replaceAll(/\s+/g, ' ');
  const [, key, number, plus = '', first, second, rest = ''] =
    /^\{ ?(\w+) ?: ?(\w+)( ?\+ ?1)? for \(?(\w+), ?(\w+)\)? in enumerate\((.*)\) ?\}$/.exec(written) ?? [];
  if (key === undefined || first !== number || second !== key) return false;
  const startsAtOne = /, ?(?:start ?= ?)?1$/.test(rest);
  return (plus !== '') !== startsAtOne && !/, ?start ?=|, ?\d+$/.test(startsAtOne ? '' : rest);
}

function isWordIndex(node: SyntaxNode, text: string): boolean {
  const property = node.name === 'MemberExpression' ? node.lastChild : null;
  return property !== null && textOf(text, property) === 'word_index';
}

/** Of a `Tokenizer()` of this file without `num_words`; a sequence that is lowered by one begins with 0 after all. */
function isFullWordIndex(value: SyntaxNode, analysis: FileAnalysis): boolean {
  const { text } = analysis;
  const tokenizer = value.firstChild === null ? null : singleValueOf(analysis, value.firstChild);
  const callee = tokenizer?.name === 'CallExpression' ? tokenizer.firstChild : null;
  if (tokenizer === null || callee === null || !/(?:^|\.)Tokenizer$/.test(textOf(text, callee))) return false;
  const [first] = argumentsOf(tokenizer, text);
  if (first?.form === 'positional' || keywordOf(tokenizer, text, 'num_words') !== null) return false;
  return !/texts_to_sequences\([^\n]*-\s*1\b/.test(text);
}

/** `d["<pad>"] = 0`, `d.update(…)`, `d.setdefault(…)`. */
function isExtended(dictionary: SyntaxNode, { text }: FileAnalysis): boolean {
  if (dictionary.name !== 'VariableName') return false;
  let scope = scopeAround(dictionary);
  while (scope.name !== 'Script') scope = scopeAround(scope);
  return usesOf(scope, text, textOf(text, dictionary)).some(({ node }) => {
    const member =
      node.parent?.name === 'MemberExpression' && node.parent.firstChild?.from === node.from ? node.parent : null;
    if (member === null) return false;
    const property = member.lastChild;
    if (property?.name === 'PropertyName') return ['update', 'setdefault'].includes(textOf(text, property));
    return member.parent?.name === 'AssignStatement' && member.nextSibling?.name === 'AssignOp';
  });
}
