/** Ready-made sequences in arrays of NumPy: `[sequences, steps, features]` or tokens `[sequences, steps]`, and their targets. */
import type { DataRecipe, Obstacle } from '../../protocol/trainer';
import { placeOf } from '../place';
import { counted } from '../wording';
import { baseName, type Dataset, type DatasetResult, obstacle, obstacleAt } from './dataset';
import type { CellTable } from './files/cells';
import type { NumberArray } from './files/numpy';
import { answersOf, horizonOf, type ModelEnds } from './modelEnds';
import { standardisation } from './scaling';
import { type Block, blockScalings, givenAnswers, nextStepAnswers } from './sequenceAnswers';
import type { LengthWish } from './sequenceLength';
import { heldOutLimit, type SequenceSplit, shuffledSplit, splitInWords } from './sequenceSplit';
import { tableDataset } from './table';

type TableRecipe = Extract<DataRecipe, { kind: 'table' }>;

/** Names of inputs and targets that go together, as programs write them. */
const usualNames: readonly (readonly [inputs: RegExp, targets: RegExp])[] = [
  [/^x(?:_?train)?$/i, /^y(?:_?train)?$/i],
  [/^(?:train_?)?(?:data|images|sequences)$/i, /^(?:train_?)?(?:labels?|targets?)$/i],
  [/^(?:train_?)?features$/i, /^(?:train_?)?(?:targets?|labels?)$/i],
  [/^inputs?$/i, /^(?:outputs?|targets?|labels?)$/i],
];

interface Pair {
  readonly inputs: NumberArray;
  readonly targets: NumberArray | null;
}

export function arraysDataset(
  arrays: readonly NumberArray[],
  recipe: TableRecipe,
  model: ModelEnds,
  length: LengthWish,
  seed: number,
): DatasetResult {
  const fileName = baseName(recipe.path);
  const chosen = chooseArrays(arrays, recipe);
  if (typeof chosen === 'string') return obstacle(chosen, recipe.path);
  const { inputs, targets } = chosen;
  if (targets !== null && targets.shape[0] !== inputs.shape[0]) {
    return obstacle(
      `${nameOf(inputs)} has ${inputs.shape[0]} ${inputs.shape.length === 2 ? 'rows' : 'sequences'}, and ${nameOf(targets)} has ${targets.shape[0]}.`,
      recipe.path,
    );
  }
  const readsTokens = model.input.kind === 'tokens';
  const isPlainSeries =
    inputs.shape.length < 3 && !(inputs.shape.length === 2 && (readsTokens || isWideSeries(inputs, model, targets)));
  if (isPlainSeries && readsTokens) {
    const message = `${model.name} reads tokens (its first layer is an embedding), but ${nameOf(inputs)} of ${fileName} is one series. Give it tokens [sequences, steps].`;
    return obstacleAt(message, model.inputLayer.location);
  }
  if (isPlainSeries) return tableDataset(asTable(inputs, targets), asColumns(recipe, targets), model, length, seed);
  if (inputs.shape.length > 3) {
    return obstacle(`${nameOf(inputs)} of ${fileName} has ${inputs.shape.length} axes; sequences have 3.`, recipe.path);
  }
  return sequencesDataset(
    { fileName, path: recipe.path, inputs, targets, test: testPair(arrays, inputs, targets) },
    model,
    length,
    seed,
  );
}

function nameOf({ name, shape }: NumberArray): string {
  const form = `[${shape.join(', ')}]`;
  return name === '' ? `The array ${form}` : `"${name}" ${form}`;
}

/** What is read and what is asked, or a sentence on why that is not certain. */
function chooseArrays(arrays: readonly NumberArray[], { features, target }: TableRecipe): Pair | string {
  const held = `It holds ${arrays.map(nameOf).join(', ')}.`;
  const named = (name: string): NumberArray | undefined => arrays.find((array) => array.name === name);
  const isOne = arrays.length === 1;
  // The columns of a single array are counted, and chosen later.
  const inputName = isOne ? null : (features?.[0] ?? null);
  const targetName = isOne ? null : target;
  if (inputName !== null && named(inputName) === undefined) return `There is no array "${inputName}". ${held}`;
  if (targetName !== null && named(targetName) === undefined) return `There is no array "${targetName}". ${held}`;
  const usual = usualNames.flatMap(([inputs, targets]): Pair[] => {
    const found = arrays.find(({ name }) => inputs.test(name));
    const answer = arrays.find(({ name }) => targets.test(name));
    return found && answer ? [{ inputs: found, targets: answer }] : [];
  })[0];
  const [only] = arrays;
  const inputs =
    (inputName === null ? undefined : named(inputName)) ??
    usual?.inputs ??
    arrays.find(({ name }) => usualNames.some(([pattern]) => pattern.test(name))) ??
    (isOne ? only : undefined) ??
    arrays.filter(({ name }) => name !== targetName && arrays.length === 2 && targetName !== null)[0];
  if (inputs === undefined) {
    return `It is not certain which array is read and which is asked. ${held} Call them x and y, or say features=ARRAY and target=ARRAY.`;
  }
  const targets =
    (targetName === null ? undefined : named(targetName)) ?? (usual?.inputs === inputs ? usual.targets : null);
  return { inputs, targets };
}

