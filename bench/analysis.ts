/**
 * How long analysis takes: the first result of a long file, the next one after a key stroke, and a folder of files.
 *
 *     npm run bench:analysis
 *
 * Pyright checks the same files in the same run where it is at hand (`npm install --no-save pyright`): its times say what
 * the machine is worth. Prints a table, and JSON with `-- --json`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { modelCosts } from '../model/costs/model';
import { findingsOf } from '../server/src/advice/findings';
import { analyseFile, type FileAnalysis } from '../server/src/analysis';
import { modelFile } from './workload';

const keyStrokes = 300;
const folderFiles = 1000;

interface Timing {
  readonly what: string;
  readonly aimMs: number;
  readonly seenMs: number;
}

const source = modelFile(2000, 10);
const timings: Timing[] = [];

/** Everything the editor needs after a change: graphs, costs and findings. */
function analyse(text: string, earlier?: FileAnalysis): FileAnalysis {
  const analysis = analyseFile('model.py', text, null, earlier);
  for (const model of analysis.models) modelCosts(model);
  findingsOf(analysis);
  return analysis;
}

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function percentile(values: readonly number[], share: number): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.min(ordered.length - 1, Math.ceil(share * ordered.length) - 1)] ?? Number.NaN;
}

// A server has analysed something before: the sample it is warmed up on is another text.
analyse(modelFile(300, 4));
let held: FileAnalysis | undefined;
timings.push({
  what: 'first result of 2,000 lines with ten models',
  aimMs: 60,
  seenMs: milliseconds(() => {
    held = analyse(source);
  }),
});

// Key strokes in the middle of a model: digits of a size, one after the other.
const place = source.indexOf('width=32', source.length / 8) + 'width=32'.length;
const strokes: number[] = [];
for (let stroke = 0; stroke < keyStrokes; stroke++) {
  const text = source.slice(0, place) + '0123456789'.slice(0, stroke % 4) + source.slice(place);
  strokes.push(
    milliseconds(() => {
      held = analyse(text, held);
    }),
  );
}
timings.push({ what: 'after a key stroke, median', aimMs: 10, seenMs: percentile(strokes, 0.5) });
timings.push({ what: 'after a key stroke, 99th percentile', aimMs: 10, seenMs: percentile(strokes, 0.99) });

const folder = mkdtempSync(path.join(tmpdir(), 'unroll-bench-'));
try {
  for (let index = 0; index < folderFiles; index++) {
    const inside = path.join(folder, `package_${index % 20}`);
    mkdirSync(inside, { recursive: true });
    writeFileSync(path.join(inside, `model_${index}.py`), modelFile(200, 1 + (index % 3)));
  }
  const command = path.resolve('dist/cli.js');
  timings.push({
    what: `unroll analyze on a folder of ${folderFiles} files`,
    aimMs: 15_000,
    seenMs: milliseconds(() => {
      spawnSync(process.execPath, [command, 'analyze', folder, '--json'], { maxBuffer: 1 << 30 });
    }),
  });
  writeFileSync(path.join(folder, 'long.py'), source);
  const pyright = path.resolve('node_modules/pyright/index.js');
  const check = (what: string, target: string): void => {
    if (!existsSync(pyright)) return;
    let status: number | null = null;
    const seenMs = milliseconds(() => {
      status = spawnSync(process.execPath, [pyright, target], { maxBuffer: 1 << 30 }).status;
    });
    if (status === 0 || status === 1) timings.push({ what, aimMs: Number.NaN, seenMs });
  };
  check('Pyright on the long file', path.join(folder, 'long.py'));
  check('Pyright on the folder', folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

if (process.argv.includes('--json')) {
  print(JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version, timings }, null, 2));
} else {
  for (const { what, aimMs, seenMs } of timings) {
    const aim = Number.isNaN(aimMs) ? '' : `   (aim: under ${aimMs.toLocaleString('en-US')} ms)`;
    print(`${seenMs.toFixed(1).padStart(10)} ms   ${what}${aim}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
