/** The pages of docs/rules are what `npm run docs:rules` makes of the rules, and every rule documents itself in full. */
import { describe, expect, test } from 'vitest';
import { ruleFiles } from '../../server/src/advice/rulePage';
import { rules } from '../../server/src/advice/rules/registry';
import { projectFiles, readProjectFile } from './projectFiles';

const files = ruleFiles(rules);

test('docs/rules has a page for each rule and no other', () => {
  const pages = projectFiles((path) => path.startsWith('docs/rules/')).map((path) => path.replace('docs/rules/', ''));
  expect(pages.sort()).toEqual([...files.keys()].sort());
});

test.each([...files])('docs/rules/%s is in step with its rule (else: npm run docs:rules)', (name, text) => {
  expect(readProjectFile(`docs/rules/${name}`)).toBe(text);
});

describe.each(rules.map((rule) => [rule.code, rule] as const))('%s', (code, { documentation }) => {
  test('has a code in kebab case that no other rule has', () => {
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(rules.filter((rule) => rule.code === code)).toHaveLength(1);
  });

  test('says something under every heading', () => {
    for (const text of [
      documentation.title,
      documentation.whatItDoes,
      documentation.whyIsThisBad,
      documentation.fixSafety,
    ])
      expect(text.trim()).not.toBe('');
    for (const code of [documentation.example, documentation.useInstead]) expect(code).toMatch(/```\w+\n/);
  });
});
