/** Analysis of a Jupyter notebook: its code cells in order as one Python program, with each result in its cell. */
import { LineMap } from '../syntax/lines';
import { type CodeCell, joinCells, readNotebook } from '../syntax/notebook';
import type { Workspace } from '../workspace';
import type { FileAnalysis } from './fileAnalysis';
import { analysePython } from './python';

/** Analyses the text of an `.ipynb` file. */
export function analyseNotebook(file: string, text: string, workspace: Workspace | null): FileAnalysis {
  const notebook = readNotebook(text);
  if (notebook.kind === 'python') return analyseCells(file, notebook.cells, workspace);
  const start = new LineMap(file, text).locate({ from: 0, to: 0 });
  return { ...analyseCells(file, [], workspace), problems: [{ message: notebook.because, location: start }] };
}

/**
 * Analyses code cells as they are run from the first to the last. The analysis' text is that of all cells together, with
 * what is IPython's own made into Python; every offset in the result is one in this text.
 */
export function analyseCells(file: string, cells: readonly CodeCell[], workspace: Workspace | null): FileAnalysis {
  const { text, tree, starts } = joinCells(cells);
  return analysePython(file, text, workspace, tree, new LineMap(file, text, starts));
}
