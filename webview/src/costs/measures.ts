/** What the bars of the costs page can stand for. */
import type { CostFigures, Figure, SizedVariant } from '../../../protocol/costs';
import { formatBytes, formatCount, formatLargeCount, noValue } from '../common/format';

export type Measure = 'parameters' | 'macs' | 'memory';

export const measures: readonly Measure[] = ['parameters', 'macs', 'memory'];

export const measureLabels: Readonly<Record<Measure, string>> = {
  parameters: 'Parameters',
  macs: 'MACs',
  memory: 'Memory',
};

export function figureOf(figures: CostFigures, measure: Measure): Figure {
  switch (measure) {
    case 'parameters':
      return figures.parameters;
    case 'macs':
      return figures.macs;
    case 'memory':
      return figures.trainingMemory;
  }
}

/** Of a variant; its activations are not counted, so that its memory is that of its weights in 32-bit floats. */
export function variantValue(variant: SizedVariant | null, measure: Measure): number | null {
  if (variant === null) return null;
  switch (measure) {
    case 'parameters':
      return variant.parameters;
    case 'macs':
      return variant.macs;
    case 'memory':
      return variant.parameters === null ? null : 4 * variant.parameters;
  }
}

/** As short as a column is wide; a figure that depends on letters shows them. */
export function shortFigure(figure: Figure, unit: 'count' | 'large' | 'bytes'): string {
  if (figure.value === null) {
    return figure.grade === 'unknown' ? noValue : unit === 'bytes' ? `${figure.text} B` : figure.text;
  }
  return shortValue(figure.value, unit);
}

export function shortValue(value: number | null, unit: 'count' | 'large' | 'bytes'): string {
  switch (unit) {
    case 'count':
      return formatCount(value);
    case 'large':
      return formatLargeCount(value);
    case 'bytes':
      return formatBytes(value);
  }
}

/** The part of the whole that each value is; null where it is not known. */
export function shares(values: readonly (number | null)[]): readonly (number | null)[] {
  const whole = values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return values.map((value) => (value === null ? null : whole === 0 ? 0 : value / whole));
}

/** The part of the largest that each value is: how long its bar is. */
export function lengths(values: readonly (number | null)[]): readonly (number | null)[] {
  const largest = Math.max(0, ...values.map((value) => value ?? 0));
  return values.map((value) => (value === null ? null : largest === 0 ? 0 : value / largest));
}
