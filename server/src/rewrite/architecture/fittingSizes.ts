/** The sizes that PyTorch layers are built for, made those that reach them in the changed model. */
import { divideExactly, type Expression, equals, integerOf } from '../../../../model/expression';
import type { Layer, Quantity } from '../../../../model/graph';
import { argumentsOf } from '../arguments';
import type { TextEdit } from '../edits';
import { callAt } from '../nodes';
import { type Draft, refuseAt } from './draft';
import { scaledSize, settingTo } from './settings';

/**
 * Edits of the first argument of every layer whose size is not the wanted one.
 *
 * @param wanted the layers as they are to be, in the order of the model's
 */
export function fitSizes(draft: Draft, wanted: readonly Layer[]): readonly TextEdit[] {
  return draft.graph.layers.flatMap((layer, index): readonly TextEdit[] => {
    // Keras names a layer after its class: paths change with the cell, their order does not.
    const target = wanted[index];
    const [current, size] = [inputSizeOf(layer), target === undefined ? null : inputSizeOf(target)];
    if (current === null || size === null || equals(current, size) === 'yes') return [];
    return sizeEdits(draft, layer, current, size);
  });
}

/** Names of the argument in PyTorch's constructors. */
const names: ReadonlySet<string> = new Set(['in_features', 'input_size', 'normalized_shape', 'num_features']);

function sizeEdits({ analysis }: Draft, layer: Layer, current: Expression, size: Expression): readonly TextEdit[] {
  // A lazy layer takes the size that reaches it.
  if (layer.type.startsWith('Lazy')) return [];
  const refuse = (): never =>
    refuseAt(
      layer.location,
      `the size that ${layer.path} is built for does not follow from the recurrent layer plainly.`,
    );
  const call = layer.coreLocation.file === analysis.file ? callAt(analysis.tree, layer.coreLocation) : null;
  const given = call === null ? [] : argumentsOf(call, analysis.text);
  const argument = given.find(({ name }) => name !== null && names.has(name)) ?? given[0];
  if (argument === undefined || (argument.form === 'keyword' && !names.has(argument.name ?? ''))) return refuse();
  const { value } = argument;
  const whole = integerOf(size);
  if (whole !== undefined && value.name === 'Number')
    return [{ from: value.from, to: value.to, insert: String(whole) }];
  const factor = isFactor(size, current) ? 'double' : isFactor(current, size) ? 'half' : null;
  const scaled = factor === null ? null : scaledSize(analysis.text, value, factor);
  if (scaled !== null) return [{ from: value.from, to: value.to, insert: scaled }];
  const set = whole === undefined ? null : settingTo(analysis, value, String(whole));
  return set ?? refuse();
}

function isFactor(large: Expression, small: Expression): boolean {
  const quotient = divideExactly(large, small);
  return quotient !== undefined && integerOf(quotient) === 2;
}

function inputSizeOf({ operation }: Layer): Expression | null {
  switch (operation.op) {
    case 'recurrent':
    case 'dense':
      return expressionOf(operation.inputSize);
    case 'normalisation':
      return expressionOf(operation.size);
    case 'input':
    case 'embedding':
    case 'conv1d':
    case 'dropout':
    case 'activation':
    case 'flatten':
    case 'other':
      return null;
  }
}

function expressionOf(quantity: Quantity): Expression | null {
  return quantity.kind === 'known' ? quantity.value : null;
}
