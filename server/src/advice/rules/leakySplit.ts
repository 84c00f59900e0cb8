/** Rule: what is measured on the test data has been seen in training: a scaler fitted on everything, windows shuffled. */
import type { SyntaxNode } from '@lezer/common';
import { formatLine } from '../../../../model/units';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, hasSpread, keywordOf, setKeyword } from '../../rewrite/arguments';
import { enclosing, textOf } from '../../rewrite/nodes';
import { scopeAround, singleValueOf } from '../facts/bindings';
import type { Calls } from '../facts/calls';
import { derive, readsAny } from '../facts/derivedNames';
import { windowLists } from '../facts/windows';
import { calledName } from '../facts/written';
import type { Fix, Rule, RuleFinding } from '../rule';

export const leakySplit: Rule = {
  code: 'leaky-split',
  severity: 'warning',
  frameworks: ['keras', 'torch', 'flax'],
  documentation: {
    title: 'The test data are seen in training',
    whatItDoes:
      'Looks for a scaler of scikit-learn that is fitted on all data, whose result is then split into training and test data in the same ' +
      'function or script; and for `train_test_split` without `shuffle=False` on windows that overlap (`data[i:i + n]` for every `i`). ' +
      'Scaling by hand, splits in other files, and `random_split` of PyTorch are not followed.',
    whyIsThisBad:
      'The scaler has learnt the range of the test data: of a series that goes on rising, the very thing that is to be predicted. Shuffled ' +
      'windows put nearly the same window into training and into the test. Either way the test error is too good, and the model ' +
      'disappoints on new data.',
    example: '```python\nscaled = MinMaxScaler().fit_transform(series)\ntrain, test = scaled[:800], scaled[800:]\n```',
    useInstead:
      '```python\ntrain, test = series[:800], series[800:]\nscaler = MinMaxScaler().fit(train)\ntrain, test = scaler.transform(train), ' +
      'scaler.transform(test)\n```',
    fixSafety:
      '`shuffle=False` is added to `train_test_split`: the last part of the series becomes the test. Where the scaler must move, the ' +
      'program must be written otherwise: no fix.',
    references: [
      'https://github.com/huseinzol05/Stock-Prediction-Models/issues/126',
      'https://github.com/hunkim/DeepLearningZeroToAll/issues/214',
      'https://github.com/mlpack/examples/issues/43',
      'https://github.com/yuxiangalvin/DeepLOB-Model-Implementation-Project/issues/1',
      'https://github.com/Y-debug-sys/Diffusion-TS/issues/67',
      'https://github.com/unit8co/darts/issues/573',
      'https://scikit-learn.org/stable/common_pitfalls.html#data-leakage',
    ],
  },
  check: (analysis, facts) => {
    const { calls } = facts;
    if (analysis.language !== 'python') return [];
    const scaled = facts.mentions('Scaler(') ? scaledBeforeSplit(analysis, calls) : [];
    const shuffled = calls.named('train_test_split').length > 0 ? shuffledWindows(analysis, calls) : [];
    return [...scaled, ...shuffled];
  },
};

/** Scalers of scikit-learn that learn from the values they are fitted on. */
const scalers = /^(?:MinMax|Standard|Robust|MaxAbs)Scaler$/;

function scaledBeforeSplit(analysis: FileAnalysis, calls: Calls): readonly RuleFinding[] {
  const { text } = analysis;
  return [...calls.named('fit_transform'), ...calls.named('fit')].flatMap(({ node, name, object }) => {
    const [data] = argumentsOf(node, text);
    const made = object === null ? null : singleValueOf(analysis, object);
    if (data?.form !== 'positional' || made?.name !== 'CallExpression' || !scalers.test(calledName(made, text) ?? ''))
      return [];
    if (isPart(textOf(text, data.value))) return [];
    const scope = scopeAround(node);
    const names = new Set<string>();
    const starts = name === 'fit_transform' ? [node] : transforms(calls, node, object, text);
    const [first] = starts;
    if (first === undefined) return [];
    for (const start of starts) for (const target of targetsOf(start, text)) names.add(target);
    const split = splitOf(scope, text, names, first.to, calls);
    if (split === null) return [];
    const place = analysis.lines.locate(split);
    return [
      {
        location: analysis.lines.locate(node),
        message:
          `The scaler is fitted on all data, and only ${formatLine(place)} splits off the test: it has learnt the range of what is to be ` +
          'predicted. Split first, and fit on the training part.',
        fix: null,
      },
    ];
  });
}

