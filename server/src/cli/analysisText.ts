/** What `analyze` prints for people: a table per model, then the findings with their places. */
import { basename } from 'node:path';
import { styleText } from 'node:util';
import { type Amount, formatAmount } from '../../../model/costs/amount';
import { modelAsCountedBy } from '../../../model/costs/conventions';
import { numberFormats, optimiserBytes, optimiserLabels, optimisers, weightBytes } from '../../../model/costs/memory';
import { type ModelCosts, modelCosts } from '../../../model/costs/model';
import { formatInteger } from '../../../model/expression';
import type { ModelGraph, SourceLocation } from '../../../model/graph';
import { formatBytes, formatCount, formatLine, formatScaled, formatShape } from '../../../model/units';
import type { SizedVariant, VariantRow } from '../../../protocol/costs';
import type { Finding, Severity } from '../advice/rule';
import { sizesOfModel } from '../analysers/sizes';
import type { FileAnalysis } from '../analysis';
import { sideBySide } from '../costs/sideBySide';
import type { TimeQuestion } from '../costs/times';
import { type SuppliedSize, supplierNames } from '../syntax/suppliedSizes';
import type { UnreadFile } from './files';
import { timeLines } from './predictedTimes';
import { alignedTable } from './table';

export interface AnalysedSource {
  readonly kind: 'analysed';
  readonly path: string;
  readonly analysis: FileAnalysis;
  readonly findings: readonly Finding[];
}

import { frameworksRead } from './whatIsRead';

const severityColours: Readonly<Record<Severity, 'red' | 'yellow' | 'blue' | 'gray'>> = {
  error: 'red',
  warning: 'yellow',
  information: 'blue',
  hint: 'gray',
};

/** Paragraphs for one file; colours only where the output is a terminal. */
export function analysisText({ path, analysis, findings }: AnalysedSource, times: TimeQuestion | null = null): string {
  const parts = [styleText('bold', path) + (analysis.framework === null ? '' : `  ${analysis.framework}`)];
  if (analysis.models.length === 0) parts.push(`  ${whyNoModel(analysis)}`);
  for (const graph of analysis.models) {
    parts.push(
      indent([
        ...modelText(graph),
        ...(times === null ? [] : ['', ...timeLines(graph, times)]),
        ...suppliedText(sizesOfModel(graph, analysis.models, analysis.usedSizes)),
      ]),
    );
  }
  if (findings.length > 0) parts.push(indent(findings.map(findingText)));
  return `${parts.join('\n\n')}\n`;
}

