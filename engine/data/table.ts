/** Forecasting a series one step ahead from windows of a table. */
import type { DataRecipe, Obstacle } from '../../protocol/trainer';
import type { ModelPlan } from '../plan/modelPlan';
import { directive } from '../wording';
import { type NumericTable, readTable } from './csv';
import {
  type Baseline,
  type Dataset,
  type DatasetResult,
  heldOutShare,
  mean,
  obstacle,
  spreadWindows,
} from './dataset';

type TableRecipe = Extract<DataRecipe, { kind: 'table' }>;

/** Windows of the held-out part that are evaluated. */
const heldOutLimit = 1024;

/** Scaling of one column: `(value − offset) / scale`, fitted on the training part alone. */
interface Scaling {
  readonly offset: number;
  readonly scale: number;
}

export function tableDataset(text: string, recipe: TableRecipe, model: ModelPlan, timeSteps: number): DatasetResult {
  const fileName = recipe.path.split(/[\\/]/).at(-1) ?? recipe.path;
  const wanted = recipe.features && recipe.target ? [...new Set([...recipe.features, recipe.target])] : recipe.features;
  const read = readTable(text, recipe.path, wanted);
  if (read.kind === 'obstacles') return read;
  const { table } = read;
  const columnNames = table.columns.map(({ name }) => name);
  const featureNames = recipe.features ?? columnNames;
  const targetName = recipe.target ?? featureNames.at(-1) ?? '';
  if (!columnNames.includes(targetName)) {
    return obstacle(
      `There is no numeric column "${targetName}" to forecast. The numeric columns are ${columnNames.join(', ')}.`,
      recipe.path,
      1,
    );
  }
  const mismatch = mismatchOf(model, featureNames, fileName);
  if (mismatch) return { kind: 'obstacles', obstacles: [mismatch] };

  const { rowCount } = table;
  const splitRow = Math.floor(rowCount * (1 - heldOutShare));
  // A window is `timeSteps` rows and the row after them, and lies on one side of the split.
  const trainingSequences = splitRow - timeSteps;
  const available = rowCount - splitRow - timeSteps;
  if (trainingSequences < 1 || available < 1) {
    const needed = Math.ceil((timeSteps + 1) / heldOutShare);
    return obstacle(
      `${fileName} has ${rowCount} rows. Windows of ${timeSteps} steps with a fifth held out need at least ${needed}; ` +
        'take shorter sequences or a longer file.',
      recipe.path,
    );
  }

  const targetNames = model.outputWidth === 1 ? [targetName] : featureNames;
  const features = scaledColumns(table, featureNames, splitRow, standardisation);
  const targets = scaledColumns(table, targetNames, splitRow, scalingFor(model.outputActivation));
  const targetColumn = Math.max(0, targetNames.indexOf(targetName));
  const targetScale = targets[targetColumn]?.scaling.scale ?? 1;
  const isEvery = model.outputSteps === 'every';
  const windows = spreadWindows(available, heldOutLimit);
  const heldOutStart = (sequence: number): number => splitRow + windows.windowOf(sequence);
  const predictedRows = Array.from({ length: windows.count }, (_, sequence) => {
    const start = heldOutStart(sequence);
    return { first: start + (isEvery ? 1 : timeSteps), last: start + timeSteps };
  });
  const measuredOn = windows.count < available ? `, measured on ${windows.count} of their ${available} windows` : '';

  const dataset: Dataset = {
    description:
      `${fileName}: ${rowCount} rows, ${featureNames.length} ${featureNames.length === 1 ? 'column' : 'columns'} in (${featureNames.join(', ')}), ` +
      `${targetNames.join(', ')} one step ahead; the last ${rowCount - splitRow} rows are held out${measuredOn}`,
    trainingSequences,
    heldOutSequences: windows.count,
    timeSteps,
    input: { kind: 'features', width: featureNames.length },
    outputSteps: model.outputSteps,
    loss: 'meanSquaredError',
    metric: { name: `RMSE (${targetName})`, lowerIsBetter: true },
    metricRule: { kind: 'rootMeanSquare', column: targetColumn, scale: targetScale },
    baseline: persistence(targets, targetColumn, targetScale, predictedRows),
    remarks: remarksOf(model, table, fileName, constantColumns(table, [...featureNames, targetName], splitRow)),
    fill: (part, sequences, shape, inputs, targetValues) => {
      for (let position = 0; position < sequences.length; position++) {
        const sequence = sequences[position] ?? 0;
        const start = part === 'training' ? sequence : heldOutStart(sequence);
        for (let time = 0; time < timeSteps; time++) {
          features.forEach(({ values }, column) => {
            inputs[(time * shape.batch + position) * features.length + column] = values[start + time] ?? 0;
          });
        }
        for (let step = 0; step < shape.targetSteps; step++) {
          const row = start + (isEvery ? step + 1 : timeSteps);
          targets.forEach(({ values }, column) => {
            targetValues[(step * shape.batch + position) * targets.length + column] = values[row] ?? 0;
          });
        }
      }
    },
  };
  return { kind: 'dataset', dataset };
}

