/** Open documents as the analyser sees them: a file by itself, or a cell as a part of its notebook's program. */
import {
  NotebookCellKind,
  type NotebookDocument,
  type NotebookDocuments,
  type Position,
  type TextDocuments,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { CodeCell } from '../syntax/notebook';

/** An open document by the offsets of the program it belongs to. */
export interface SourceDocument {
  readonly uri: string;
  readonly version: number;
  /** What is analysed as a whole: the file's own document, or its notebook. */
  readonly program: TextDocument | OpenNotebook;
  positionAt(offset: number): Position;
  offsetAt(position: Position): number;
  /** Whether a place of the program begins in this document. A place without a file is one of the program's own text. */
  holds(place: { readonly file?: string; readonly from: number }): boolean;
}

/** The code cells of an open notebook. */
export interface OpenNotebook {
  readonly uri: string;
  /** Changes with the text or the order of any code cell. */
  readonly state: string;
  readonly cells: readonly OpenCell[];
}

export interface OpenCell extends CodeCell {
  readonly document: TextDocument;
}

export function isNotebook(program: TextDocument | OpenNotebook): program is OpenNotebook {
  return 'cells' in program;
}

export class OpenDocuments {
  constructor(
    private readonly documents: TextDocuments<TextDocument>,
    private readonly notebooks: NotebookDocuments<TextDocument>,
  ) {}

  /** The document of a file or of a code cell; undefined for what is not open. */
  get(uri: string): SourceDocument | undefined {
    const document = this.documents.get(uri);
    const notebook = this.notebooks.findNotebookDocumentForCell(uri);
    if (document === undefined) return undefined;
    if (notebook === undefined) return fileDocument(document);
    const program = this.openNotebook(notebook);
    return cellDocuments(program).find((cell) => cell.uri === uri);
  }

  /** The documents that make up the program of one of them: all code cells of a notebook, or the file alone. */
  partsOf(document: SourceDocument): readonly SourceDocument[] {
    return isNotebook(document.program) ? cellDocuments(document.program) : [document];
  }

  private openNotebook({ uri, cells }: NotebookDocument): OpenNotebook {
    const open = cells.flatMap(({ kind, document: cellUri }, index): OpenCell[] => {
      const document = kind === NotebookCellKind.Code ? this.documents.get(cellUri) : undefined;
      return document?.languageId === 'python' ? [{ cell: index + 1, text: document.getText(), document }] : [];
    });
    return { uri, cells: open, state: open.map((cell) => `${cell.document.uri} ${cell.document.version}`).join('\n') };
  }
}

export function fileDocument(document: TextDocument): SourceDocument {
  return {
    uri: document.uri,
    // A document is changed in place: whoever compares versions asks twice.
    get version() {
      return document.version;
    },
    program: document,
    positionAt: (offset) => document.positionAt(offset),
    offsetAt: (position) => document.offsetAt(position),
    holds: ({ file = document.uri }) => file === document.uri,
  };
}

/** Offsets in the program are those of its cells one after another, with a line end between them. */
function cellDocuments(program: OpenNotebook): SourceDocument[] {
  let next = 0;
  return program.cells.map(({ document, text }) => {
    const start = next;
    next = start + text.length + 1;
    return {
      uri: document.uri,
      get version() {
        return document.version;
      },
      program,
      positionAt: (offset) => document.positionAt(offset - start),
      offsetAt: (position) => start + document.offsetAt(position),
      holds: ({ file = program.uri, from }) => file === program.uri && start <= from && from <= start + text.length,
    };
  });
}
