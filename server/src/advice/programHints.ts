/**
 * What a program says around its models of the data they are for: how long sequences are, how many there are, and whether
 * they are windows of a series. Read from calls, from variables with the usual names, and from data files that it names.
 */
import type { SyntaxNode } from '@lezer/common';
import { formatLine } from '../../../model/units';
import type { FileAnalysis } from '../analysis';
import { argumentFor } from '../rewrite/arguments';
import { assignmentOf, childrenOf, textOf } from '../rewrite/nodes';
import { singleValueOf } from './facts/bindings';
import { Calls } from './facts/calls';
import { type DataFile, type DataFiles, dataFile } from './facts/dataFile';
import { type CarriedState, carriedStates } from './streamingUse';

export interface Hint<Value> {
  readonly value: Value;
  /** A phrase that names the place: "maxlen=80 of pad_sequences at line 5". */
  readonly source: string;
}

export interface ProgramHints {
  readonly sequenceLength: Hint<number> | null;
  /** The table, text or array that the program or a comment names. */
  readonly data: DataFile | null;
  /** That the program cuts a series into windows; null where nothing says so. */
  readonly windows: Hint<true> | null;
  /** The loss by the name that the program calls it, for models whose own loss is not known. */
  readonly loss: Hint<string> | null;
  /** Calls that go on from the state of the call before. */
  readonly carriedStates: readonly CarriedState[];
}

export const noHints: ProgramHints = {
  sequenceLength: null,
  data: null,
  windows: null,
  loss: null,
  carriedStates: [],
};

/** Hints of a file in Python or JavaScript; a saved model has no program around it. */
export function programHints(analysis: FileAnalysis, files: DataFiles): ProgramHints {
  if (analysis.language === 'json') return noHints;
  const calls = new Calls(analysis);
  const fromCall = analysis.language === 'python' ? lengthOfCalls(analysis, calls) : null;
  const sequenceLength = fromCall?.hint ?? lengthOfVariables(analysis);
  return {
    sequenceLength,
    data: dataFile(analysis, calls, files),
    windows: fromCall?.windows === true ? { value: true, source: fromCall.hint.source } : windowsOf(analysis),
    loss: lossOf(analysis, calls),
    carriedStates: carriedStates(analysis),
  };
}

interface LengthCall {
  readonly name: string;
  readonly parameter: string;
  readonly position: number;
  /** Whether it cuts a series into windows, rather than padding texts. */
  readonly windows: boolean;
}

const lengthCalls: readonly LengthCall[] = [
  { name: 'pad_sequences', parameter: 'maxlen', position: 1, windows: false },
  { name: 'TextVectorization', parameter: 'output_sequence_length', position: 6, windows: false },
  { name: 'timeseries_dataset_from_array', parameter: 'sequence_length', position: 2, windows: true },
  { name: 'TimeseriesGenerator', parameter: 'length', position: 2, windows: true },
  { name: 'sliding_window_view', parameter: 'window_shape', position: 1, windows: true },
  { name: 'window', parameter: 'size', position: 0, windows: true },
];

function lengthOfCalls(analysis: FileAnalysis, calls: Calls): { hint: Hint<number>; windows: boolean } | null {
  for (const { name, parameter, position, windows } of lengthCalls) {
    const lengths = calls.named(name).flatMap(({ node }) => {
      const argument = argumentFor(node, analysis.text, parameter, position);
      const value = argument === null ? null : integerAt(analysis, argument.value);
      return value === null ? [] : [{ value, at: placeOf(analysis, node) }];
    });
    const [first] = lengths;
    // Two lengths in one program are of two models, and nothing says which is whose.
    if (first === undefined || lengths.some(({ value }) => value !== first.value)) continue;
    return { hint: { value: first.value, source: `${parameter}=${first.value} of ${name} at ${first.at}` }, windows };
  }
  return null;
}

function integerAt(analysis: FileAnalysis, node: SyntaxNode): number | null {
  const value = singleValueOf(analysis, node);
  return value?.name === 'Number' ? positiveInteger(textOf(analysis.text, value)) : null;
}

