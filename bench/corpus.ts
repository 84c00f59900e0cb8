/**
 * Compares the analyser with the truth about files that are not part of the project.
 *
 *     npm run bench:corpus -- <folder holding files/<id>/…> <truth.json>
 *
 * The truth says, for classes of each file, the parameters that the real framework counted: `total` where every size is
 * known, else `totalAffine` (a constant and the coefficient of each unknown), and the recurrent layers by path. Other files
 * beside a model's file are its workspace. Prints a line for everything that is wrong or missing, then the shares.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Amount } from '../model/costs/amount';
import { layerCosts } from '../model/costs/layer';
import { modelCosts } from '../model/costs/model';
import type { Expression } from '../model/expression';
import { format } from '../model/expression';
import type { ModelGraph } from '../model/graph';
import { analyseFile } from '../server/src/analysis';
import { DiskWorkspace } from '../server/src/diskWorkspace';
import { print } from './output';

interface TruthCase {
  readonly class: string;
  readonly arguments: unknown;
  readonly total?: number;
  readonly totalAffine?: Readonly<Record<string, number>>;
  readonly recurrent: Readonly<Record<string, { readonly kind: string; readonly params?: number }>>;
}

type Truth = Readonly<Record<string, { readonly file: string; readonly cases: readonly TruthCase[] }>>;

type Verdict = 'exact' | 'missing' | 'wrong';

interface Tally {
  exact: number;
  missing: number;
  wrong: number;
}

const [folder, truthFile] = process.argv.slice(2);
if (folder === undefined || truthFile === undefined) {
  console.error('usage: npm run bench:corpus -- <folder holding files/<id>/…> <truth.json>');
  process.exit(2);
}

const truth = JSON.parse(readFileSync(truthFile, 'utf8')) as Truth;
const models: Tally = { exact: 0, missing: 0, wrong: 0 };
const layers: Tally = { exact: 0, missing: 0, wrong: 0 };
const started = performance.now();

for (const [id, { file, cases }] of Object.entries(truth)) {
  const fullPath = path.join(folder, 'files', id, file);
  const graphs = graphsOf(fullPath);
  for (const expected of cases) {
    const candidates = graphs.filter((graph) => graph.name === expected.class.replace(/ \(.*/, ''));
    const judged = candidates.map((graph) => ({ graph, verdict: judgeTotal(graph, expected) }));
    const best =
      judged.find(({ verdict }) => verdict === 'exact') ??
      judged.find(({ verdict }) => verdict === 'missing') ??
      judged[0];
    models[best?.verdict ?? 'missing'] += 1;
    if (best?.verdict !== 'exact') {
      const said =
        best === undefined
          ? `no model of that name (${graphs.map(({ name }) => name).join(', ') || 'none'})`
          : spell(modelCosts(best.graph).parameters);
      print(
        `${best?.verdict ?? 'missing'}  ${id} ${expected.class}: ${said}, truth ${JSON.stringify(expected.total ?? expected.totalAffine)}`,
      );
    }
    for (const [layerPath, { params }] of Object.entries(expected.recurrent)) {
      if (params === undefined) continue;
      const verdicts = candidates.map((graph) => judgeLayer(graph, layerPath, params));
      const verdict: Verdict = verdicts.includes('exact')
        ? 'exact'
        : verdicts.includes('missing') || verdicts.length === 0
          ? 'missing'
          : 'wrong';
      layers[verdict] += 1;
      if (verdict !== 'exact') print(`${verdict}  ${id} ${expected.class}.${layerPath}: truth ${params}`);
    }
  }
}

report('models', models);
report('recurrent layers', layers);
print(`${Object.keys(truth).length} files in ${Math.round(performance.now() - started)} ms`);

function graphsOf(fullPath: string): readonly ModelGraph[] {
  return analyseFile(fullPath, readFileSync(fullPath, 'utf8'), new DiskWorkspace()).models;
}

function judgeTotal(graph: ModelGraph, expected: TruthCase): Verdict {
  const { parameters } = modelCosts(graph);
  if (expected.total !== undefined) {
    return parameters.value === null ? 'missing' : parameters.value === expected.total ? 'exact' : 'wrong';
  }
  if (parameters.expression === null) return 'missing';
  const coefficients = Object.values(expected.totalAffine ?? {}).filter((coefficient) => coefficient !== 0);
  return isSameFormula(parameters.expression, coefficients) ? 'exact' : parameters.value === null ? 'missing' : 'wrong';
}

/**
 * A formula is right when its coefficients are those of the truth, whatever its symbols are called; with one symbol also when
 * it counts from another start (`400·len(words) + 400` where the truth has `400·vocabulary`).
 */
function isSameFormula(expression: Expression, expected: readonly number[]): boolean {
  const found = coefficientsOf(expression);
  if (sameNumbers(found, expected)) return true;
  const [factor] = expression.terms.filter((term) => term.factors.length > 0);
  if (factor === undefined || found.length !== 2 || expected.length !== 2 || !expected.includes(factor.coefficient))
    return false;
  const start = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum + number, 0) - factor.coefficient;
  return (start(found) - start(expected)) % factor.coefficient === 0;
}

/** The coefficients of all terms. */
function coefficientsOf(expression: Expression): number[] {
  return expression.terms.map((term) => term.coefficient);
}

function sameNumbers(left: readonly number[], right: readonly number[]): boolean {
  return [...left].sort((a, b) => a - b).join() === [...right].sort((a, b) => a - b).join();
}

function judgeLayer(graph: ModelGraph, layerPath: string, parameters: number): Verdict {
  // A layer that is the whole model has no path inside it.
  const wanted = layerPath === '(self)' ? graph.name : layerPath;
  const layer = graph.layers.find((candidate) => candidate.path === wanted);
  if (layer === undefined) return 'missing';
  const { value } = layerCosts(graph, layer).parameters;
  return value === null ? 'missing' : value === parameters ? 'exact' : 'wrong';
}

function spell(amount: Amount): string {
  return amount.expression === null ? `unknown because ${amount.because}` : format(amount.expression);
}

function report(what: string, { exact, missing, wrong }: Tally): void {
  const total = exact + missing + wrong;
  print(
    `${what}: ${exact} of ${total} exact (${((100 * exact) / total).toFixed(1)}%), ${missing} missing, ${wrong} wrong`,
  );
}
