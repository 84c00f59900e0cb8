/** Rule: a loop in TensorFlow.js makes tensors that nothing releases. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { enclosing, textOf } from '../../rewrite/nodes';
import { occurrencesOf } from '../facts/calls';
import type { Fix, Rule, RuleFinding } from '../rule';

export const tfjsLeakInLoop: Rule = {
  code: 'tfjs-leak-in-loop',
  severity: 'warning',
  frameworks: ['tfjs'],
  documentation: {
    title: 'A loop leaks tensors',
    whatItDoes:
      'Looks for a `predict(…)` inside a loop whose result is read at once (`.dataSync()`, `.arraySync()`, `await ….data()`), or gets a name ' +
      'under which nothing but that is done with it, in a file that never uses `tf.tidy`, `dispose` or a scope. Other tensors that have a ' +
      'name may be kept on purpose, or be disposed of elsewhere: they are not judged.',
    whyIsThisBad:
      'JavaScript does not collect the memory of a tensor on the GPU. Every round leaves one behind, until the page is slow or the context ' +
      'is lost.',
    example: '```js\nfor (const x of inputs) {\n  out.push(model.predict(x).dataSync()[0]);\n}\n```',
    useInstead:
      '```js\nfor (const x of inputs) {\n  out.push(tf.tidy(() => model.predict(x).dataSync())[0]);\n}\n```\n`tf.tidy` releases every tensor ' +
      'that is made inside and not returned.',
    fixSafety:
      'Offered where the result is read by `dataSync` or `arraySync` and nothing inside awaits: `tf.tidy` then gives the same numbers. The ' +
      'name of the library must be in scope.',
    references: [
      'https://github.com/tensorflow/tfjs/issues/460',
      'https://github.com/tensorflow/tfjs/issues/664',
      'https://js.tensorflow.org/api/latest/#tidy',
    ],
  },
  check: (analysis, { calls }) => {
    if (analysis.language !== 'javascript' || releases.test(analysis.text)) return [];
    return calls.named('predict').flatMap(({ node, object }): readonly RuleFinding[] => {
      const read = object === null ? null : readAtOnce(node, analysis.text);
      const isOnlyRead = read !== null || (object !== null && hasNameOnlyToRead(node, analysis));
      if (!isOnlyRead || !isInLoop(node, analysis.text)) return [];
      return [
        {
          location: analysis.lines.locate(node),
          message:
            read === null
              ? 'Every round leaves the tensor of this prediction in memory: nothing disposes of it. Call its dispose() once it is read.'
              : 'Every round leaves the tensor of this prediction in memory: nothing can dispose of it. Read it within tf.tidy.',
          fix: read === null ? null : fixFor(read, node, analysis),
        },
      ];
    });
  },
};

const releases = /\b(?:tidy|dispose|disposeVariables|startScope|endScope)\b/;

/** `….dataSync()` around a prediction. */
function readAtOnce(prediction: SyntaxNode, text: string): SyntaxNode | null {
  let value: SyntaxNode = prediction;
  // `(model.predict(x) as tf.Tensor).dataSync()`
  while (value.parent !== null && isWrapper(value.parent)) value = value.parent;
  const member = value.parent;
  const call = member?.parent;
  if (member?.name !== 'MemberExpression' || call?.name !== 'CallExpression' || call.firstChild?.from !== member.from)
    return null;
  const property = member.lastChild;
  return property !== null && /^(?:dataSync|arraySync|data|array)$/.test(textOf(text, property)) ? call : null;
}

/** `const y = model.predict(x)` whose numbers are read and which goes nowhere else. */
function hasNameOnlyToRead(prediction: SyntaxNode, analysis: FileAnalysis): boolean {
  const { text } = analysis;
  let value: SyntaxNode = prediction;
  while (value.parent !== null && isWrapper(value.parent)) value = value.parent;
  const target = value.parent?.getChild('VariableDefinition') ?? null;
  const block = value.parent?.parent ?? null;
  if (value.parent?.name !== 'VariableDeclaration' || target === null || block === null) return false;
  const uses = occurrencesOf(analysis, textOf(text, target), block).filter(
    ({ name, from }) => name === 'VariableName' && from > value.to,
  );
  return uses.length > 0 && uses.every((use) => readsNumbers(use, text));
}

/** `y.dataSync()` */
function readsNumbers(use: SyntaxNode, text: string): boolean {
  const member = use.parent;
  const isCalled = member?.parent?.name === 'CallExpression' && member.parent.firstChild?.from === member.from;
  const property = member?.name === 'MemberExpression' ? member.lastChild : null;
  return isCalled && property !== null && /^(?:dataSync|arraySync|data|array)$/.test(textOf(text, property));
}

function isWrapper(node: SyntaxNode): boolean {
  if (node.name === 'ParenthesizedExpression') return true;
  return node.name === 'BinaryExpression' && (node.getChild('as') !== null || node.getChild('satisfies') !== null);
}

/** Within a loop of the same function, or in a function that `forEach` or `map` calls for each item. */
function isInLoop(node: SyntaxNode, text: string): boolean {
  const around = enclosing(
    node,
    'ForStatement',
    'WhileStatement',
    'DoStatement',
    'FunctionDeclaration',
    'FunctionExpression',
    'ArrowFunction',
    'MethodDeclaration',
  );
  if (around === null || /^(?:For|While|Do)Statement$/.test(around.name)) return around !== null;
  const call = around.parent?.name === 'ArgList' ? around.parent.parent : null;
  const method = call?.firstChild?.name === 'MemberExpression' ? call.firstChild.lastChild : null;
  return method !== null && method !== undefined && /^(?:forEach|map|flatMap|reduce)$/.test(textOf(text, method));
}

function fixFor(read: SyntaxNode, prediction: SyntaxNode, { text }: FileAnalysis): Fix | null {
  const inside = textOf(text, read);
  const argumentsText = text.slice(prediction.firstChild?.to ?? prediction.from, prediction.to);
  const isReadNow = /\.(?:dataSync|arraySync)\(\s*\)$/.test(inside);
  if (!isReadNow || /\b(?:await|yield)\b/.test(argumentsText) || !/\bimport \* as tf from |\btf = require\(/.test(text))
    return null;
  return {
    title: 'Read it within tf.tidy',
    edits: [
      { from: read.from, to: read.from, insert: 'tf.tidy(() => ' },
      { from: read.to, to: read.to, insert: ')' },
    ],
  };
}
