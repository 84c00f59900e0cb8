/** Places where a program of Keras or TensorFlow.js looks a layer up: by its number, or by the name that it is given. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { descendants, textOf } from './nodes';

interface Source {
  readonly tree: Tree;
  readonly text: string;
}

export const lookupByNameMessage =
  'a layer is looked up here by the name that its class gives it: give the layer a name of its own first.';

export const lookupByNumberMessage =
  'a layer is looked up here by its number, which will be that of another one: look it up by name first.';

/** `model.layers[0]`, which is another layer once one is put in front of it. The last one stays the last. */
const numberedMember = /\.layers\s*\[\s*(?:\d+|-\s*(?!1\b)\d+)\s*\]$/;

/** `model.get_layer(index=0)`, and `model.getLayer(null, 0)` of TensorFlow.js. */
const numberedCall =
  /\.(?:get_layer|getLayer)\(\s*(?:index\s*=|(?:None|null|undefined)\s*,\s*(?:index\s*=)?)\s*\d+\s*\)$/;

export function numberedLayer({ tree, text }: Source): SyntaxNode | null {
  if (!/\.layers\s*\[|get_?[lL]ayer\s*\(/.test(text)) return null;
  const isNumbered = (node: SyntaxNode): boolean =>
    (node.name === 'CallExpression' ? numberedCall : numberedMember).test(textOf(text, node));
  return descendants(tree.topNode, 'MemberExpression', 'CallExpression').find(isNumbered) ?? null;
}

/** `model.get_layer("lstm_1")`: a name that the framework makes of the class, so that it changes with it. */
export function layerNamedByClass({ tree, text }: Source): SyntaxNode | null {
  if (!/get_?[lL]ayer\s*\(/.test(text)) return null;
  return (
    descendants(tree.topNode, 'CallExpression').find((call) => {
      const named = /\.(?:get_layer|getLayer)\(\s*(?:name\s*=\s*)?(['"`])([\w/]+)\1\s*\)$/.exec(textOf(text, call));
      const name = named?.[2];
      if (name === undefined || !madeOfClass.test(name)) return false;
      return !new RegExp(`\\bname\\s*[=:]\\s*(['"\`])${name}\\1`).test(text.slice(0, call.from));
    }) ?? null
  );
}

/** Keras counts `lstm_1`. TensorFlow.js counts `lstm_LSTM1`: source tfjs-layers 4, engine/topology.ts, the constructor of `Layer`. */
const madeOfClass =
  /^(?:(?:lstm|gru|simple_rnn|rnn|bidirectional)(?:_\d+)?|(?:lstm_LSTM|gru_GRU|simple_rnn_SimpleRNN|bidirectional_Bidirectional)\d+)$/;
