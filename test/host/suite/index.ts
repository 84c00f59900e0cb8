/** Where the extension host begins: runs every `*.suite` beside it with Mocha and writes one result a test. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import { type HostTestResult, resultsFileVariable } from '../report';

const testDeadlineMs = 60_000;

/** Called by the extension host; a rejection would end it with code 1, but what counts is in the results. */
export async function run(): Promise<void> {
  const resultsFile = process.env[resultsFileVariable];
  if (resultsFile === undefined) throw new Error(`${resultsFileVariable} is not set`);
  const mocha = new Mocha({ ui: 'bdd', timeout: testDeadlineMs, reporter: 'min' });
  const files = readdirSync(__dirname).filter((name) => name.endsWith('.suite.cjs'));
  for (const name of files.sort()) mocha.addFile(path.join(__dirname, name));

  const results: HostTestResult[] = [];
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => results.push({ title: test.fullTitle(), error: null }))
      // A hook that fails is reported here too, so that its tests cannot vanish silently.
      .on('fail', (test, error) => results.push({ title: test.fullTitle(), error: error.stack ?? String(error) }));
  });
  writeFileSync(resultsFile, JSON.stringify(results));
}
