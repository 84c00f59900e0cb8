/**
 * Every operation of the WebGPU backend against the reference, on random operands of odd sizes and strides, each with its own
 * tolerance: what its roundings to 32 bits, and the functions of GPUs that WGSL lets be inexact, may make of its result.
 */
import { describe, expect, test } from 'vitest';
import { type Backend, type BackendFactory, blockOf, type Matrix, matrixOf, type Numbers, type Span } from '../backend';
import { timeWindows } from '../plan/timeWindows';
import { createRandom, type RandomSource } from '../random';
import { createReferenceBackend } from '../reference/backend';
import { webgpuBackend } from './webgpuBackend';

/** A rounding to 32 bits, relative to the number. */
const rounding = 2 ** -24;

/** Relative to the largest number of a result, with the reason. */
const tolerances = {
  /** Numbers are moved, counted or compared. */
  exact: 0,
  /** One product or sum of two numbers, which WGSL rounds to nearest or next to it. */
  oneRounding: 2 * rounding,
  /** A product and a sum, or two products. */
  twoRoundings: 4 * rounding,
  /** Square roots and quotients: WGSL allows each 2.5 units in the last place, and makes roots of inverse roots. */
  quotients: 16 * rounding,
  /** Sums of n numbers in an order of their own: errors of n roundings that mostly cancel. */
  sum: (length: number) => 4 * rounding * Math.sqrt(length),
  /** Exponentials of x, of which WGSL allows an error of 3 + 2|x| units in the last place, and quotients of them. */
  exponentials: 64 * rounding,
  /** Logarithms, roots and series, of which a handful of roundings is left. */
  series: 32 * rounding,
  /** A step of an optimiser: a root, a quotient, and a handful of products. */
  update: 32 * rounding,
};

/** Operands as they are drawn, and then what is done with them. */
interface Operands {
  /** Standard normal numbers, or drawn otherwise. */
  numbers(length: number, draw?: () => number): Span;
  /** A matrix whose rows lie further apart than they are long. */
  matrix(rows: number, columns: number, draw?: () => number): Matrix;
  readonly random: RandomSource;
}

interface OperationCase {
  readonly name: string;
  readonly tolerance: number;
  readonly prepare: (operands: Operands) => (backend: Backend) => void;
}

const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 100, -100, 1e30, -1e30];

function withSpecial(random: RandomSource): () => number {
  let drawn = 0;
  return () => special[drawn++ % 40] ?? 3 * random.normal();
}

