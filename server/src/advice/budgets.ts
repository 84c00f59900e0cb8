/** The setting `unroll.budgets`: the limits under which models are recommended for and judged in the editor. */
import { findDevice, isThisMachine } from '../../../model/time/devices';
import type { RecommendationChoices } from '../../../protocol/recommendation';

export interface BudgetsRead {
  readonly budgets: Partial<RecommendationChoices>;
  /** A sentence for each entry that makes no sense. */
  readonly mistakes: readonly string[];
}

/** Names of the setting, with the choices they are. */
const limits = {
  parameters: 'maxParameters',
  memoryMegabytes: 'maxMemoryMegabytes',
  latencyMs: 'maxLatencyMs',
} as const;

/** What of the setting makes sense, whatever was written there. */
export function budgetsOfSetting(value: unknown): BudgetsRead {
  if (value === undefined || value === null) return { budgets: {}, mistakes: [] };
  if (typeof value !== 'object' || Array.isArray(value)) {
    return { budgets: {}, mistakes: ['unroll.budgets takes an object of limits, such as {"parameters": 50000}.'] };
  }
  const mistakes: string[] = [];
  const budgets: { -readonly [Name in keyof RecommendationChoices]?: RecommendationChoices[Name] } = {};
  for (const [name, entry] of Object.entries(value) as readonly (readonly [string, unknown])[]) {
    // A limit that is null is set by none.
    if (entry === null) continue;
    if (isLimit(name)) {
      if (typeof entry === 'number' && Number.isFinite(entry) && entry > 0) budgets[limits[name]] = entry;
      else mistakes.push(`unroll.budgets: ${name} takes a number above zero, not ${JSON.stringify(entry)}.`);
    } else if (name === 'streaming') {
      if (typeof entry === 'boolean') budgets.streaming = entry;
      else mistakes.push(`unroll.budgets: streaming takes true or false, not ${JSON.stringify(entry)}.`);
    } else if (name === 'device') {
      const choice = typeof entry === 'string' ? findDevice(entry, null) : null;
      if (typeof entry === 'string' && (choice?.kind === 'device' || isThisMachine(entry))) budgets.device = entry;
      else mistakes.push(`unroll.budgets: ${choice?.kind === 'refused' ? choice.message : 'device takes a name.'}`);
    } else {
      const names = [...Object.keys(limits), 'device', 'streaming'].join(', ');
      mistakes.push(`unroll.budgets has no entry ${JSON.stringify(name)}; there are ${names}.`);
    }
  }
  if (budgets.maxLatencyMs !== undefined && budgets.device === undefined) {
    mistakes.push('unroll.budgets: latencyMs says nothing without a device; add "device": "laptop-cpu" or another.');
    delete budgets.maxLatencyMs;
  }
  return { budgets, mistakes };
}

function isLimit(name: string): name is keyof typeof limits {
  return Object.hasOwn(limits, name);
}
