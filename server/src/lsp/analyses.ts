/** Analyses of open documents, made once per version of them and of the files around them, and only for documents that name a framework. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { findingsOf } from '../advice/findings';
import type { Finding } from '../advice/rule';
import { analyseFile, type FileAnalysis } from '../analysis';
import { mentionsFramework } from '../probe';
import type { Workspace } from '../workspace';

export interface DocumentAnalysis extends FileAnalysis {
  readonly findings: readonly Finding[];
}

interface CacheEntry {
  readonly version: number;
  /** The state of the other files that the analysis saw. */
  readonly generation: number;
  readonly analysis: DocumentAnalysis | null;
}

/** The files around the open documents. `generation` counts the changes of any of them. */
export interface Surroundings {
  readonly workspace: Workspace;
  readonly generation: () => number;
}

export class AnalysisCache {
  private readonly entries = new Map<string, CacheEntry>();
  /** A mistake of ours shows on every key stroke; it is told once per document. */
  private readonly reported = new Set<string>();

  constructor(
    private readonly surroundings: Surroundings,
    private readonly report: (message: string) => void,
  ) {}

  /** Null for a document that is of no interest, or on which the analysis failed. */
  of(document: TextDocument): DocumentAnalysis | null {
    const held = this.entries.get(document.uri);
    const generation = this.surroundings.generation();
    if (held?.version === document.version && held.generation === generation) return held.analysis;
    const analysis = this.analyse(document);
    this.entries.set(document.uri, { version: document.version, generation, analysis });
    return analysis;
  }

  forget(uri: string): void {
    this.entries.delete(uri);
    this.reported.delete(uri);
  }

  private analyse(document: TextDocument): DocumentAnalysis | null {
    const text = document.getText();
    if (!mentionsFramework(document.uri, text)) return null;
    try {
      const analysis = analyseFile(document.uri, text, this.surroundings.workspace);
      return { ...analysis, findings: findingsOf(analysis) };
    } catch (error) {
      if (!this.reported.has(document.uri)) {
        this.reported.add(document.uri);
        this.report(`The analysis of ${document.uri} failed: ${error instanceof Error ? error.stack : String(error)}`);
      }
      return null;
    }
  }
}
