/** What package.json says of the setting `unroll.rules`, so that an editor completes codes and levels. */
import type { Rule } from './rule';
import { levels } from './ruleLevels';

interface RuleProperty {
  readonly type: 'string';
  readonly enum: readonly string[];
  readonly default: string;
  readonly markdownDescription: string;
}

/** One property for each rule: its levels, the one it was written with, and its title. */
export function ruleProperties(rules: readonly Rule[]): Readonly<Record<string, RuleProperty>> {
  return Object.fromEntries(
    rules.map(({ code, severity, documentation }) => [
      code,
      { type: 'string', enum: [...levels], default: severity, markdownDescription: capitalised(documentation.title) },
    ]),
  );
}

function capitalised(title: string): string {
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}.`;
}