const pointwise: readonly OperationCase[] = [
  {
    name: 'fill',
    tolerance: tolerances.exact,
    prepare: ({ numbers }) => {
      const target = numbers(1003);
      return (backend) => backend.fill({ offset: target.offset + 3, length: 777 }, -2.5);
    },
  },
  {
    name: 'add',
    tolerance: tolerances.oneRounding,
    prepare: ({ numbers }) => {
      const [target, source] = [numbers(1003), numbers(1003)];
      return (backend) => backend.add(target, source);
    },
  },
  {
    name: 'add, more numbers than a grid has invocations side by side',
    tolerance: tolerances.oneRounding,
    prepare: ({ numbers }) => {
      const [target, source] = [numbers(300_001), numbers(300_001)];
      return (backend) => backend.add(target, source);
    },
  },
  {
    name: 'scale',
    tolerance: tolerances.oneRounding,
    prepare: ({ numbers }) => {
      const target = numbers(517);
      return (backend) => backend.scale(target, 1 / 3);
    },
  },
  {
    name: 'multiplyElements, in place',
    tolerance: tolerances.oneRounding,
    prepare: ({ numbers }) => {
      const [left, right] = [numbers(517), numbers(517)];
      return (backend) => backend.multiplyElements(left, right, right);
    },
  },
  {
    name: 'scaleRows',
    tolerance: tolerances.oneRounding,
    prepare: ({ numbers, matrix }) => {
      const [source, factors, target] = [matrix(31, 17), numbers(31), matrix(31, 17)];
      return (backend) => backend.scaleRows(source, factors, target);
    },
  },
  {
    name: 'addScaledColumns',
    tolerance: tolerances.twoRoundings,
    prepare: ({ numbers, matrix }) => {
      const [source, factors, target] = [matrix(31, 17), numbers(17), matrix(31, 17)];
      return (backend) => backend.addScaledColumns(source, factors, target);
    },
  },
  {
    name: 'copyMatrix',
    tolerance: tolerances.exact,
    prepare: ({ matrix }) => {
      const [source, target] = [matrix(31, 17), matrix(31, 17)];
      return (backend) => backend.copyMatrix(source, target);
    },
  },
  {
    name: 'broadcastRow',
    tolerance: tolerances.exact,
    prepare: ({ numbers, matrix }) => {
      const [row, target] = [numbers(17), matrix(31, 17)];
      return (backend) => backend.broadcastRow(row, target);
    },
  },
  {
    name: 'inverseRoot',
    tolerance: tolerances.quotients,
    prepare: ({ numbers, random }) => {
      const [values, target] = [numbers(301, random.uniform), numbers(301)];
      return (backend) => backend.inverseRoot(values, 1e-3, target);
    },
  },
  {
    name: 'markUnequal',
    tolerance: tolerances.exact,
    prepare: ({ numbers, random }) => {
      const [values, marks] = [numbers(301, () => random.below(4)), numbers(301)];
      return (backend) => backend.markUnequal(values, 2, marks);
    },
  },
  {
    name: 'clipByValue, which leaves what is no finite number',
    tolerance: tolerances.exact,
    prepare: ({ numbers, random }) => {
      const values = numbers(301, withSpecial(random));
      return (backend) => backend.clipByValue(values, 0.5);
    },
  },
  ...(['tanh', 'relu', 'sigmoid'] as const).flatMap((activation): OperationCase[] => [
    {
      name: `activate: ${activation}, which hands on what is not a number`,
      tolerance: activation === 'relu' ? tolerances.exact : tolerances.exponentials,
      prepare: ({ numbers, random }) => {
        const values = numbers(500, () => random.normal() * 6);
        const extremes = numbers(40, withSpecial(random));
        return (backend) => {
          backend.activate(activation, values);
          // An infinity or 1e30 would be the largest number of the result of relu.
          backend.activate(activation, extremes);
        };
      },
    },
    {
      name: `activateBackward: ${activation}`,
      tolerance: tolerances.twoRoundings,
      prepare: ({ numbers, random }) => {
        const [values, gradient] = [numbers(500, random.uniform), numbers(500)];
        return (backend) => backend.activateBackward(activation, values, gradient);
      },
    },
  ]),
  {
    name: 'dropout drops what the reference drops',
    tolerance: tolerances.oneRounding,
    prepare: ({ numbers }) => {
      const [source, target] = [numbers(1001), numbers(1001)];
      const places = { first: 13, length: 91, stride: 300 };
      return (backend) => backend.dropout(source, target, 0.3, -1_234_567_891, places);
    },
  },
  {
    name: 'addNoise',
    tolerance: tolerances.series,
    prepare: ({ numbers }) => {
      const [source, target] = [numbers(20_001, () => 0), numbers(20_001)];
      return (backend) => backend.addNoise(source, target, 0.7, 987_654_321);
    },
  },
];

