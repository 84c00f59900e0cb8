/** Telling the classes of the rows of a table from windows of rows. */
import { directive } from '../wording';
import { accuracyOf, classLoss, isBinaryModel, type Labels, labelsIn, someOf, tellsClasses } from './classes';
import { classFrequencies, type Dataset, type DatasetResult, obstacleAt } from './dataset';
import { type CellTable, isNumericColumn, numericTable, quoted } from './files/cells';
import {
  answersOf,
  askedStep,
  forecastObstacle,
  horizonOf,
  type ModelEnds,
  stepsBeyond,
  stepsObstacle,
  teacherObstacle,
} from './modelEnds';
import { standardisation } from './scaling';
import { type LengthWish, sequenceLength } from './sequenceLength';
import {
  columnsIn,
  constantColumns,
  defaultTimeSteps,
  fillWindow,
  inputMismatch,
  scaledColumns,
  type TableSource,
  tableRemarks,
  tooShort,
  windowsOver,
} from './tableWindows';

/** The column of classes, and the class of each row. */
export interface ClassTarget {
  readonly kind: 'classes';
  readonly name: string;
  readonly labels: Labels;
}

/** The column whose classes a model is to tell, null where it forecasts numbers. */
export function classTarget(
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
    const comment = directive(model.outputLine.file, 'target=COLUMN');
    return obstacleAt(
      `${model.name} ends in a softmax, so it tells classes apart, and no column of ${fileName} has ` +
        `${model.outputWidth} different values or fewer. Name the column of classes in a comment, ${comment}, or give it a text.`,
      model.outputLine,
    );
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
  return obstacleAt(message, model.outputLine);
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
export function classWindows(
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
