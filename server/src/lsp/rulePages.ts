/** Where the page of each rule lies: `docs/rules/<code>.md` beside `dist/`, in a checkout as in the package. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Lazy } from '../../../model/lazy';
import { rules } from '../advice/rules/registry';

const pages = new Lazy(() => {
  const files = rules.map(({ code }) => [code, path.join(__dirname, '..', 'docs', 'rules', `${code}.md`)] as const);
  return new Map(files.filter(([, file]) => existsSync(file)).map(([code, file]) => [code, pathToFileURL(file).href]));
});

/** The URI of a rule's page; null where it was not installed. */
export function rulePageUri(code: string): string | null {
  return pages.value.get(code) ?? null;
}
