/** Everything that is to be said against a file: runs the rules. */
import type { FileAnalysis } from '../analysis';
import { ProgramFacts } from './facts/programFacts';
import type { Finding, Rule } from './rule';
import { ownLevels, type RuleLevels } from './ruleLevels';
import { rules as allRules } from './rules/registry';
import { isSuppressed } from './suppressed';

/**
 * The findings in source order, each place and mistake once however many models share it. A mistake in another file, which a
 * model takes a layer from, is a finding of that file.
 *
 * @param levels severities that differ from the rules' own; what is off is not looked for
 */
export function findingsOf(
  analysis: FileAnalysis,
  levels: RuleLevels = ownLevels,
  rules: readonly Rule[] = allRules,
): readonly Finding[] {
  const found = new Map<string, Finding>();
  const facts = new ProgramFacts(analysis);
  for (const { check, code, severity: own, frameworks } of rules) {
    const severity = levels.get(code) ?? own;
    if (severity === 'off' || analysis.framework === null || !frameworks.includes(analysis.framework)) continue;
    for (const finding of check(analysis, facts)) {
      if (finding.location.file !== analysis.file) continue;
      const key = `${code} ${finding.location.from}-${finding.location.to}`;
      if (!found.has(key)) found.set(key, { ...finding, code, severity: severityOf(finding.severity, severity, own) });
    }
  }
  return [...found.values()]
    .filter((finding) => !isSuppressed(analysis, finding))
    .sort((a, b) => a.location.from - b.location.from);
}

/** A finding may be milder or graver than its rule usually is, unless somebody chose the severity. */
function severityOf(ofFinding: Finding['severity'] | undefined, chosen: Finding['severity'], own: Finding['severity']) {
  return chosen === own ? (ofFinding ?? own) : chosen;
}
