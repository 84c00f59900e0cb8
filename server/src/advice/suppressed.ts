/** Whether a comment of the file keeps a finding away, and the edit that writes such a comment. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../analysis';
import { lineBreakOf } from '../rewrite/edits';
import type { Span } from '../syntax/python/ast';
import { lineAround, type Suppression } from '../syntax/suppressions';
import type { Finding, Fix } from './rule';

/** Whether any comment of the file names the finding in its place. */
export function isSuppressed(analysis: FileAnalysis, { code, location }: Finding): boolean {
  return analysis.directives.suppressions.some(
    (suppression) =>
      (suppression.rules?.some((rule) => rule.code === code) ?? true) && holdsFor(suppression, location, analysis),
  );
}

/** A finding over several lines is kept away by a comment at its first or its last. */
function holdsFor({ line, comment }: Suppression, { from, to }: Span, { lines }: FileAnalysis): boolean {
  if (line === null) return true;
  const isCovered = (offset: number): boolean => line.from <= offset && offset <= line.to;
  // The comment at the end of a cell says nothing of the next one.
  return (isCovered(from) || isCovered(to)) && lines.locate(comment).cell === lines.locate(line).cell;
}

/** `# unroll: ignore[code]` after the finding's line, or above it where the line cannot take a comment; null where neither can be. */
export function ignoreHere(analysis: FileAnalysis, { code, location }: Finding): Fix | null {
  const { text, language, directives } = analysis;
  if (language === 'json') return null;
  const title = `Ignore ${code} here`;
  const line = lineAround(text, location.from);
  const present = directives.suppressions.find(
    (suppression) =>
      suppression.line !== null &&
      suppression.line.from === line.from &&
      suppression.rules !== null &&
      suppression.unbracketed === null,
  );
  if (present !== undefined) {
    const end = present.rules?.at(-1)?.span.to ?? text.indexOf(']', present.comment.from);
    return { title, edits: [{ from: end, to: end, insert: present.rules?.length === 0 ? code : `, ${code}` }] };
  }
  const comment = `${language === 'python' ? '#' : '//'} unroll: ignore[${code}]`;
  const content = text.slice(line.from, line.to);
  const end = line.from + content.trimEnd().length;
  if (takesCommentAt(analysis, end)) return { title, edits: [{ from: end, to: end, insert: `  ${comment}` }] };
  if (line.from > 0 && !takesCommentAt(analysis, line.from - 1, true)) return null;
  const indentation = /^[ \t]*/.exec(content)?.[0] ?? '';
  return {
    title,
    edits: [{ from: line.from, to: line.from, insert: `${indentation}${comment}${lineBreakOf(text)}` }],
  };
}

/** Neither within a text or a comment, nor where a backslash joins two lines. */
function takesCommentAt({ tree, text }: FileAnalysis, offset: number, afterComment = false): boolean {
  if (text[offset - 1] === '\\') return false;
  for (let node: SyntaxNode | null = tree.resolveInner(offset, -1); node !== null; node = node.parent) {
    const ends = node.to <= offset;
    if (/Comment$/.test(node.name)) return afterComment && ends;
    if (/String|JSX/.test(node.name) && !ends) return false;
  }
  return true;
}