/** The paragraph for a file that could not be read or analysed. */
export function unreadText({ path, because }: UnreadFile): string {
  return `${styleText('bold', path)}\n\n  ${because}\n`;
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`.trimEnd()).join('\n');
}

function whyNoModel({ text, framework, syntaxErrors, problems = [] }: AnalysedSource['analysis']): string {
  const [problem] = problems;
  if (problem !== undefined) return problem.message;
  if (text.trim() === '') return 'The file is empty.';
  if (framework === null) return `No model: the file uses none of ${frameworksRead.join(', ')}.`;
  const remark = syntaxErrors.length === 0 ? '' : ' Its syntax errors may be why.';
  return `No model was found in this file.${remark}`;
}

/** Which sizes are not from the source, and who supplies them. */
function suppliedText(supplied: readonly SuppliedSize[]): readonly string[] {
  const each = supplied.map(
    ({ name, value, source }) => `${name} = ${formatInteger(value)} from ${supplierNames[source]}`,
  );
  return each.length === 0 ? [] : ['', `Supplied: ${each.join('; ')}`];
}

function modelText(graph: ModelGraph): readonly string[] {
  const costs = modelCosts(graph);
  const bound = costs.flops.grade === 'estimated' ? 'at most ' : '';
  const work = costs.flops.value === null ? [] : [`${bound}${formatScaled(costs.flops.value, 'FLOP')} per sequence`];
  const weights = costs.weightMemory.value === null ? [] : [`${formatBytes(costs.weightMemory.value)} of weights`];
  const figures = [formatCount(costs.parameters, 'parameters'), ...work, ...weights].join(' · ');
  const rows = graph.layers.map((layer, index) => {
    const of = costs.layers[index];
    const [type] = layer.outputs[0] ?? [];
    return [
      placeText(layer.location, graph.location.file),
      layer.path,
      layer.type,
      type === undefined ? '' : formatShape(type),
      of === undefined ? '' : formatAmount(of.parameters),
      of === undefined ? '' : formatAmount(of.macs),
      of?.order ?? '',
    ];
  });
  const total = ['', 'total', '', '', formatAmount(costs.parameters), formatAmount(costs.macs), trainedText(costs)];
  const table = alignedTable(
    [
      { title: 'line', align: 'right' },
      { title: 'layer', align: 'left' },
      { title: 'type', align: 'left' },
      { title: 'output', align: 'left' },
      { title: 'parameters', align: 'right' },
      { title: 'MACs per sequence', align: 'right' },
      { title: 'order', align: 'left' },
    ],
    [...rows, total],
  );
  const [heading = '', ...body] = table;
  const why = [costs.parameters, costs.macs]
    .filter(({ grade }) => grade === 'unknown')
    .map(({ because }) => `not known: ${because}`);
  return [
    `${styleText('bold', graph.name)}  ${graph.form}, ${formatLine(graph.location)}: ${figures}`,
    '',
    styleText('dim', heading),
    ...body,
    ...new Set(why),
    ...(costs.macs.grade === 'estimated' ? ['at most: a packed input is counted for its padded length'] : []),
    ...furtherCosts(graph, costs),
  ];
}

/** What one more step, memory and training cost, what other tools count, and other architectures, a line each. */
function furtherCosts(graph: ModelGraph, costs: ModelCosts): readonly string[] {
  const counted = (amount: Amount): amount is Amount => amount.grade !== 'unknown' && amount.value !== 0;
  const bytes = (amount: Amount): string =>
    amount.value === null ? `${formatAmount(amount)} B` : formatBytes(amount.value);
  const { parameters, trainable, macsPerStep, sequentialDepth, inferenceMemory, trainingMemory } = costs;
  const variants = sideBySide(graph);
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ['per step', [macsPerStep].filter(counted).map((macs) => formatCount(macs, 'MACs'))],
    ['one after another', [sequentialDepth].filter(counted).map((depth) => formatCount(depth, 'steps'))],
    [
      'weights',
      numberFormats
        .map((format) => [format, weightBytes(parameters, format)] as const)
        .filter(([, size]) => counted(size))
        .map(([format, size]) => `${bytes(size)} in ${format}`),
    ],
    [
      'activations per sequence, about',
      [
        ...[inferenceMemory].filter(counted).map((size) => `${bytes(size)} to run`),
        ...[trainingMemory].filter(counted).map((size) => `${bytes(size)} to train`),
      ],
    ],
    [
      'state of the optimiser',
      optimisers
        .map((optimiser) => [optimiserLabels[optimiser], optimiserBytes(trainable, optimiser)] as const)
        .filter(([, size]) => counted(size))
        .map(([label, size]) => `${bytes(size)} for ${label}`),
    ],
    [
      'recurrent layers as counted by',
      modelAsCountedBy(graph).map(({ label, unit, count }) => `${label} ${formatAmount(count)} ${unit}`),
    ],
    [
      'parameters at equal width',
      variantTexts(
        variants,
        ({ atWidth }) => atWidth,
        ({ parameters: count }) => count,
      ),
    ],
    [
      'width at equal parameters',
      variantTexts(
        variants,
        ({ atBudget }) => atBudget,
        ({ width }) => width,
      ),
    ],
  ];
  const told = lines.filter(([, parts]) => parts.length > 0);
  return told.length === 0 ? [] : ['', ...told.map(([title, parts]) => `${title}: ${parts.join(', ')}`)];
}

function variantTexts(
  rows: readonly VariantRow[],
  pick: (row: VariantRow) => SizedVariant | null,
  figure: (variant: SizedVariant) => number | null,
): readonly string[] {
  return rows.flatMap((row) => {
    const variant = pick(row);
    const value = variant === null ? null : figure(variant);
    return value === null ? [] : [`${row.label} ${formatInteger(value)}`];
  });
}

/** The line, in a notebook with its cell before it, and with the name of its file where that is not `file`. */
function placeText(place: SourceLocation, file: string): string {
  const line = place.cell === undefined ? String(place.line) : `cell ${place.cell}:${place.line}`;
  return place.file === file ? line : `${basename(place.file)}:${line}`;
}

function trainedText({ parameters, trainable }: ReturnType<typeof modelCosts>): string {
  if (parameters.value === trainable.value || trainable.value === null) return '';
  return `${formatInteger(trainable.value)} of the parameters are trained`;
}

function findingText({ severity, location, message, code, fix }: Finding): string {
  const place = `${placeText(location, location.file)}:${location.column}`.padStart(7);
  const fixable = fix === null ? '' : ', fixable in the editor';
  return `${place}  ${styleText(severityColours[severity], severity)}  ${message}  ${styleText('dim', `${code}${fixable}`)}`;
}
