/**
 * Kernels of recurrent loops, put together from texts of which each says one thing: the arithmetic of a cell, which product a
 * dispatch takes, and how a product is spread over invocations.
 */
import type { GruLoop, LstmLoop, RnnLoop } from '../backend';
import type { Kernel } from './commandQueue';
import gruBackward from './kernels/gruBackward.wgsl';
import gruCandidateBackward from './kernels/gruCandidateBackward.wgsl';
import gruCandidateForward from './kernels/gruCandidateForward.wgsl';
import gruForward from './kernels/gruForward.wgsl';
import gruOverTimeBackwardStep from './kernels/gruOverTimeBackwardStep.wgsl';
import gruOverTimeForwardSteps from './kernels/gruOverTimeForwardSteps.wgsl';
import gruResetForward from './kernels/gruResetForward.wgsl';
import lstmBackward from './kernels/lstmBackward.wgsl';
import lstmForward from './kernels/lstmForward.wgsl';
import lstmProjectedBackward from './kernels/lstmProjectedBackward.wgsl';
import lstmProjectionBackward from './kernels/lstmProjectionBackward.wgsl';
import lstmProjectionForward from './kernels/lstmProjectionForward.wgsl';
import numbers from './kernels/numbers.wgsl';
import peepholeGradients from './kernels/peepholeGradients.wgsl';
import recurrent from './kernels/recurrent.wgsl';
import recurrentOverTime from './kernels/recurrentOverTime.wgsl';
import recurrentOverTimeBackward from './kernels/recurrentOverTimeBackward.wgsl';
import recurrentOverTimeForward from './kernels/recurrentOverTimeForward.wgsl';
import recurrentOverTimeForwardStep from './kernels/recurrentOverTimeForwardStep.wgsl';
import recurrentStep from './kernels/recurrentStep.wgsl';
import recurrentStepBackward from './kernels/recurrentStepBackward.wgsl';
import recurrentStepForward from './kernels/recurrentStepForward.wgsl';
import rnnBackward from './kernels/rnnBackward.wgsl';
import rnnForward from './kernels/rnnForward.wgsl';
import sumGroups from './kernels/sumGroups.wgsl';

/** A loop, and of which cell it is. */
export type CellLoop =
  | { readonly cell: 'rnn'; readonly loop: RnnLoop }
  | { readonly cell: 'lstm'; readonly loop: LstmLoop }
  | { readonly cell: 'gru'; readonly loop: GruLoop };

export type Pass = 'forward' | 'backward';

/** What a dispatch of one step does: the product it takes, and what follows of it. */
export type StepPhase =
  /** A whole step; of an LSTM with a projection, and of a GRU with reset before, the half that has the gates' product. */
  | 'step'
  /** The other half: after `step` forward, and backward too. */
  | 'projection'
  | 'candidate';

const cellTexts = {
  rnn: { forward: rnnForward, backward: rnnBackward },
  lstm: { forward: lstmForward, backward: lstmBackward },
  gru: { forward: gruForward, backward: gruBackward },
} as const;

const bytesPerNumber = 4;

const gateCounts = { rnn: 1, lstm: 4, gru: 3 } as const;

/** Sequences of a tile of `recurrentStep.wgsl` when an invocation has one row, its units, and fours of the inner dimension. */
export const stepTile = { rows: 16, units: 16, fours: 8 };

/** What a workgroup of a step shares at most: tiles of both factors in vectors of four, and a squared norm an invocation. */
export function stepSharedBytes(rowsOfInvocation: number): number {
  const { rows, units, fours } = stepTile;
  const vectors = rows * rowsOfInvocation * fours + 4 * fours * units;
  return (4 * vectors + rows * units) * bytesPerNumber;
}

/** A dispatch of one step, of `rowsOfInvocation` sequences in each invocation. */
export function stepKernel(
  cellLoop: CellLoop,
  pass: Pass,
  phase: StepPhase,
  rowsOfInvocation: number,
  hasSquaredNorms: boolean,
): Kernel {
  const { text, lanes } = phaseOf(cellLoop, pass, phase);
  const { rows, units, fours } = stepTile;
  const invocations = rows * units;
  const constants = {
    ...loopConstants(cellLoop),
    has_squared_norms: Number(hasSquaredNorms),
    most_squares: hasSquaredNorms ? invocations : 1,
    rows_of_invocation: rowsOfInvocation,
    left_loads: Math.ceil((rows * rowsOfInvocation * fours) / invocations),
    weight_loads: Math.ceil(((lanes === 1 ? 1 : 4) * fours * units) / invocations),
  };
  return {
    name: `${cellLoop.cell} ${pass} ${phase}`,
    source: unrolled(
      [numbers, recurrent, cellTexts[cellLoop.cell][pass], text, productsText(lanes), recurrentStep].join('\n'),
      constants,
    ),
    constants,
  };
}

/** What a workgroup may have, and how many sequences it is given. */
export interface WorkgroupLimits {
  readonly maxInvocations: number;
  readonly maxSharedBytes: number;
  /** Numbers that an invocation keeps in registers for the whole loop. */
  readonly maxWeights: number;
}

