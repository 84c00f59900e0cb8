/** From the state of a run to the lines of each chart: which axis, smoothed or raw, aligned on one shared x axis. */
import type { Variant } from '../../../protocol/trainer';
import type { ChartSettings } from './settings';
import type { Curve, PreviewState, VariantRun } from './state';

/** `measured` is the only line of its variant; `raw` is drawn faint behind the `smoothed` one. */
export type LineRole = 'measured' | 'raw' | 'smoothed';

export interface ChartLine {
  readonly cell: Variant;
  readonly role: LineRole;
  /** Ascending. */
  readonly x: readonly number[];
  /** As long as `x`; null where there is nothing to draw. */
  readonly y: readonly (number | null)[];
}

export function trainingLossLines(state: PreviewState, settings: ChartSettings): readonly ChartLine[] {
  return shown(state, settings).flatMap((run): ChartLine[] => {
    const { training, cell } = run;
    const raw = curveLine(cell, 'measured', training, training.loss, settings);
    if (settings.smoothing === 0) return [raw];
    const smoothed = curveLine(cell, 'smoothed', training, smooth(training.loss, settings.smoothing), settings);
    return [{ ...raw, role: 'raw' }, smoothed];
  });
}

export function heldOutLossLines(state: PreviewState, settings: ChartSettings): readonly ChartLine[] {
  return shown(state, settings).map(({ cell, heldOut }) =>
    curveLine(cell, 'measured', heldOut, heldOut.loss, settings),
  );
}

export function metricLines(state: PreviewState, settings: ChartSettings): readonly ChartLine[] {
  return shown(state, settings).map(({ cell, heldOut }) =>
    curveLine(cell, 'measured', heldOut, heldOut.metric, settings),
  );
}

/** Norm by lag. A norm of zero has underflowed: it has no place on a logarithmic axis, and the line ends before it. */
export function gradientReachLines(state: PreviewState, settings: ChartSettings): readonly ChartLine[] {
  return shown(state, settings).flatMap(({ cell, gradientReach }) =>
    gradientReach === null
      ? []
      : [{ cell, role: 'measured', x: gradientReach.map((_, lag) => lag), y: gradientReach.map(positiveOrNull) }],
  );
}

function shown(state: PreviewState, settings: ChartSettings): readonly VariantRun[] {
  return state.runs.filter((run) => !settings.hidden.includes(run.cell));
}

function curveLine(
  cell: Variant,
  role: LineRole,
  curve: Curve,
  values: readonly (number | null)[],
  settings: ChartSettings,
): ChartLine {
  const x = settings.xAxis === 'step' ? curve.steps : curve.seconds;
  const y = settings.logarithmicLoss ? values.map(positiveOrNull) : values;
  if (!settings.logarithmicX) return { cell, role, x, y };
  // A measurement before the first step stands at x = 0, which a logarithmic axis does not reach.
  const first = x.findIndex((position) => position > 0);
  return first < 0 ? { cell, role, x: [], y: [] } : { cell, role, x: x.slice(first), y: y.slice(first) };
}

function positiveOrNull(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}

/**
 * Exponential moving average: each value is `weight` of the average so far and the rest of the new measurement, divided
 * by 1 − weight^n so that the first values are not drawn towards zero (Kingma and Ba 2015, section 3). Gaps stay gaps.
 */
export function smooth(values: readonly (number | null)[], weight: number): readonly (number | null)[] {
  let average = 0;
  let weightOfStart = 1;
  return values.map((value) => {
    if (value === null) return null;
    average = weight * average + (1 - weight) * value;
    weightOfStart *= weight;
    return average / (1 - weightOfStart);
  });
}

/** Lines on one x axis: `undefined` where a line has no point of its own, null where it is interrupted. */
export interface AlignedLines {
  readonly x: number[];
  readonly y: AlignedValues[];
}
export type AlignedValues = (number | null | undefined)[];

export function alignLines(lines: readonly ChartLine[]): AlignedLines {
  const x = [...new Set(lines.flatMap((line) => line.x))].sort((left, right) => left - right);
  const index = new Map(x.map((position, at): [number, number] => [position, at]));
  const y = lines.map((line) => {
    const values: AlignedValues = new Array(x.length).fill(undefined);
    line.x.forEach((position, at) => {
      const column = index.get(position);
      if (column !== undefined) values[column] = line.y[at];
    });
    return values;
  });
  return { x, y };
}

/**
 * The index of the measurement nearest to `from` on an aligned line; null before its first and after its last one, where
 * the line says nothing.
 */
export function nearestMeasurement(values: Readonly<AlignedValues>, from: number): number | null {
  const isMeasured = (index: number): boolean => typeof values[index] === 'number';
  if (isMeasured(from)) return from;
  let left = from - 1;
  while (left >= 0 && !isMeasured(left)) left -= 1;
  let right = from + 1;
  while (right < values.length && !isMeasured(right)) right += 1;
  if (left < 0 || right >= values.length) return null;
  return from - left <= right - from ? left : right;
}

/**
 * At most `most` ticks of a logarithmic axis from `low` to `high`, both positive: whole powers of ten, joined by 2 and 5
 * and then by every digit where the range is shorter, and round numbers at equal distances within a digit or two.
 */
export function logarithmicTicks(low: number, high: number, most: number): readonly number[] {
  const decades = Math.log10(high / low);
  const digits = decades * 9 < most ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : decades * 3 < most ? [1, 2, 5] : [1];
  const stride = digits.length > 1 ? 1 : Math.max(1, Math.ceil((Math.floor(decades) + 1) / most));
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent += 1) {
    if (exponent % stride !== 0) continue;
    for (const digit of digits) {
      const tick = Number(`${digit}e${exponent}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks.length >= 3 ? ticks : evenTicks(low, high, most);
}

/** Multiples of the smallest 1, 2 or 5 times a power of ten that gives at most `most` of them. */
function evenTicks(low: number, high: number, most: number): readonly number[] {
  const exponent = Math.floor(Math.log10((high - low) / most));
  const distances = [1, 2, 5, 10].map((digit) => digit * 10 ** exponent);
  const countOf = (distance: number): number => Math.floor(high / distance) - Math.ceil(low / distance) + 1;
  const distance = distances.find((candidate) => countOf(candidate) <= most) ?? high - low;
  const first = Math.ceil(low / distance);
  return Array.from({ length: countOf(distance) }, (_, at) => Number(((first + at) * distance).toPrecision(12)));
}
