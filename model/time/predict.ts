/**
 * How long a model takes on a device: a roofline over its matrix products and element-wise passes, and the chain of
 * operations that wait for one another, which makes recurrent layers slow. The way into this folder.
 *
 * `profile.ts` says what a device is, `devices.ts` lists those with published figures, `work.ts` and `modelWork.ts` say what
 * a run consists of, `calibrate.ts` makes a profile from measurements.
 */
import { bytesPerFloat } from '../costs/memory';
import type { Cell, ModelGraph } from '../graph';
import { modelWork, type RunOptions } from './modelWork';
import { pointwiseCosts } from './pointwise';
import type { DeviceProfile, PointwiseOperation, ProductFigures } from './profile';
import type { Work } from './work';

export type TimePrediction =
  | {
      readonly seconds: number;
      /** The interval in which the time is expected to be. */
      readonly low: number;
      readonly high: number;
      readonly grade: 'estimated';
      /** What takes most of it, and what the figures rest on: a phrase. */
      readonly because: string;
    }
  /** What is missing: a phrase. */
  | { readonly unknown: string };

/** The time of one training step or of one answer. `extra` is work that the graph has no layers for. */
export function predictTime(
  graph: ModelGraph,
  profile: DeviceProfile,
  options: RunOptions,
  extra: readonly Work[] = [],
): TimePrediction {
  const result = modelWork(graph, options, profile.gruProducts);
  if ('unknown' in result) return result;
  return predictWork(extra.length === 0 ? result.work : [...result.work, ...extra], profile);
}

/** What is made more often than this, each waiting for the one before, is a loop over time: both directions' copies are fewer. */
const mostUnchainedCalls = 4;

/** The time of work that is done one piece after another, once, with what a run takes besides. */
export function predictWork(work: readonly Work[], profile: DeviceProfile): TimePrediction {
  let chain = 0;
  let products = 0;
  let passes = 0;
  for (const item of work) {
    const seconds = secondsOf(item, profile);
    if (item.calls > mostUnchainedCalls) chain += seconds;
    else if (item.kind === 'product') products += seconds;
    else passes += seconds;
  }
  const seconds = chain + products + passes + profile.secondsPerRun.value;
  return {
    seconds,
    low: seconds * profile.interval.low.value,
    high: seconds * profile.interval.high.value,
    grade: 'estimated',
    because: `${mostOf(chain, products, passes, seconds)}; ${basisOf(profile)}`,
  };
}

function mostOf(chain: number, products: number, passes: number, seconds: number): string {
  const share = (part: number): string => `${Math.round((100 * part) / seconds)}%`;
  const most = Math.max(chain, products, passes);
  if (most < seconds / 3) return 'mostly what every run takes, whatever the model';
  if (most === chain) return `${share(chain)} of it steps that wait for one another`;
  return most === products ? `${share(products)} of it matrix products` : `${share(passes)} of it element-wise work`;
}

function basisOf({ label, software, origin }: DeviceProfile): string {
  return origin === 'calibrated'
    ? `${software}, from kernels timed on ${label}`
    : `${software}, from published figures of ${label} that nobody measured here`;
}

/** Seconds of one piece of work with all its calls, launches included: the roofline of arithmetic and memory. */
export function secondsOf(work: Work, profile: DeviceProfile): number {
  const launch = launchSeconds(work, profile);
  if (work.kind === 'product') {
    const figures = profile.products[work.form];
    const seconds = Math.max(arithmeticSeconds(work, figures), trafficSeconds(work, profile));
    return work.calls * (launch + seconds);
  }
  return work.calls * (launch + work.elements * secondsPerElement(work, profile));
}

function launchSeconds(work: Work, { secondsPerLaunch, secondsPerStep }: DeviceProfile): number {
  if (secondsPerStep === null) return secondsPerLaunch.value;
  if (work.kind === 'product') return work.calls === 1 ? secondsPerLaunch.value : 0;
  const pass = cellPasses[work.operation];
  return pass === undefined ? secondsPerLaunch.value : secondsPerStep[pass.cell][pass.direction].value;
}

/** The passes over the gates, of which there is one for each time step. */
const cellPasses: Partial<
  Record<PointwiseOperation, { readonly cell: Cell; readonly direction: 'forward' | 'backward' }>
> = {
  rnnForward: { cell: 'rnn', direction: 'forward' },
  rnnBackward: { cell: 'rnn', direction: 'backward' },
  gruForward: { cell: 'gru', direction: 'forward' },
  gruBackward: { cell: 'gru', direction: 'backward' },
  lstmForward: { cell: 'lstm', direction: 'forward' },
  lstmBackward: { cell: 'lstm', direction: 'backward' },
};

type Product = Extract<Work, { kind: 'product' }>;
type Pointwise = Extract<Work, { kind: 'pointwise' }>;

function arithmeticSeconds({ rows, inner, columns }: Product, figures: ProductFigures): number {
  const { tileRows, tileColumns } = figures;
  const tiles = Math.ceil(rows / tileRows) * Math.ceil(columns / tileColumns);
  const rounds = Math.ceil(tiles / figures.parallelTiles.value);
  const macsPerTile = tileRows * tileColumns * inner;
  return (
    rounds * (macsPerTile / figures.macsPerSecondOfTile.value + figures.secondsPerTile.value) +
    rows * inner * figures.secondsPerLeftElement.value +
    inner * columns * figures.secondsPerRightElement.value +
    partialTiles(rows, columns, figures) * figures.secondsPerPartialTile.value
  );
}

/** Tiles at the lower and right edge that the result does not fill. */
export function partialTiles(
  rows: number,
  columns: number,
  { tileRows, tileColumns }: Pick<ProductFigures, 'tileRows' | 'tileColumns'>,
): number {
  const tiles = Math.ceil(rows / tileRows) * Math.ceil(columns / tileColumns);
  return tiles - Math.floor(rows / tileRows) * Math.floor(columns / tileColumns);
}

/** Weights are the same in every call and come from the cache where they fit; what flows through comes from where it fits. */
function trafficSeconds({ calls, rows, inner, columns }: Product, profile: DeviceProfile): number {
  const weightBytes = inner * columns * bytesPerFloat;
  const flowingBytes = (rows * inner + rows * columns) * bytesPerFloat;
  return (
    weightBytes / bandwidthFor(calls === 1 ? Number.POSITIVE_INFINITY : weightBytes, profile) +
    flowingBytes / bandwidthFor(calls * flowingBytes, profile)
  );
}

function bandwidthFor(workingSetBytes: number, profile: DeviceProfile): number {
  return workingSetBytes <= profile.cacheBytes.value ? profile.cacheBytesPerSecond.value : profile.bytesPerSecond.value;
}

function secondsPerElement({ operation, elements, calls }: Pointwise, profile: DeviceProfile): number {
  const { bytes, operations } = pointwiseCosts[operation];
  const measured = profile.secondsPerElement?.[operation].value;
  const traffic = bytes / bandwidthFor(calls * elements * bytes, profile);
  if (measured !== undefined) return Math.max(measured, traffic);
  const { parallelTiles, macsPerSecondOfTile } = profile.products.plain;
  return Math.max(operations / (parallelTiles.value * macsPerSecondOfTile.value), traffic);
}