function mismatchOf(model: ModelPlan, featureNames: readonly string[], fileName: string): Obstacle | null {
  const { input, inputLayer, outputWidth, outputLine, outputActivation } = model;
  const place = { file: inputLayer.location.file, line: inputLayer.location.line };
  const count = featureNames.length;
  if (input.kind === 'tokens') {
    return {
      message: `${model.name} reads tokens (its first layer is an embedding), but ${fileName} is a table of numbers. Give it a text.`,
      ...place,
    };
  }
  if (input.width !== null && input.width !== count) {
    const chosen = featureNames.slice(0, input.width).join('|');
    const comment = directive(place.file, `features=${chosen}`);
    const choice = input.width < count ? `, or choose columns in a comment: ${comment}` : '';
    return {
      message:
        `${model.name} reads ${numbers(input.width)} per step, but ${fileName} gives ${count}: ${featureNames.join(', ')}. ` +
        `Change the input width to ${count}${choice || '.'}`,
      ...place,
    };
  }
  if (outputActivation === 'softmax') {
    return {
      message: `${model.name} ends in a softmax, so it tells classes apart; a table trains forecasts of numbers. Give it a text.`,
      ...outputLine,
    };
  }
  if (outputWidth !== 1 && outputWidth !== count) {
    return {
      message:
        `${model.name} gives ${numbers(outputWidth)}. A forecast of ${fileName} has 1 (the target column) ` +
        `or ${count} (every column).`,
      ...outputLine,
    };
  }
  return null;
}

function numbers(count: number): string {
  return count === 1 ? '1 number' : `${count} numbers`;
}

function remarksOf(model: ModelPlan, table: NumericTable, fileName: string, constant: readonly string[]): string[] {
  const remarks: string[] = [];
  for (const name of constant) {
    remarks.push(`Column "${name}" has one value throughout the training part, so nothing can be learned from it.`);
  }
  if (table.ignored.length > 0) remarks.push(`Columns without numbers are not read: ${table.ignored.join(', ')}.`);
  if (model.input.width === null)
    remarks.push(`The input width, which the model leaves open, is taken from ${fileName}.`);
  if (model.loss !== null && model.loss !== 'meanSquaredError') {
    remarks.push(
      `The model is compiled with another loss (${model.loss}); on a table the preview trains the mean squared error.`,
    );
  }
  return remarks;
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
    return { values: values.map((value) => (value - scaling.offset) / scaling.scale), scaling };
  });
}

/** To mean 0 and standard deviation 1; a constant column becomes zeros, by no sum that rounding could spoil. */
function standardisation(values: Float64Array): Scaling {
  const [smallest, largest] = extremes(values);
  if (smallest === largest) return { offset: smallest, scale: 1 };
  const centre = mean(values);
  const variance = mean(values.map((value) => (value - centre) ** 2));
  return { offset: centre, scale: Math.sqrt(variance) };
}

function extremes(values: Float64Array): readonly [smallest: number, largest: number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** Targets are scaled to where the model's last activation can reach them. */
function scalingFor(activation: ModelPlan['outputActivation']): (values: Float64Array) => Scaling {
  switch (activation) {
    case 'none':
    case 'softmax':
      return standardisation;
    case 'relu':
    case 'sigmoid':
      return (values) => range(values, 0);
    case 'tanh':
      return (values) => range(values, -1);
  }
}

/** To `from … 1`. */
function range(values: Float64Array, from: number): Scaling {
  const [smallest, largest] = extremes(values);
  const scale = (largest - smallest || 1) / (1 - from);
  return { offset: smallest - from * scale, scale };
}

/** Rows that one window asks for, from the first to the last of them. */
interface PredictedRows {
  readonly first: number;
  readonly last: number;
}

/** The forecast "same as the last value seen", over exactly the predictions that a model makes. */
function persistence(
  targets: readonly ScaledColumn[],
  targetColumn: number,
  targetScale: number,
  windows: readonly PredictedRows[],
): Baseline {
  // By column, then by window.
  const squaredErrors = targets.map(({ values }) =>
    Float64Array.from(windows, ({ first, last }) => {
      let sum = 0;
      for (let row = first; row <= last; row++) sum += ((values[row] ?? 0) - (values[row - 1] ?? 0)) ** 2;
      return sum / (last - first + 1);
    }),
  );
  const sequenceLosses = Float64Array.from(windows, (_, window) =>
    mean(Float64Array.from(squaredErrors, (errors) => errors[window] ?? 0)),
  );
  const targetErrors = squaredErrors[targetColumn] ?? sequenceLosses;
  return {
    name: 'same as the step before',
    metric: Math.sqrt(mean(targetErrors)) * targetScale,
    loss: mean(sequenceLosses),
    sequenceLosses,
  };
}
