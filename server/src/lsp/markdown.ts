/** Text from a source inside Markdown: shown as it is, never as formatting, a link, an image or a tag. */

/**
 * What CommonMark and its GitHub extensions would act on. An underscore inside a word does nothing, and stays as people
 * write it.
 */
const active =
  /[\\`*[\]<>&|~@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<=\b(?:https?|ftp)):|(?<=\bwww)\.|^[#+=-]|(?<=^\d{1,9})[.)]/gi;

/** The text as one line of Markdown that shows it. */
export function escapeMarkdown(text: string): string {
  return oneLine(text).replace(active, '\\$&');
}

/** The text as code, fenced by more backticks than it holds in a row. */
export function code(text: string): string {
  const line = oneLine(text);
  const runs = [...line.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = '`'.repeat(Math.max(0, ...runs) + 1);
  // One space on either side is taken away again; it keeps a backtick at the edge apart from the fence.
  const padding = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return fence + padding + line + padding + fence;
}

/** A line break would end the paragraph or the list that the text stands in. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
