/** Puts a convolution in front of Keras' recurrent layers, and attention behind them. */
import type { SyntaxNode } from '@lezer/common';
import { attends, convolutionTaps } from '../../advice/architectures';
import { argumentsOf, type CallArgument, removeArguments, setKeyword } from '../arguments';
import { lineBreakOf, type TextEdit } from '../edits';
import { assignmentTo, callAt, childrenOf, textOf } from '../nodes';
import { isInLoop, lineBefore, linesAfter, putBefore, restOfLine } from './blocks';
import { type Draft, refuseAt } from './draft';
import { kerasAttentionClass } from './kerasAttentionClass';
import { outerArguments } from './kerasDirections';
import { applicationsOf, checkLookups, endLayers, type MadeLayer, usesEveryStep } from './layers';
import { besideClassOf, freshName, indentationOf } from './naming';

/** Where a layer stands: one of a list, added to a model, made and applied, or kept as an attribute. */
type Place =
  | { readonly kind: 'item' }
  | { readonly kind: 'added'; readonly call: SyntaxNode }
  | { readonly kind: 'applied'; readonly call: SyntaxNode }
  | { readonly kind: 'attribute'; readonly call: SyntaxNode };

/** A convolution over `convolutionTaps` steps with as many filters as the layer behind it has units. */
export function kerasConvolution(draft: Draft): readonly TextEdit[] {
  const { analysis } = draft;
  const { text } = analysis;
  const { first, last } = endLayers(draft);
  const { layer, core, whole } = first;
  const refuse = (): never =>
    refuseAt(layer.location, `where a convolution in front of ${layer.type} would go is not understood.`);
  checkMask(draft, 'a convolution');
  checkLookups(draft, 'numbers');
  const place = placeOf(draft, first) ?? refuse();
  const convolution = besideClassOf(analysis, core, 'Conv1D') ?? refuse();
  const units = argumentsOf(core, text).find(({ name, form }) => name === 'units' || form === 'positional');
  if (units === undefined) return refuse();
  const isMoved = ({ name }: CallArgument): boolean =>
    place.kind !== 'attribute' &&
    place.kind !== 'applied' &&
    name !== null &&
    name !== 'name' &&
    outerArguments.has(name);
  const moved = argumentsOf(whole, text).filter(isMoved);
  const quote = quoteOf(text);
  const isCausal = !attends(draft.graph) && usesEveryStep(draft, last);
  const source = [
    textOf(text, units.value),
    convolutionTaps,
    `padding=${quote}${isCausal ? 'causal' : 'same'}${quote}`,
    `activation=${quote}relu${quote}`,
    ...moved.map(({ from, to }) => text.slice(from, to)),
  ].join(', ');
  const made = `${convolution.name}(${source})`;
  const edits = [...convolution.edits, ...removeArguments(whole, text, isMoved)];
  switch (place.kind) {
    case 'item':
      return [...edits, itemBefore(text, whole, made)];
    case 'added': {
      const callee = place.call.firstChild;
      const line = callee === null ? null : lineBefore(analysis, place.call, `${textOf(text, callee)}(${made})`);
      return [...edits, line ?? refuse()];
    }
    case 'applied': {
      const before = putBefore(analysis, place.call, 'convolved', (argument) => `${made}(${argument})`);
      return [...edits, ...(before ?? refuse())];
    }
    case 'attribute': {
      const name = freshName(analysis, analysis.tree.topNode, 'conv', 'convolution', 'front_convolution') ?? refuse();
      const construction = lineBefore(analysis, whole, `self.${name} = ${made}`) ?? refuse();
      const before =
        putBefore(analysis, place.call, 'convolved', (argument) => `self.${name}(${argument})`) ?? refuse();
      return [...edits, construction, ...before];
    }
  }
}

/** Additive attention over the steps of the last recurrent layer, which then gives every step. */
export function kerasAttention(draft: Draft): readonly TextEdit[] {
  const { analysis } = draft;
  const { text } = analysis;
  const { last } = endLayers(draft);
  const { layer, core, whole } = last;
  const refuse = (): never =>
    refuseAt(layer.location, `where attention behind ${layer.type} would go is not understood.`);
  checkMask(draft, 'the attention');
  checkLookups(draft, 'numbers');
  if (layer.operation.returnSequences) {
    refuseAt(layer.location, `${layer.type} gives every step to what follows, and attention would give one vector.`);
  }
  const place = placeOf(draft, last) ?? refuse();
  const attention = kerasAttentionClass(analysis, core, draft.graph.location) ?? refuse();
  const edits = [...attention.edits, ...setKeyword(core, text, 'return_sequences', 'True')];
  const made = `${attention.name}()`;
  switch (place.kind) {
    case 'item':
      return [...edits, itemAfter(text, whole, made) ?? refuse()];
    case 'added': {
      const callee = place.call.firstChild;
      const line = callee === null ? null : linesAfter(analysis, place.call, `${textOf(text, callee)}(${made})`);
      return [...edits, line ?? refuse()];
    }
    case 'applied':
      return [...edits, ...behind(draft, place.call, made)];
    case 'attribute': {
      const name = freshName(analysis, analysis.tree.topNode, 'attention', 'pooling', 'attention_pooling') ?? refuse();
      const construction = linesAfter(analysis, whole, `self.${name} = ${made}`) ?? refuse();
      return [...edits, construction, ...behind(draft, place.call, `self.${name}`)];
    }
  }
}

