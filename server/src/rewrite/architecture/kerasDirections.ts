/** Wraps Keras layers in `Bidirectional`, and takes them out of it. */
import type { SyntaxNode } from '@lezer/common';
import { argumentsOf, type CallArgument, hasSpread, keywordOf, removeArguments } from '../arguments';
import { applyEdits, lineBreakOf, type TextEdit } from '../edits';
import { appendItem } from '../listItems';
import { callAt, textOf } from '../nodes';
import { type Draft, refuseAt } from './draft';
import { applicationsOf, checkLookups, type MadeLayer, madeLayers } from './layers';
import { besideClassOf, withoutImport } from './naming';

/** What belongs to the layer that the model holds, be it wrapped or not. */
export const outerArguments: ReadonlySet<string> = new Set([
  'name',
  'input_shape',
  'batch_input_shape',
  'batch_shape',
  'batch_size',
  'input_dim',
  'input_length',
]);

export function kerasDirections(draft: Draft, directions: 1 | 2): readonly TextEdit[] {
  const changing = madeLayers(draft).filter(({ layer }) => layer.operation.directions !== directions);
  // The wrapper is what is found in the layer's place, and it has neither `units` nor the layer's name.
  checkLookups(draft, 'numbers', 'names');
  for (const made of changing) checkStates(draft, made);
  return directions === 2 ? wrap(draft, changing) : unwrap(draft, changing);
}

function checkStates(draft: Draft, { layer }: MadeLayer): void {
  const { coreLocation, operation, type } = layer;
  const difference = 'has as many for each direction: where they are used must be changed by hand.';
  if (operation.returnState)
    refuseAt(coreLocation, `${type} returns its states, and a bidirectional one ${difference}`);
  for (const { inputs, location } of applicationsOf(draft, layer)) {
    const call = callAt(draft.analysis.tree, location);
    const state = call === null ? null : keywordOf(call, draft.analysis.text, 'initial_state');
    if (inputs.length > 1 || state !== null)
      refuseAt(location, `${type} is given its initial states, and a bidirectional one ${difference}`);
  }
  if (operation.goBackwards) refuseAt(coreLocation, `${type} reads the sequence backwards already.`);
}

function wrap({ analysis }: Draft, changing: readonly MadeLayer[]): readonly TextEdit[] {
  const { text } = analysis;
  return changing.flatMap(({ layer, whole, core }): readonly TextEdit[] => {
    if (whole.from !== core.from || hasSpread(core, text)) {
      refuseAt(layer.coreLocation, `whether ${layer.type} may be wrapped in Bidirectional is not certain.`);
    }
    const wrapper = besideClassOf(analysis, core, 'Bidirectional');
    if (wrapper === null)
      refuseAt(layer.coreLocation, `how to name Bidirectional beside ${layer.type} is not certain.`);
    const isOuter = ({ name }: CallArgument): boolean => name !== null && outerArguments.has(name);
    const moved = argumentsOf(core, text).filter(isOuter);
    const given = moved.map(({ from, to }) => text.slice(from, to));
    const shifted = removeArguments(core, text, isOuter).map(({ from, to, insert }) => ({
      from: from - core.from,
      to: to - core.from,
      insert,
    }));
    const inner = applyEdits(textOf(text, core), shifted);
    const insert = wrapped(inner, wrapper.name, given, indentationOfLine(text, core.from), lineBreakOf(text));
    return [...wrapper.edits, { from: core.from, to: core.to, insert }];
  });
}

/** Laid out as the layer is: on one line, with its lines below its first argument, or one level further in. */
function wrapped(
  inner: string,
  wrapper: string,
  moved: readonly string[],
  indentation: string,
  end: '\n' | '\r\n',
): string {
  const opening = `${wrapper}(`;
  const [first = '', ...others] = inner.split(end);
  if (others.length === 0 || !/\(\s*(?:#.*)?$/.test(first)) {
    const below = others.map((line) => end + ' '.repeat(opening.length) + line).join('');
    return `${[opening + first + below, ...moved].join(', ')})`;
  }
  const unit = indentation.includes('\t') ? '\t' : '    ';
  const level = end + indentation + unit;
  const layer = [first, ...others.map((line) => unit + line)].join(end);
  const behind = moved.map((argument) => `,${level}${argument}`).join('');
  return `${opening}${level}${layer}${behind}${moved.length === 0 ? '' : ','}${end}${indentation})`;
}

/** Where the lines of a node begin, without its first. */
function lineStarts(text: string, { from, to }: SyntaxNode): readonly number[] {
  const starts: number[] = [];
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function indentationOfLine(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))?.[0] ?? '';
}

function unwrap({ analysis }: Draft, changing: readonly MadeLayer[]): readonly TextEdit[] {
  const { text } = analysis;
  const edits: TextEdit[] = [];
  const wrappers: SyntaxNode[] = [];
  for (const { layer, whole, core } of changing) {
    const refuse = (): never => refuseAt(layer.location, `the wrapper around ${layer.type} holds more than the layer.`);
    const given = argumentsOf(whole, text);
    const own = given.find(({ value }) => value.from === core.from && value.to === core.to);
    const kept = given.filter(({ name }) => name !== null && outerArguments.has(name));
    const isKnown = given.every((one) => one === own || one.name === 'merge_mode' || kept.includes(one));
    const around = [text.slice(whole.from, core.from), text.slice(core.to, whole.to)];
    if (own === undefined || !isKnown || around.some((part) => part.includes('#'))) refuse();
    const before = argumentsOf(core, text);
    const added = kept.filter(({ name }) => !before.some((one) => one.name === name));
    const last = before.at(-1);
    if (added.length < kept.length || last === undefined) refuse();
    else if (added.length > 0) {
      const source = added.map(({ from, to }) => text.slice(from, to)).join(', ');
      edits.push(appendItem(text, last, source));
    }
    edits.push({ from: whole.from, to: core.from, insert: '' }, { from: core.to, to: whole.to, insert: '' });
    const [outer, inner] = [indentationOfLine(text, whole.from), indentationOfLine(text, core.from)];
    if (inner.startsWith(outer)) {
      const further = inner.slice(outer.length);
      const starts = lineStarts(text, core).filter((from) => further !== '' && text.startsWith(inner, from));
      edits.push(...starts.map((from) => ({ from, to: from + further.length, insert: '' })));
    }
    if (whole.firstChild?.name === 'VariableName') wrappers.push(whole.firstChild);
  }
  const [first] = wrappers;
  return first === undefined ? edits : [...edits, ...withoutImport(analysis, textOf(text, first), wrappers)];
}
