/** Rule: a layer is given what Keras 3 no longer has. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, type CallArgument, hasSpread, removeArguments } from '../../rewrite/arguments';
import { renameConstructors } from '../../rewrite/constructors';
import { lineBreakOf, type TextEdit } from '../../rewrite/edits';
import { callAt, childrenOf, descendants, itemsOf, textOf, usesOf } from '../../rewrite/nodes';
import { type KerasGeneration, kerasGeneration } from '../facts/kerasGeneration';
import { calledName } from '../facts/written';
import type { Fix, Rule, RuleFinding } from '../rule';

export const removedInKeras3: Rule = {
  code: 'removed-in-keras-3',
  severity: 'error',
  frameworks: ['keras'],
  documentation: {
    title: 'Removed in Keras 3',
    whatItDoes:
      'Looks for layers with `batch_input_shape`, `time_major`, or `input_length` outside of an `Embedding`, and for `CuDNNLSTM` and ' +
      '`CuDNNGRU`. It is an error where the file shows that Keras 3 runs it (`keras.ops`, `KERAS_BACKEND`, a version that it asks for); ' +
      'where the file does not say, it is information: TensorFlow from 2.16 on brings Keras 3. A file that asks for Keras 2 ' +
      '(`tf_keras`, `TF_USE_LEGACY_KERAS`, `tf.compat.v1`, an older version) is left alone. Versions in a requirements file are not read.',
    whyIsThisBad:
      'Keras 3 raises "Unrecognized keyword arguments passed to LSTM" for these arguments, and has no layers named after cuDNN: its LSTM ' +
      'and GRU use cuDNN by themselves.',
    example: '```python\nmodel.add(layers.LSTM(32, stateful=True, batch_input_shape=(16, 30, 8)))\n```',
    useInstead:
      '```python\nmodel.add(layers.Input(batch_shape=(16, 30, 8)))\nmodel.add(layers.LSTM(32, stateful=True))\n```\n' +
      'For `CuDNNLSTM` take `LSTM`, for `time_major=True` exchange the axes in front of the layer.',
    fixSafety:
      '`batch_input_shape` of the first layer of a `Sequential` becomes an `Input` of the same shape, which Keras 2 reads alike, and is removed from ' +
      'layers behind it; a ' +
      '`time_major=False` says nothing that the layer needs, and is removed; `CuDNNLSTM` becomes `LSTM`, whose ' +
      'defaults are those of cuDNN. `time_major=True` and `input_length` have no fix: the data must be turned, the shape stated.',
    references: [
      'https://github.com/keras-team/keras/issues/20106',
      'https://github.com/keras-team/keras/issues/19282',
      'https://github.com/tensorflow/tensorflow/issues/64252',
      'https://github.com/yangwohenmai/LSTM/issues/19',
      'https://keras.io/guides/migrating_to_keras_3/',
    ],
  },
  check: (analysis) => {
    if (!mentioned.test(analysis.text)) return [];
    const generation = kerasGeneration(analysis.text);
    if (generation === 'legacy') return [];
    return callsThatMakeLayers(analysis).flatMap((made) => checkCall(made, analysis, generation));
  },
};

interface LayerCall {
  readonly call: SyntaxNode;
  /** Whether the shape of the model's input may be written here: not where a stack has layers in front. */
  readonly isFirst: boolean;
}

function callsThatMakeLayers({ models, tree, file }: FileAnalysis): readonly LayerCall[] {
  const made = new Map<number, LayerCall>();
  for (const { layers, form } of models) {
    layers.forEach((layer, index) => {
      for (const location of [layer.location, layer.coreLocation]) {
        const call = location.file === file ? callAt(tree, location) : null;
        const isFirst = form !== 'sequential' || index === 0 || made.get(location.from)?.isFirst === true;
        if (call !== null) made.set(location.from, { call, isFirst });
      }
    });
  }
  return [...made.values()];
}

const mentioned = /\b(?:batch_input_shape|time_major|input_length|CuDNN(?:LSTM|GRU))\b/;

function checkCall(made: LayerCall, analysis: FileAnalysis, generation: KerasGeneration): readonly RuleFinding[] {
  const { call } = made;
  const { text } = analysis;
  const name = calledName(call, text);
  const severity = generation === 'three' ? 'error' : 'information';
  const findings: RuleFinding[] = [];
  const [callee] = childrenOf(call);
  if (callee !== undefined && (name === 'CuDNNLSTM' || name === 'CuDNNGRU')) {
    const successor = name.replace('CuDNN', '');
    findings.push({
      location: analysis.lines.locate(callee),
      severity,
      message: `Keras 3 has no ${name}: its ${successor} uses cuDNN by itself.`,
      fix: renameFix(call, name, successor, analysis),
    });
  }
  for (const argument of argumentsOf(call, text)) {
    if (argument.name === null || !isRemoved(argument.name, name)) continue;
    findings.push({
      location: analysis.lines.locate(argument),
      severity,
      message: `${consequence(generation)} ${advice(argument, text)}`,
      fix: hasSpread(call, text) ? null : argumentFix(made, argument, analysis),
    });
  }
  return findings;
}

/** Keras 3 still takes the `input_length` of an `Embedding`, with a word of warning. */
function isRemoved(argument: string, layer: string | null): boolean {
  if (argument === 'input_length') return layer !== 'Embedding';
  return argument === 'batch_input_shape' || argument === 'time_major';
}

function consequence(generation: KerasGeneration): string {
  return generation === 'three'
    ? 'Keras 3 refuses this argument.'
    : 'Keras 3 (TensorFlow from 2.16 on) refuses this argument.';
}

