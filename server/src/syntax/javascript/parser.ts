/** Lezer's parser for the dialect that a file's ending names; JSON is one expression. */
import type { Parser } from '@lezer/common';
import { parser } from '@lezer/javascript';
import { isJsonFile } from '../../../../protocol/probe';

const javascript = parser.configure({ dialect: 'jsx' });
const json = parser.configure({ top: 'SingleExpression' });
const typescript = parser.configure({ dialect: 'ts' });
const typescriptWithElements = parser.configure({ dialect: 'ts jsx' });

export function parserOf(file: string): Parser {
  if (isJsonFile(file)) return json;
  if (/\.tsx$/i.test(file)) return typescriptWithElements;
  return /\.[cm]?ts$/i.test(file) ? typescript : javascript;
}
