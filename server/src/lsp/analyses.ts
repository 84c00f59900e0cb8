/**
 * Analyses of open documents, made once per version of them, of the files around them and of the sizes supplied for them, and
 * only for documents that name a framework.
 */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { isJavaScriptFile, isJsonFile, mentionsFramework } from '../../../protocol/probe';
import { findingsOf } from '../advice/findings';
import type { Finding } from '../advice/rule';
import type { RuleLevels } from '../advice/ruleLevels';
import { analyseCells, analyseFile, type FileAnalysis } from '../analysis';
import type { AnalyseEdited } from '../rewrite/architecture/draft';
import { applyEdits, type TextEdit } from '../rewrite/edits';
import type { CodeCell } from '../syntax/notebook';
import type { SuppliedSize } from '../syntax/suppliedSizes';
import { type Workspace, withSizes } from '../workspace';
import { isNotebook, type OpenNotebook, type SourceDocument } from './openDocuments';

export interface DocumentAnalysis extends FileAnalysis {
  readonly findings: readonly Finding[];
}

interface CacheEntry {
  /** The version of a document, or the state of a notebook. */
  readonly version: number | string;
  /** The state of the other files that the analysis saw. */
  readonly generation: number;
  /** What the settings said: the same object for as long as they are the same. */
  readonly settings: AnalysisSettings;
  readonly analysis: DocumentAnalysis | null;
}

/** What settings of a document its analysis depends on. */
export interface AnalysisSettings {
  /** Sizes that the source leaves open. */
  readonly sizes: readonly SuppliedSize[];
  readonly ruleLevels: RuleLevels;
}

/** The files around the open documents. `generation` counts the changes of any of them. */
export interface Surroundings {
  readonly workspace: Workspace;
  readonly generation: () => number;
  readonly settingsOf: (uri: string) => Promise<AnalysisSettings>;
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
  async of({ program }: SourceDocument): Promise<DocumentAnalysis | null> {
    const settings = await this.surroundings.settingsOf(program.uri);
    const held = this.entries.get(program.uri);
    const version = isNotebook(program) ? program.state : program.version;
    const generation = this.surroundings.generation();
    const isCurrent = held?.version === version && held.generation === generation && held.settings === settings;
    if (isCurrent) return held.analysis;
    const analysis = this.analyse(program, settings, held?.analysis ?? null);
    this.entries.set(program.uri, { version, generation, settings, analysis });
    return analysis;
  }

  /** Reads the document's program again as it would be with edits made. */
  async withEdits({ program }: SourceDocument): Promise<AnalyseEdited> {
    const { sizes } = await this.surroundings.settingsOf(program.uri);
    const workspace = withSizes(this.surroundings.workspace, sizes);
    if (isNotebook(program)) return (edits) => analyseCells(program.uri, editedCells(program.cells, edits), workspace);
    const text = program.getText();
    return (edits) => analyseFile(program.uri, applyEdits(text, edits), workspace, undefined, nameWithEnding(program));
  }

  forget(uri: string): void {
    this.entries.delete(uri);
    this.reported.delete(uri);
  }

  private analyse(
    program: TextDocument | OpenNotebook,
    { sizes, ruleLevels }: AnalysisSettings,
    earlier: DocumentAnalysis | null,
  ): DocumentAnalysis | null {
    const named = isNotebook(program) ? program.uri : nameWithEnding(program);
    const texts = isNotebook(program) ? program.cells.map(({ text }) => text) : [program.getText()];
    if (!texts.some((text) => mentionsFramework(named, text))) return null;
    const workspace = withSizes(this.surroundings.workspace, sizes);
    try {
      const analysis = isNotebook(program)
        ? analyseCells(program.uri, program.cells, workspace)
        : analyseFile(program.uri, program.getText(), workspace, earlier ?? undefined, named);
      return { ...analysis, findings: findingsOf(analysis, ruleLevels) };
    } catch (error) {
      if (!this.reported.has(program.uri)) {
        this.reported.add(program.uri);
        this.report(`The analysis of ${program.uri} failed: ${error instanceof Error ? error.stack : String(error)}`);
      }
      return null;
    }
  }
}

/** Offsets of the edits are those in the text of all cells, which `joinCells` joins by a line break. */
function editedCells(cells: readonly CodeCell[], edits: readonly TextEdit[]): readonly CodeCell[] {
  let start = 0;
  return cells.map(({ cell, text }) => {
    const [from, to] = [start, start + text.length];
    start = to + 1;
    const own = edits.filter((edit) => edit.from >= from && edit.to <= to);
    const moved = own.map((edit) => ({ from: edit.from - from, to: edit.to - from, insert: edit.insert }));
    return { cell, text: applyEdits(text, moved) };
  });
}

const endings: Readonly<Record<string, string>> = {
  javascript: '.js',
  javascriptreact: '.jsx',
  typescript: '.ts',
  typescriptreact: '.tsx',
  json: '.json',
};

/** A document's name with an ending that says its language; one that is not saved yet has none of its own. */
function nameWithEnding({ uri, languageId }: TextDocument): string {
  const saysIt = /\.(?:py|ipynb)$/i.test(uri) || isJavaScriptFile(uri) || isJsonFile(uri);
  return saysIt ? uri : uri + (endings[languageId] ?? '');
}
