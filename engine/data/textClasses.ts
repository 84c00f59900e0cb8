/** Telling the classes of texts, one in each row of a table: words or characters as tokens, padded to one length. */
import { accuracyOf, classLoss, labelsIn, someOf } from './classes';
import { classFrequencies, type DatasetResult, obstacle, obstacleAt } from './dataset';
import { type Cell, type CellTable, isNumericColumn, quoted } from './files/cells';
import type { ModelEnds } from './modelEnds';
import { type LengthWish, sequenceLength } from './sequenceLength';
import { shuffledSplit, splitInWords } from './sequenceSplit';
import type { TableSource } from './tableWindows';

/** A vocabulary smaller than this can only be one of characters. */
const leastWordVocabulary = 256;
/** Texts are cut where nobody says how long they shall be: this share of them is not, up to so many tokens. */
const wholeShare = 0.95;
const longestDefault = 200;

/** The column of texts: the one that is named, else of those without numbers the one with the longest on average. */
export function textColumnOf(cells: CellTable, features: readonly string[] | null): string | null {
  const lengths = cells.names.map((name, index) => {
    const column = cells.columns[index] ?? [];
    const isCandidate = features === null ? !isNumericColumn(column) : features.length === 1 && features[0] === name;
    return isCandidate ? meanLength(column) : 0;
  });
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  return longest === 0 ? null : (cells.names[lengths.indexOf(longest)] ?? null);
}

function meanLength(column: ArrayLike<Cell>): number {
  let sum = 0;
  for (let row = 0; row < column.length; row++) sum += String(column[row] ?? '').length;
  return sum / Math.max(1, column.length);
}

/** To be asked with a column of texts there. */
export function sequenceTextDataset(
  source: TableSource,
  model: ModelEnds,
  length: LengthWish,
  seed: number,
): DatasetResult {
  const { cells, recipe, fileName } = source;
  const textName = textColumnOf(cells, recipe.features) ?? '';
  const texts = cells.columns[cells.names.indexOf(textName)] ?? [];
  const labelName = recipe.target ?? labelColumnOf(cells, textName, model.outputWidth);
  if (labelName === null || !cells.names.includes(labelName)) {
    const missing = labelName === null ? 'No column' : `There is no column ${quoted(labelName)}; none`;
    return obstacle(
      `${missing} of ${fileName} beside ${quoted(textName)} names classes. Name one with target=COLUMN; ` +
        `the columns are ${cells.names.map(quoted).join(', ')}.`,
      recipe.path,
      cells.headerLine,
    );
  }
  const labels = labelsIn(cells.columns[cells.names.indexOf(labelName)] ?? []);
  if (labels === null || 'emptyRow' in labels) {
    const place = labels === null ? null : cells.rowName(labels.emptyRow);
    const why = place === null ? 'it has thousands of different values' : `its cell in ${place.name} is empty`;
    return obstacle(`Column ${quoted(labelName)} names classes, but ${why}.`, recipe.path, place?.line ?? null);
  }
  const { classes, ids } = labels;
  const loss = classLoss(model, classes.length, `Column ${quoted(labelName)}`);
  if (typeof loss === 'object') return { kind: 'obstacles', obstacles: [loss] };
  if (model.outputSteps !== 'last') {
    const message = `${model.name} answers at every step, but each text of ${fileName} has one class. Answer once, after the last step.`;
    return obstacleAt(message, model.outputLine);
  }
  const split = shuffledSplit(cells.rowCount, seed);
  if (split === null) return obstacle(`${fileName} has ${cells.rowCount} rows; at least 5 are needed.`, recipe.path);

  const vocabulary = model.input.width ?? leastWordVocabulary;
  const isByWord = vocabulary >= leastWordVocabulary;
  const tokens = Array.from(texts, (text) => tokensOf(String(text ?? ''), isByWord));
  const tokenIds = encoded(tokens, split.training, vocabulary, model.reservedToken);
  const lengths = Array.from(split.training, (row) => tokens[row]?.length ?? 0).sort((a, b) => a - b);
  const common = lengths[Math.floor(wholeShare * (lengths.length - 1))] ?? 1;
  const { timeSteps, remarks } = sequenceLength(length, Math.max(2, Math.min(longestDefault, common)));
  const classCount = loss === 'binaryCrossEntropy' ? 2 : model.outputWidth;
  const classOf = (row: number): number => ids[row] ?? 0;
  const frequencies = classFrequencies(
    split.training.map(classOf),
    Array.from(split.heldOut, (row) => [classOf(row)]),
    classCount,
  );
  const cut = lengths.filter((count) => count > timeSteps).length / Math.max(1, lengths.length);
  const units = isByWord ? 'words' : 'characters';

  return {
    kind: 'dataset',
    dataset: {
      description:
        `${fileName}: ${cells.rowCount.toLocaleString('en-US')} texts in ${quoted(textName)} by ${units}, ` +
        `${labelName} of each (${classes.length} classes: ${someOf(classes)}); ${splitInWords}`,
      trainingSequences: split.training.length,
      heldOutSequences: split.heldOut.length,
      timeSteps,
      input: { kind: 'tokens', width: vocabulary },
      outputSteps: 'last',
      loss,
      ...accuracyOf(labelName, frequencies),
      remarks: [
        ...remarks,
        `The vocabulary is the ${tokenIds.known.toLocaleString('en-US')} most frequent ${units} of the training part` +
          (tokenIds.unknownShare > 0
            ? `; ${percent(tokenIds.unknownShare)} of all ${units} are not among them and share one token.`
            : ', and there are no others.'),
        model.reservedToken === null
          ? `Shorter texts begin with token ${tokenIds.padding}, which stands for padding and which the model reads: it leaves no token out.`
          : `Shorter texts begin with token ${model.reservedToken}, which the model has for padding.`,
        ...(cut > 0 ? [`${percent(cut)} of the texts are longer than ${timeSteps} ${units} and are cut.`] : []),
      ],
      fill: (part, sequences, shape, inputs, targets) => {
        const rows = part === 'training' ? split.training : split.heldOut;
        for (let position = 0; position < sequences.length; position++) {
          const row = rows[sequences[position] ?? 0] ?? 0;
          const text = tokenIds.rows[row] ?? [];
          const length = Math.min(text.length, timeSteps);
          for (let time = 0; time < timeSteps; time++) {
            const index = time - (timeSteps - length);
            inputs[time * shape.batch + position] = index < 0 ? tokenIds.padding : (text[index] ?? 0);
          }
          targets[position] = classOf(row);
        }
      },
    },
  };
}

