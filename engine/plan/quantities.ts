/** Settling the sizes of a model graph, or saying which symbol is missing. */
import { symbolsOf } from '../../model/expression';
import type { Quantity } from '../../model/graph';
import { isJsonFile } from '../../protocol/probe';
import { capitalised, directive } from '../wording';

/** Why a size of a model in a file is not a number, and what to do about it. `what` is a phrase: "the hidden size of lstm". */
export function missingSize(what: string, quantity: Quantity, file: string): string {
  if (quantity.kind === 'unknown') return `${capitalised(what)} is not known: ${quantity.because}.`;
  const symbols = symbolsOf(quantity.value);
  const problem = `${capitalised(what)} depends on ${symbols.join(' and ')}, which the file does not settle.`;
  // A comment can only name what has a name: not `len(characters)`.
  if (!symbols.every((name) => /^[\w.-]+$/.test(name))) return `${problem} Write a number in its place.`;
  const assignments = symbols.map((name) => `${name}=128`).join(', ');
  // JSON has no comments, but can be written to.
  if (isJsonFile(file)) return `${problem} Write a number in its place.`;
  return `${problem} Say it in a comment of the file: ${directive(file, assignments)}`;
}
