/**
 * How long analysis takes: the first result of a long file, the next one after a key stroke, and a folder of files.
 *
 *     npm run bench:analysis
 *
 * Pyright checks the same files in the same run, each in a process of its own as `unroll analyze` is: its times say what the
 * machine is worth. It is fetched into .cache/ once; without it the rest is still measured. Prints a table, and JSON with
 * `-- --json`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { analyseFile, type FileAnalysis } from '../server/src/analysis';
import { readAsEditorsDo, warmUpRound, warmUpRounds } from '../server/src/lsp/warmUp';
import { print } from './output';
import { modelFile } from './workload';

const keyStrokes = 1000;
const folderFiles = 1000;
const pyrightVersion = '1.1.414';

interface Timing {
  readonly what: string;
  /** Null for what is only measured to compare with. */
  readonly aimMs: number | null;
  readonly seenMs: number;
}

const longFile = modelFile(2000, 10);

/** Everything the editor shows after a change: graphs, the costs of hints and lenses, and findings. */
function analyse(text: string, earlier?: FileAnalysis): FileAnalysis {
  const analysis = analyseFile('model.py', text, null, earlier);
  readAsEditorsDo(analysis);
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

/** In one process, as in the language server, which warms up in the same way before a file is opened. */
function timingsInEditor(): readonly Timing[] {
  const warmingUp = milliseconds(() => {
    for (let round = 0; round < warmUpRounds; round++) warmUpRound(round);
  });
  let held: FileAnalysis | undefined;
  const first = milliseconds(() => {
    held = analyse(longFile);
  });
  // Key strokes in the middle of a model: digits of a size, typed and deleted.
  const place = longFile.indexOf(', hidden=HIDDEN', longFile.indexOf('class Model4('));
  if (place === -1) throw new Error('The long file has no size to type.');
  const strokes: number[] = [];
  for (let stroke = 0; stroke < keyStrokes; stroke++) {
    const text = longFile.slice(0, place) + '012'.slice(0, stroke % 4) + longFile.slice(place);
    strokes.push(
      milliseconds(() => {
        held = analyse(text, held);
      }),
    );
  }
  return [
    { what: 'warming up, between requests and before a file is opened', aimMs: null, seenMs: warmingUp },
    { what: 'first result of 2,000 lines with ten models', aimMs: 60, seenMs: first },
    { what: 'after a key stroke, median', aimMs: null, seenMs: percentile(strokes, 0.5) },
    { what: 'after a key stroke, 99th percentile', aimMs: 10, seenMs: percentile(strokes, 0.99) },
  ];
}

/** Of whole processes, from their start to their end. */
function timingsOfCommands(): readonly Timing[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'unroll-bench-'));
  try {
    const long = path.join(folder, 'long.py');
    const many = path.join(folder, 'many');
    writeFileSync(long, longFile);
    for (let index = 0; index < folderFiles; index++) {
      const inside = path.join(many, `package_${index % 20}`);
      mkdirSync(inside, { recursive: true });
      writeFileSync(path.join(inside, `model_${index}.py`), modelFile(200, 1 + (index % 3)));
    }
    const unroll = [path.resolve('dist/cli.js'), 'analyze'];
    const pyright = pyrightProgram();
    const files = `a folder of ${folderFiles.toLocaleString('en-US')} files`;
    return [
      { what: 'unroll analyze on the long file', aimMs: null, seenMs: processTime([...unroll, long, '--json']) },
      ...(pyright === null
        ? []
        : [{ what: 'Pyright on the long file', aimMs: null, seenMs: processTime([pyright, long]) }]),
      { what: `unroll analyze on ${files}`, aimMs: 15_000, seenMs: processTime([...unroll, many, '--json']) },
      ...(pyright === null ? [] : [{ what: `Pyright on ${files}`, aimMs: null, seenMs: processTime([pyright, many]) }]),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function processTime(args: readonly string[]): number {
  let outcome = '';
  const seenMs = milliseconds(() => {
    const { status, error, signal } = spawnSync(process.execPath, [...args], { maxBuffer: 1 << 30 });
    outcome = error?.message ?? signal ?? String(status);
  });
  // Both end with 1 where they found something to say.
  if (outcome !== '0' && outcome !== '1') throw new Error(`${args.join(' ')} ended with ${outcome}`);
  return seenMs;
}

/** The path of Pyright's command, fetched where it is not there yet; null where it cannot be had. */
function pyrightProgram(): string | null {
  const home = path.resolve('.cache/pyright', pyrightVersion);
  const program = path.join(home, 'node_modules/pyright/index.js');
  if (existsSync(program)) return program;
  mkdirSync(home, { recursive: true });
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', home, `pyright@${pyrightVersion}`];
  const { status } = spawnSync(npm, install, { stdio: 'ignore', shell: process.platform === 'win32' });
  if (status === 0 && existsSync(program)) return program;
  process.stderr.write('Pyright could not be fetched, so it is not measured.\n');
  return null;
}

const timings = [...timingsInEditor(), ...timingsOfCommands()];
const [processor] = cpus();
if (process.argv.includes('--json')) {
  print(JSON.stringify({ machine: processor?.model, cores: cpus().length, node: process.version, timings }, null, 2));
} else {
  for (const { what, aimMs, seenMs } of timings) {
    const aim = aimMs === null ? '' : `   (aim: under ${aimMs.toLocaleString('en-US')} ms)`;
    print(`${seenMs.toFixed(1).padStart(10)} ms   ${what}${aim}`);
  }
}
