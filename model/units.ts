/** Large numbers as people say them: `1.2 MFLOP`, `266 KB`, `66,369`. */

import type { Amount } from './costs/amount';
import { format, formatInteger } from './expression';
import type { SourceLocation, TensorType } from './graph';

const decimalPrefixes = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/** At least two significant digits, with a decimal prefix: `formatScaled(1_234_567, 'FLOP')` is `1.2 MFLOP`. */
export function formatScaled(value: number, unit: string): string {
  const [digits, prefix] = scaled(value, 1000);
  return `${digits} ${prefix}${unit}`;
}

export const bytesPerMegabyte = 1024 * 1024;

/** Bytes in powers of 1024, as memory is sold: `266 KB`. */
export function formatBytes(bytes: number): string {
  const [digits, prefix] = scaled(bytes, 1024);
  return `${digits} ${prefix.toUpperCase()}B`;
}

function scaled(value: number, base: number): readonly [string, string] {
  let rest = value;
  let step = 0;
  // What would be rounded up to the base itself is one of the next prefix.
  while (Math.round(rest) >= base && step < decimalPrefixes.length - 1) {
    rest /= base;
    step++;
  }
  const digits = step === 0 || rest >= 9.95 ? formatInteger(Math.round(rest)) : rest.toFixed(1);
  return [digits, decimalPrefixes[step] ?? ''];
}

/** An amount in words: exact where it is known, else its expression, else that it is not known. */
export function formatCount(amount: Amount, unit: string): string {
  if (amount.value !== null) return `${formatInteger(amount.value)} ${unit}`;
  return amount.expression === null ? `${unit} not known` : `${format(amount.expression)} ${unit}`;
}

/** `(B, 30, 64)`; axes that are not known are question marks. */
export function formatShape({ shape }: TensorType): string {
  if (shape.kind === 'unknown') return '(?)';
  const axes = shape.axes.map((axis) => (axis.kind === 'known' ? format(axis.value) : '?'));
  return axes.length === 1 ? `(${axes[0]},)` : `(${axes.join(', ')})`;
}

/** Where something begins, for a sentence: `line 4`, in a notebook `line 4 of cell 2`. */
export function formatLine({ line, cell }: Pick<SourceLocation, 'line' | 'cell'>): string {
  return cell === undefined ? `line ${line}` : `line ${line} of cell ${cell}`;
}

/** The line, with the file's name where it is not the one that is spoken of. */
export function formatPlace(place: Pick<SourceLocation, 'file' | 'line' | 'cell'>, file: string): string {
  return place.file === file ? formatLine(place) : `${formatLine(place)} of ${place.file.split(/[\\/]/).at(-1)}`;
}
