/** Answers of trainers, over small programs that stand in their place. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askTrainerProcess } from './trainerProcess';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unroll-answers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const answer = { type: 'probed', backends: [] } as const;

test.each([
  { name: 'alone', program: `console.log('${JSON.stringify(answer)}');` },
  {
    name: 'among what a library writes',
    program: `console.log('Hi there!'); console.log('${JSON.stringify(answer)}'); console.log('{"a":1}');`,
  },
  { name: 'without a line break', program: `process.stdout.write('${JSON.stringify(answer)}');` },
])('an answer $name is understood', async ({ name, program }) => {
  const script = path.join(folder, `${name}.cjs`);
  writeFileSync(script, program);
  expect(await askTrainerProcess({ runtime: process.execPath, script }, { type: 'probe' })).toEqual(answer);
});

test('a trainer without an answer is quoted', async () => {
  const script = path.join(folder, 'broken.cjs');
  writeFileSync(script, `throw new Error('out of memory');`);
  await expect(askTrainerProcess({ runtime: process.execPath, script }, { type: 'probe' })).rejects.toThrow(
    /^the trainer ended with exit code 1\n[\s\S]*out of memory/,
  );
});
