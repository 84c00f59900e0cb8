/** Series in the columns of a table: forecasting numbers, or telling the classes of its rows, from windows of rows. */
import type { DataRecipe, Obstacle } from '../../protocol/trainer';
import { directive } from '../wording';
import { accuracyOf, classLoss, isBinaryModel, type Labels, labelsIn, someOf, tellsClasses } from './classes';
import {
  type Baseline,
  baseName,
  classFrequencies,
  type Dataset,
  type DatasetResult,
  heldOutShare,
  mean,
  obstacle,
  spreadWindows,
} from './dataset';
import { type CellTable, isNumericColumn, type NumericTable, numericTable, quoted } from './files/cells';
import { lossOfDifference } from './lossOfDifference';
import {
  answersOf,
  askedStep,
  counted,
  forecastObstacle,
  type Horizon,
  horizonOf,
  type ModelEnds,
  numberLoss,
  placeOf,
  stepsBeyond,
  stepsObstacle,
  teacherObstacle,
} from './modelEnds';
import { type Scaling, scaled, standardisation, targetScaling } from './scaling';
import { type LengthWish, sequenceLength } from './sequenceLength';
import { sequenceTextDataset, textColumnOf } from './textClasses';

type TableRecipe = Extract<DataRecipe, { kind: 'table' }>;

/** Windows of the held-out part that are evaluated. */
const heldOutLimit = 1024;

const defaultTimeSteps = 30;

export function tableDataset(
  cells: CellTable,
  recipe: TableRecipe,
  model: ModelEnds,
  length: LengthWish,
  seed: number,
): DatasetResult {
  const fileName = baseName(recipe.path);
  const source = { cells, recipe, fileName };
  if (model.input.kind === 'tokens') {
    if (textColumnOf(cells, recipe.features) !== null) return sequenceTextDataset(source, model, length, seed);
    return obstacle(
      `${model.name} reads tokens (its first layer is an embedding), but ${fileName} is a table of numbers. Give it a text.`,
      ...fileAndLine(model.inputLayer.location),
    );
  }
  const classes = classTarget(source, model);
  if (classes?.kind === 'obstacles') return classes;
  return classes === null ? forecasts(source, model, length) : classWindows(source, classes, model, length);
}

export interface TableSource {
  readonly cells: CellTable;
  readonly recipe: TableRecipe;
  readonly fileName: string;
}

/** Windows over rows, on one side of the split each. */
interface Windows {
  readonly trainingSequences: number;
  readonly count: number;
  /** The first row of a sequence. */
  start(part: 'training' | 'heldOut', sequence: number): number;
  readonly splitRow: number;
  /** What was not measured, for the description. */
  readonly note: string;
}

