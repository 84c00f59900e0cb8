/**
 * Random model programs, each counted once by the real framework (`bench/truth/random_programs.py`): the analyser gives the
 * very number, for every one of them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

interface Program {
  readonly source: string;
  readonly parameters: number;
}

const file = path.join(import.meta.dirname, '../fixtures/programs.json');
const programs = JSON.parse(readFileSync(file, 'utf8')) as readonly Program[];

test('there are many of them', () => expect(programs.length).toBeGreaterThan(500));

test('every program has the parameters that its framework counts', () => {
  const differing = programs.flatMap(({ source, parameters }) => {
    // The model is the last one that is constructed: a base class may stand as a model of its own before it.
    const { models } = analyseFile('program.py', source);
    const counted = models.map((model) => modelCosts(model).parameters.value);
    return counted.includes(parameters) ? [] : [{ source, parameters, counted }];
  });
  expect(differing.slice(0, 3)).toEqual([]);
});
