/** Bidirectional layers, convolutions and widths in TensorFlow.js, where each layer is a call with one object of options. */
import type { SyntaxNode } from '@lezer/common';
import { integerOf } from '../../../../model/expression';
import type { Layer } from '../../../../model/graph';
import { attends, convolutionTaps } from '../../advice/architectures';
import { applyEdits, lineBreakOf, type TextEdit } from '../edits';
import { type Option, optionOf, optionsObjectOf, optionsOf, removeOptions } from '../javascript/options';
import { childrenOf, enclosing, textOf } from '../nodes';
import { type Draft, refuseAt } from './draft';
import { applicationsOf, checkLookups, endLayers, type MadeLayer, madeLayers, usesEveryStep } from './layers';
import { indentationOf } from './naming';

/** What belongs to the layer that the model holds, be it wrapped or not. */
const outerOptions: ReadonlySet<string> = new Set([
  'name',
  'inputShape',
  'batchInputShape',
  'batchSize',
  'inputDim',
  'inputLength',
]);

export function tfjsWidths(draft: Draft, wanted: readonly Layer[]): readonly TextEdit[] {
  const { text } = draft.analysis;
  return madeLayers(draft).flatMap(({ layer, core }): readonly TextEdit[] => {
    const operation = wanted[draft.graph.layers.indexOf(layer)]?.operation;
    const size =
      operation?.op === 'recurrent' && operation.hiddenSize.kind === 'known' ? operation.hiddenSize.value : null;
    const width = size === null ? undefined : integerOf(size);
    const units = optionOf(core, text, 'units')?.value;
    if (width === undefined || units?.name !== 'Number') {
      return refuseAt(layer.coreLocation, `where the width of ${layer.path} comes from is not certain.`);
    }
    return [{ from: units.from, to: units.to, insert: String(width) }];
  });
}

export function tfjsDirections(draft: Draft, directions: 1 | 2): readonly TextEdit[] {
  const changing = madeLayers(draft).filter(({ layer }) => layer.operation.directions !== directions);
  checkLookups(draft, 'numbers', 'names');
  return changing.flatMap((made) => {
    const { layer } = made;
    const states = applicationsOf(draft, layer).some(({ inputs }) => inputs.length > 1);
    if (layer.operation.returnState || states || layer.operation.goBackwards) {
      return refuseAt(layer.coreLocation, `the states and the direction of ${layer.type} must be changed by hand.`);
    }
    return directions === 2 ? wrap(draft, made) : unwrap(draft, made);
  });
}

function wrap({ analysis }: Draft, { layer, whole, core }: MadeLayer): readonly TextEdit[] {
  const { text } = analysis;
  const name = besideFunctionOf(core, text, 'bidirectional');
  const object = optionsObjectOf(core);
  if (name === null || object === null || whole.from !== core.from || text.slice(core.from, core.to).includes('\n')) {
    return refuseAt(layer.coreLocation, `how ${layer.type} would be made bidirectional is not certain.`);
  }
  const moved = optionsOf(object, text).filter(isOuter);
  const edits = removeOptions(object, text, isOuter);
  const shifted = edits.map(({ from, to, insert }) => ({ from: from - core.from, to: to - core.from, insert }));
  const inner = applyEdits(textOf(text, core), shifted);
  const options = [`layer: ${inner}`, ...moved.map(({ from, to }) => text.slice(from, to))].join(', ');
  return [{ from: core.from, to: core.to, insert: `${name}({ ${options} })` }];
}

