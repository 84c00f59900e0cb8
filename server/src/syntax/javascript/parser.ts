/** Lezer's parser for the dialect that a file's ending names. */
import type { Tree } from '@lezer/common';
import { parser } from '@lezer/javascript';

const javascript = parser.configure({ dialect: 'jsx' });
const typescript = parser.configure({ dialect: 'ts' });
const typescriptWithElements = parser.configure({ dialect: 'ts jsx' });

export function parseJavaScript(file: string, text: string): Tree {
  const dialect = /\.tsx$/i.test(file) ? typescriptWithElements : /\.[cm]?ts$/i.test(file) ? typescript : javascript;
  return dialect.parse(text);
}
