/** The modules that a source file imports, read from its text: enough for code that one formatter lays out. */
import path from 'node:path';

export interface ImportedModule {
  /** As written: `node:fs`, `vscode`, `../model/graph`. */
  readonly specifier: string;
  /** Path in the project for a relative specifier (without extension, as written), else null. */
  readonly projectPath: string | null;
  /** Whether the whole import is of types only, and so leaves no trace in what runs. */
  readonly typeOnly: boolean;
}

const statement = /^(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'/gm;
const sideEffect = /^import\s+()'([^']+)'/gm;
const dynamic = /\bawait import\(()'([^']+)'\)/g;

/** The modules imported by the file at `file`, a path in the project. */
export function importsOf(file: string, source: string): ImportedModule[] {
  return [statement, sideEffect, dynamic].flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, type, specifier = '']) => ({
      specifier,
      projectPath: specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : null,
      typeOnly: type !== undefined && type !== '',
    })),
  );
}
