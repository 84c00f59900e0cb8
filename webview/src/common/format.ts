/** Numbers as people read them: small losses keep their digits, big counts get their separators, units are said. */

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** What stands where there is no number. */
export const noValue = '–';

/** Four significant digits at every size: 12.35, 0.001235, 1.235e-5. */
export function formatLoss(value: number | null | undefined): string {
  if (value === null || value === undefined) return noValue;
  if (!Number.isFinite(value)) return 'not finite';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return value.toExponential(3);
  if (size >= 1000) return grouped.format(value);
  const digitsBeforePoint = Math.floor(Math.log10(size)) + 1;
  return value.toFixed(Math.max(0, 4 - digitsBeforePoint));
}

/** A label of an axis: as few digits as the number has. */
export function formatTick(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const short = Number(value.toPrecision(6));
  if (size < 1e-3 || size >= 1e6) return short.toExponential();
  return size >= 1000 ? grouped.format(short) : String(short);
}

/** 66369 → "66,369". */
export function formatCount(value: number | null): string {
  return value === null ? noValue : grouped.format(value);
}

/** Three significant digits with a decimal prefix: 1,234,567 → "1.23 M". */
export function formatLargeCount(value: number | null): string {
  if (value === null) return noValue;
  return withPrefix(value, ['', 'k', 'M', 'G', 'T', 'P']).trimEnd();
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Powers of 1024, as memory is sold and as the editor and the terminal print them: 265476 → "259 KB". */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return noValue;
  let scaled = bytes;
  let index = 0;
  while (Math.round(scaled) >= 1024 && index < byteUnits.length - 1) {
    scaled /= 1024;
    index += 1;
  }
  const digits = index === 0 || scaled >= 9.95 ? grouped.format(scaled) : scaled.toFixed(1);
  return `${digits} ${byteUnits[index] ?? ''}`;
}

function withPrefix(value: number, units: readonly string[]): string {
  let scaled = value;
  let index = 0;
  // 999.5 would be rounded up to a fourth digit.
  while (Math.abs(scaled) >= 999.5 && index < units.length - 1) {
    scaled /= 1000;
    index += 1;
  }
  const digits = index === 0 || Math.abs(scaled) >= 99.95 ? 0 : Math.abs(scaled) >= 9.995 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${units[index] ?? ''}`;
}

export function formatDuration(seconds: number | null): string {
  if (seconds === null) return noValue;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${pad(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** Sequences per second: whole from ten up. */
export function formatRate(perSecond: number | null): string {
  if (perSecond === null || !Number.isFinite(perSecond)) return noValue;
  return perSecond < 10 ? perSecond.toFixed(1) : grouped.format(perSecond);
}

/** A fraction by which something is better (positive) or worse than its baseline. */
export function formatImprovement(fraction: number | null): string {
  if (fraction === null) return noValue;
  const percent = Math.abs(fraction) * 100;
  const text = percent < 99.95 ? percent.toFixed(1) : grouped.format(percent);
  if (text === '0.0') return 'same';
  return `${text}% ${fraction > 0 ? 'better' : 'worse'}`;
}