function positiveInteger(text: string): number | null {
  const value = Number(text.replaceAll('_', ''));
  return Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** Names that mean nothing else: `seq_len`, `maxlen`, `look_back`. */
const lengthName =
  /\b((?:max|input|num|n)?_?(?:seq(?:uence)?_?len(?:gth)?|time_?steps)|max_?len(?:gth)?|look_?back|window(?:_?(?:size|len(?:gth)?))?|block_size|bptt|context_len(?:gth)?)\b/gi;
const windowName = /look_?back|window/i;

interface NamedLength {
  readonly name: string;
  readonly value: number;
  readonly at: string;
}

function lengthsOfVariables(analysis: FileAnalysis): readonly NamedLength[] {
  const { text, tree } = analysis;
  const found: NamedLength[] = [];
  for (const match of text.matchAll(lengthName)) {
    const node = tree.resolveInner(match.index, 1);
    if (node.from !== match.index || node.to !== match.index + match[0].length) continue;
    const written = assignedNumber(node);
    const value = written === null ? null : positiveInteger(textOf(text, written));
    if (value !== null) found.push({ name: match[0], value, at: placeOf(analysis, node) });
  }
  return found;
}

/** `name = 40`, `const name = 40`, as a parameter `name=40`. */
function assignedNumber(node: SyntaxNode): SyntaxNode | null {
  const { parent } = node;
  if (parent === null) return null;
  const plain = assignmentOf(parent);
  if (plain !== null) return plain.targets[0]?.from === node.from && plain.value.name === 'Number' ? plain.value : null;
  if (parent.name !== 'VariableDeclaration' && parent.name !== 'ParamList') return null;
  const siblings = childrenOf(parent);
  const at = siblings.findIndex(({ from }) => from === node.from);
  const value = siblings[at + 1]?.name === 'Equals' || siblings[at + 1]?.name === 'AssignOp' ? siblings[at + 2] : null;
  return value?.name === 'Number' ? value : null;
}

function lengthOfVariables(analysis: FileAnalysis): Hint<number> | null {
  const found = lengthsOfVariables(analysis);
  const [first] = found;
  if (first === undefined || found.some(({ value }) => value !== first.value)) return null;
  return { value: first.value, source: `${first.name} = ${first.value} at ${first.at}` };
}

/** `data[i:i + n]`, `data[i - n:i]`: a stretch that moves along with one variable. */
const movingSlice = /\[\s*([a-z_]\w*)\s*(?:-\s*\w+)?\s*:\s*\1\s*(?:\+\s*\w+)?\s*[,\]]/i;
/** Words that only programs about series to come use. */
const forecastWord = /forecast\w*|\bhorizon\w*|time_?series\w*/i;

function windowsOf(analysis: FileAnalysis): Hint<true> | null {
  const named = lengthsOfVariables(analysis).find(({ name }) => windowName.test(name));
  if (named !== undefined) return { value: true, source: `${named.name} = ${named.value} at ${named.at}` };
  const match = movingSlice.exec(analysis.text) ?? forecastWord.exec(analysis.text);
  if (match === null) return null;
  const span = { from: match.index, to: match.index + match[0].length };
  return { value: true, source: `"${match[0]}" at ${formatLine(analysis.lines.locate(span))}` };
}

/** The losses of PyTorch and Optax that tell one task from another. */
const losses: readonly string[] = [
  'CrossEntropyLoss',
  'cross_entropy',
  'NLLLoss',
  'nll_loss',
  'BCEWithLogitsLoss',
  'BCELoss',
  'binary_cross_entropy',
  'binary_cross_entropy_with_logits',
  'CTCLoss',
  'ctc_loss',
  'MSELoss',
  'mse_loss',
  'L1Loss',
  'l1_loss',
  'SmoothL1Loss',
  'smooth_l1_loss',
  'HuberLoss',
  'huber_loss',
  'GaussianNLLLoss',
  'PoissonNLLLoss',
  'softmax_cross_entropy_with_integer_labels',
  'softmax_cross_entropy',
  'sigmoid_binary_cross_entropy',
  'squared_error',
  'l2_loss',
];

/** Null where the program calls losses of several kinds. */
function lossOf(analysis: FileAnalysis, calls: Calls): Hint<string> | null {
  const found = losses.flatMap((name) => calls.named(name).slice(0, 1));
  const [first] = found;
  if (first === undefined || new Set(found.map(({ name }) => isRegressionLoss(name))).size > 1) return null;
  return { value: first.name, source: `${first.name} at ${placeOf(analysis, first.node)}` };
}

/** Whether a loss, by the name that any framework has for it, is of numbers and not of classes. */
export function isRegressionLoss(loss: string): boolean {
  return /squared|mse|mae\b|absolute|huber|l1_?loss|l2_?loss|gaussiannll|poissonnll|log_?cosh|quantile/i.test(loss);
}

function placeOf({ lines }: FileAnalysis, node: SyntaxNode): string {
  return formatLine(lines.locate(node));
}
