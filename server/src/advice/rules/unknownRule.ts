/** Rule: a comment keeps a rule quiet that does not exist. */
import { nearestName } from '../../spelling';
import type { LineMap } from '../../syntax/lines';
import type { NamedRule } from '../../syntax/suppressions';
import type { Rule, RuleFinding } from '../rule';

/** @param codes of all other rules */
export function unknownRule(codes: readonly string[]): Rule {
  const code = 'unknown-rule';
  const known = [...codes, code];
  return {
    code,
    severity: 'hint',
    frameworks: ['keras', 'torch', 'flax', 'tfjs'],
    documentation: {
      title: 'A comment ignores a rule that does not exist',
      whatItDoes:
        'Looks for `# unroll: ignore[code]` and `# unroll: ignore-file[code]` with a code that no rule has, and for a code ' +
        'without its brackets.',
      whyIsThisBad: 'The comment has no effect: the code is misspelt, or the rule has another name by now.',
      example: '```python\nself.lstm = nn.LSTM(64, 128, dropout=0.5)  # unroll: ignore[dropout-one-layer]\n```',
      useInstead: '```python\nself.lstm = nn.LSTM(64, 128, dropout=0.5)  # unroll: ignore[dropout-single-layer]\n```',
      fixSafety: 'Safe: it changes a comment.',
      references: [],
    },
    check: ({ directives, lines }) =>
      directives.suppressions.flatMap(({ rules, unbracketed }) => [
        ...(unbracketed === null ? [] : [withoutBrackets(unbracketed, known, lines)]),
        ...(rules ?? []).flatMap(({ code: written, span }): readonly RuleFinding[] => {
          if (known.includes(written)) return [];
          // Names of Python have underscores, codes of rules have hyphens.
          const nearest = nearestName(written.replaceAll('_', '-'), known);
          return [
            {
              location: lines.locate(span),
              message: `No rule is called ${written}${nearest === null ? '.' : `; did you mean ${nearest}?`}`,
              fix: nearest === null ? null : { title: `Name it ${nearest}`, edits: [{ ...span, insert: nearest }] },
            },
          ];
        }),
      ]),
  };
}

/** `ignore code`, which would otherwise keep everything away but what it names. */
function withoutBrackets({ code, span }: NamedRule, known: readonly string[], lines: LineMap): RuleFinding {
  const meant = nearestName(code.replaceAll('_', '-'), known) ?? code;
  return {
    location: lines.locate(span),
    message: `Codes of rules stand in brackets: ignore[${meant}]. Without them this comment keeps nothing away.`,
    fix: { title: `Write ignore[${meant}]`, edits: [{ ...span, insert: `[${meant}]` }] },
  };
}
