/** Comments that keep findings away: `# unroll: ignore[code]` on the line or above it, `# unroll: ignore-file`. */
import type { Span } from './python/ast';

/** A rule's code as a comment writes it. */
export interface NamedRule {
  readonly code: string;
  readonly span: Span;
}

export interface Suppression {
  readonly comment: Span;
  /** The rules it is for; null for all of them. */
  readonly rules: readonly NamedRule[] | null;
  /** The line it holds for, without its end: the comment's own, or the next one with code where it stands alone. Null for the whole file. */
  readonly line: Span | null;
}

/** `ignore` and `ignore-file`, alone or with codes in brackets; words after it are the author's. A block comment may have several lines. */
const pattern =
  /(?:#|\/\/|\/\*+|^[ \t]*\*)\s*unroll:\s*ignore(-file)?(?![\w.=-]|\s*=)(?:\s*\[([^\]\n]*?)(?:\]|\*\/|$))?/m;

/** What a comment of the text says, or null where it says nothing of this kind. */
export function readSuppression(text: string, comment: Span): Suppression | null {
  const match = pattern.exec(text.slice(comment.from, comment.to));
  if (match === null) return null;
  const [whole, ofFile, listed] = match;
  const rules =
    listed === undefined ? null : namedRules(listed, comment.from + match.index + whole.lastIndexOf('[') + 1);
  return { comment, rules, line: ofFile === undefined ? lineCoveredBy(text, comment) : null };
}

function namedRules(listed: string, start: number): readonly NamedRule[] {
  return [...listed.matchAll(/[^\s,]+/g)].map(({ 0: code, index }) => ({
    code,
    span: { from: start + index, to: start + index + code.length },
  }));
}

function lineCoveredBy(text: string, comment: Span): Span {
  const first = lineAround(text, comment.from);
  let line = lineAround(text, comment.to);
  if (text.slice(first.from, comment.from).trim() !== '') return first;
  if (text.slice(comment.to, line.to).trim() !== '') return line;
  // Several comments may stand above one line.
  do {
    if (line.to >= text.length) return line;
    line = lineAround(text, line.to + 1);
  } while (/^\s*(?:#|\/\/|\/\*.*\*\/\s*$)/.test(text.slice(line.from, line.to)));
  return line;
}

/** The line that an offset is in, without its end. */
export function lineAround(text: string, offset: number): Span {
  const end = text.indexOf('\n', offset);
  return { from: text.lastIndexOf('\n', offset - 1) + 1, to: end === -1 ? text.length : end };
}
