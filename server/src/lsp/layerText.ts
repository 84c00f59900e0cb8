/** Layers and models in Markdown, as the hover shows them: one line that answers, then the details. */

import { type Amount, formatAmount } from '../../../model/costs/amount';
import type { LayerCosts } from '../../../model/costs/layer';
import { type ModelCosts, modelCosts } from '../../../model/costs/model';
import { formatInteger } from '../../../model/expression';
import type { Layer, ModelGraph } from '../../../model/graph';
import { formatBytes, formatCount, formatScaled, formatShape } from '../../../model/units';

/** The output's shape as the layer gives it first; null when it is not applied. */
export function outputText({ outputs }: Layer): string | null {
  const [first] = outputs;
  const [type] = first ?? [];
  return type === undefined ? null : formatShape(type);
}

export function layerMarkdown(graph: ModelGraph, layer: Layer): string {
  const costs = modelCosts(graph).layers[graph.layers.indexOf(layer)];
  if (costs === undefined) return '';
  const output = outputText(layer);
  const parameters = costs.parameters.value === 0 ? [] : [formatCount(costs.parameters, 'parameters')];
  const title = [...parameters, ...(output === null ? [] : [`output ${code(output)}`])].join(' · ');
  return [
    `**${layer.type}** ${code(layer.path)}: ${title === '' ? 'no parameters' : title}`,
    '',
    ...layerRows(layer, costs),
  ].join('\n');
}

function layerRows(layer: Layer, costs: LayerCosts): readonly string[] {
  const rows: (readonly [string, string])[] = [];
  if (costs.parameters.value !== 0) {
    rows.push(['Parameters', formulaText(costs.parameters)], ['', costs.parameters.because]);
  }
  if (costs.macs.value !== 0) {
    rows.push(['Work per sequence', workText(costs)], ['', formulaText(costs.macs)]);
  }
  if (costs.order !== '') rows.push(['Order', code(costs.order)]);
  if (costs.elementwise.value !== 0 && costs.elementwise.grade !== 'unknown') {
    rows.push(['Beside the products', `${formatCount(costs.elementwise, 'operations')}, ${costs.elementwise.because}`]);
  }
  if (layer.operation.op === 'recurrent') {
    rows.push(['One after another', formatCount(costs.sequentialDepth, 'steps')]);
    rows.push(['Memory per sequence', memoryText(costs)]);
  }
  return rows.length === 0 ? [] : table(rows);
}

export function modelMarkdown(graph: ModelGraph): string {
  const costs = modelCosts(graph);
  const rows: (readonly [string, string])[] = [
    ['Parameters', `${formatAmount(costs.parameters)}${trainableText(costs)}`],
    [
      'Weights',
      costs.weightMemory.value === null
        ? missing(costs.weightMemory)
        : `${formatBytes(costs.weightMemory.value)} in 32-bit floats`,
    ],
    ['Work per sequence', workText(costs)],
    [
      'One after another',
      costs.sequentialDepth.grade === 'unknown'
        ? missing(costs.sequentialDepth)
        : formatCount(costs.sequentialDepth, 'steps'),
    ],
    ['Memory per sequence', memoryText(costs)],
  ];
  const notes = graph.problems.map(({ message, location }) => `- Line ${location.line}: ${message}`);
  const title = `**${graph.name}** (${graph.framework}, ${graph.form}): ${formatCount(costs.parameters, 'parameters')}`;
  return [title, '', ...table(rows), ...(notes.length === 0 ? [] : ['', 'Not known:', '', ...notes])].join('\n');
}

function trainableText({ parameters, trainable }: ModelCosts): string {
  if (parameters.value === null || trainable.value === null || parameters.value === trainable.value)
    return reasonText(parameters);
  return `, of which ${formatInteger(trainable.value)} are trained`;
}

function reasonText(amount: Amount): string {
  return amount.grade === 'unknown' && amount.because !== '' ? `: ${amount.because}` : '';
}

function workText({ macs, flops }: Pick<LayerCosts, 'macs' | 'flops'>): string {
  if (macs.grade === 'unknown') return missing(macs);
  const flopText = flops.value === null ? '' : ` = ${formatScaled(flops.value, 'FLOP')}`;
  return `${formatCount(macs, 'MACs')}${flopText}`;
}

function memoryText({
  inferenceMemory,
  trainingMemory,
}: Pick<LayerCosts, 'inferenceMemory' | 'trainingMemory'>): string {
  const spell = (amount: Amount): string =>
    amount.value === null
      ? amount.grade === 'unknown'
        ? missing(amount)
        : formatCount(amount, 'bytes')
      : `about ${formatBytes(amount.value)}`;
  return `${spell(inferenceMemory)} to run, ${spell(trainingMemory)} to train`;
}

function missing(amount: Amount): string {
  return amount.because === '' ? 'not known' : `not known: ${amount.because}`;
}

function formulaText(amount: Amount): string {
  return amount.formula === '' ? formatAmount(amount) : code(amount.formula);
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A table without headings; a pipe inside a cell would end it. */
function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(['', '']), '|:--|:--|', ...rows.map(line)];
}
