/** Series in the columns of a table: forecasts of numbers, unless a model tells classes (`tableClasses.ts`) or reads texts. */
import type { Obstacle } from '../../protocol/trainer';
import { placeOf } from '../place';
import { counted, directive } from '../wording';
import { type Baseline, baseName, type Dataset, type DatasetResult, mean, obstacle, obstacleAt } from './dataset';
import { type CellTable, numericTable } from './files/cells';
import { lossOfDifference } from './lossOfDifference';
import {
  answersOf,
  askedStep,
  forecastObstacle,
  type Horizon,
  horizonOf,
  type ModelEnds,
  type NumberLoss,
  numberLoss,
  stepsBeyond,
  teacherObstacle,
} from './modelEnds';
import { standardisation, targetScaling } from './scaling';
import { type LengthWish, sequenceLength } from './sequenceLength';
import { classTarget, classWindows } from './tableClasses';
import {
  columnsIn,
  constantColumns,
  defaultTimeSteps,
  fillWindow,
  inputMismatch,
  type ScaledColumn,
  scaledColumns,
  type TableSource,
  tableRemarks,
  tooShort,
  type Windows,
  windowsOver,
} from './tableWindows';
import { sequenceTextDataset, textColumnOf } from './textClasses';

export function tableDataset(
  cells: CellTable,
  recipe: TableSource['recipe'],
  model: ModelEnds,
  length: LengthWish,
  seed: number,
): DatasetResult {
  const fileName = baseName(recipe.path);
  const source = { cells, recipe, fileName };
  if (model.input.kind === 'tokens') {
    if (textColumnOf(cells, recipe.features) !== null) return sequenceTextDataset(source, model, length, seed);
    return obstacleAt(
      `${model.name} reads tokens (its first layer is an embedding), but ${fileName} is a table of numbers. Give it a text.`,
      model.inputLayer.location,
    );
  }
  const classes = classTarget(source, model);
  if (classes?.kind === 'obstacles') return classes;
  return classes === null ? forecasts(source, model, length) : classWindows(source, classes, model, length);
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

function lossRemark(model: ModelEnds, loss: NumberLoss): string[] {
  if (model.loss === null || model.loss === loss) return [];
  return [
    `The model is compiled with another loss (${model.loss}); on a table the preview trains the mean squared error.`,
  ];
}

/** The forecast "same as the last value seen", over exactly the predictions that a model makes. */
function persistence(
  targets: readonly ScaledColumn[],
  measured: { readonly column: number; readonly scale: number; readonly loss: NumberLoss },
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