/** How a product of a step is spread over the invocations of a workgroup. */
interface SpreadProduct {
  readonly inner: number;
  readonly columns: number;
  /** Of four neighbouring columns. */
  readonly groups: number;
  /** Slices of the inner dimension, and rows of one. */
  readonly parts: number;
  readonly slice: number;
}

export interface OverTimePlan {
  readonly products: readonly SpreadProduct[];
  readonly tile: number;
  readonly invocations: number;
}

const columnsOfGroup = 4;

/** How a whole loop lies in workgroups of so many sequences, or fewer where memory is short; null where it does not fit. */
export function planOverTime(
  cellLoop: CellLoop,
  pass: Pass,
  limits: WorkgroupLimits,
  wantedTile: number,
): OverTimePlan | null {
  const { cell, loop } = cellLoop;
  if (cell === 'lstm' && loop.projection) return null;
  const shapes = productShapes(cellLoop, pass);
  const longestSlice = Math.floor(limits.maxWeights / columnsOfGroup / shapes.length);
  if (longestSlice === 0) return null;
  const products = shapes.map(({ inner, columns }): SpreadProduct => {
    const parts = Math.ceil(inner / longestSlice);
    return { inner, columns, groups: Math.ceil(columns / columnsOfGroup), parts, slice: Math.ceil(inner / parts) };
  });
  const needed = Math.max(...products.map(({ groups, parts }) => groups * parts));
  for (let tile = wantedTile; tile >= 1; tile = Math.floor(tile / 2)) {
    const invocations = Math.max(needed, Math.min(tile * loop.hiddenSize, limits.maxInvocations));
    const lefts = products.map(({ parts, slice }) => tile * parts * (slice + 1));
    // One number more an invocation where squared norms are wanted. Each variable is counted in whole vectors of four.
    const vectors = [...lefts, invocations].reduce((sum, length) => sum + Math.ceil(length / columnsOfGroup), 0);
    const sharedBytes = (vectors + mostPartialSums(products, tile)) * columnsOfGroup * bytesPerNumber;
    if (invocations <= limits.maxInvocations && sharedBytes <= limits.maxSharedBytes) {
      return { products, tile, invocations };
    }
  }
  return null;
}

/** A whole loop in one dispatch. */
export function overTimeKernel(
  cellLoop: CellLoop,
  pass: Pass,
  { products, tile, invocations }: OverTimePlan,
  hasSquaredNorms: boolean,
): Kernel {
  const { cell, loop } = cellLoop;
  const constants = {
    ...loopConstants(cellLoop),
    has_squared_norms: Number(hasSquaredNorms),
    most_squares: hasSquaredNorms ? invocations : 1,
    tile,
    invocations,
    items: Math.ceil((tile * loop.hiddenSize) / invocations),
    most_partial_sums: mostPartialSums(products, tile),
    products: products.length,
    second_products: products.length - 1,
    ...Object.fromEntries(
      products.flatMap((product, index) => Object.entries(product).map(([name, value]) => [`${name}_${index}`, value])),
    ),
  };
  const isForward = pass === 'forward';
  const hasTwo = products.length === 2;
  const steps = isForward
    ? [recurrentOverTimeForward, hasTwo ? gruOverTimeForwardSteps : recurrentOverTimeForwardStep]
    : [recurrentOverTimeBackward, hasTwo ? gruOverTimeBackwardStep : ''];
  return {
    name: `${cell} ${pass} over time`,
    source: unrolled([numbers, recurrent, cellTexts[cell][pass], ...steps, recurrentOverTime].join('\n'), constants),
    constants,
  };
}

/** The recurrent products of a step, in order. */
function productShapes(
  { cell, loop }: CellLoop,
  pass: Pass,
): readonly { readonly inner: number; readonly columns: number }[] {
  const { hiddenSize } = loop;
  const hasTwo = cell === 'gru' && !loop.resetAfter;
  const gateColumns = (hasTwo ? 2 : gateCounts[cell]) * hiddenSize;
  const [inner, columns] = pass === 'forward' ? [hiddenSize, gateColumns] : [gateColumns, hiddenSize];
  return [{ inner, columns }, ...(hasTwo ? [{ inner: hiddenSize, columns: hiddenSize }] : [])];
}

function mostPartialSums(products: readonly SpreadProduct[], tile: number): number {
  return Math.max(...products.map(({ groups, parts }) => groups * parts * tile));
}

/** Adds up what the workgroups of several dispatches have left: `sums` stretches of one length. */
export const sumGroupsKernel: Kernel = { name: 'sums of workgroups', source: sumGroups, constants: {} };

export function peepholeGradientsKernel(hiddenSize: number): Kernel {
  return { name: 'gradients of peepholes', source: peepholeGradients, constants: { hidden_size: hiddenSize } };
}

/** The names of the unsigned operands of a loop's kernels, in their order. */
export const operandNames: readonly string[] = [...recurrent.matchAll(/^ {2}(\w+): u32,$/gm)].map(
  ([, name = '']) => name,
);