/** Arrays that are held out because their names say so: x_test beside x_train. */
function testPair(arrays: readonly NumberArray[], inputs: NumberArray, targets: NumberArray | null): Pair | null {
  const counterpart = ({ name }: NumberArray): NumberArray | undefined =>
    /train/i.test(name)
      ? ['test', 'val', 'valid'].flatMap((word) =>
          arrays.filter((array) => array.name === name.replace(/train/i, word)),
        )[0]
      : undefined;
  const test = counterpart(inputs);
  if (test === undefined || test.shape.slice(1).join() !== inputs.shape.slice(1).join()) return null;
  if (targets === null) return { inputs: test, targets: null };
  const answers = counterpart(targets);
  return answers?.shape[0] === test.shape[0] && answers?.shape.slice(1).join() === targets.shape.slice(1).join()
    ? { inputs: test, targets: answers ?? null }
    : null;
}

/** Whether rows are sequences of single numbers: the model reads one a step, and each row has a target of its own. */
function isWideSeries({ shape }: NumberArray, model: ModelEnds, targets: NumberArray | null): boolean {
  return model.input.width === 1 && (shape[1] ?? 0) > 1 && targets !== null;
}

/** One or two axes as columns of a table, with the target as the last of them. */
function asTable(inputs: NumberArray, targets: NumberArray | null): CellTable {
  const columnsOf = ({ shape: [rows = 0, width = 1], values }: NumberArray): Float64Array[] =>
    Array.from({ length: width }, (_, column) =>
      Float64Array.from({ length: rows }, (_row, row) => values[row * width + column] ?? 0),
    );
  const columns = columnsOf(inputs);
  const names = columns.length === 1 ? [inputs.name || 'value'] : columns.map((_, index) => `column ${index + 1}`);
  const answer = targets === null ? [] : columnsOf(targets).slice(0, 1);
  return {
    names: targets === null ? names : [...names, targets.name],
    columns: [...columns, ...answer],
    rowCount: inputs.shape[0] ?? 0,
    rowName: (row) => ({ name: `row ${row + 1}`, line: null }),
    headerLine: null,
  };
}

/** Names of arrays choose no columns. */
function asColumns(recipe: TableRecipe, targets: NumberArray | null): TableRecipe {
  return targets === null ? recipe : { ...recipe, features: null, target: targets.name };
}

interface Sequences {
  readonly fileName: string;
  readonly path: string;
  readonly inputs: NumberArray;
  readonly targets: NumberArray | null;
  readonly test: Pair | null;
}

