/**
 * A profile of the machine Unroll runs on, from the times of its engine's kernels: figures are fitted to what was measured
 * by least squares of relative errors, none below zero.
 */
import { thisMachineId } from './devices';
import { pointwiseCosts } from './pointwise';
import { partialTiles, predictWork } from './predict';
import {
  type DeviceProfile,
  type Figure,
  type PointwiseOperation,
  type ProductFigures,
  type ProductForm,
  pointwiseOperations,
} from './profile';
import type { Work } from './work';

/** How long something took, and what it consists of. */
export interface Timing {
  readonly work: readonly Work[];
  readonly seconds: number;
}

/** What `engine/calibration` measures. */
export interface MachineTimings {
  /** One kernel each: products, and each element-wise operation on few elements and on many. */
  readonly kernels: readonly Timing[];
  /** Training steps of the same tiny network over few and over many time steps. */
  readonly chains: readonly Timing[];
}

export interface Machine {
  /** "AMD EPYC, Node 24.21". */
  readonly label: string;
  /** "Unroll's engine, WebAssembly SIMD (relaxed) on 1 thread". */
  readonly software: string;
  /** The day of the measurement, for the sources. */
  readonly date: string;
}

/** The tiles of `engine/wasm/assembly/tile.ts` where wide ones pay; rows are taken by sixes as well. */
const engineTile = { tileRows: 4, tileColumns: 16 } as const;

/** As bench/results/predict.md found: nine of ten models of its grid took this much less or more than was predicted. */
const calibratedInterval = {
  low: { value: 0.8, source: 'bench/results/predict.md' },
  high: { value: 1.5, source: 'bench/results/predict.md, and what other programs take from a shared machine' },
} as const;

/** Throws a RangeError when there are no timings of a kind that a profile needs. */
export function calibratedProfile({ kernels, chains }: MachineTimings, machine: Machine): DeviceProfile {
  const figure = (value: number): Figure => ({ value, source: `timed on ${machine.date}` });
  const plain = fitProducts(kernels, 'plain');
  const secondsOf = (work: Product): number =>
    work.calls * productFeatures(work).reduce((sum, feature, index) => sum + feature * (plain[index] ?? 0), 0);
  const passes = new Map(pointwiseOperations.map((operation) => [operation, fitPass(kernels, operation, secondsOf)]));
  const secondsPerElement = (operation: PointwiseOperation): Figure => figure(passes.get(operation)?.perElement ?? 0);
  const [cached, streamed] = copies(kernels).map(bytesPerSecond);
  if (cached === undefined || streamed === undefined) throw new RangeError('no copies were timed');
  const withoutChain: DeviceProfile = {
    id: thisMachineId,
    label: machine.label,
    software: machine.software,
    origin: 'calibrated',
    products: {
      plain: productFigures(plain, figure),
      transposed: productFigures(fitProducts(kernels, 'transposed'), figure),
    },
    secondsPerLaunch: figure(0),
    secondsPerStep: null,
    gruProducts: 2,
    secondsPerRun: figure(0),
    bytesPerSecond: figure(streamed),
    cacheBytes: { value: 2 ** 20, source: 'assumed: what one core of most machines keeps close' },
    cacheBytesPerSecond: figure(cached),
    secondsPerElement: Object.fromEntries(
      pointwiseOperations.map((operation) => [operation, secondsPerElement(operation)]),
    ) as Record<PointwiseOperation, Figure>,
    interval: calibratedInterval,
  };
  const { perLaunch, perRun } = fitChains(chains, withoutChain);
  return { ...withoutChain, secondsPerLaunch: figure(perLaunch), secondsPerRun: figure(perRun) };
}

/** What operations that wait for one another take beside their arithmetic, and what a run does. */
function fitChains(
  chains: readonly Timing[],
  profile: DeviceProfile,
): { readonly perLaunch: number; readonly perRun: number } {
  const rows = chains.map(({ work }) => [work.reduce((sum, { calls }) => sum + calls, 0), 1]);
  const left = chains.map(({ work, seconds }) => {
    const prediction = predictWork(work, profile);
    return 'unknown' in prediction ? seconds : Math.max(1e-9, seconds - prediction.seconds);
  });
  const [perLaunch = 0, perRun = 0] = leastSquares(rows, left);
  return { perLaunch, perRun };
}

type Product = Extract<Work, { kind: 'product' }>;
type Pointwise = Extract<Work, { kind: 'pointwise' }>;

