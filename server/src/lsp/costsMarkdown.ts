/** A cost report as Markdown: the tables of the page, for an issue, a notebook or a README. */
import { formatInteger } from '../../../model/expression';
import { formatBytes, formatScaled } from '../../../model/units';
import type { CostReport, Figure, RunTime, SizedVariant } from '../../../protocol/costs';
import { code, escapeMarkdown } from './markdown';

export function costsMarkdown(report: CostReport): string {
  const { total } = report;
  const parts = [
    `# ${escapeMarkdown(report.modelName)}`,
    summary(report),
    table(
      ['Layer', 'Type', 'Output', '>Parameters', '>MACs per sequence', '>MACs per step', '>Memory to train', 'Order'],
      [
        ...report.layers.map((row) => [
          code(row.path),
          escapeMarkdown(row.type),
          row.output === null ? '' : code(row.output),
          count(row.parameters),
          count(row.macs),
          count(row.macsPerStep),
          bytes(row.trainingMemory),
          row.order === '' ? '' : code(row.order),
        ]),
        ...report.functions.map(({ name, place, macs }) => [
          code(name),
          `function, ${escapeMarkdown(place)}`,
          '',
          '',
          count(macs),
          '',
          '',
          '',
        ]),
        [
          '**Total**',
          '',
          '',
          count(total.parameters),
          count(total.macs),
          count(total.macsPerStep),
          bytes(total.trainingMemory),
          '',
        ],
      ],
    ),
    memory(report),
    ...(report.times.length === 0 ? [] : ['## Time', times(report)]),
    ...(report.variants.length === 0 ? [] : ['## Side by side', variants(report)]),
    ...(report.tools.length === 0 ? [] : ['## As counted by other tools', tools(report)]),
    ...(report.remarks.length === 0 ? [] : [report.remarks.map((remark) => `- ${escapeMarkdown(remark)}`).join('\n')]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function summary({ framework, total, truncate, givenLength }: CostReport): string {
  const { parameters, trainable, macs, flops, flopsPerStep, sequentialDepth } = total;
  const flopText = flops.value === null ? '' : ` = ${formatScaled(flops.value, 'FLOP')}`;
  const trained = trainable.text === parameters.text ? '' : `, of which ${count(trainable)} are trained`;
  const perStep = flopsPerStep.value === null ? '' : `, ${formatScaled(flopsPerStep.value, 'FLOP')} per step`;
  return [
    `${framework}: ${count(parameters)} parameters${trained}; ${count(macs)} MACs${flopText} per sequence${perStep}; ` +
      `${count(sequentialDepth)} steps one after another.`,
    ...(givenLength === null ? [] : [`Sequences of ${formatInteger(givenLength)} steps.`]),
    ...(truncate === null ? [] : [`Backpropagation through time is cut off after ${formatInteger(truncate)} steps.`]),
  ].join(' ');
}

function memory({ weights, gradients, optimisers, total }: CostReport): string {
  return table(
    ['Memory', '>Bytes'],
    [
      ...weights.map(({ format, bytes: size }) => [`weights in ${format}`, bytes(size)]),
      ['activations to run, per sequence', bytes(total.inferenceMemory)],
      ['activations to train, per sequence', bytes(total.trainingMemory)],
      ['gradients', bytes(gradients)],
      ...optimisers.map(({ label, bytes: size }) => [`state of ${label}`, bytes(size)]),
    ],
  );
}

/** Predicted, with the interval that they are expected in. */
function times({ times: rows }: CostReport): string {
  const [first] = rows;
  const text = ({ text: said, because }: RunTime): string => said ?? escapeMarkdown(`not predicted: ${because}`);
  return table(
    ['Device, estimated', `>A training step with ${first?.training.batch} sequences`, '>An answer to one sequence'],
    rows.map(({ deviceLabel, software, training, inference }) => [
      escapeMarkdown(`${deviceLabel}: ${software}`),
      text(training),
      text(inference),
    ]),
  );
}

function variants({ variants: rows }: CostReport): string {
  const sized = (variant: SizedVariant | null): readonly string[] =>
    variant === null
      ? ['–', '–', '–']
      : [formatInteger(variant.width), optional(variant.parameters), optional(variant.macs)];
  return table(
    ['Architecture', '>Width', '>Parameters', '>MACs', '>Width at equal parameters', '>Parameters', '>MACs'],
    rows.map(({ label, isCurrent, atWidth, atBudget }) => [
      `${escapeMarkdown(label)}${isCurrent ? ' (in the file)' : ''}`,
      ...sized(atWidth),
      ...sized(atBudget),
    ]),
  );
}

function tools({ tools: rows }: CostReport): string {
  return table(
    ['Tool', '>Count, recurrent layers', 'Unit', 'Remark'],
    rows.map(({ label, count: counted, unit, fault }) => [
      escapeMarkdown(label),
      count(counted),
      unit,
      escapeMarkdown(fault ?? ''),
    ]),
  );
}

function optional(value: number | null): string {
  return value === null ? '–' : formatInteger(value);
}

function count({ value, text }: Figure): string {
  return value === null ? escapeMarkdown(text) : text;
}

function bytes({ value, grade, text }: Figure): string {
  if (value !== null) return formatBytes(value);
  return grade === 'unknown' ? text : `${escapeMarkdown(text)} B`;
}

/** A heading that begins with `>` is one of numbers. A bar in a cell would end it. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [
    line(headings.map((heading) => heading.replace(/^>/, ''))),
    line(headings.map((heading) => (heading.startsWith('>') ? '--:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}
