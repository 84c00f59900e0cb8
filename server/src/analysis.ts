/** The analyser's front door: text of a model file in, models and what was met on the way out. No I/O. */
import type { Tree } from '@lezer/common';
import type { Framework, ModelGraph, SourceLocation } from '../../model/graph';

/** What comments of the form `# unroll: name=value, …` say about a file. */
export interface Directives {
  /** Values of symbols: `hidden_size=256`, `seq_len=400`. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Texts: `data=data/weather.csv`, `target=temp_max`. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface FileAnalysis {
  /** As given: a path or a URI; every location in the result names it. */
  readonly file: string;
  readonly text: string;
  readonly tree: Tree;
  /** The framework of the file's models, or that it imports; null when it names none and so is of no interest. */
  readonly framework: Framework | null;
  readonly models: readonly ModelGraph[];
  readonly syntaxErrors: readonly SourceLocation[];
  readonly directives: Directives;
}
