/** How the sequences of a model are padded, as far as the text of the program shows. */
import type { SyntaxNode } from '@lezer/common';
import type { Layer, ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, hasSpread, keywordOf } from '../../rewrite/arguments';
import { callAt, enclosing, textOf } from '../../rewrite/nodes';
import { layerOf } from '../flow';
import { scopeAround } from './bindings';
import type { Calls } from './calls';
import { assignedNames, derive, readsAny } from './derivedNames';
import { stringOf } from './written';

/** `open` where the program decides it while it runs. */
export type PaddingSide = 'left' | 'right' | 'open';

export interface PaddingCall {
  readonly call: SyntaxNode;
  readonly side: PaddingSide;
  /** Padded with 0, which `mask_zero` masks. */
  readonly withZero: boolean;
}

/** The calls of Keras' `pad_sequences`, whose default is to pad on the left with 0. */
function padSequencesCalls(calls: Calls, text: string): readonly PaddingCall[] {
  return calls.named('pad_sequences').map(({ node }): PaddingCall => {
    const value = keywordOf(node, text, 'value');
    const withZero = value === null || /^0(?:\.0*)?$/.test(textOf(text, value.value));
    return { call: node, side: sideOf(node, text), withZero };
  });
}

/** `pad_sequences(sequences, maxlen, dtype, padding, …)`. */
function sideOf(call: SyntaxNode, text: string): PaddingSide {
  const given = keywordOf(call, text, 'padding')?.value ?? positional(call, text, 3);
  if (given === undefined) return hasSpread(call, text) ? 'open' : 'left';
  const side = stringOf(given, text);
  return side === 'pre' ? 'left' : side === 'post' ? 'right' : 'open';
}

function positional(call: SyntaxNode, text: string, index: number): SyntaxNode | undefined {
  const argument = argumentsOf(call, text)[index];
  return argument?.form === 'positional' ? argument.value : undefined;
}

/** What is known of the padding of the sequences that one model reads. */
export interface Padding {
  readonly side: PaddingSide;
  /** The calls of `pad_sequences` in the file; none where a layer or a data set pads. */
  readonly calls: readonly PaddingCall[];
}

/**
 * How the sequences of a model are padded with zeros; null where nothing says that they are. The model turns texts into tokens
 * itself; or it is the only one of the file that reads tokens, and the file pads; or what `fit` is given behind the model was made
 * from something padded.
 *
 * @param reader the layer that reads the sequences: an embedding, or the one that masks them
 */
export function paddingOf(graph: ModelGraph, reader: Layer, analysis: FileAnalysis, calls: Calls): Padding | null {
  if (readsPaddedTexts(graph, reader, analysis)) return { side: 'right', calls: [] };
  if (analysis.language !== 'python') return null;
  const { text } = analysis;
  const sequences = padSequencesCalls(calls, text).filter(({ withZero }) => withZero);
  const others = padOnTheRight(calls, text);
  if (sequences.length + others.length === 0) return null;
  const places = new Set(analysis.models.filter(readsTokens).map(({ location }) => location.from));
  const pads = [...sequences.map(({ call }) => call), ...others];
  if (places.size > 1 && !isFittedOn(graph, analysis, calls, pads)) return null;
  return { side: sideOfAll(sequences, others.length > 0), calls: sequences };
}

/** Tokens come straight from a layer that pads the texts of a batch to the longest. */
function readsPaddedTexts(graph: ModelGraph, reader: Layer, { tree, text, file }: FileAnalysis): boolean {
  return graph.flow.some(({ operation, inputs: [input] }) => {
    if (operation.kind !== 'layer' || operation.path !== reader.path || input === undefined) return false;
    const source = graph.flow[input.node];
    const layer = source === undefined ? undefined : layerOf(graph, source);
    if (layer?.type !== 'TextVectorization' || layer.coreLocation.file !== file) return false;
    const call = callAt(tree, layer.coreLocation);
    return call !== null && keywordOf(call, text, 'ragged') === null && !hasSpread(call, text);
  });
}

function readsTokens({ layers }: ModelGraph): boolean {
  return layers.some(({ operation, type }) => operation.op === 'embedding' || type === 'Masking');
}

function sideOfAll(calls: readonly PaddingCall[], hasRight: boolean): PaddingSide {
  const sides = new Set<PaddingSide>(calls.map(({ side }) => side));
  if (hasRight) sides.add('right');
  const [only] = sides;
  return sides.size === 1 && only !== undefined ? only : 'open';
}

/** `TextVectorization` with a length and `padded_batch`, which pad on the right with 0 unless told otherwise. */
function padOnTheRight(calls: Calls, text: string): readonly SyntaxNode[] {
  return [
    ...calls.named('TextVectorization').filter(({ node }) => keywordOf(node, text, 'output_sequence_length') !== null),
    ...calls.named('padded_batch').filter(({ node }) => keywordOf(node, text, 'padding_values') === null),
  ].map(({ node }) => node);
}

/** Whether the first `fit` behind the model reads something that was made from what these calls give, in the same scope. */
function isFittedOn(
  graph: ModelGraph,
  { text, models }: FileAnalysis,
  calls: Calls,
  pads: readonly SyntaxNode[],
): boolean {
  const { from } = graph.location;
  const next = models.map(({ location }) => location.from).filter((other) => other > from);
  const end = Math.min(text.length, ...next);
  const fit = calls.within({ from, to: end }, 'fit').find(({ object }) => object !== null);
  const data = fit === undefined ? undefined : argumentsOf(fit.node, text)[0]?.value;
  if (fit === undefined || data === undefined) return false;
  const names = new Set<string>();
  let first = fit.node.from;
  for (const call of pads) {
    const statement = enclosing(call, 'AssignStatement');
    if (statement === null || call.from > fit.node.from) continue;
    for (const target of assignedNames(statement, text)) names.add(target);
    first = Math.min(first, statement.to);
  }
  if (names.size === 0) return false;
  derive(scopeAround(fit.node), text, names, first, fit.node.from);
  return readsAny(data, text, names);
}
