/** Lezer's parser for the dialect that a file's ending names. */
import type { Parser } from '@lezer/common';
import { parser } from '@lezer/javascript';

const javascript = parser.configure({ dialect: 'jsx' });
const typescript = parser.configure({ dialect: 'ts' });
const typescriptWithElements = parser.configure({ dialect: 'ts jsx' });

export function parserOf(file: string): Parser {
  if (/\.tsx$/i.test(file)) return typescriptWithElements;
  return /\.[cm]?ts$/i.test(file) ? typescript : javascript;
}
