/** Rule: an embedding without a row for its padding, or for the last of the words. */
import type { SyntaxNode } from '@lezer/common';
import { integerOf } from '../../../../model/expression';
import type { Layer } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentFor } from '../../rewrite/arguments';
import type { TextEdit } from '../../rewrite/edits';
import { callAt, isWrittenAlike, textOf } from '../../rewrite/nodes';
import type { ProgramFacts } from '../facts/programFacts';
import { beginsWithOne, countedDictionary } from '../facts/vocabularies';
import type { Fix, Rule, RuleFinding } from '../rule';

export const embeddingRange: Rule = {
  code: 'embedding-range',
  severity: 'warning',
  frameworks: ['torch', 'keras'],
  documentation: {
    title: 'Embedding too small for its indices',
    whatItDoes:
      'Looks for a `padding_idx` that is no row of the embedding (an error), and for an embedding of `len(words)` rows where ' +
      'the file numbers `words` from 1: `tokenizer.word_index` of a Keras `Tokenizer`, or a dictionary made by ' +
      '`{w: i + 1 for i, w in enumerate(…)}`. Dictionaries that get more entries later are not judged.',
    whyIsThisBad:
      'Rows are counted from 0. With numbers from 1 to n the last word asks for row n of n: "index out of range in self", and ' +
      'on a GPU "device-side assert triggered" or, in TensorFlow, zeros without a word. It may take long until that word comes.',
    example: '```python\nvocabulary = len(tokenizer.word_index)\nmodel.add(layers.Embedding(vocabulary, 64))\n```',
    useInstead:
      '```python\nvocabulary = len(tokenizer.word_index) + 1  # row 0 is for padding\nmodel.add(layers.Embedding(vocabulary, 64))\n```',
    fixSafety:
      'The embedding gets one row more, which is safe; a saved model with the smaller one can no longer be loaded. A padding ' +
      'index far outside is left to you.',
    references: [
      'https://github.com/lucidrains/audiolm-pytorch/issues/18',
      'https://github.com/boathit/t2vec/issues/17',
      'https://github.com/keras-team/keras/issues/4045',
    ],
  },
  check: (analysis, facts) => {
    const layers = analysis.models
      .flatMap((model) => model.layers)
      .filter(({ operation }) => operation.op === 'embedding');
    // A class whose embedding is right for some arguments is judged where those are given.
    const right = new Set(
      layers.filter((layer) => !isPaddedOutside(layer)).map(({ coreLocation }) => coreLocation.from),
    );
    return layers.flatMap((layer) => {
      if (!right.has(layer.coreLocation.from)) return [paddingFinding(layer, analysis)];
      return isFixed(layer) ? [] : offByOne(layer, analysis, facts);
    });
  },
};

/** A number of rows that the source states is not counted from words. */
function isFixed({ operation }: Layer): boolean {
  if (operation.op !== 'embedding' || operation.vocabulary.kind !== 'known') return false;
  return integerOf(operation.vocabulary.value) !== undefined;
}

/** PyTorch: `-n ≤ padding_idx < n`. Source: torch/nn/modules/sparse.py. */
function isPaddedOutside({ operation }: Layer): boolean {
  if (operation.op !== 'embedding' || operation.paddingIndex === null) return false;
  const rows = operation.vocabulary.kind === 'known' ? integerOf(operation.vocabulary.value) : undefined;
  return rows !== undefined && (operation.paddingIndex >= rows || operation.paddingIndex < -rows);
}

/** `vocabulary + 1`, and `101` for `100`. */
function oneMore({ name, from, to }: SyntaxNode, text: string): readonly TextEdit[] {
  const written = text.slice(from, to);
  if (name === 'Number' && /^\d+$/.test(written)) return [{ from, to, insert: String(Number(written) + 1) }];
  return [{ from: to, to, insert: ' + 1' }];
}

function paddingFinding(layer: Layer, { tree, text }: FileAnalysis): RuleFinding {
  const call = callAt(tree, layer.coreLocation);
  const rows = call === null ? null : argumentFor(call, text, 'num_embeddings', 0);
  const index = call === null ? null : argumentFor(call, text, 'padding_idx', 2);
  const isNext = rows !== null && index !== null && isWrittenAlike(text, rows.value, index.value);
  const edits = rows === null ? [] : oneMore(rows.value, text);
  return {
    severity: 'error',
    location: layer.coreLocation,
    message: 'padding_idx must be a row of the embedding: rows are counted from 0 to num_embeddings - 1.',
    fix: isNext ? { title: 'Add a row for the padding', edits } : null,
  };
}

function offByOne(layer: Layer, analysis: FileAnalysis, { calls }: ProgramFacts): readonly RuleFinding[] {
  const { tree, text, framework } = analysis;
  const call = analysis.language === 'python' ? callAt(tree, layer.coreLocation) : null;
  const rows =
    call === null ? null : argumentFor(call, text, framework === 'keras' ? 'input_dim' : 'num_embeddings', 0);
  const dictionary = rows === null ? null : countedDictionary(rows.value, analysis, calls);
  if (rows === null || dictionary === null || !beginsWithOne(dictionary, analysis)) return [];
  const name = textOf(text, dictionary);
  const fix: Fix = {
    title: 'Add a row: numbers begin with 1',
    edits: oneMore(rows.value, text),
  };
  return [
    {
      location: layer.coreLocation,
      message: `The numbers of ${name} go from 1 to len(${name}), and rows from 0: the last one has no row. Add one.`,
      fix,
    },
  ];
}
