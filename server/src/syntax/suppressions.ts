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
  /** A code that stands behind `ignore` without brackets, for which nothing is kept away. */
  readonly unbracketed: NamedRule | null;
  /** The line it holds for, without its end: the comment's own, or the next one with code where it stands alone. Null for the whole file. */
  readonly line: Span | null;
}

/** A directive's beginning: `# unroll:`, after another comment too, and on any line of a block comment. */
const marker = /(?:#|\/\/|\/\*+|^[ \t]*\*)\s*unroll:/gm;

/** The directives of a comment, each from behind its `unroll:` to the next one, the end of its line, or the end of the comment. */
export function directivesIn(text: string, comment: Span): readonly Span[] {
  const written = text.slice(comment.from, comment.to);
  const marks = [...written.matchAll(marker)];
  return marks.map((mark, index) => {
    const from = mark.index + mark[0].length;
    const ends = [written.indexOf('\n', from), written.indexOf('*/', from), marks[index + 1]?.index ?? -1];
    const to = Math.min(written.length, ...ends.filter((end) => end !== -1));
    return { from: comment.from + from, to: comment.from + to };
  });
}

/**
 * `ignore` and `ignore-file`, alone or with codes in brackets; words after it are the author's. A word with hyphens right after
 * it is a code whose brackets were forgotten.
 */
const pattern =
  /^\s*ignore(-file)?(?![\w.=-]|\s*=)(?:\s*\[([^\]]*)|\s*((?:[:(]\s*)?([a-z][a-z\d]*(?:[-_][a-z\d]+)+)\)?))?/;

/** What a directive says, or null where it says nothing of this kind. */
export function readSuppression(text: string, comment: Span, directive: Span): Suppression | null {
  const match = pattern.exec(text.slice(directive.from, directive.to));
  if (match === null) return null;
  const [whole, ofFile, listed, bare, code] = match;
  const line = ofFile === undefined ? lineCoveredBy(text, comment) : null;
  const end = directive.from + whole.length;
  if (bare !== undefined && code !== undefined) {
    return { comment, rules: [], unbracketed: { code, span: { from: end - bare.length, to: end } }, line };
  }
  const rules = listed === undefined ? null : namedRules(listed, end - listed.length);
  return { comment, rules, unbracketed: null, line };
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