/** Coefficients of `productFeatures`, from the products that were timed alone. */
function fitProducts(kernels: readonly Timing[], form: ProductForm): readonly number[] {
  const rows: number[][] = [];
  const seconds: number[] = [];
  for (const timing of kernels) {
    const [work, ...others] = timing.work;
    if (work?.kind !== 'product' || work.form !== form || others.length > 0) continue;
    rows.push(productFeatures(work));
    seconds.push(timing.seconds);
  }
  const coefficients = leastSquares(rows, seconds);
  if ((coefficients[1] ?? 0) === 0) throw new RangeError(`no ${form} products were timed`);
  return coefficients;
}

function productFigures(coefficients: readonly number[], figure: (value: number) => Figure): ProductFigures {
  const [, perMac = 0, perTile = 0, perPartialTile = 0, perLeftElement = 0, perRightElement = 0] = coefficients;
  return {
    ...engineTile,
    parallelTiles: { value: 1, source: 'the engine runs on one thread' },
    macsPerSecondOfTile: figure(1 / perMac),
    secondsPerTile: figure(perTile),
    secondsPerPartialTile: figure(perPartialTile),
    secondsPerLeftElement: figure(perLeftElement),
    secondsPerRightElement: figure(perRightElement),
  };
}

/** What the time of a product is a sum of, in the order of `fitProducts`; the first is the call. */
function productFeatures({ form, rows, inner, columns }: Product): number[] {
  const tiles = Math.ceil(rows / engineTile.tileRows) * Math.ceil(columns / engineTile.tileColumns);
  return [
    1,
    tiles * engineTile.tileRows * engineTile.tileColumns * inner,
    tiles,
    // Of gradients the packing outweighs the edges by far, and both cannot be told apart.
    form === 'plain' ? partialTiles(rows, columns, engineTile) : 0,
    rows * inner,
    form === 'transposed' ? inner * columns : 0,
  ];
}

/**
 * The line through the times for few and for many elements, less what products among them take; null for an operation that
 * was not timed.
 */
function fitPass(
  kernels: readonly Timing[],
  operation: PointwiseOperation,
  secondsOf: (product: Product) => number,
): { readonly perElement: number } | null {
  const [few, many] = passesOf(kernels, operation, secondsOf);
  if (few === undefined || many === undefined) return null;
  const more = many.elements - few.elements;
  return { perElement: Math.max(0, (many.seconds - few.seconds) / more) };
}

function passesOf(
  kernels: readonly Timing[],
  operation: PointwiseOperation,
  secondsOf: (product: Product) => number = () => 0,
): readonly { readonly elements: number; readonly seconds: number }[] {
  return kernels
    .flatMap(({ work, seconds }) => {
      const pass = work.find((one): one is Pointwise => one.kind === 'pointwise' && one.operation === operation);
      if (pass === undefined) return [];
      const products = work.filter((one) => one.kind === 'product');
      const ofProducts = products.reduce((sum, product) => sum + secondsOf(product), 0);
      return [{ elements: pass.elements, seconds: (seconds - ofProducts) / pass.calls }];
    })
    .sort((a, b) => a.elements - b.elements);
}

/** Copies of what the caches hold and of what they do not: all but the smallest, which tells of the call. */
function copies(kernels: readonly Timing[]) {
  return passesOf(kernels, 'copy').slice(1);
}

function bytesPerSecond({ elements, seconds }: { readonly elements: number; readonly seconds: number }): number {
  return (elements * pointwiseCosts.copy.bytes) / seconds;
}

/**
 * Coefficients, none negative, with the least sum of squared relative errors of `rows · coefficients` against `results`; by
 * descent along one coordinate after another, which converges for such small convex problems.
 */
export function leastSquares(rows: readonly (readonly number[])[], results: readonly number[]): number[] {
  const width = rows[0]?.length ?? 0;
  // Relative to the results, and columns of equal length, so that no unit dominates.
  const relative = rows.map((row, index) => row.map((value) => value / (results[index] ?? 1)));
  const columns = Array.from({ length: width }, (_, column) => relative.map((row) => row[column] ?? 0));
  const lengths = columns.map((column) => Math.hypot(...column) || 1);
  const units = columns.map((column, index) => column.map((value) => value / (lengths[index] ?? 1)));
  const coefficients = new Array<number>(width).fill(0);
  const residuals = results.map(() => 1);
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let largestChange = 0;
    for (const [index, unit] of units.entries()) {
      const before = coefficients[index] ?? 0;
      const gradient = unit.reduce((sum, value, row) => sum + value * (residuals[row] ?? 0), 0);
      const change = Math.max(0, before + gradient) - before;
      if (change === 0) continue;
      coefficients[index] = before + change;
      for (const [row, value] of unit.entries()) residuals[row] = (residuals[row] ?? 0) - value * change;
      largestChange = Math.max(largestChange, Math.abs(change));
    }
    if (largestChange < 1e-12) break;
  }
  return coefficients.map((value, index) => value / (lengths[index] ?? 1));
}

const mostSweeps = 20_000;