/** The text of a phase, and how many columns of its product belong to one unit. */
function phaseOf(
  { cell, loop }: CellLoop,
  pass: Pass,
  phase: StepPhase,
): { readonly text: string; readonly lanes: number } {
  const isForward = pass === 'forward';
  if (phase === 'projection') return { text: isForward ? lstmProjectionForward : lstmProjectionBackward, lanes: 1 };
  if (phase === 'candidate') return { text: isForward ? gruCandidateForward : gruCandidateBackward, lanes: 1 };
  if (cell === 'gru' && !loop.resetAfter && isForward) return { text: gruResetForward, lanes: 2 };
  if (cell === 'lstm' && loop.projection && !isForward) return { text: lstmProjectedBackward, lanes: 1 };
  return isForward
    ? { text: recurrentStepForward, lanes: gateCounts[cell] }
    : { text: recurrentStepBackward, lanes: 1 };
}

/** What a loop's kernels are compiled for. */
function loopConstants({ cell, loop }: CellLoop): Readonly<Record<string, number>> {
  return {
    hidden_size: loop.hiddenSize,
    state_width: loop.stateWidth,
    has_mask: Number(loop.mask !== null),
    has_output_gradient: Number(loop.outputGradient !== null),
    has_hard_sigmoid: Number(loop.hardSigmoidSlope !== null),
    ...(cell === 'rnn' ? { is_relu: Number(loop.activation === 'relu'), product_gates: 1 } : {}),
    ...(cell === 'lstm'
      ? {
          has_peepholes: Number(loop.peepholes !== null),
          has_projection: Number(loop.projection !== null),
          product_gates: 4,
        }
      : {}),
    ...(cell === 'gru' ? { is_reset_after: Number(loop.resetAfter), product_gates: loop.resetAfter ? 3 : 2 } : {}),
  };
}

/**
 * The columns of a unit in one type, as wide as there are lanes, and their products with four numbers of the inner dimension.
 * Weights lie in workgroup memory as what one invocation reads at once: all lanes of a row, or of a single lane four rows.
 */
function productsText(lanes: number): string {
  const zeros = Array.from({ length: 4 - lanes }, () => ', 0.0').join('');
  const widened = `fn widened(products: Products) -> vec4f { return vec4f(products${zeros}); }`;
  const listed = (one: (index: number) => string, count: number): string =>
    Array.from({ length: count }, (_, index) => one(index)).join(', ');
  if (lanes === 1) {
    return [
      'const weights_of_four = 1u;',
      'alias Products = f32;',
      'alias Weights = vec4f;',
      widened,
      `fn weights_at(k: u32, unit: u32) -> vec4f { return vec4f(${listed((row) => `weight_at(k + ${row}u, 0u, unit)`, 4)}); }`,
      'fn block_at(four: u32, unit: u32) -> vec4f { return weight_tile[four * tile_units + unit]; }',
      'fn product(block: vec4f, left: vec4f) -> f32 { return dot(block, left); }',
    ].join('\n');
  }
  const type = `vec${lanes}f`;
  const block = `mat4x${lanes}f`;
  return [
    'const weights_of_four = 4u;',
    `alias Products = ${type};`,
    `alias Weights = ${type};`,
    widened,
    `fn weights_at(k: u32, unit: u32) -> ${type} { return ${type}(${listed((lane) => `weight_at(k, ${lane}u, unit)`, lanes)}); }`,
    `fn block_at(four: u32, unit: u32) -> ${block} {`,
    '  let first = 4u * four * tile_units + unit;',
    `  return ${block}(${listed((row) => `weight_tile[first + ${row}u * tile_units]`, 4)});`,
    '}',
    `fn product(block: ${block}, left: vec4f) -> ${type} { return block * left; }`,
  ].join('\n');
}

/**
 * Repeats the lines from `// for $name < count` to `// end` with `$name` replaced by 0, 1, …: what is indexed by a literal
 * stays in registers whatever a driver's compiler makes of loops. `count` is a constant; loops may lie in each other.
 */
export function unrolled(source: string, constants: Readonly<Record<string, number>>): string {
  const repeat = (lines: readonly string[]): string[] => {
    const result: string[] = [];
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at] ?? '';
      const [, name, count] = loopStart.exec(line) ?? [];
      if (name === undefined || count === undefined) {
        result.push(line);
        continue;
      }
      const repeats = constants[count];
      if (repeats === undefined) throw new Error(`no constant is called ${count}`);
      const end = endOfLoop(lines, at);
      const body = lines.slice(at + 1, end);
      const variable = new RegExp(`\\$${name}\\b`, 'g');
      for (let index = 0; index < repeats; index++) {
        result.push(...repeat(body.map((text) => text.replace(variable, `${index}`))));
      }
      at = end;
    }
    return result;
  };
  return repeat(source.split('\n')).join('\n');
}

const loopStart = /^ *\/\/ for \$(\w+) < (\w+)/;
const loopEnd = /^ *\/\/ end$/;

function endOfLoop(lines: readonly string[], start: number): number {
  let depth = 0;
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (loopStart.test(line)) depth++;
    if (loopEnd.test(line)) depth--;
    if (depth === 0) return at;
  }
  throw new Error('a loop of a kernel has no end');
}
