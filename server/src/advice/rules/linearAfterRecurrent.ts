/** Rule: a PyTorch `nn.Linear` after a recurrent layer is built for another width than it is given. */
import { divideExactly, equals, format, integerOf } from '../../../../model/expression';
import type { FlowNode, Layer, ModelGraph, Quantity } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentFor } from '../../rewrite/arguments';
import { callAt, textOf } from '../../rewrite/nodes';
import { axesOf, differ, layerOf, recurrentSources, typeOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const linearAfterRecurrent: Rule = {
  code: 'linear-after-recurrent',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'in_features is not the width of the recurrent output',
    whatItDoes:
      'Follows the output or the states of a recurrent layer into `nn.Linear` and compares `in_features` with the last ' +
      'dimension that arrives there.',
    whyIsThisBad:
      'A recurrent layer gives `D·H` features for each step: `D` is 2 where it is bidirectional, and with `proj_size` `H` is ' +
      'that size. A `Linear` of another width stops with "mat1 and mat2 shapes cannot be multiplied".',
    example:
      '```python\nself.lstm = nn.LSTM(64, 128, batch_first=True, bidirectional=True)\nself.fc = nn.Linear(128, 10)\n```',
    useInstead:
      '```python\nself.lstm = nn.LSTM(64, 128, batch_first=True, bidirectional=True)\nself.fc = nn.Linear(2 * 128, 10)\n```',
    fixSafety: 'Safe for the layer itself, which could not run before. Saved weights of another width no longer fit.',
    references: [
      'https://github.com/LeonYang95/PLELog/issues/18',
      'https://github.com/aymericdamien/TensorFlow-Examples/issues/244',
      'https://github.com/graykode/nlp-tutorial/pull/89',
      'https://github.com/clovaai/deep-text-recognition-benchmark/issues/104',
    ],
  },
  check: (analysis) => analysis.models.flatMap((graph) => checkModel(graph, analysis)),
};

function checkModel(graph: ModelGraph, analysis: FileAnalysis): readonly RuleFinding[] {
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const layer = layerOf(graph, node);
    const [input] = node.inputs;
    if (layer?.operation.op !== 'dense' || input === undefined || node.isConditional) return [];
    const width = axesOf(typeOf(graph, input))?.at(-1);
    const { inputSize } = layer.operation;
    if (width === undefined || !differ(inputSize, width)) return [];
    const [source] = recurrentSources(graph, input);
    if (source === undefined) return [];
    return [
      {
        location: layer.coreLocation,
        message:
          `${layer.type} takes ${sizeText(inputSize)} features, but is given ${sizeText(width)}` +
          `${explanation(graph, source, width)}: set in_features to ${sizeText(width)}.`,
        fix: fixFor(layer, inputSize, width, analysis),
      },
    ];
  });
}

function sizeText(size: Quantity): string {
  return size.kind === 'known' ? format(size.value) : '?';
}

/** Why so many arrive: the directions of the layer, where they make the difference. */
function explanation(graph: ModelGraph, source: FlowNode, width: Quantity): string {
  const operation = layerOf(graph, source)?.operation;
  if (operation?.op !== 'recurrent') return '';
  const one = operation.projection ?? operation.hiddenSize;
  const ratio = ratioOf(one, width);
  if (operation.directions === 2 && ratio === 2) return `, ${sizeText(one)} from each direction`;
  return ratio === 1 ? `, the ${operation.projection === null ? 'hidden' : 'projected'} size` : '';
}

/** How many times `part` is in `whole`, where that is a whole number. */
function ratioOf(part: Quantity, whole: Quantity): number | undefined {
  if (part.kind !== 'known' || whole.kind !== 'known') return undefined;
  const ratio = divideExactly(whole.value, part.value);
  return ratio === undefined ? undefined : integerOf(ratio);
}

/** A number becomes the right one; a name is multiplied where that is what is missing. Every model of the class must agree. */
function fixFor(layer: Layer, inputSize: Quantity, width: Quantity, { tree, text, models }: FileAnalysis): Fix | null {
  const call = callAt(tree, layer.coreLocation);
  const written = call === null ? null : (argumentFor(call, text, 'in_features', 0)?.value ?? null);
  if (written === null || width.kind !== 'known') return null;
  const twins = models
    .flatMap(({ layers }) => layers)
    .filter(({ coreLocation }) => coreLocation.from === layer.coreLocation.from);
  const isShared = twins.some(({ path }) => path !== layer.path) || twins.length > 1;
  const exact = integerOf(width.value);
  const ratio = ratioOf(inputSize, width);
  const isName = written.name === 'VariableName' || written.name === 'MemberExpression';
  const insert =
    written.name === 'Number' && exact !== undefined && !isShared
      ? String(exact)
      : isName && ratio !== undefined && ratio > 1 && twins.every((twin) => isAlike(twin, layer))
        ? `${ratio} * ${textOf(text, written)}`
        : null;
  return insert === null
    ? null
    : { title: `Set in_features to ${insert}`, edits: [{ from: written.from, to: written.to, insert }] };
}

function isAlike(twin: Layer, layer: Layer): boolean {
  const [left, right] = [twin.operation, layer.operation];
  if (left.op !== 'dense' || right.op !== 'dense') return false;
  if (left.inputSize.kind !== 'known' || right.inputSize.kind !== 'known') return false;
  return twin.path === layer.path && equals(left.inputSize.value, right.inputSize.value) === 'yes';
}