const products: readonly OperationCase[] = [
  [1, 1, 1],
  [5, 7, 9],
  [70, 33, 12],
  [3, 40, 130],
  [150, 50, 161],
  // Few numbers of long sums, which are split.
  [20, 3001, 33],
  // So many that the tiles are large, and larger.
  [520, 20, 520],
  [1030, 17, 1030],
].flatMap(([rows = 0, inner = 0, columns = 0]): readonly OperationCase[] => {
  const size = `${rows} × ${inner} × ${columns}`;
  const tolerance = tolerances.sum(inner);
  const cases: readonly OperationCase[] = [
    {
      name: `multiply by a packed matrix, ${size}`,
      tolerance,
      prepare: ({ numbers, matrix }) => {
        const [left, right, result] = [matrix(rows, inner), matrix(inner, columns), matrix(rows, columns)];
        const packed = { span: numbers(inner * columns), rows: inner, columns };
        return (backend) => {
          backend.pack(right, false, packed);
          backend.multiply(left, packed, result, false);
        };
      },
    },
    {
      name: `multiply by a packed transpose and accumulate, ${size}`,
      tolerance,
      prepare: ({ numbers, matrix }) => {
        const [left, right, result] = [matrix(rows, inner), matrix(columns, inner), matrix(rows, columns)];
        const packed = { span: numbers(inner * columns), rows: inner, columns };
        return (backend) => {
          backend.pack(right, true, packed);
          backend.multiply(left, packed, result, true);
        };
      },
    },
    {
      name: `multiplyTransposed, ${size}`,
      tolerance,
      prepare: ({ matrix }) => {
        const [left, right, result] = [matrix(inner, rows), matrix(inner, columns), matrix(rows, columns)];
        return (backend) => backend.multiplyTransposed(left, right, result);
      },
    },
    // With large tiles they are the product above.
    ...(rows > 500 ? [] : [0, 1, 2]).map(
      (biasCount): OperationCase => ({
        name: `linear with ${biasCount} biases, ${size}`,
        tolerance,
        prepare: ({ numbers, matrix }) => {
          const [left, right, result] = [matrix(rows, inner), matrix(inner, columns), matrix(rows, columns)];
          const packed = { span: numbers(inner * columns), rows: inner, columns };
          const biases = [numbers(columns), numbers(Math.ceil(columns / 2))].slice(0, biasCount);
          return (backend) => {
            // The reference packs them in any case.
            backend.pack(right, false, packed);
            backend.linear(left, right, packed, biases, result);
          };
        },
      }),
    ),
    {
      name: `linearGradients, biases elsewhere, ${size}`,
      tolerance,
      prepare: ({ numbers, matrix }) => {
        const [left, right, weights] = [matrix(inner, rows), matrix(inner, columns), matrix(rows, columns)];
        const biases = [numbers(columns), numbers(Math.ceil(columns / 2))];
        return (backend) => backend.linearGradients(left, right, weights, biases);
      },
    },
    {
      name: `linearGradients, biases behind the weights, ${size}`,
      tolerance,
      prepare: ({ numbers, matrix }) => {
        const [left, right] = [matrix(inner, rows), matrix(inner, columns)];
        const place = numbers((rows + 2) * columns);
        const biases = [rows, rows + 1].map((row) => blockOf(place, row, columns));
        return (backend) => backend.linearGradients(left, right, matrixOf(place, rows, columns), biases);
      },
    },
  ];
  // The largest take a software adapter seconds, and differ in how the left factor is read alone.
  return rows < 1000 ? cases : cases.filter(({ name }) => !name.includes('accumulate'));
});

