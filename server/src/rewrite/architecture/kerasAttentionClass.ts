/** The layer that Keras models get for additive attention: its definition above the model, in the file's style. */
import type { SyntaxNode } from '@lezer/common';
import type { SourceLocation } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { lineBreakOf, type TextEdit } from '../edits';
import { descendants, textOf, usesOf } from '../nodes';
import { importOfModule, type NamedClass } from './naming';
import type { Source } from './settings';

const className = 'AttentionPooling';

/** What the layer computes with: Keras' own functions, or those of TensorFlow where Keras is a part of it. */
interface Library {
  readonly packageName: string;
  readonly statement: string;
  readonly name: string;
  readonly layer: string;
  readonly register: string;
  readonly matmul: string;
  readonly tanh: string;
  readonly softmax: string;
  readonly sum: string;
}

const keras: Library = {
  packageName: 'keras',
  statement: 'import keras',
  name: 'keras',
  layer: 'keras.layers.Layer',
  register: 'keras.saving.register_keras_serializable',
  matmul: 'keras.ops.matmul',
  tanh: 'keras.ops.tanh',
  softmax: 'keras.ops.softmax',
  sum: 'keras.ops.sum',
};

const tensorflow: Library = {
  packageName: 'tensorflow',
  statement: 'import tensorflow as tf',
  name: 'tf',
  layer: 'tf.keras.layers.Layer',
  register: 'tf.keras.utils.register_keras_serializable',
  matmul: 'tf.matmul',
  tanh: 'tf.tanh',
  softmax: 'tf.nn.softmax',
  sum: 'tf.reduce_sum',
};

/**
 * Defines the layer in front of the statement that holds the call and the model, or finds the definition of an earlier rewrite.
 * Null where the file has something else of that name, or where its imports do not say which library it uses.
 */
export function kerasAttentionClass(
  source: FileAnalysis,
  call: SyntaxNode,
  model: Pick<SourceLocation, 'from'>,
): NamedClass | null {
  const { tree, text, lines } = source;
  const statement = topLevel(tree.resolveInner(Math.min(call.from, model.from), 1));
  const library = libraryOf(source, call);
  if (library === null || statement === null) return null;
  const wanted = definition(library, source, call);
  if (text.slice(0, statement.from).includes(wanted.join(lineBreakOf(text)))) return { name: className, edits: [] };
  if (usesOf(tree.topNode, text, className).length > 0) return null;
  const imports = importOfModule(source, library.packageName, library.statement, library.name);
  if (imports === null) return null;
  return {
    name: className,
    edits: [...imports, definitionBefore(text, lines.cellStartOf(statement.from), statement, wanted)],
  };
}

/** What the first name of the callee is imported from. */
function libraryOf({ tree, text }: Source, call: SyntaxNode): Library | null {
  const root = /^\w+/.exec(textOf(text, call))?.[0];
  const imported = descendants(tree.topNode, 'ImportStatement').filter((statement) =>
    statement.getChildren('VariableName').some((name) => textOf(text, name) === root),
  );
  const sources = imported.map((statement) => /^(?:from|import)\s+(\w+)/.exec(textOf(text, statement))?.[1]);
  if (sources.length > 0 && sources.every((name) => name === 'keras')) return keras;
  return sources.length > 0 && sources.every((name) => name === 'tensorflow') ? tensorflow : null;
}

function topLevel(node: SyntaxNode): SyntaxNode | null {
  let one: SyntaxNode | null = node;
  while (one !== null && one.parent?.name !== 'Script') one = one.parent;
  return one;
}

function definition(library: Library, { text }: Source, call: SyntaxNode): readonly string[] {
  const callee = call.firstChild;
  const last = callee?.name === 'MemberExpression' ? callee.lastChild : null;
  const layer = callee === null || last === null ? library.layer : `${text.slice(callee.from, last.from)}Layer`;
  const { matmul, register, softmax, sum, tanh } = library;
  const quote = text.split("'").length > text.split('"').length ? "'" : '"';
  const quoted = (name: string): string => `${quote}${name}${quote}`;
  return [
    `@${register}()`,
    `class ${className}(${layer}):`,
    '    """Sums the steps of a sequence, each weighed by a learned score (Bahdanau et al., 2015)."""',
    '',
    '    def build(self, input_shape):',
    '        width = input_shape[-1]',
    `        self.kernel = self.add_weight(name=${quoted('kernel')}, shape=(width, width))`,
    `        self.bias = self.add_weight(name=${quoted('bias')}, shape=(width,), initializer=${quoted('zeros')})`,
    `        self.score = self.add_weight(name=${quoted('score')}, shape=(width, 1))`,
    '',
    '    def call(self, steps):',
    `        hidden = ${tanh}(${matmul}(steps, self.kernel) + self.bias)`,
    `        weights = ${softmax}(${matmul}(hidden, self.score), axis=1)`,
    `        return ${sum}(weights * steps, axis=1)`,
  ];
}

/** Two empty lines above and below, and above the comments and decorators that belong to the statement. */
function definitionBefore(text: string, cellStart: number, statement: SyntaxNode, lines: readonly string[]): TextEdit {
  const end = lineBreakOf(text);
  let from = statement.from;
  for (;;) {
    const above = /(?:^|\n)([ \t]*#[^\n]*\n)$/.exec(text.slice(cellStart, from));
    if (above?.[1] === undefined) break;
    from -= above[1].length;
  }
  const before = text.slice(cellStart, from);
  const empty = /(?:^|[^\r\n])((?:\r?\n)*)$/.exec(before)?.[1]?.split('\n').length ?? 1;
  const missing = before.trim() === '' ? 0 : Math.max(0, 4 - empty);
  return { from, to: from, insert: end.repeat(missing) + lines.join(end) + end.repeat(3) };
}