/** `span` rows are of a window or asked of it. */
function windowsOver(rowCount: number, span: number): Windows | null {
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

function tooShort({ recipe, fileName }: TableSource, rowCount: number, timeSteps: number, span: number): DatasetResult {
  return obstacle(
    `${fileName} has ${rowCount} rows. Windows of ${timeSteps} steps with a fifth held out need at least ` +
      `${Math.ceil(span / heldOutShare)}; take shorter sequences or a longer file.`,
    recipe.path,
  );
}

/** Numbers of the next row, or of the next rows, or at each step of the one after it. */
function forecasts(source: TableSource, model: ModelEnds, length: LengthWish): DatasetResult {
  const { cells, recipe, fileName } = source;
  const wanted = recipe.features && recipe.target ? [...new Set([...recipe.features, recipe.target])] : recipe.features;
  const read = numericTable(cells, recipe.path, wanted);
  if (read.kind === 'obstacles') return read;
  const { table } = read;
  const columnNames = table.columns.map(({ name }) => name);
  const featureNames = recipe.features ?? columnNames;
  const targetName = recipe.target ?? featureNames.at(-1) ?? '';
  if (!columnNames.includes(targetName)) {
    return obstacle(
      `There is no numeric column "${targetName}" to forecast. The numeric columns are ${columnNames.join(', ')}.`,
      recipe.path,
      cells.headerLine,
    );
  }
  const loss = numberLoss(model);
  const { timeSteps, remarks } = sequenceLength(length, defaultTimeSteps);
  const mismatch =
    inputMismatch(model, featureNames, fileName) ??
    forecastMismatch(model, featureNames, fileName) ??
    forecastObstacle(model, timeSteps) ??
    teacherObstacle(model, loss);
  if (mismatch) return { kind: 'obstacles', obstacles: [mismatch] };

  const horizon = horizonOf(model, timeSteps);
  const span = timeSteps + stepsBeyond(horizon);
  const windows = windowsOver(table.rowCount, span);
  if (windows === null) return tooShort(source, table.rowCount, timeSteps, span);
  const { splitRow } = windows;
  const targetNames = model.outputWidth === 1 ? [targetName] : featureNames;
  const features = scaledColumns(table, featureNames, splitRow, standardisation);
  const targets = scaledColumns(table, targetNames, splitRow, targetScaling(model.outputActivation));
  const targetColumn = Math.max(0, targetNames.indexOf(targetName));
  const targetScale = targets[targetColumn]?.scaling.scale ?? 1;
  const answers = answersOf(horizon, timeSteps);
  const ahead = horizon.kind === 'following' && answers > 1 ? `1 to ${answers} steps` : 'one step';

  const dataset: Dataset = {
    description:
      `${fileName}: ${table.rowCount} rows, ${columnsIn(featureNames)}, ` +
      `${targetNames.join(', ')} ${ahead} ahead; the last ${table.rowCount - splitRow} rows are held out${windows.note}`,
    trainingSequences: windows.trainingSequences,
    heldOutSequences: windows.count,
    timeSteps,
    input: { kind: 'features', width: featureNames.length },
    outputSteps: model.outputSteps,
    loss,
    metric: { name: `RMSE (${targetName})`, lowerIsBetter: true },
    metricRule: { kind: 'rootMeanSquare', column: targetColumn, scale: targetScale },
    baseline: persistence(targets, { column: targetColumn, scale: targetScale, loss }, windows, horizon, timeSteps),
    remarks: [
      ...remarks,
      ...tableRemarks(model, table, fileName, constantColumns(table, [...featureNames, targetName], splitRow)),
      ...lossRemark(model, loss),
    ],
    fill: (part, sequences, shape, inputs, targetValues) => {
      for (let position = 0; position < sequences.length; position++) {
        const start = windows.start(part, sequences[position] ?? 0);
        fillWindow(features, start, timeSteps, position, shape.batch, inputs);
        for (let step = 0; step < answers; step++) {
          const row = start + askedStep(horizon, timeSteps, step);
          targets.forEach(({ values }, column) => {
            targetValues[(step * shape.batch + position) * targets.length + column] = values[row] ?? 0;
          });
        }
      }
    },
  };
  return { kind: 'dataset', dataset };
}

interface ClassTarget {
  readonly kind: 'classes';
  readonly name: string;
  readonly labels: Labels;
}

/** The column whose classes a model is to tell, null where it forecasts numbers. */
function classTarget(
  source: TableSource,
  model: ModelEnds,
): ClassTarget | null | Extract<DatasetResult, { kind: 'obstacles' }> {
  const { cells, recipe, fileName } = source;
  const meansClasses = tellsClasses(model);
  const numeric = cells.names.filter((_, index) => isNumericColumn(cells.columns[index] ?? []));
  const isForecast = model.outputWidth === 1 || model.outputWidth === (recipe.features ?? numeric).length;
  const candidate =
    recipe.target ??
    (meansClasses
      ? likelyLabels(cells, 2, model.outputWidth)
      : isForecast
        ? null
        : likelyLabels(cells, model.outputWidth, model.outputWidth));
  const position = candidate === null ? -1 : cells.names.indexOf(candidate);
  if (candidate === null || position === -1) {
    if (recipe.target !== null || !meansClasses || model.outputActivation !== 'softmax') return null;
    const { file, line } = placeOf(model.outputLine);
    const comment = directive(file, 'target=COLUMN');
    const refusal = obstacle(
      `${model.name} ends in a softmax, so it tells classes apart, and no column of ${fileName} has ` +
        `${model.outputWidth} different values or fewer. Name the column of classes in a comment, ${comment}, or give it a text.`,
      file,
      line,
    );
    return refusal.kind === 'obstacles' ? refusal : null;
  }
  const column = cells.columns[position] ?? [];
  const isText = !numeric.includes(candidate);
  const labels = labelsIn(column);
  const count = labels !== null && 'classes' in labels ? labels.classes.length : Number.POSITIVE_INFINITY;
  // Whole numbers that fit the outputs of a model which does not forecast every column are numbers of classes.
  const mayBeClasses =
    recipe.target !== null &&
    model.outputWidth > 1 &&
    model.outputWidth !== (recipe.features ?? numeric).length &&
    count <= model.outputWidth &&
    Array.prototype.every.call(column, (cell) => Number.isInteger(Number(cell)));
  if (!isText && !mayBeClasses && !(meansClasses && count <= Math.max(2, model.outputWidth))) {
    return isBinaryModel(model) && model.outputActivation === 'none' ? tooManyClasses(candidate, count, model) : null;
  }
  if (labels !== null && 'emptyRow' in labels) {
    const place = cells.rowName(labels.emptyRow);
    const message = `Column ${quoted(candidate)} names classes, but its cell in ${place.name} is empty. Fill it or remove the row.`;
    return { kind: 'obstacles', obstacles: [{ message, file: recipe.path, line: place.line }] };
  }
  if (labels === null) return tooManyClasses(candidate, count, model);
  return { kind: 'classes', name: candidate, labels };
}

function tooManyClasses(name: string, count: number, model: ModelEnds): Extract<DatasetResult, { kind: 'obstacles' }> {
  const amount = Number.isFinite(count) ? count.toLocaleString('en-US') : 'thousands of';
  const message = `Column ${quoted(name)} has ${amount} different values, more than the classes that ${model.name} tells apart.`;
  return { kind: 'obstacles', obstacles: [{ message, ...placeOf(model.outputLine) }] };
}

/** The last column whose different values a model may have a class for each of; columns of texts go first. */
function likelyLabels(cells: CellTable, atLeast: number, outputWidth: number): string | null {
  const fits = cells.names.flatMap((name, index) => {
    const column = cells.columns[index] ?? [];
    const labels = labelsIn(column);
    const count = labels !== null && 'classes' in labels ? labels.classes.length : 0;
    return count >= Math.max(2, atLeast) && count <= Math.max(2, outputWidth)
      ? [{ name, isText: !isNumericColumn(column) }]
      : [];
  });
  return (fits.findLast(({ isText }) => isText) ?? fits.at(-1))?.name ?? null;
}

/**
 * The class of a window's last row, or of each row, where the column of classes is not read itself; else of the next row.
 */
function classWindows(
  source: TableSource,
  { name, labels }: ClassTarget,
  model: ModelEnds,
  length: LengthWish,
): DatasetResult {
  const { cells, recipe, fileName } = source;
  const wanted = recipe.features ?? null;
  const read = numericTable(cells, recipe.path, wanted);
  if (read.kind === 'obstacles') return read;
  const { table } = read;
  const columnNames = table.columns.map(({ name: column }) => column);
  const others = columnNames.filter((column) => column !== name);
  const featureNames = recipe.features ?? (model.input.width === columnNames.length ? columnNames : others);
  const readsTarget = featureNames.includes(name);
  const { timeSteps, remarks } = sequenceLength(length, defaultTimeSteps);
  const { classes, ids } = labels;
  const loss = classLoss(model, classes.length, `Column ${quoted(name)}`);
  if (typeof loss === 'object') return { kind: 'obstacles', obstacles: [loss] };
  const horizon = horizonOf(model, timeSteps);
  const isOfNextRow = readsTarget || horizon.kind === 'following';
  const mismatch =
    inputMismatch(model, featureNames, fileName) ??
    (isOfNextRow ? forecastObstacle(model, timeSteps) : stepsObstacle(model, timeSteps)) ??
    teacherObstacle(model, loss);
  if (mismatch) return { kind: 'obstacles', obstacles: [mismatch] };

  const span = timeSteps + (isOfNextRow ? stepsBeyond(horizon) : 0);
  const windows = windowsOver(table.rowCount, span);
  if (windows === null) return tooShort(source, table.rowCount, timeSteps, span);
  const features = scaledColumns(table, featureNames, windows.splitRow, standardisation);
  const answers = answersOf(horizon, timeSteps);
  const firstAsked = askedStep(horizon, timeSteps, 0) - (isOfNextRow ? 0 : 1);
  const asked = Array.from({ length: windows.count }, (_, sequence) => {
    const first = windows.start('heldOut', sequence) + firstAsked;
    return ids.subarray(first, first + answers);
  });
  const classCount = loss === 'binaryCrossEntropy' ? 2 : model.outputWidth;
  const which = horizon.kind === 'eachNext' ? 'each row' : isOfNextRow ? 'the next row' : 'the last row of each window';
  const unused = model.outputWidth > classes.length && loss === 'crossEntropy';

  const dataset: Dataset = {
    description:
      `${fileName}: ${table.rowCount} rows, ${columnsIn(featureNames)}, ${name} of ${which} ` +
      `(${classes.length} classes: ${someOf(classes)}); the last ${table.rowCount - windows.splitRow} rows are held out${windows.note}`,
    trainingSequences: windows.trainingSequences,
    heldOutSequences: windows.count,
    timeSteps,
    input: { kind: 'features', width: featureNames.length },
    outputSteps: model.outputSteps,
    loss,
    ...accuracyOf(name, classFrequencies(ids.subarray(0, windows.splitRow), asked, classCount)),
    remarks: [
      ...remarks,
      ...tableRemarks(model, table, fileName, constantColumns(table, featureNames, windows.splitRow), name),
      ...(unused ? [`Of the model's ${model.outputWidth} output classes, ${classes.length} occur.`] : []),
    ],
    fill: (part, sequences, shape, inputs, targets) => {
      for (let position = 0; position < sequences.length; position++) {
        const start = windows.start(part, sequences[position] ?? 0);
        fillWindow(features, start, timeSteps, position, shape.batch, inputs);
        for (let step = 0; step < answers; step++) {
          targets[step * shape.batch + position] = ids[start + firstAsked + step] ?? 0;
        }
      }
    },
  };
  return { kind: 'dataset', dataset };
}

function fillWindow(
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

function columnsIn(names: readonly string[]): string {
  return `${counted(names.length, 'column')} in (${names.join(', ')})`;
}

function fileAndLine(place: { readonly file: string; readonly line: number }): [file: string, line: number] {
  return [place.file, place.line];
}

function inputMismatch(model: ModelEnds, featureNames: readonly string[], fileName: string): Obstacle | null {
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

function forecastMismatch(model: ModelEnds, featureNames: readonly string[], fileName: string): Obstacle | null {
  const { outputWidth, outputActivation } = model;
  const count = featureNames.length;
  if (outputActivation === 'softmax') {
    return {
      message: `${model.name} ends in a softmax, so it tells classes apart, and the column to forecast is one of numbers.`,
      ...placeOf(model.outputLine),
    };
  }
  if (outputWidth !== 1 && outputWidth !== count) {
    return {
      message:
        `${model.name} gives ${counted(outputWidth)}. A forecast of ${fileName} has 1 (the target column) ` +
        `or ${count} (every column); classes have a column that a comment names: ${directive(model.outputLine.file, 'target=COLUMN')}`,
      ...placeOf(model.outputLine),
    };
  }
  return null;
}

function tableRemarks(
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

function lossRemark(model: ModelEnds, loss: ReturnType<typeof numberLoss>): string[] {
  if (model.loss === null || model.loss === loss) return [];
  return [
    `The model is compiled with another loss (${model.loss}); on a table the preview trains the mean squared error.`,
  ];
}

/** Names of the columns that have one value in all rows before the split. */
function constantColumns({ columns }: NumericTable, names: readonly string[], splitRow: number): string[] {
  const isConstant = (values: Float64Array): boolean =>
    values.subarray(0, splitRow).every((value) => value === values[0]);
  return columns.flatMap(({ name, values }) => (names.includes(name) && isConstant(values) ? [name] : []));
}

interface ScaledColumn {
  readonly values: Float64Array;
  readonly scaling: Scaling;
}

function scaledColumns(
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

/** The forecast "same as the last value seen", over exactly the predictions that a model makes. */
function persistence(
  targets: readonly ScaledColumn[],
  measured: { readonly column: number; readonly scale: number; readonly loss: ReturnType<typeof numberLoss> },
  windows: Windows,
  horizon: Horizon,
  timeSteps: number,
): Baseline {
  const answers = answersOf(horizon, timeSteps);
  const errorsBy = (lossOf: (difference: number) => number, { values }: ScaledColumn): Float64Array =>
    Float64Array.from({ length: windows.count }, (_, sequence) => {
      const start = windows.start('heldOut', sequence);
      let sum = 0;
      for (let step = 0; step < answers; step++) {
        const asked = askedStep(horizon, timeSteps, step);
        const seen = Math.min(asked, timeSteps) - 1;
        sum += lossOf((values[start + asked] ?? 0) - (values[start + seen] ?? 0));
      }
      return sum / answers;
    });
  const losses = targets.map((target) => errorsBy(lossOfDifference(measured.loss), target));
  const sequenceLosses = Float64Array.from({ length: windows.count }, (_, window) =>
    mean(Float64Array.from(losses, (byWindow) => byWindow[window] ?? 0)),
  );
  const target = targets[measured.column];
  const squares = target === undefined ? sequenceLosses : errorsBy((difference) => difference ** 2, target);
  return {
    name: horizon.kind === 'following' && answers > 1 ? 'same as the last step' : 'same as the step before',
    metric: Math.sqrt(mean(squares)) * measured.scale,
    loss: mean(sequenceLosses),
    sequenceLosses,
  };
}