function unwrap({ analysis }: Draft, { layer, whole, core }: MadeLayer): readonly TextEdit[] {
  const object = optionsObjectOf(whole);
  const names = object === null ? [] : optionsOf(object, analysis.text).map(({ name }) => name);
  const around = analysis.text.slice(whole.from, core.from) + analysis.text.slice(core.to, whole.to);
  const isPlain = names.includes('layer') && names.every((name) => name === 'layer' || name === 'mergeMode');
  if (!isPlain || /\/[/*]|\bas\b/.test(around)) {
    return refuseAt(layer.location, `the wrapper around ${layer.type} holds more than the layer.`);
  }
  return [
    { from: whole.from, to: core.from, insert: '' },
    { from: core.to, to: whole.to, insert: '' },
  ];
}

function isOuter({ name }: Option): boolean {
  return name !== null && outerOptions.has(name);
}

/** `tf.layers.lstm(…)` gives `tf.layers.conv1d`; null where the function is a variable of its own. */
function besideFunctionOf(call: SyntaxNode, text: string, name: string): string | null {
  const callee = call.firstChild;
  const last = callee?.name === 'MemberExpression' ? callee.lastChild : null;
  if (callee === null || last?.name !== 'PropertyName') return null;
  const prefix = text.slice(callee.from, last.from);
  return /(?:^|\.)layers\.$/.test(prefix) ? prefix + name : null;
}

/** In a list of layers and in `model.add(…)`. */
export function tfjsConvolution(draft: Draft): readonly TextEdit[] {
  const { text } = draft.analysis;
  const { first, last } = endLayers(draft);
  const { layer, core, whole } = first;
  const refuse = (): never =>
    refuseAt(layer.location, `where a convolution in front of ${layer.type} would go is not understood.`);
  const masking = draft.graph.layers.find(
    ({ operation, type }) => (operation.op === 'embedding' && operation.maskZero) || /masking/i.test(type),
  );
  if (masking !== undefined) {
    refuseAt(masking.location, `${masking.type} hides padded steps, and a convolution would see them.`);
  }
  checkLookups(draft, 'numbers');
  const units = optionOf(core, text, 'units')?.value;
  const name = besideFunctionOf(core, text, 'conv1d');
  const object = optionsObjectOf(whole);
  if (!units || name === null || object === null || enclosing(whole, 'ForStatement', 'WhileStatement') !== null)
    return refuse();
  const isMoved = (option: Option): boolean => option.name !== 'name' && isOuter(option);
  const moved = optionsOf(object, text).filter(isMoved);
  const quote = text.split('"').length > text.split("'").length ? '"' : "'";
  const isCausal = !attends(draft.graph) && usesEveryStep(draft, last);
  const options = [
    `filters: ${textOf(text, units)}`,
    `kernelSize: ${convolutionTaps}`,
    `padding: ${quote}${isCausal ? 'causal' : 'same'}${quote}`,
    `activation: ${quote}relu${quote}`,
    ...moved.map(({ from, to }) => text.slice(from, to)),
  ].join(', ');
  const made = `${name}({ ${options} })`;
  const edits = removeOptions(object, text, isMoved);
  if (whole.parent?.name === 'ArrayExpression') return [...edits, inFront(text, whole, `${made},`, ' ')];
  const holder = whole.parent?.name === 'ArgList' ? whole.parent.parent : null;
  const callee = holder?.firstChild;
  const statement = holder?.parent;
  const others = holder === null ? [] : childrenOf(holder.getChild('ArgList') ?? holder);
  if (
    statement?.name !== 'ExpressionStatement' ||
    !callee ||
    !/\.add$/.test(textOf(text, callee)) ||
    others.length !== 3
  )
    return refuse();
  const end = textOf(text, statement).endsWith(';') ? ';' : '';
  if (indentationOf(text, statement) === null) return refuse();
  return [...edits, inFront(text, statement, `${textOf(text, callee)}(${made})${end}`, '')];
}

/** On a line of its own where the node has one. */
function inFront(text: string, node: SyntaxNode, insert: string, separator: string): TextEdit {
  const indentation = indentationOf(text, node);
  const behind = indentation === null ? separator : lineBreakOf(text) + indentation;
  return { from: node.from, to: node.from, insert: insert + behind };
}

export function tfjsAttention({ graph }: Draft): readonly TextEdit[] {
  return refuseAt(
    graph.location,
    'TensorFlow.js has no layer that sums steps by learned weights: write one of your own.',
  );
}
