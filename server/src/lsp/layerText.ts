/** Layers and models in Markdown, as the hover shows them: one line that answers, then the details. */

import { type Amount, formatAmount } from '../../../model/costs/amount';
import { integer } from '../../../model/costs/arithmetic';
import { layerAsCountedBy, modelAsCountedBy, type ToolCount } from '../../../model/costs/conventions';
import { type LayerCosts, layerCosts } from '../../../model/costs/layer';
import {
  gradientBytes,
  numberFormats,
  optimiserBytes,
  optimiserLabels,
  optimisers,
  weightBytes,
} from '../../../model/costs/memory';
import { type ModelCosts, modelCosts } from '../../../model/costs/model';
import { formatInteger } from '../../../model/expression';
import type { Layer, ModelGraph } from '../../../model/graph';
import { formatBytes, formatCount, formatPlace, formatScaled, formatShape } from '../../../model/units';
import { tensorRows } from '../costs/costReport';
import { type SuppliedSize, supplierNames } from '../syntax/suppliedSizes';
import { code, escapeMarkdown } from './markdown';

/** The output's shape as the layer gives it first; null when it is not applied. */
export function outputText({ outputs }: Layer): string | null {
  const [first] = outputs;
  const [type] = first ?? [];
  return type === undefined ? null : formatShape(type);
}

/** @param supplied the sizes of the model that its source does not determine and somebody supplies */
export function layerMarkdown(graph: ModelGraph, layer: Layer, supplied: readonly SuppliedSize[] = []): string {
  const costs = layerCosts(graph, layer);
  const output = outputText(layer);
  const parameters = costs.parameters.value === 0 ? [] : [countText(costs.parameters, 'parameters')];
  const answer = [...parameters, ...(output === null ? [] : [`output ${code(output)}`])].join(' · ');
  const title = `**${escapeMarkdown(layer.type)}** ${code(layer.path)}: ${answer === '' ? 'no parameters' : answer}`;
  return withDetails(title, [...layerDetails(graph, layer, costs), ...suppliedText(supplied)]);
}

function layerDetails(graph: ModelGraph, layer: Layer, costs: LayerCosts): readonly string[] {
  const details: string[] = [];
  if (costs.parameters.value !== 0) {
    details.push(paragraph('Parameters', formulaText(costs.parameters), escapeMarkdown(costs.parameters.because)));
  }
  if (costs.macs.value !== 0) {
    const order = costs.order === '' ? '' : code(costs.order);
    const rule = costs.macs.because.includes('upper bound') ? escapeMarkdown(costs.macs.because) : '';
    details.push(paragraph('Work per sequence', workText(costs), formulaText(costs.macs), order, rule));
    details.push(...stepText(costs));
  }
  if (costs.elementwise.value !== 0 && costs.elementwise.grade !== 'unknown') {
    const count = countText(costs.elementwise, 'operations');
    details.push(paragraph('Beside the products', `${count}: ${escapeMarkdown(costs.elementwise.because)}`));
  }
  if (layer.operation.op === 'recurrent') {
    details.push(paragraph('One after another', countText(costs.sequentialDepth, 'steps')));
    details.push(paragraph('Memory per sequence', memoryText(costs)));
  }
  if (costs.parameters.value !== 0) details.push(...weightText(costs.parameters), ...tensorText(layer));
  return [...details, ...toolText(layerAsCountedBy(graph, layer))];
}

/**
 * @param link a command link to all that is known of the costs, for editors that follow such links
 * @param times what is known of the time it takes, in phrases
 */
export function modelMarkdown(
  graph: ModelGraph,
  supplied: readonly SuppliedSize[] = [],
  link: string | null = null,
  times: readonly string[] = [],
): string {
  const costs = modelCosts(graph);
  const { parameters, sequentialDepth } = costs;
  const details = [
    paragraph('Parameters', `${escapeMarkdown(formatAmount(parameters))}${trainableText(costs)}`),
    paragraph('Work per sequence', workText(costs)),
    ...stepText(costs),
    ...(times.length === 0 ? [] : [paragraph('Time', times.map((text) => escapeMarkdown(text)).join('; '))]),
    ...(sequentialDepth.grade === 'unknown'
      ? []
      : [paragraph('One after another', countText(sequentialDepth, 'steps'))]),
    paragraph('Memory per sequence', memoryText(costs)),
    ...weightText(parameters),
    ...trainingText(costs),
    ...toolText(modelAsCountedBy(graph)),
    ...suppliedText(supplied),
    ...(link === null ? [] : [`[Show all costs](${link})`]),
  ];
  const notes = graph.problems.map(
    ({ message, location }) =>
      `- ${escapeMarkdown(capitalised(formatPlace(location, graph.location.file)))}: ${escapeMarkdown(message)}`,
  );
  const title = `**${escapeMarkdown(graph.name)}** (${graph.framework}, ${graph.form}): ${countText(parameters, 'parameters')}`;
  return withDetails(title, [...details, ...(notes.length === 0 ? [] : ['**Not known**', notes.join('\n')])]);
}

