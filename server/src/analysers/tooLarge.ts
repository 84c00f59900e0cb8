/** Texts that nobody wrote as a program: larger than one, or JavaScript that a tool has put together or squeezed. */
import { Tree } from '@lezer/common';
import { bytesPerMegabyte, formatBytes } from '../../../model/units';
import { LineMap } from '../syntax/lines';
import type { FileAnalysis, Language } from './fileAnalysis';

const mostCharacters: Readonly<Record<Language, number>> = {
  python: 2 * bytesPerMegabyte,
  javascript: bytesPerMegabyte,
  // Saved models name every variable.
  json: 16 * bytesPerMegabyte,
};

/** A script of at least this many characters whose lines are on average longer than people write was squeezed. */
const leastOfSqueezed = 100_000;
const longestMeanLine = 500;

/** Why a text is not read, as a sentence; null where it is. */
export function whyTooLarge(text: string, language: Language): string | null {
  if (text.length > mostCharacters[language]) {
    const most = formatBytes(mostCharacters[language]);
    return language === 'javascript'
      ? `This script is larger than ${most}, as bundles are, and is not read; the source that it was made from is.`
      : `This file is larger than ${most} and is not read: that is no model file.`;
  }
  if (language !== 'javascript' || text.length < leastOfSqueezed) return null;
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return text.length / lines > longestMeanLine
    ? 'This script is bundled or minified and is not read; the source that it was made from is.'
    : null;
}

/** The analysis of a text that is not read. */
export function unreadAnalysis(file: string, text: string, language: Language, because: string): FileAnalysis {
  const lines = new LineMap(file, text);
  return {
    file,
    text,
    language,
    tree: Tree.empty,
    lines,
    framework: null,
    models: [],
    recoveries: [],
    syntaxErrors: [],
    directives: { sizes: [], texts: new Map(), suppressions: [] },
    usedSizes: [],
    unaskedSizes: [],
    problems: [{ message: because, location: lines.locate({ from: 0, to: 0 }) }],
  };
}