/** The column that is called as labels are, else the last one with few enough different values. */
function labelColumnOf(cells: CellTable, textName: string, outputWidth: number): string | null {
  const others = cells.names.filter((name) => name !== textName);
  const called = others.find((name) => /^(?:label|target|class|category|sentiment|y)$/i.test(name));
  if (called !== undefined) return called;
  const fitting = others.filter((name) => {
    const labels = labelsIn(cells.columns[cells.names.indexOf(name)] ?? []);
    return labels !== null && 'classes' in labels && labels.classes.length <= Math.max(2, outputWidth);
  });
  return fitting.at(-1) ?? null;
}

/** Words without regard to case, and marks as words of their own; or characters. */
function tokensOf(text: string, isByWord: boolean): readonly string[] {
  return isByWord ? (text.toLowerCase().match(/[\p{L}\p{N}']+|[^\s\p{L}\p{N}']/gu) ?? []) : Array.from(text);
}

interface EncodedTexts {
  readonly rows: readonly Uint32Array[];
  readonly padding: number;
  readonly known: number;
  readonly unknownShare: number;
}

/** Two tokens are kept: the model's own for padding, or 0, and one for what the training part does not hold often. */
function encoded(
  texts: readonly (readonly string[])[],
  training: Uint32Array,
  vocabulary: number,
  reserved: number | null,
): EncodedTexts {
  const counts = new Map<string, number>();
  for (const row of training) {
    for (const token of texts[row] ?? []) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const padding = reserved ?? 0;
  const free = Array.from({ length: vocabulary }, (_, id) => id).filter((id) => id !== padding);
  const unknown = free.shift() ?? 0;
  // Those that are as frequent keep the order in which they come.
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, free.length);
  const ids = new Map(frequent.map(([token], index) => [token, free[index] ?? unknown]));
  let [total, unknowns] = [0, 0];
  const rows = texts.map((tokens) =>
    Uint32Array.from(tokens, (token) => {
      const id = ids.get(token) ?? unknown;
      total += 1;
      unknowns += id === unknown ? 1 : 0;
      return id;
    }),
  );
  return { rows, padding, known: ids.size, unknownShare: unknowns / Math.max(1, total) };
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
