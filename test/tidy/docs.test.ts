/** The documentation against itself and the files it speaks of: no dead link, no decision that nobody finds. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inProject } from '../../scripts/lib/project.mjs';
import { projectFiles, readProjectFile } from './projectFiles';

const pages = projectFiles((file) => file.endsWith('.md'));

function linksOf(page: string): string[] {
  const targets = [...readProjectFile(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^([a-z]+:|#)/.test(target));
}

test.each(pages)('the links of %s lead somewhere', (page) => {
  const dead = linksOf(page).filter((target) => {
    const [file = ''] = target.split('#');
    return !existsSync(inProject(path.dirname(page), decodeURI(file)));
  });
  expect(dead).toEqual([]);
});

test('the index of decisions lists every record', () => {
  const records = pages.filter((page) => /^docs\/decisions\/(?!README)/.test(page)).map((page) => path.basename(page));
  expect(linksOf('docs/decisions/README.md').sort()).toEqual(records.sort());
});

const decisions = pages.filter((page) => /^docs\/decisions\/(?!README)/.test(page));
test.each(decisions)('%s gives context, decision and consequences', (page) => {
  const text = readProjectFile(page);
  for (const heading of ['Context', 'Decision', 'Consequences'])
    expect(text).toMatch(new RegExp(`(#+ |\\*\\*)${heading}`));
});
