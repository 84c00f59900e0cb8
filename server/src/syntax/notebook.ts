/** Reading Jupyter notebooks: their code cells in order, as one program. */
import { Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import type { CellStart } from './lines';
import { withoutMagics } from './python/magics';

/** A code cell as its author wrote it. */
export interface CodeCell {
  /** Its place among all cells of the notebook, counted from 1. */
  readonly cell: number;
  readonly text: string;
}

export type Notebook =
  | { readonly kind: 'python'; readonly cells: readonly CodeCell[] }
  /** Not a notebook, or one of another language: a sentence that says so. */
  | { readonly kind: 'other'; readonly because: string };

/** The cells of a notebook file of format 3 or 4. Source: nbformat, nbformat/v4/nbformat.v4.schema.json. */
export function readNotebook(text: string): Notebook {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { kind: 'other', because: 'The notebook is not valid JSON.' };
  }
  const sheets = property(document, 'worksheets');
  const cells = property(document, 'cells') ?? (Array.isArray(sheets) ? sheets.flatMap(cellsOfSheet) : undefined);
  if (!Array.isArray(cells)) return { kind: 'other', because: 'The file has no cells: it is not a notebook.' };
  const language = languageOf(document);
  if (language !== undefined && !/^i?python/i.test(language)) {
    return { kind: 'other', because: `The notebook is written in ${language}, which is not read.` };
  }
  return {
    kind: 'python',
    cells: cells.flatMap((cell: unknown, index): CodeCell[] => {
      if (property(cell, 'cell_type') !== 'code') return [];
      const source = property(cell, 'source') ?? property(cell, 'input');
      const text = Array.isArray(source) ? source.filter((part) => typeof part === 'string').join('') : source;
      return typeof text === 'string' ? [{ cell: index + 1, text }] : [];
    }),
  };
}

/** Format 3 keeps cells in worksheets. */
function cellsOfSheet(sheet: unknown): readonly unknown[] {
  const cells = property(sheet, 'cells');
  return Array.isArray(cells) ? cells : [];
}

function languageOf(document: unknown): string | undefined {
  const metadata = property(document, 'metadata');
  const language =
    property(property(metadata, 'language_info'), 'name') ?? property(property(metadata, 'kernelspec'), 'language');
  return typeof language === 'string' ? language : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

const keywords =
  'and|as|assert|async|await|break|class|continue|def|del|elif|else|except|exec|finally|for|from|global|if|import|in|is|' +
  'lambda|match|nonlocal|not|or|pass|print|raise|return|try|type|while|with|yield';
/** `outputs layers.Dense(1)(x)`: a name before an expression, with the `=` between them missing. */
const missingAssignment = new RegExp(`^([ \\t]*(?!(?:${keywords})\\b)[A-Za-z_]\\w*)([ \\t]+[A-Za-z_].{7,})$`);
/** Sets the name before it to what is not known, and stays a mistake. */
const notKnown = '=__();)#';

/**
 * A line that fails to set a name leaves it unknown, where the evaluator would go on with what an earlier cell had set it to:
 * that would be another model than the one that is written.
 */
function withLostNames(text: string): string {
  const broken = new Set<number>();
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) broken.add(text.slice(0, node.from).split('\n').length - 1);
    },
  });
  if (broken.size === 0) return text;
  const lines = text
    .split('\n')
    .map((line, index) =>
      broken.has(index)
        ? line.replace(
            missingAssignment,
            (_, name: string, rest: string) => name + notKnown + rest.slice(notKnown.length),
          )
        : line,
    );
  return lines.join('\n');
}

/** A notebook's code as one text. Each cell is parsed by itself, so that a mistake in one stays there. */
export interface NotebookProgram {
  readonly text: string;
  readonly tree: Tree;
  readonly starts: readonly CellStart[];
}

export function joinCells(cells: readonly CodeCell[]): NotebookProgram {
  const texts = cells.map(({ text }) => withLostNames(withoutMagics(text)));
  const starts: CellStart[] = [];
  const children: Tree['children'][number][] = [];
  const positions: number[] = [];
  let from = 0;
  for (const [index, text] of texts.entries()) {
    const tree = parser.parse(text);
    starts.push({ cell: cells[index]?.cell ?? index + 1, from });
    children.push(...tree.children);
    positions.push(...tree.positions.map((position) => position + from));
    from += text.length + 1;
  }
  const text = texts.join('\n');
  return { text, tree: new Tree(parser.topNode, children, positions, text.length), starts };
}
