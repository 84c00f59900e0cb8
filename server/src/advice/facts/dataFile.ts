/** How much data a program names: rows of a table, characters of a text, sequences of an array. Files are never read whole where they are large. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf } from '../../rewrite/arguments';
import { childrenOf } from '../../rewrite/nodes';
import { type ArrayHeader, folderOf, joinPath, resolvePath, type Workspace } from '../../workspace';
import { singleValueOf } from './bindings';
import type { Calls } from './calls';
import { calledName, stringOf } from './written';

export interface DataFile {
  /** "weather.csv", "x_train of data.npz". */
  readonly name: string;
  /** Rows without the header of a table, characters of a text, sequences or tokens of an array. */
  readonly items: number;
  readonly kind: 'rows' | 'characters' | 'sequences' | 'tokens';
  /** Steps of a sequence, of an array that has them. */
  readonly steps: number | null;
  /** Numbers a step, of an array that has them. */
  readonly features: number | null;
  /** Counted in the first part of a large file, and taken times its size. */
  readonly isEstimated: boolean;
}

export type DataFiles = Pick<Workspace, 'read' | 'beginning' | 'arrays'>;

const textReaders = [
  'read_csv',
  'read_table',
  'read_json',
  'loadtxt',
  'genfromtxt',
  'open',
  'read_text',
  'csv',
  'Path',
];
const arrayReaders = ['load', 'memmap'];
const isText = (name: string): boolean => /\.(?:csv|tsv|txt|jsonl|ndjson)$/i.test(name);
const isArray = (name: string): boolean => /\.np[yz]$/i.test(name);

/** What a comment names, else the largest array, else the first table or text, where they lie beside the program. */
export function dataFile(analysis: FileAnalysis, calls: Calls, files: DataFiles): DataFile | null {
  const said = analysis.directives.texts.get('data');
  if (said !== undefined && (isText(said) || isArray(said))) {
    const found = isArray(said) ? arrayData(analysis, files, [said]) : textData(analysis, files, said);
    if (found !== null) return found;
  }
  const named = (readers: readonly string[], isKind: (name: string) => boolean): readonly string[] =>
    [
      ...new Set(
        readers.flatMap((reader) => calls.named(reader).flatMap(({ node }) => pathsIn(analysis, node))),
      ).values(),
    ].filter(isKind);
  const array = arrayData(analysis, files, named(arrayReaders, isArray));
  if (array !== null) return array;
  for (const name of named(textReaders, isText)) {
    const found = textData(analysis, files, name);
    if (found !== null) return found;
  }
  return null;
}

/** The path that a call is given first: written there, in a variable, or joined from parts that are. */
function pathsIn(analysis: FileAnalysis, call: SyntaxNode): readonly string[] {
  const [, argument] = childrenOf(call.getChild('ArgList') ?? call);
  const path = argument === undefined ? null : pathOf(analysis, argument);
  return path === null ? [] : [path];
}

function pathOf(analysis: FileAnalysis, node: SyntaxNode): string | null {
  const { text } = analysis;
  const value = analysis.language === 'python' ? singleValueOf(analysis, node) : node;
  if (value === null) return null;
  if (value.name !== 'CallExpression') return stringOf(value, text);
  const name = calledName(value, text);
  if (name !== 'join' && name !== 'Path') return null;
  const parts = argumentsOf(value, text).map((argument) => pathOf(analysis, argument.value));
  return parts.reduce<string | null>(
    (path, part) => (path === null || part === null ? null : joinPath(path, part)),
    parts.length === 0 ? null : '',
  );
}

function placeOf({ file }: FileAnalysis, name: string): string {
  return name.startsWith('/') ? name : resolvePath(folderOf(file), name);
}

function baseName(name: string): string {
  return name.split('/').at(-1) ?? name;
}

function textData(analysis: FileAnalysis, files: DataFiles, name: string): DataFile | null {
  const path = placeOf(analysis, name);
  const kind = /\.txt$/i.test(name) ? 'characters' : 'rows';
  const headerLines = /\.[ct]sv$/i.test(name) ? 1 : 0;
  const about = { name: baseName(name), kind, steps: null, features: null } as const;
  const content = files.read(path);
  if (content !== undefined) {
    if (content === '') return null;
    const items = kind === 'characters' ? content.length : Math.max(0, linesIn(content) - headerLines);
    return { ...about, items, isEstimated: false };
  }
  const first = files.beginning?.(path);
  if (first === undefined || first.text === '') return null;
  // The last line is cut off.
  const counted = kind === 'characters' ? first.text.length : linesIn(first.text) - 1;
  return { ...about, items: Number((counted / first.share).toPrecision(2)), isEstimated: true };
}

function linesIn(content: string): number {
  let lines = content.endsWith('\n') ? 0 : 1;
  for (let at = content.indexOf('\n'); at !== -1; at = content.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** Of all arrays in the files the largest that can be the input of a model; those for training go first. */
function arrayData(analysis: FileAnalysis, files: DataFiles, names: readonly string[]): DataFile | null {
  const found = names.flatMap((name) =>
    (files.arrays?.(placeOf(analysis, name)) ?? []).flatMap((array) => arrayAsData(array, baseName(name)) ?? []),
  );
  const [best] = found.sort((a, b) => rankOf(b) - rankOf(a) || b.items - a.items);
  return best ?? null;
}

/** Sequences of vectors are inputs for certain, single numbers hardly. */
function rankOf({ name, kind }: DataFile): number {
  const forTraining = /train/i.test(name) ? 1 : /test|valid|\bval/i.test(name) ? -1 : 0;
  return { sequences: 8, rows: 4, tokens: 0, characters: 0 }[kind] + forTraining;
}

/** Null for targets, pictures in colour, and single numbers. */
function arrayAsData({ name, shape, isInteger }: ArrayHeader, file: string): DataFile | null {
  const label = name === '' ? file : `${name} of ${file}`;
  if (/^(?:y|targets?|labels?)(?![a-z])/i.test(label)) return null;
  const [items = 0, second = 0, third = null] = shape;
  const about = { name: label, items, steps: null, features: null, isEstimated: false } as const;
  switch (shape.length) {
    case 1:
      return isInteger ? { ...about, kind: 'tokens' } : { ...about, kind: 'rows' };
    case 2:
      return isInteger ? { ...about, kind: 'sequences', steps: second } : { ...about, kind: 'rows', features: second };
    case 3:
      return { ...about, kind: 'sequences', steps: second, features: third };
    default:
      return null;
  }
}
