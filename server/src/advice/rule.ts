/** What a rule is: a mistake that can be found in a model, its documentation, and what it says about a file. */
import type { Framework, SourceLocation } from '../../../model/graph';
import type { FileAnalysis } from '../analysis';
import type { TextEdit } from '../rewrite/edits';
import type { ProgramFacts } from './facts/programFacts';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** A fix that gives exactly right code; where that is not certain a finding has none. */
export interface Fix {
  /** What it does, as a menu shows it. */
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly location: SourceLocation;
  readonly message: string;
  readonly fix: Fix | null;
}

/** The same headings for every rule; hover texts and the rule pages are made from them. Markdown. */
export interface RuleDocumentation {
  readonly title: string;
  readonly whatItDoes: string;
  readonly whyIsThisBad: string;
  readonly example: string;
  readonly useInstead: string;
  readonly fixSafety: string;
  /** Threads and pages where people met the mistake. */
  readonly references: readonly string[];
}

export interface Rule {
  /** Stable, in kebab case: it is written in suppressions and in machine-readable reports. */
  readonly code: string;
  readonly severity: Severity;
  readonly frameworks: readonly Framework[];
  readonly documentation: RuleDocumentation;
  /** Findings of the whole file: a layer that several models share is judged once. */
  readonly check: (analysis: FileAnalysis, facts: ProgramFacts) => readonly RuleFinding[];
}

/** A finding before the rule's own code is put on it, and its severity where the finding has none of its own. */
export type RuleFinding = Omit<Finding, 'code' | 'severity'> & { readonly severity?: Severity };
