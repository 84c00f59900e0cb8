/** A syntax error as a sentence that shows what stands at its place. */
import type { SourceLocation } from '../../../model/graph';
import type { FileAnalysis } from '../analysis';

const languageNames: Readonly<Record<FileAnalysis['language'], string>> = {
  python: 'Python',
  javascript: 'JavaScript or TypeScript',
  json: 'JSON',
};

/** More of a line than this is in nobody's way to find it. */
const longestExcerpt = 60;

export function syntaxErrorText(
  { text, language }: Pick<FileAnalysis, 'text' | 'language'>,
  { from }: SourceLocation,
): string {
  const around = 'What stands around it was read as well as possible.';
  const name = languageNames[language];
  if (text.slice(from).trim() === '') {
    const before = excerptOf(text, text.slice(0, from).trimEnd().length);
    return `The file ends after "${before}" before something that was begun in it is complete as ${name}, such as a bracket. ${around}`;
  }
  return `Something in "${excerptOf(text, from)}" could not be read as ${name}. ${around}`;
}

/** The line at a position, without its indentation, and no more than fits into a sentence. */
function excerptOf(text: string, position: number): string {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  const end = text.indexOf('\n', position);
  const line = text.slice(start, end === -1 ? text.length : end).trim();
  return line.length <= longestExcerpt ? line : `${line.slice(0, longestExcerpt)}…`;
}
