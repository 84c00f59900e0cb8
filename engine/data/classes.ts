/** Classes in a column of labels: which there are, and whether a model can tell them apart. */
import type { Obstacle } from '../../protocol/trainer';
import { placeOf } from '../place';
import { counted } from '../wording';
import type { Baseline, ClassFrequencies, Dataset } from './dataset';
import type { Cell } from './files/cells';
import { givesLogits, type ModelEnds } from './modelEnds';

export interface Labels {
  /** In order: numbers by size, texts by their letters. */
  readonly classes: readonly (string | number)[];
  /** The class of each row, counted from 0. */
  readonly ids: Uint32Array;
}

/** More classes than any column has that names classes. */
const mostClasses = 4096;

/** Null where cells are empty or there are too many different ones; an empty cell is then the first such row. */
export function labelsIn(cells: ArrayLike<Cell>): Labels | { readonly emptyRow: number } | null {
  const seen = new Set<string | number>();
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row] ?? null;
    if (cell === null || cell === '') return { emptyRow: row };
    seen.add(classOf(cell));
    if (seen.size > mostClasses) return null;
  }
  const classes = [...seen].sort((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : a < b ? -1 : 1));
  const ids = new Map(classes.map((label, index) => [label, index]));
  return { classes, ids: Uint32Array.from(cells, (cell) => ids.get(classOf(cell ?? '')) ?? 0) };
}

/** Numbers are the same class however they are written. */
function classOf(cell: string | number): string | number {
  return typeof cell === 'number' || Number.isNaN(Number(cell)) ? cell : Number(cell);
}

/** How classes are asked of a model. */
export type ClassLoss = 'crossEntropy' | 'binaryCrossEntropy';

/** Whether a model tells classes apart, as its last activation or its loss says. */
export function tellsClasses(model: ModelEnds): boolean {
  const { outputActivation, loss } = model;
  const hasClassLoss = loss === 'crossEntropy' || loss === 'negativeLogLikelihood';
  return outputActivation === 'softmax' || hasClassLoss || isBinaryModel(model);
}

/** Whether a model with one number at its end tells two classes apart by it. */
export function isBinaryModel({ outputWidth, outputActivation, loss }: ModelEnds): boolean {
  const hasBinaryLoss = loss === 'binaryCrossEntropy' || loss === 'binaryCrossEntropyWithLogits';
  return outputWidth === 1 && (outputActivation === 'sigmoid' || (outputActivation === 'none' && hasBinaryLoss));
}

/** The loss under which a model learns so many classes, or the obstacle to that; `what` names them. */
export function classLoss(model: ModelEnds, count: number, what: string): ClassLoss | Obstacle {
  const { name, outputWidth, outputActivation } = model;
  if (outputWidth === 1 && count <= 2 && (outputActivation === 'sigmoid' || outputActivation === 'none')) {
    return 'binaryCrossEntropy';
  }
  if (outputWidth < Math.max(2, count)) {
    const wanted = count <= 2 ? '2 numbers, or 1 by a sigmoid' : `at least ${counted(count)}, one a class`;
    return {
      message: `${what} has ${count} classes, but ${name} gives ${counted(outputWidth)}. Give it ${wanted}.`,
      ...placeOf(model.outputLine),
    };
  }
  if (!givesLogits(model)) {
    return {
      message: `${name} ends in ${outputActivation}; telling ${count} classes apart wants plain numbers or a softmax at the end.`,
      ...placeOf(model.outputLine),
    };
  }
  return 'crossEntropy';
}

/** What classes are measured by. */
export function accuracyOf(
  what: string,
  frequencies: ClassFrequencies,
): Pick<Dataset, 'metric' | 'metricRule' | 'baseline'> {
  const { accuracy, loss, sequenceLosses } = frequencies;
  const baseline: Baseline = { name: 'the most frequent class', metric: accuracy, loss, sequenceLosses };
  return {
    metric: { name: `accuracy (${what})`, lowerIsBetter: false },
    metricRule: { kind: 'accuracy' },
    baseline,
  };
}

/** "cold, mild and 3 more": the first of many names. */
export function someOf(labels: readonly (string | number)[], most = 6): string {
  if (labels.length <= most) return labels.join(', ');
  return `${labels.slice(0, most).join(', ')} and ${labels.length - most} more`;
}
