/** Budgets as people type them: `50k` parameters, `120KB`, `5 ms`; a plain number is in the unit that the option names. */

/** A number with what follows it; thousands may be set apart by commas, underscores or apostrophes. */
function numberWithUnit(typed: string): { readonly number: number; readonly unit: string } | null {
  const [, digits, unit = ''] = /^\s*(\d[\d,_']*(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)\s*([a-zµ]*)\s*$/i.exec(typed) ?? [];
  if (digits === undefined || /,(?!\d{3}(?:\D|$))/.test(digits)) return null;
  const number = Number(digits.replaceAll(/[,_']/g, ''));
  return Number.isFinite(number) && number > 0 ? { number, unit: unit.toLowerCase() } : null;
}

const countUnits: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, b: 1e9, g: 1e9 };
/** In megabytes of 1,024 × 1,024 bytes, as weights are shown. */
const memoryUnits: Readonly<Record<string, number>> = {
  '': 1,
  ...Object.fromEntries(['b', 'byte', 'bytes'].map((unit) => [unit, 1 / 1024 / 1024])),
  ...Object.fromEntries(['kb', 'kib'].map((unit) => [unit, 1 / 1024])),
  ...Object.fromEntries(['mb', 'mib'].map((unit) => [unit, 1])),
  ...Object.fromEntries(['gb', 'gib'].map((unit) => [unit, 1024])),
};
/** In milliseconds. */
const timeUnits: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1e3, us: 1e-3, µs: 1e-3, ns: 1e-6 };

/** A value, or the sentence that says what the option takes. */
export type AmountRead = { readonly value: number } | { readonly mistake: string };

export function readParameters(option: string, typed: string): AmountRead {
  const read = numberWithUnit(typed);
  const factor = read === null ? undefined : countUnits[read.unit];
  const value = read === null || factor === undefined ? Number.NaN : Math.round(read.number * factor * 1e6) / 1e6;
  if (Number.isSafeInteger(value) && value >= 1) return { value };
  if (read !== null && read.unit in memoryUnits && factor === undefined) {
    return {
      mistake: `${option} counts parameters, not bytes: for ${typed.trim()} of weights give --max-memory ${compact(typed)}.`,
    };
  }
  return { mistake: `${option} takes a whole number from 1 on, not "${typed}": parameters, such as 50000, 50k or 2M.` };
}

/** Megabytes. */
export function readMemory(option: string, typed: string): AmountRead {
  return readIn(
    memoryUnits,
    typed,
    `${option} takes a number above zero, not "${typed}": megabytes, or a size such as 120KB.`,
  );
}

/** Milliseconds. */
export function readMilliseconds(option: string, typed: string): AmountRead {
  return readIn(
    timeUnits,
    typed,
    `${option} takes a number above zero, not "${typed}": milliseconds, or a time such as 5ms.`,
  );
}

function readIn(units: Readonly<Record<string, number>>, typed: string, mistake: string): AmountRead {
  const read = numberWithUnit(typed);
  const factor = read === null ? undefined : units[read.unit];
  return read === null || factor === undefined ? { mistake } : { value: read.number * factor };
}

function compact(typed: string): string {
  return typed.replaceAll(/\s+/g, '');
}