/** `x = layer(x)` gets a statement of its own behind it; an application inside an expression is applied to in its place. */
function behind({ analysis }: Draft, application: SyntaxNode, applied: string): readonly TextEdit[] {
  const assignment = assignmentTo(application);
  const [target] = assignment?.targets ?? [];
  if (assignment?.targets.length === 1 && target?.name === 'VariableName') {
    const name = textOf(analysis.text, target);
    const line = linesAfter(analysis, application, `${name} = ${applied}(${name})`);
    if (line !== null) return [line];
  }
  return [
    { from: application.from, to: application.from, insert: `${applied}(` },
    { from: application.to, to: application.to, insert: ')' },
  ];
}

function placeOf(draft: Draft, { layer, whole }: MadeLayer): Place | null {
  const { tree, text } = draft.analysis;
  const { parent } = whole;
  if (isInLoop(whole) || (layer.location.from !== layer.coreLocation.from && !layer.type.startsWith('Bidirectional')))
    return null;
  if (parent?.name === 'ArrayExpression') return { kind: 'item' };
  const holder = parent?.name === 'ArgList' ? parent.parent : null;
  const callee = holder?.firstChild;
  if (holder?.parent?.name === 'ExpressionStatement' && callee?.name === 'MemberExpression') {
    return /\.add$/.test(textOf(text, callee)) ? { kind: 'added', call: holder } : null;
  }
  const [application, ...others] = applicationsOf(draft, layer);
  const call = application === undefined ? null : callAt(tree, application.location);
  if (application === undefined || call === null || others.some(({ location }) => location.from !== call.from))
    return null;
  if (call.firstChild?.from === whole.from && call.firstChild.to === whole.to) return { kind: 'applied', call };
  const target = assignmentTo(whole)?.targets[0];
  if (target === undefined || call.firstChild === null || textOf(text, target) !== textOf(text, call.firstChild))
    return null;
  return target.name === 'MemberExpression' ? { kind: 'attribute', call } : { kind: 'applied', call };
}

function itemBefore(text: string, item: SyntaxNode, insert: string): TextEdit {
  const indentation = indentationOf(text, item);
  const separator = indentation === null ? ', ' : `,${lineBreakOf(text)}${indentation}`;
  return { from: item.from, to: item.from, insert: insert + separator };
}

/** Behind the item's comma and the comment on its line, where it has a line of its own. */
function itemAfter(text: string, item: SyntaxNode, insert: string): TextEdit | null {
  const indentation = indentationOf(text, item);
  const comma = childrenOf(item.parent ?? item).find(({ name, from }) => name === ',' && from >= item.to);
  if (indentation === null) return { from: item.to, to: item.to, insert: `, ${insert}` };
  if (comma === undefined || text.slice(item.to, comma.from).trim() !== '') {
    const isCommented = text.slice(item.to).match(/^[ \t]*#/) !== null;
    return isCommented ? null : { from: item.to, to: item.to, insert: `,${lineBreakOf(text)}${indentation}${insert}` };
  }
  const end = restOfLine(text, comma.to);
  return end === null
    ? { from: item.to, to: item.to, insert: `, ${insert}` }
    : { from: end, to: end, insert: `${lineBreakOf(text)}${indentation}${insert},` };
}

/** Neither a convolution nor a sum over the steps knows which of them are padding. */
function checkMask({ graph }: Draft, block: string): void {
  const masking = graph.layers.find(
    ({ operation, type }) => (operation.op === 'embedding' && operation.maskZero) || type === 'Masking',
  );
  if (masking !== undefined) {
    refuseAt(
      masking.location,
      `${masking.type} hides padded steps from the recurrent layers, and ${block} would see them.`,
    );
  }
}

function quoteOf(text: string): '"' | "'" {
  const double = text.split('"').length;
  return double > text.split("'").length ? '"' : "'";
}