const sums: readonly OperationCase[] = [
  ...[
    [1, 1],
    [37, 3],
    [300, 70],
    [5003, 10],
  ].flatMap(([rows = 0, columns = 0]): OperationCase[] => [
    {
      name: `sumRows, ${rows} × ${columns}`,
      tolerance: tolerances.sum(rows),
      prepare: ({ numbers, matrix }) => {
        const [source, result] = [matrix(rows, columns), numbers(columns)];
        return (backend) => backend.sumRows(source, result);
      },
    },
    {
      name: `columnDots, ${rows} × ${columns}`,
      tolerance: tolerances.sum(rows),
      prepare: ({ numbers, matrix }) => {
        const [left, right, dots] = [matrix(rows, columns), matrix(rows, columns), numbers(columns)];
        return (backend) => backend.columnDots(left, right, dots);
      },
    },
    {
      name: `rowDots, ${columns} × ${rows}`,
      tolerance: tolerances.sum(rows),
      prepare: ({ numbers, matrix }) => {
        const [left, right, dots] = [matrix(columns, rows), matrix(columns, rows), numbers(columns)];
        return (backend) => backend.rowDots(left, right, dots);
      },
    },
  ]),
  ...[1, 999, 50_001].map(
    (length): OperationCase => ({
      name: `squaredNorm of ${length} numbers`,
      tolerance: tolerances.sum(length),
      prepare: ({ numbers }) => {
        const [values, result] = [numbers(length), numbers(1)];
        return (backend) => backend.squaredNorm(values, result);
      },
    }),
  ),
  {
    name: 'squaredNorm shows that a number is none',
    tolerance: tolerances.exact,
    prepare: ({ numbers, random }) => {
      const [values, result] = [numbers(999, withSpecial(random)), numbers(1)];
      return (backend) => backend.squaredNorm(values, result);
    },
  },
  {
    name: 'gather',
    tolerance: tolerances.exact,
    prepare: ({ numbers, matrix, random }) => {
      const [table, output] = [matrix(37, 19), matrix(101, 19)];
      const indices = numbers(101, () => random.below(37));
      return (backend) => backend.gather(table, indices, output);
    },
  },
  ...[
    { rows: 37, columns: 19, count: 101 },
    { rows: 3, columns: 1, count: 5 },
    // Few rows that many indices name: split into parts.
    { rows: 11, columns: 70, count: 5003 },
    // More rows than there are blocks of one.
    { rows: 700, columns: 5, count: 900 },
    { rows: 5, columns: 300, count: 50 },
  ].map(
    ({ rows, columns, count }): OperationCase => ({
      name: `scatterAdd of ${count} rows into ${rows} × ${columns}`,
      tolerance: tolerances.sum(count / rows + 1),
      prepare: ({ numbers, matrix, random }) => {
        const [table, gradient] = [matrix(rows, columns), matrix(count, columns)];
        const indices = numbers(count, () => random.below(rows));
        return (backend) => backend.scatterAdd(table, indices, gradient);
      },
    }),
  ),
  ...[
    timeWindows(9, { size: 3, stride: 2, dilation: 2, padding: 2 }),
    timeWindows(10, { size: 2, stride: 3, dilation: 1, padding: 'valid' }),
    timeWindows(7, { size: 4, stride: 1, dilation: 1, padding: 'same' }),
  ].flatMap((windows): OperationCase[] => {
    const length = 15;
    const name = `${windows.size} of ${windows.inputSteps} steps, ${windows.stride} apart`;
    return [
      {
        name: `maxOverTime, ${name}`,
        tolerance: tolerances.exact,
        prepare: ({ numbers, random }) => {
          // So few different numbers that many are equal.
          const input = numbers(windows.inputSteps * length, () => random.below(5) - 3);
          const [output, choices] = [numbers(windows.outputSteps * length), numbers(windows.outputSteps * length)];
          return (backend) => backend.maxOverTime(windows, input, output, choices);
        },
      },
      {
        name: `maxOverTimeBackward, ${name}`,
        tolerance: tolerances.twoRoundings,
        prepare: ({ numbers }) => {
          const input = numbers(windows.inputSteps * length);
          const [output, choices] = [numbers(windows.outputSteps * length), numbers(windows.outputSteps * length)];
          const outputGradient = numbers(windows.outputSteps * length);
          return (backend) => {
            backend.maxOverTime(windows, input, output, choices);
            backend.maxOverTimeBackward(windows, outputGradient, choices, input);
          };
        },
      },
    ];
  }),
];

