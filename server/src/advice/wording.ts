/** Limits, widths, numbers and lists as recommendations put them. */
import { formatInteger } from '../../../model/expression';
import { deviceName } from '../../../model/time/wording';
import { bytesPerMegabyte, formatBytes } from '../../../model/units';
import type { Budgets, Conditions } from './ranking';

/** `10,000 parameters`, `120 KB`, `5 ms on a Raspberry Pi 5`. */
export function limitText(budget: keyof Budgets, conditions: Conditions): string {
  const limit = conditions[budget] ?? 0;
  switch (budget) {
    case 'maxParameters':
      return `${formatInteger(limit)} parameters`;
    case 'maxMemoryMegabytes':
      return formatBytes(limit * bytesPerMegabyte);
    case 'maxLatencyMs': {
      const { device } = conditions.ledger;
      return `${limit} ms${device === null ? '' : ` on ${deviceName(device)}`}`;
    }
  }
}

/** `the budget of 10,000 parameters`, `the limit of 5 ms on a Raspberry Pi 5`. */
export function budgetPhrase(budget: keyof Budgets, conditions: Conditions): string {
  return `the ${budget === 'maxLatencyMs' ? 'limit' : 'budget'} of ${limitText(budget, conditions)}`;
}

/** Three digits. */
export function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Two digits, which is more than a prediction deserves. */
export function roundedTime(value: number): string {
  return String(Number(value.toPrecision(2)));
}

/** `48 units`. */
export function unitsText(width: number): string {
  return `${formatInteger(width)} unit${width === 1 ? '' : 's'}`;
}

/** `RNN, GRU and LSTM`. */
export function listOf(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
