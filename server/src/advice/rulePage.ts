/** The documentation of rules as Markdown: a page for each, their index, and the short form of a hover. */
import type { Rule, RuleDocumentation } from './rule';

const headings: readonly (readonly [Exclude<keyof RuleDocumentation, 'title' | 'references'>, string])[] = [
  ['whatItDoes', 'What it does'],
  ['whyIsThisBad', 'Why is this bad?'],
  ['example', 'Example'],
  ['useInstead', 'Use instead'],
  ['fixSafety', 'Fix safety'],
];

const frameworkNames = {
  keras: 'Keras',
  torch: 'PyTorch',
  flax: 'Flax',
  tfjs: 'TensorFlow.js',
  'keras-config': 'saved Keras models',
} as const satisfies Record<Rule['frameworks'][number], string>;

/** The page `docs/rules/<code>.md`. */
export function rulePage({ code, severity, frameworks, documentation }: Rule): string {
  const { title, references } = documentation;
  const parts = headings.map(([key, heading]) => `## ${heading}\n\n${documentation[key]}`);
  const sources =
    references.length === 0 ? [] : [`## References\n\n${references.map((url) => `- <${url}>`).join('\n')}`];
  const names = frameworks.map((framework) => frameworkNames[framework]).join(', ');
  return `${[`# ${title}`, `\`${code}\` · ${severity} · ${names}`, ...parts, ...sources].join('\n\n')}\n`;
}

/** The page `docs/rules/README.md`. */
function ruleIndex(rules: readonly Rule[]): string {
  const rows = rules.map(
    ({ code, severity, documentation }) => `| [${code}](${code}.md) | ${severity} | ${documentation.title} |`,
  );
  return `# Rules

What Unroll looks for in models, most frequent mistakes first. Made from the rules themselves by \`npm run docs:rules\`.

The setting \`unroll.rules\` and the option \`--rule code=level\` of \`unroll analyze\` set the severity of each rule, or switch it
\`off\`. In a file, \`# unroll: ignore[code]\` on a line or above it keeps a finding away there, \`# unroll: ignore-file[code]\` in
the whole file; without a code in brackets both are for every rule. In JavaScript such a comment begins with \`//\`.

| rule | severity | mistake |
|---|---|---|
${rows.join('\n')}
`;
}

/** What a hover says of a finding's rule. */
export function ruleSummary({ code, documentation }: Rule, href: string | null): string {
  const name = href === null ? `\`${code}\`` : `[\`${code}\`](${href})`;
  const { title, whyIsThisBad, useInstead } = documentation;
  return `**${title}** · ${name}\n\n${whyIsThisBad}\n\nUse instead:\n\n${useInstead}`;
}

/** The files of `docs/rules/` with their texts. */
export function ruleFiles(rules: readonly Rule[]): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', ruleIndex(rules)],
    ...rules.map((rule) => [`${rule.code}.md`, rulePage(rule)] as const),
  ]);
}