const rows: readonly OperationCase[] = [3, 45, 300, 2000].flatMap((columns): OperationCase[] => [
  {
    name: `softmaxRows of ${columns} columns`,
    tolerance: tolerances.exponentials,
    prepare: ({ matrix }) => {
      const scores = matrix(23, columns);
      return (backend) => backend.softmaxRows(scores, { sequences: 1, columns: null, causalPeriod: null });
    },
  },
  {
    name: `softmaxRows of ${columns} columns, some of which do not count`,
    tolerance: tolerances.exponentials,
    prepare: ({ numbers, matrix, random }) => {
      const sequences = 3;
      const scores = matrix(21, columns);
      let drawn = 0;
      // Of the second sequence, none counts.
      const counted = numbers(columns * sequences, () => (drawn++ % sequences === 1 ? 0 : random.below(2)));
      return (backend) => backend.softmaxRows(scores, { sequences, columns: counted, causalPeriod: 7 });
    },
  },
  {
    name: `softmaxRowsBackward of ${columns} columns`,
    tolerance: tolerances.sum(columns),
    prepare: ({ matrix, random }) => {
      const [weights, gradient] = [matrix(23, columns, () => random.uniform() / columns), matrix(23, columns)];
      return (backend) => backend.softmaxRowsBackward(weights, gradient);
    },
  },
  {
    name: `standardiseRows of ${columns} columns`,
    tolerance: tolerances.sum(columns) + tolerances.quotients,
    prepare: ({ numbers, matrix, random }) => {
      const source = matrix(23, columns, () => 3 + random.normal());
      const [target, deviations] = [matrix(23, columns), numbers(23)];
      return (backend) => backend.standardiseRows(source, 1e-3, target, deviations);
    },
  },
  {
    name: `standardiseRowsBackward of ${columns} columns`,
    tolerance: tolerances.sum(columns),
    prepare: ({ numbers, matrix }) => {
      const [standardised, deviations, gradient] = [matrix(23, columns), numbers(23), matrix(23, columns)];
      return (backend) => backend.standardiseRowsBackward(standardised, deviations, gradient);
    },
  },
  ...[false, true].flatMap((isWeighted): OperationCase[] => {
    const name = `${columns} columns${isWeighted ? ', where rows have weights' : ''}`;
    /** Weights of which some are 0, in rows that then hold anything. */
    const weightsAndRows = ({ numbers, matrix, random }: Operands) => {
      let row = 0;
      const weights = isWeighted ? numbers(23, () => row++ % 4) : null;
      let drawn = 0;
      const draw = (): number => {
        const isLeftOut = isWeighted && Math.floor(drawn++ / columns) % 4 === 0;
        return isLeftOut ? Number.NaN : random.normal();
      };
      return { weights, given: matrix(23, columns, draw) };
    };
    return [
      {
        name: `softmaxCrossEntropy of ${name}`,
        tolerance: tolerances.exponentials,
        prepare: (operands) => {
          const { weights, given } = weightsAndRows(operands);
          const classes = operands.numbers(23, () => operands.random.below(columns));
          const [losses, gradient] = [operands.numbers(23), operands.matrix(23, columns)];
          return (backend) => backend.softmaxCrossEntropy(given, classes, weights, losses, gradient);
        },
      },
      ...(['meanSquaredError', 'meanAbsoluteError', 'huber', 'binaryCrossEntropy'] as const).map(
        (loss): OperationCase => ({
          name: `elementwiseLoss: ${loss} of ${name}`,
          tolerance: tolerances.exponentials,
          prepare: (operands) => {
            const { weights, given } = weightsAndRows(operands);
            const { random } = operands;
            const answer = loss === 'binaryCrossEntropy' ? random.uniform : random.normal;
            const targets = operands.matrix(23, columns, answer);
            const [losses, gradient] = [operands.numbers(23), operands.matrix(23, columns)];
            return (backend) => backend.elementwiseLoss(loss, given, targets, weights, losses, gradient);
          },
        }),
      ),
    ];
  }),
]);

const nothingCounts: readonly OperationCase[] = [
  {
    name: 'softmaxCrossEntropy where no row counts',
    tolerance: tolerances.exact,
    prepare: ({ numbers, matrix }) => {
      const [logits, classes, weights] = [matrix(9, 5), numbers(9, () => 2), numbers(9, () => 0)];
      const [losses, gradient] = [numbers(9), matrix(9, 5)];
      return (backend) => backend.softmaxCrossEntropy(logits, classes, weights, losses, gradient);
    },
  },
  {
    name: 'a loss of what is not a number is none',
    tolerance: tolerances.exponentials,
    prepare: ({ numbers, matrix }) => {
      let drawn = 0;
      const logits = matrix(9, 5, () => (drawn++ === 7 ? Number.NaN : 1));
      const [classes, losses, gradient] = [numbers(9, () => 2), numbers(9), matrix(9, 5)];
      return (backend) => backend.softmaxCrossEntropy(logits, classes, null, losses, gradient);
    },
  },
];

