/** A source file as it is evaluated: its text, its lines and its abstract syntax. */
import type { LineMap } from './lines';
import type { Module } from './python/ast';

export interface SourceFile {
  readonly file: string;
  readonly text: string;
  readonly lines: LineMap;
  readonly module: Module;
}
