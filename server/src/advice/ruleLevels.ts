/** How severe each rule is to be taken, where somebody says so: the setting `unroll.rules`, the option `--rule`. */
import { nearestName } from '../spelling';
import type { Severity } from './rule';
import { rules } from './rules/registry';

export const levels = ['off', 'error', 'warning', 'information', 'hint'] as const satisfies readonly (
  | Severity
  | 'off'
)[];
export type Level = (typeof levels)[number];

/** By the rule's code; a rule that is not named has the severity it was written with. */
export type RuleLevels = ReadonlyMap<string, Level>;

export const ownLevels: RuleLevels = new Map();

export interface RuleLevelsRead {
  readonly levels: RuleLevels;
  /** A sentence for each entry that is not understood. */
  readonly mistakes: readonly string[];
}

/** The setting `unroll.rules`: codes with their levels. */
export function ruleLevelsOfSetting(value: unknown): RuleLevelsRead {
  if (value === undefined || value === null) return { levels: ownLevels, mistakes: [] };
  if (typeof value !== 'object' || Array.isArray(value)) {
    return {
      levels: ownLevels,
      mistakes: ['unroll.rules takes an object of rules and levels, such as {"dropout-single-layer": "hint"}.'],
    };
  }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const read = new Map<string, Level>();
  const mistakes: string[] = [];
  for (const [code, level] of entries) {
    const mistake = mistakeIn(code, level);
    if (isLevel(level) && mistake === null) read.set(code, level);
    else mistakes.push(`unroll.rules: ${mistake}`);
  }
  return { levels: read, mistakes };
}

/** What is wrong with a code and its level, as a sentence; null where nothing is. */
export function mistakeIn(code: string, level: unknown): string | null {
  const codes = rules.map((rule) => rule.code);
  if (!codes.includes(code)) {
    const near = nearestName(code, codes);
    return `there is no rule ${code}.${near === null ? '' : ` Did you mean ${near}?`}`;
  }
  return isLevel(level) ? null : `${code} takes ${formatLevels}, not ${JSON.stringify(level)}.`;
}

const formatLevels = `${levels.slice(0, -1).join(', ')} or ${levels.at(-1)}`;

export function isLevel(value: unknown): value is Level {
  return levels.some((level) => level === value);
}
