/**
 * A run as a file, to go on from as if it had never been interrupted: a line of JSON, then the numbers of every variant as they
 * lie in memory, one after another, little-endian.
 *
 * What else a step depends on follows from the seed and the step's number: the batch, what dropout drops, the learning rate.
 */
import type { Variant } from '../../protocol/trainer';
import type { Snapshot } from '../network';
import type { Evaluation } from './evaluation';

/** To be raised whenever an older file would no longer give the same curve. */
const formatVersion = 2;
const formatName = 'unroll checkpoint';

/** What a run has to have in common with the one that is gone on from: a name for people, and its value. */
export type RunFacts = Readonly<Record<string, string>>;

/** How far a variant has come, but for the numbers of its network. */
export interface Progress {
  /** Steps done. */
  readonly step: number;
  readonly trainingMs: number;
  readonly firstLoss: number | null;
  readonly bestLoss: number | null;
  readonly best: Evaluation | null;
  readonly evaluations: number;
  /** Why it is over before its budget is used up. */
  readonly divergence: string | null;
}

export interface VariantCheckpoint extends Progress {
  readonly variant: Variant;
  readonly facts: RunFacts;
  readonly snapshot: Snapshot;
}

interface HeaderVariant extends Omit<VariantCheckpoint, 'best' | 'snapshot'> {
  readonly best: { readonly loss: number; readonly metric: number; readonly sequenceLosses: readonly number[] } | null;
  readonly snapshot: readonly { readonly bits: 32 | 64; readonly length: number }[];
}

interface Header {
  readonly format: typeof formatName;
  readonly version: number;
  readonly variants: readonly HeaderVariant[];
}

export function encodeCheckpoint(variants: readonly VariantCheckpoint[]): Uint8Array {
  const header: Header = {
    format: formatName,
    version: formatVersion,
    variants: variants.map((variant) => ({
      ...variant,
      best: variant.best && { ...variant.best, sequenceLosses: Array.from(variant.best.sequenceLosses) },
      snapshot: variant.snapshot.map((numbers) => ({
        bits: numbers instanceof Float64Array ? 64 : 32,
        length: numbers.length,
      })),
    })),
  };
  const parts = [
    new TextEncoder().encode(`${JSON.stringify(header)}\n`),
    ...variants.flatMap(({ snapshot }) =>
      snapshot.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
    ),
  ];
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let next = 0;
  for (const part of parts) {
    bytes.set(part, next);
    next += part.length;
  }
  return bytes;
}

export type DecodedCheckpoint =
  | { readonly kind: 'checkpoint'; readonly variants: readonly VariantCheckpoint[] }
  | { readonly kind: 'refused'; readonly message: string };

export function decodeCheckpoint(bytes: Uint8Array): DecodedCheckpoint {
  const end = bytes.indexOf(0x0a);
  const header = end < 0 ? null : parseHeader(new TextDecoder().decode(bytes.subarray(0, end)));
  if (header === null) return refused('This file is no checkpoint of a training run.');
  if (header.version !== formatVersion) {
    return refused(
      `This checkpoint was written by another version of Unroll (its format is ${header.version}, not ${formatVersion}). ` +
        'Train from the start.',
    );
  }
  let next = end + 1;
  const variants = header.variants.map((variant) => ({
    ...variant,
    best: variant.best && { ...variant.best, sequenceLosses: Float64Array.from(variant.best.sequenceLosses) },
    snapshot: variant.snapshot.map(({ bits, length }) => {
      const from = next;
      next += (length * bits) / 8;
      if (next > bytes.length) return new Float32Array(0);
      // A copy, because numbers have to start at a multiple of their size.
      const { buffer } = Uint8Array.from(bytes.subarray(from, next));
      return bits === 64 ? new Float64Array(buffer) : new Float32Array(buffer);
    }),
  }));
  if (next !== bytes.length) return refused('This checkpoint is not whole. Train from the start.');
  return { kind: 'checkpoint', variants };
}

/** Longer values are of no use to people; names of devices are not. */
const longestShownFact = 100;

/** The fact that may differ where a run goes on elsewhere because its device is lost. */
export const backendFact = 'the backend';

/**
 * Why a run cannot go on from a checkpoint: what of it is different. Null where nothing is.
 *
 * @param hasMoved whether it was written on another backend, as is known
 */
export function differenceOf(saved: RunFacts, current: RunFacts, hasMoved: boolean): string | null {
  for (const [name, value] of Object.entries(current)) {
    const before = saved[name];
    if (before === value || (hasMoved && name === backendFact)) continue;
    const isShort = before !== undefined && Math.max(before.length, value.length) <= longestShownFact;
    const advice = name === backendFact ? '; choose the one it was by name' : '';
    return (isShort ? `${name} was ${before} and is ${value} now` : `${name} was another`) + advice;
  }
  return null;
}

/** The file is written by this program; what is checked is that it is one, not each of its values. */
function parseHeader(text: string): Header | null {
  try {
    const value: Header | null = JSON.parse(text);
    return value !== null && value.format === formatName ? value : null;
  } catch {
    return null;
  }
}

function refused(message: string): DecodedCheckpoint {
  return { kind: 'refused', message };
}