/** Rows of the data, or data that are called training data: what a scaler should be fitted on. */
function isPart(data: string): boolean {
  if (/(?:^|[^a-z])tr(?:ain|n|)(?:[^a-z]|$)|train/i.test(data)) return true;
  return /\[\s*[^[\],:\s][^[\],:]*:|\[\s*:\s*[^\],\s:]/.test(data);
}

/** `scaler.transform(…)` of the same scaler in the same scope, after it was fitted. */
function transforms(calls: Calls, fit: SyntaxNode, scaler: SyntaxNode | null, text: string): readonly SyntaxNode[] {
  if (scaler === null) return [];
  const scope = scopeAround(fit);
  return calls
    .within(scope, 'transform')
    .filter(
      ({ node, object }) => node.from > fit.to && object !== null && textOf(text, object) === textOf(text, scaler),
    )
    .filter(({ node }) => scopeAround(node).from === scope.from)
    .map(({ node }) => node);
}

/** The variables that an assignment around a call fills. */
function targetsOf(call: SyntaxNode, text: string): readonly string[] {
  const statement = enclosing(call, 'AssignStatement');
  if (statement === null || scopeAround(statement).from !== scopeAround(call).from) return [];
  const target = statement.firstChild;
  const object = target?.name === 'MemberExpression' ? target.firstChild : target;
  return object?.name === 'VariableName' ? [textOf(text, object)] : [];
}

/** The first statement that makes training and test data of the named ones; null where there is none. */
function splitOf(scope: SyntaxNode, text: string, names: Set<string>, from: number, calls: Calls): SyntaxNode | null {
  if (names.size === 0) return null;
  let training: SyntaxNode | null = null;
  let test: SyntaxNode | null = null;
  for (const { statement, targets } of derive(scope, text, names, from)) {
    const value = text.slice(statement.from, statement.to).replace(/^[^=]*=/, '');
    if (!cutsRows(value)) continue;
    if (targets.some((target) => /train|(?:^|_)tr(?:_|$)/i.test(target))) training ??= statement;
    if (targets.some((target) => /test|valid|(?:^|_)val(?:_|$)/i.test(target))) test ??= statement;
  }
  if (training !== null && test !== null) return training.from < test.from ? training : test;
  const call = calls
    .within({ from, to: scope.to }, 'train_test_split')
    .find(({ node }) => scopeAround(node).from === scope.from && readsAny(node, text, names));
  return call?.node ?? null;
}

/** `data[:n]`, `data.iloc[n:]`, `train_test_split(…)`, `split_data(…)`. */
function cutsRows(value: string): boolean {
  return /\[\s*[^[\],:\s][^[\],:]*:|\[\s*:\s*[^\],\s:]/.test(value) || /split\w*\(/.test(value);
}

function shuffledWindows(analysis: FileAnalysis, calls: Calls): readonly RuleFinding[] {
  const { text } = analysis;
  return calls.named('train_test_split').flatMap(({ node }): readonly RuleFinding[] => {
    const [data] = argumentsOf(node, text);
    const shuffle = keywordOf(node, text, 'shuffle');
    if (data?.form !== 'positional' || hasSpread(node, text)) return [];
    if (shuffle !== null && textOf(text, shuffle.value) !== 'True') return [];
    const scope = scopeAround(node);
    const names = windowLists(analysis, calls, scope, node.from);
    if (!readsAny(data.value, text, names)) return [];
    return [
      {
        location: analysis.lines.locate(node),
        message:
          'train_test_split shuffles windows that overlap: nearly the same window is in training and in the test. Set shuffle=False, so ' +
          'that the test comes after.',
        fix: shuffleFix(node, text),
      },
    ];
  });
}

function shuffleFix(call: SyntaxNode, text: string): Fix | null {
  // A stratified split cannot be in order.
  if (keywordOf(call, text, 'stratify') !== null) return null;
  return { title: 'Set shuffle=False', edits: setKeyword(call, text, 'shuffle', 'False') };
}
