/** How the person wants the charts drawn; kept with the page, the same for every run it shows. */
import type { Variant } from '../../../protocol/trainer';

export interface ChartSettings {
  readonly xAxis: 'step' | 'time';
  readonly logarithmicLoss: boolean;
  readonly logarithmicX: boolean;
  /** Share of the previous average in the next one, 0 (off) to just under 1. */
  readonly smoothing: number;
  readonly hidden: readonly Variant[];
}

export const initialSettings: ChartSettings = {
  xAxis: 'step',
  logarithmicLoss: false,
  logarithmicX: false,
  smoothing: 0.6,
  hidden: [],
};

export function toggleHidden(settings: ChartSettings, variant: Variant): ChartSettings {
  const hidden = settings.hidden.includes(variant)
    ? settings.hidden.filter((other) => other !== variant)
    : [...settings.hidden, variant];
  return { ...settings, hidden };
}