function advice({ name, value }: CallArgument, text: string): string {
  if (name === 'batch_input_shape') return `Begin the model with Input(batch_shape=${textOf(text, value)}).`;
  if (name === 'time_major')
    return 'Recurrent layers take the batch first; exchange the axes of the data where it is not.';
  return 'The length of the sequences belongs into the Input.';
}

function renameFix(call: SyntaxNode, from: string, to: string, analysis: FileAnalysis): Fix | null {
  const { text, tree } = analysis;
  const sameClass = descendants(tree.topNode, 'CallExpression').filter(
    (other) => other.firstChild !== null && calledName(other, text) === from,
  );
  // A bare name is changed with its import, so all its calls change together.
  const renames = call.firstChild?.name === 'VariableName' ? sameClass : [call];
  const rewrite = renameConstructors(
    analysis,
    renames.map((node) => ({ call: node, from, to })),
  );
  return rewrite.kind === 'edits' ? { title: `Use ${to}`, edits: rewrite.edits } : null;
}

function argumentFix({ call, isFirst }: LayerCall, argument: CallArgument, { text, tree }: FileAnalysis): Fix | null {
  const remove = (): readonly TextEdit[] => removeArguments(call, text, ({ name }) => name === argument.name);
  switch (argument.name) {
    case 'time_major':
      return textOf(text, argument.value) === 'False' ? { title: 'Remove time_major=False', edits: remove() } : null;
    case 'batch_input_shape': {
      if (!isFirst) return { title: 'Remove batch_input_shape, which says nothing here', edits: remove() };
      const input = inputInFront(call, argument, text, tree.topNode);
      return input === null ? null : { title: 'Begin with an Input of this shape', edits: [...input, ...remove()] };
    }
    // The first layer of a model without a stated shape needs it to be built early.
    default:
      return null;
  }
}

/** `Input(batch_shape=…)` as the item before the first layer of a `Sequential`, or as the `add` before the first one. */
function inputInFront(
  call: SyntaxNode,
  { value }: CallArgument,
  text: string,
  script: SyntaxNode,
): readonly TextEdit[] | null {
  const named = nameOfInput(call, text, script);
  const { parent } = call;
  if (named === null || parent === null) return null;
  const input = `${named.name}(batch_shape=${textOf(text, value)})`;
  if (parent.name === 'ArrayExpression') {
    const model = parent.parent?.name === 'ArgList' ? parent.parent.parent : null;
    if (model === null || calledName(model, text) !== 'Sequential') return null;
    if (itemsOf(parent)[0]?.from !== call.from) return null;
    const indentation = lineStartOf(text, call.from);
    const separator = indentation === null ? ', ' : `,${lineBreakOf(text)}${indentation}`;
    return [...named.edits, { from: call.from, to: call.from, insert: `${input}${separator}` }];
  }
  const add = parent.name === 'ArgList' ? parent.parent : null;
  const statement = add?.parent;
  const model = add?.firstChild?.firstChild;
  const indentation = statement ? lineStartOf(text, statement.from) : null;
  if (!add || !model || statement?.name !== 'ExpressionStatement' || indentation === null) return null;
  if (calledName(add, text) !== 'add' || model.name !== 'VariableName' || !isFirstAdd(add, model, text, script))
    return null;
  const insert = `${textOf(text, model)}.add(${input})${lineBreakOf(text)}${indentation}`;
  return [...named.edits, { from: statement.from, to: statement.from, insert }];
}

/** Right behind `model = Sequential()`, with nothing in between that uses the model. */
function isFirstAdd(add: SyntaxNode, model: SyntaxNode, text: string, script: SyntaxNode): boolean {
  const before = usesOf(script, text, textOf(text, model)).filter(({ node }) => node.from < add.from);
  const definition = before.at(-1);
  const statement = definition?.kind === 'write' ? definition.node.parent : null;
  const made = statement?.getChild('CallExpression') ?? null;
  const block = add.parent?.parent;
  if (made === null || statement?.parent?.from !== block?.from || calledName(made, text) !== 'Sequential') return false;
  return argumentsOf(made, text).every(({ name }) => name === 'name');
}

/** How `Input` is called where the layer is: in the layer's own module, or imported beside it. */
function nameOfInput(
  call: SyntaxNode,
  text: string,
  script: SyntaxNode,
): { readonly name: string; readonly edits: readonly TextEdit[] } | null {
  const callee = call.firstChild;
  if (callee?.name === 'MemberExpression') {
    const module = callee.firstChild;
    // Only the module of the layers is known to have it.
    if (module === null || !/(?:^|\.)layers$/.test(textOf(text, module))) return null;
    return { name: `${textOf(text, module)}.Input`, edits: [] };
  }
  if (callee?.name !== 'VariableName') return null;
  const inputs = usesOf(script, text, 'Input').filter(({ kind, node }) => kind === 'write' || isImported(node));
  if (inputs.length > 0) return inputs.every(({ node }) => isImported(node)) ? { name: 'Input', edits: [] } : null;
  const layer = usesOf(script, text, textOf(text, callee)).find(({ node }) => isImported(node))?.node;
  const source = layer?.parent?.name === 'ImportStatement' ? textOf(text, layer.parent) : '';
  if (layer === undefined || !/^from\s+[\w.]*\blayers\s+import\b/.test(source) || layer.nextSibling?.name === 'as')
    return null;
  return { name: 'Input', edits: [{ from: layer.to, to: layer.to, insert: ', Input' }] };
}

function isImported(node: SyntaxNode): boolean {
  return node.parent?.name === 'ImportStatement' && node.nextSibling?.name !== 'as';
}

/** The blanks in front of a place that begins its line; null where it does not. */
function lineStartOf(text: string, offset: number): string | null {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*$/.test(before) ? before : null;
}
