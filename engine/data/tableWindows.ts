/** Windows over the rows of a table: where they lie, how columns are scaled, and what is said of them. */
import type { DataRecipe, Obstacle } from '../../protocol/trainer';
import { placeOf } from '../place';
import { counted, directive } from '../wording';
import { type DatasetResult, heldOutShare, obstacle, spreadWindows } from './dataset';
import type { CellTable, NumericTable } from './files/cells';
import type { ModelEnds } from './modelEnds';
import { type Scaling, scaled } from './scaling';

type TableRecipe = Extract<DataRecipe, { kind: 'table' }>;

/** Windows of the held-out part that are evaluated. */
const heldOutLimit = 1024;

/** Where nobody says how long sequences are. */
export const defaultTimeSteps = 30;

/** A table, what is wanted of it, and what it is called. */
export interface TableSource {
  readonly cells: CellTable;
  readonly recipe: TableRecipe;
  readonly fileName: string;
}

/** Windows over rows, on one side of the split each. */
export interface Windows {
  readonly trainingSequences: number;
  readonly count: number;
  /** The first row of a sequence. */
  start(part: 'training' | 'heldOut', sequence: number): number;
  readonly splitRow: number;
  /** What was not measured, for the description. */
  readonly note: string;
}

/** `span` rows are of a window or asked of it. */
export function windowsOver(rowCount: number, span: number): Windows | null {
  const splitRow = Math.floor(rowCount * (1 - heldOutShare));
  const trainingSequences = splitRow - span + 1;
  const available = rowCount - splitRow - span + 1;
  if (trainingSequences < 1 || available < 1) return null;
  const { count, windowOf } = spreadWindows(available, heldOutLimit);
  return {
    trainingSequences,
    count,
    start: (part, sequence) => (part === 'training' ? sequence : splitRow + windowOf(sequence)),
    splitRow,
    note: count < available ? `, measured on ${count} of their ${available} windows` : '',
  };
}

export function tooShort(
  { recipe, fileName }: TableSource,
  rowCount: number,
  timeSteps: number,
  span: number,
): DatasetResult {
  return obstacle(
    `${fileName} has ${rowCount} rows. Windows of ${timeSteps} steps with a fifth held out need at least ` +
      `${Math.ceil(span / heldOutShare)}; take shorter sequences or a longer file.`,
    recipe.path,
  );
}

/** Writes a window that starts at row `start` into a position of a batch, time-major. */
export function fillWindow(
  features: readonly ScaledColumn[],
  start: number,
  timeSteps: number,
  position: number,
  batch: number,
  inputs: Float32Array,
): void {
  for (let time = 0; time < timeSteps; time++) {
    const place = (time * batch + position) * features.length;
    for (let column = 0; column < features.length; column++) {
      inputs[place + column] = features[column]?.values[start + time] ?? 0;
    }
  }
}

export function columnsIn(names: readonly string[]): string {
  return `${counted(names.length, 'column')} in (${names.join(', ')})`;
}

/** Why a model cannot read these columns, or null. */
export function inputMismatch(model: ModelEnds, featureNames: readonly string[], fileName: string): Obstacle | null {
  const { input, inputLayer } = model;
  const place = placeOf(inputLayer.location);
  const count = featureNames.length;
  if (input.width === null || input.width === count) return null;
  const chosen = featureNames.slice(0, input.width).join('|');
  const comment = directive(place.file, `features=${chosen}`);
  const choice = input.width < count ? `, or choose columns in a comment: ${comment}` : '';
  return {
    message:
      `${model.name} reads ${counted(input.width)} per step, but ${fileName} gives ${count}: ${featureNames.join(', ')}. ` +
      `Change the input width to ${count}${choice || '.'}`,
    ...place,
  };
}

export function tableRemarks(
  model: ModelEnds,
  table: NumericTable,
  fileName: string,
  constant: readonly string[],
  target: string | null = null,
): string[] {
  const remarks: string[] = [];
  for (const name of constant) {
    remarks.push(`Column "${name}" has one value throughout the training part, so nothing can be learned from it.`);
  }
  const ignored = table.ignored.filter((name) => name !== target);
  if (ignored.length > 0) remarks.push(`Columns without numbers are not read: ${ignored.join(', ')}.`);
  if (model.input.width === null)
    remarks.push(`The input width, which the model leaves open, is taken from ${fileName}.`);
  return remarks;
}

/** Names of the columns that have one value in all rows before the split. */
export function constantColumns({ columns }: NumericTable, names: readonly string[], splitRow: number): string[] {
  const isConstant = (values: Float64Array): boolean =>
    values.subarray(0, splitRow).every((value) => value === values[0]);
  return columns.flatMap(({ name, values }) => (names.includes(name) && isConstant(values) ? [name] : []));
}

export interface ScaledColumn {
  readonly values: Float64Array;
  readonly scaling: Scaling;
}

/** Columns by name, scaled by what their rows before the split say. */
export function scaledColumns(
  table: NumericTable,
  names: readonly string[],
  splitRow: number,
  fitScaling: (values: Float64Array) => Scaling,
): ScaledColumn[] {
  return names.map((name) => {
    const values = table.columns.find((column) => column.name === name)?.values ?? new Float64Array(table.rowCount);
    const scaling = fitScaling(values.subarray(0, splitRow));
    return { values: scaled(values, scaling), scaling };
  });
}
