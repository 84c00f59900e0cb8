/** Everything that is to be said against a file: runs the rules. */
import type { FileAnalysis } from '../analysis';
import type { Finding } from './rule';
import { rules } from './rules/registry';

/**
 * The findings in source order, each place and mistake once however many models share it. A mistake in another file, which a
 * model takes a layer from, is a finding of that file.
 */
export function findingsOf(analysis: FileAnalysis): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { check, code, severity, frameworks } of rules) {
    if (analysis.framework === null || !frameworks.includes(analysis.framework)) continue;
    for (const finding of check(analysis)) {
      if (finding.location.file !== analysis.file) continue;
      const key = `${code} ${finding.location.from}-${finding.location.to}`;
      if (!found.has(key)) found.set(key, { ...finding, code, severity });
    }
  }
  return [...found.values()].sort((a, b) => a.location.from - b.location.from);
}
