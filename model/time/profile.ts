/** A device as the cost model of time sees it: a few figures, each with its source. Plain data, sent and kept as JSON. */

import type { Cell } from '../graph';

/** A number and where it comes from: a data sheet, a measurement on the machine itself, or an assumption that says so. */
export interface Figure {
  readonly value: number;
  readonly source: string;
}

/** What is computed element by element beside matrix products; `elements` are hidden units of cells, else numbers. */
export const pointwiseOperations = [
  'rnnForward',
  'rnnBackward',
  'gruForward',
  'gruBackward',
  'lstmForward',
  'lstmBackward',
  'activation',
  'activationBackward',
  'normalisation',
  'copy',
  'transpose',
  'sumRows',
  'gather',
  'scatterAdd',
  'softmaxLoss',
  'squaredLoss',
  'adam',
] as const;

export type PointwiseOperation = (typeof pointwiseOperations)[number];

/** `plain` is left·right, with the right factor kept in the order it is read in; `transposed` is leftᵀ·right. */
export type ProductForm = 'plain' | 'transposed';

/**
 * How matrix products run: results are computed in tiles, `parallelTiles` of them at a time, so that small and narrow
 * products waste what tiles have too much.
 */
export interface ProductFigures {
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly parallelTiles: Figure;
  /** Multiply-adds a second of one of the parallel tiles. */
  readonly macsPerSecondOfTile: Figure;
  /** What each tile takes beside its multiply-adds. */
  readonly secondsPerTile: Figure;
  /** What a tile that the result fills only in part takes besides. */
  readonly secondsPerPartialTile: Figure;
  /** What bringing an element of the left factor into reading order takes. */
  readonly secondsPerLeftElement: Figure;
  /** The same for the right factor; of `plain` products it is in that order already. */
  readonly secondsPerRightElement: Figure;
}

export interface DeviceProfile {
  /** What `--device` takes: `raspberry-pi-5`. */
  readonly id: string;
  /** "Raspberry Pi 5". */
  readonly label: string;
  /** What the figures suppose to run there: "PyTorch on 4 cores, 32-bit floats". */
  readonly software: string;
  /** Measured on the machine itself, or put together from what others published. */
  readonly origin: 'calibrated' | 'published';
  readonly products: Readonly<Record<ProductForm, ProductFigures>>;
  /** From the end of one operation to the start of the next that waits for it: what long sequences are made of. */
  readonly secondsPerLaunch: Figure;
  /**
   * What a time step takes beside its arithmetic where the software does not make it of two operations, a product and a pass
   * over the gates; null where it does, and each takes a launch.
   */
  readonly secondsPerStep: Readonly<Record<Cell, { readonly forward: Figure; readonly backward: Figure }>> | null;
  /**
   * Recurrent products that a step of a GRU makes: one for all its gates where the reset gate comes behind it, two where the
   * candidate has its own.
   */
  readonly gruProducts: 1 | 2;
  /** What a whole run through the model takes beside its operations. */
  readonly secondsPerRun: Figure;
  readonly bytesPerSecond: Figure;
  /** What is used again soon stays in this many bytes, and is read from there. */
  readonly cacheBytes: Figure;
  readonly cacheBytesPerSecond: Figure;
  /** Null where it follows from the bytes that an element takes and the arithmetic that it needs. */
  readonly secondsPerElement: Readonly<Record<PointwiseOperation, Figure>> | null;
  /** Factors from a prediction to the ends of its interval. */
  readonly interval: { readonly low: Figure; readonly high: Figure };
}