/** Sequences counted through both parts: those of the training file first, then those of the test arrays. */
function sequencesDataset(source: Sequences, model: ModelEnds, { asked }: LengthWish, seed: number): DatasetResult {
  const { fileName, path, test } = source;
  const readsTokens = model.input.kind === 'tokens';
  const inputs = inputBlock(joined(source.inputs, test?.inputs ?? null));
  const { count, steps, width } = inputs;
  const split = test === null ? shuffledSplit(count, seed) : givenSplit(source.inputs.shape[0] ?? 0, count);
  if (split === null) return obstacle(`${fileName} has ${counted(count, 'sequence')}; at least 5 are needed.`, path);
  const place = placeOf(model.inputLayer.location);
  // Without targets, what follows the steps that are read is asked for.
  const beyond = source.targets !== null ? 0 : answersBeyond(model, steps);
  const timeSteps = steps - beyond;
  if (timeSteps < 1) return obstacle(`The sequences of ${fileName} have only ${counted(steps, 'step')}.`, path);
  if (model.timeSteps !== null && model.timeSteps !== timeSteps) {
    const message =
      `${model.name} reads ${counted(model.timeSteps, 'step')}, but the sequences of ${fileName} have ${timeSteps}` +
      `${beyond > 0 ? ` and ${beyond} more to forecast` : ''}.`;
    return obstacleAt(message, place);
  }
  const refusal = readsTokens ? tokenObstacle(inputs, model, fileName) : widthObstacle(width, model, fileName);
  if (refusal !== null) return { kind: 'obstacles', obstacles: [refusal] };
  for (const array of [source.inputs, source.targets, test?.inputs, test?.targets]) {
    const message = array ? whyNotFinite(array) : null;
    if (message !== null) return obstacle(message, path);
  }
  const scalings = readsTokens ? null : blockScalings(inputs, split.training, standardisation);
  const answers =
    source.targets === null
      ? nextStepAnswers(inputs, readsTokens, split, model, timeSteps)
      : givenAnswers(joined(source.targets, test?.targets ?? null), split, model, timeSteps);
  if ('message' in answers) return { kind: 'obstacles', obstacles: [answers] };
  const isLengthUnused = asked !== null && asked !== timeSteps;
  const { loss, metric, metricRule, baseline } = answers;

  const dataset: Dataset = {
    description:
      `${fileName}: ${count.toLocaleString('en-US')} sequences of ${timeSteps} steps${readsTokens ? '' : ` and ${counted(width, 'column')}`}, ` +
      `${answers.description}; ${test === null ? splitInWords : `those of "${test.inputs.name}" are held out`}`,
    trainingSequences: split.training.length,
    heldOutSequences: split.heldOut.length,
    timeSteps,
    input: { kind: model.input.kind, width: readsTokens ? (model.input.width ?? 1) : width },
    outputSteps: model.outputSteps,
    ...{ loss, metric, metricRule, baseline },
    remarks: [
      ...(isLengthUnused
        ? [`The sequences of ${fileName} have ${timeSteps} steps; the ${asked} asked for are not used.`]
        : []),
      ...answers.remarks,
    ],
    fill: (part, sequences, shape, batchInputs, batchTargets) => {
      const members = part === 'training' ? split.training : split.heldOut;
      for (let position = 0; position < sequences.length; position++) {
        const sequence = members[sequences[position] ?? 0] ?? 0;
        for (let time = 0; time < timeSteps; time++) {
          for (let column = 0; column < width; column++) {
            const { offset, scale } = scalings?.[column] ?? { offset: 0, scale: 1 };
            const value = inputs.values[(sequence * steps + time) * width + column] ?? 0;
            batchInputs[(time * shape.batch + position) * width + column] = (value - offset) / scale;
          }
        }
        answers.write(sequence, shape.batch, position, batchTargets);
      }
    },
  };
  return { kind: 'dataset', dataset };
}

/** Steps of a sequence without targets that are asked for and not read. */
function answersBeyond(model: ModelEnds, steps: number): number {
  const horizon = horizonOf(model, Math.floor(steps / 2));
  return horizon.kind === 'following' ? answersOf(horizon, horizon.steps) : 1;
}

function inputBlock({ shape: [count = 0, steps = 0, width = 1], values }: NumberArray): Block {
  return { count, steps, width, values };
}

function joined(first: NumberArray, second: NumberArray | null): NumberArray {
  if (second === null) return first;
  const values = new Float64Array(first.values.length + second.values.length);
  values.set(first.values);
  values.set(second.values, first.values.length);
  return { ...first, shape: [(first.shape[0] ?? 0) + (second.shape[0] ?? 0), ...first.shape.slice(1)], values };
}

/** A sentence where not every value is a number to train on: one that is none spoils every weight. */
function whyNotFinite(array: NumberArray): string | null {
  const first = array.values.findIndex((value) => !Number.isFinite(value));
  if (first < 0) return null;
  const [count = 1] = array.shape;
  const sequence = Math.floor(first / (array.values.length / count));
  return `${nameOf(array)} holds ${array.values[first]} in sequence ${sequence + 1}. Correct it or remove the sequence.`;
}

function givenSplit(training: number, count: number): SequenceSplit {
  const heldOut = Math.min(count - training, heldOutLimit);
  return {
    training: Uint32Array.from({ length: training }, (_, index) => index),
    heldOut: Uint32Array.from({ length: heldOut }, (_, index) => training + index),
  };
}

function tokenObstacle({ values }: Block, model: ModelEnds, fileName: string): Obstacle | null {
  const place = placeOf(model.inputLayer.location);
  const vocabulary = model.input.width ?? Number.POSITIVE_INFINITY;
  if (!values.every((value) => Number.isInteger(value) && value >= 0)) {
    return { message: `${model.name} reads tokens, but ${fileName} holds numbers that are no tokens.`, ...place };
  }
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  if (largest < vocabulary) return null;
  const message =
    `${fileName} has tokens up to ${largest}, but ${model.name} has a vocabulary of ${vocabulary}. ` +
    `Make it at least ${largest + 1}.`;
  return { message, ...place };
}

function widthObstacle(width: number, model: ModelEnds, fileName: string): Obstacle | null {
  if (model.input.width === null || model.input.width === width) return null;
  return {
    message:
      `${model.name} reads ${counted(model.input.width)} per step, but the sequences of ${fileName} have ${width}. ` +
      `Change the input width to ${width}.`,
    ...placeOf(model.inputLayer.location),
  };
}