/** Which sizes are not from the source, and who supplies them. */
function suppliedText(supplied: readonly SuppliedSize[]): readonly string[] {
  if (supplied.length === 0) return [];
  const each = supplied.map(
    ({ name, value, source }) => `${code(`${name} = ${formatInteger(value)}`)} from ${supplierNames[source]}`,
  );
  return [paragraph('Supplied', each.join('; '))];
}

function trainableText({ parameters, trainable }: ModelCosts): string {
  if (parameters.value === null || trainable.value === null || parameters.value === trainable.value)
    return reasonText(parameters);
  return `, of which ${formatInteger(trainable.value)} are trained`;
}

function reasonText(amount: Amount): string {
  return amount.grade === 'unknown' && amount.because !== '' ? `: ${escapeMarkdown(amount.because)}` : '';
}

function workText({ macs, flops }: Pick<LayerCosts, 'macs' | 'flops'>): string {
  if (macs.grade === 'unknown') return missing(macs);
  const flopText = flops.value === null ? '' : ` = ${formatScaled(flops.value, 'FLOP')}`;
  // Work is estimated where only its upper bound is known.
  const bound = macs.grade === 'estimated' ? 'at most ' : '';
  return `${bound}${countText(macs, 'MACs')}${flopText}`;
}

/** What one more step costs. */
function stepText({ macsPerStep, flopsPerStep }: Pick<LayerCosts, 'macsPerStep' | 'flopsPerStep'>): readonly string[] {
  if (macsPerStep.grade === 'unknown' || macsPerStep.value === 0) return [];
  return [paragraph('Work per step', workText({ macs: macsPerStep, flops: flopsPerStep }))];
}

function weightText(parameters: Amount): readonly string[] {
  const sizes = numberFormats.flatMap((format) => {
    const { value } = weightBytes(parameters, format);
    return value === null ? [] : [`${formatBytes(value)} in ${format}`];
  });
  return sizes.length === 0 ? [] : [paragraph('Weights', sizes.join(', '))];
}

/** More arrays than are read at a glance are left to "Show Costs". */
const mostTensors = 8;

function tensorText(layer: Layer): readonly string[] {
  const tensors = tensorRows(layer);
  if (tensors.length < 2 || tensors.length > mostTensors) return [];
  const each = tensors.map(
    ({ name, shape, trainable }) => `${code(`${name} ${shape}`)}${trainable === false ? ' not trained' : ''}`,
  );
  return [paragraph('Tensors', each.join(', '))];
}

/** What training keeps beside the activations. */
function trainingText({ trainable }: ModelCosts): readonly string[] {
  const gradients = gradientBytes(trainable).value;
  if (gradients === null) return [];
  const states = optimisers.flatMap((optimiser) => {
    const { value } = optimiserBytes(trainable, optimiser);
    return value === null || value === 0 ? [] : [`${formatBytes(value)} for ${optimiserLabels[optimiser]}`];
  });
  return [paragraph('To train, beside activations', `${formatBytes(gradients)} of gradients; ${states.join(', ')}`)];
}

/** Counts that a person may have seen elsewhere; why they differ is in "Show Costs". */
function toolText(counts: readonly ToolCount[]): readonly string[] {
  const of = (unit: ToolCount['unit']): string =>
    counts
      .filter((tool) => tool.unit === unit && tool.count.grade !== 'unknown')
      .map(({ label, count }) => `${label} ${escapeMarkdown(formatAmount(count))}`)
      .join(', ');
  return counts.length === 0 ? [] : [paragraph('As counted by', `${of('MACs')} MACs`, `${of('FLOPs')} FLOPs`)];
}

function memoryText(costs: Pick<LayerCosts, 'inferenceMemory' | 'trainingMemory' | 'truncatedTrainingMemory'>): string {
  const { inferenceMemory, trainingMemory } = costs;
  const [one, two] = [1, 2].map((steps) => costs.truncatedTrainingMemory(integer(steps)).value ?? 0);
  const perStep = (two ?? 0) - (one ?? 0);
  const spell = (amount: Amount): string =>
    amount.value === null
      ? amount.grade === 'unknown'
        ? missing(amount)
        : `about ${countText(amount, 'bytes')}`
      : `about ${formatBytes(amount.value)}`;
  const truncated =
    perStep <= 0 ? '' : ` through all steps, ${formatBytes(perStep)} for each step that truncation keeps`;
  return `${spell(inferenceMemory)} to run, ${spell(trainingMemory)} to train${truncated}`;
}

/** A count whose expression may hold names of the source. */
function countText(amount: Amount, unit: string): string {
  return escapeMarkdown(formatCount(amount, unit));
}

function missing(amount: Amount): string {
  return amount.because === '' ? 'not known' : `not known: ${escapeMarkdown(amount.because)}`;
}

function formulaText(amount: Amount): string {
  return amount.formula.value === '' ? escapeMarkdown(formatAmount(amount)) : code(amount.formula.value);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A heading with its lines under it, broken where they are broken here; empty lines are left out. */
function paragraph(heading: string, ...lines: readonly string[]): string {
  const [first = '', ...rest] = lines.filter((line) => line !== '');
  return [`**${heading}:** ${first}`, ...rest].join('  \n');
}

function withDetails(title: string, details: readonly string[]): string {
  return details.length === 0 ? title : [title, '---', ...details].join('\n\n');
}