const decay = { decayIntoGradient: 0.01, kept: 0.99 };
const updates: readonly OperationCase[] = [
  ...[0.5, 1e6].map(
    (limit): OperationCase => ({
      name: `clipByNorm at ${limit}`,
      tolerance: tolerances.quotients,
      prepare: ({ numbers }) => {
        const [values, squared] = [numbers(999), numbers(1, () => 999)];
        return (backend) => backend.clipByNorm(values, squared, limit, 1e-6);
      },
    }),
  ),
  ...[Number.NaN, Number.POSITIVE_INFINITY].map(
    (norm): OperationCase => ({
      name: `clipByNorm of a norm that is ${norm}`,
      tolerance: tolerances.exact,
      prepare: ({ numbers }) => {
        const [values, squared] = [numbers(999), numbers(1, () => norm)];
        return (backend) => backend.clipByNorm(values, squared, 0.5, 0);
      },
    }),
  ),
  ...[null, false, true].map(
    (nesterov): OperationCase => ({
      name: nesterov === null ? 'sgd' : `sgd with momentum${nesterov ? ' as Nesterov has it' : ''}`,
      tolerance: tolerances.update,
      prepare: ({ numbers }) => {
        const [parameters, gradients, velocity] = [numbers(999), numbers(999), numbers(999)];
        const settings = {
          momentum: 0.9,
          nesterov: nesterov ?? false,
          intoVelocity: 0.3,
          intoParameters: 0.1,
          ...decay,
        };
        return (backend) => backend.sgd(parameters, gradients, nesterov === null ? null : velocity, settings);
      },
    }),
  ),
  ...[false, true].flatMap((isCentred) =>
    [false, true].map(
      (hasMomentum): OperationCase => ({
        name: `rmsprop${isCentred ? ', centred' : ''}${hasMomentum ? ' with momentum' : ''}`,
        tolerance: tolerances.update,
        prepare: ({ numbers, random }) => {
          const [parameters, gradients] = [numbers(999), numbers(999)];
          const square = numbers(999, () => 1 + random.uniform());
          const [mean, velocity] = [numbers(999, () => random.uniform() / 4), numbers(999)];
          const settings = {
            ...{ decay: 0.9, epsilonInRoot: 1e-7, epsilonAfterRoot: 1e-6, momentum: 0.9 },
            ...{ intoVelocity: 0.2, intoParameters: 0.1, ...decay },
          };
          return (backend) =>
            backend.rmsprop(
              ...([parameters, gradients, square] as const),
              ...([isCentred ? mean : null, hasMomentum ? velocity : null, settings] as const),
            );
        },
      }),
    ),
  ),
  {
    name: 'adam',
    tolerance: tolerances.update,
    prepare: ({ numbers, random }) => {
      const [parameters, gradients, first] = [numbers(999), numbers(999), numbers(999)];
      const second = numbers(999, random.uniform);
      const settings = { stepSize: 0.1, beta1: 0.9, beta2: 0.999, secondMomentScale: 1.4, epsilon: 1e-7, ...decay };
      return (backend) => backend.adam(parameters, gradients, first, second, settings);
    },
  },
];

const groups = { pointwise, products, sums, rows, nothingCounts, updates };

describe.each(Object.entries(groups))('%s', (_, cases) => {
  test.each(cases)('$name', async (operation) => {
    const expected = await run(operation, createReferenceBackend);
    const actual = await run(operation, webgpuBackend.create);
    expect(actual.after.length).toBe(expected.after.length);
    // The largest of what the operation changed; nothing else may change at all.
    let scale = 0;
    expected.after.forEach((number, i) => {
      if (Number.isFinite(number) && number !== expected.before[i]) scale = Math.max(scale, Math.abs(number));
    });
    let worst = 0;
    expected.after.forEach((number, i) => {
      const other = actual.after[i] ?? Number.NaN;
      if (number === expected.before[i] && other !== number) {
        throw new Error(`number ${i}, which is ${number} before and after, becomes ${other}`);
      }
      if (Number.isFinite(number)) worst = Math.max(worst, Math.abs(other - number) / (scale || 1));
      else expect(other, `number ${i}`).toBe(number);
      if (Number.isNaN(worst)) throw new Error(`number ${i} is ${other}, not ${number}`);
    });
    expect(worst).toBeLessThanOrEqual(operation.tolerance);
    expect((await run(operation, webgpuBackend.create)).after, 'the same numbers every time').toEqual(actual.after);
  });
});

/** All numbers there are, before and after an operation. */
async function run({ name, prepare }: OperationCase, create: BackendFactory) {
  const random = createRandom(5, name.length);
  const drawn: number[] = [];
  const numbers = (length: number, draw: () => number = random.normal): Span => {
    // A gap that belongs to nothing.
    drawn.push(Math.fround(random.normal()));
    const offset = drawn.length;
    for (let i = 0; i < length; i++) drawn.push(Math.fround(draw()));
    return { offset, length };
  };
  const issue = prepare({
    numbers,
    matrix: (height, width, draw) => {
      const gap = 3;
      const { offset } = numbers(height * (width + gap));
      const matrix = { ...matrixOf({ offset, length: 0 }, height, width), rowStride: width + gap };
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          if (draw !== undefined) drawn[offset + row * matrix.rowStride + column] = Math.fround(draw());
        }
      }
      return matrix;
    },
    random,
  });
  const backend = create(drawn.length);
  const everything = { offset: 0, length: drawn.length };
  backend.write(everything, drawn);
  issue(backend);
  const after: Numbers = await backend.read(everything);
  return { before: drawn, after };
}
