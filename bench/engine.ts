/**
 * How fast the engine trains beside PyTorch, Keras on TensorFlow and TensorFlow.js on its WebAssembly backend, on the same
 * models and sizes, in one run.
 *
 *     npm run bench:peers                       installs the others beside the project, once
 *     npm run bench:engine [-- --seconds 1] [-- --rounds 3] [-- --only LSTM] [-- --against torch,keras,tfjs]
 *         [-- --write] [-- --json]
 *
 * All take turns: in each round every model trains for `--seconds` on every engine, and the fastest step of all rounds counts,
 * because whatever else a machine does only adds time. A step has forward, loss, backward and Adam, and reads the loss. Figures
 * are comparable within one run only. `--write` puts the report into bench/results/engine.md and .json.
 */
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type EngineCase, engineGrid, productMultiplyAdds } from './engineGrid';
import { multiplyAddPeak } from './multiplyAddPeak';
import { ourEngines } from './ourEngines';
import { millisecondsText, percent, table, timesText } from './output';
import { type Contestant, startPeers } from './peers';
import { measureProducts } from './products';
import { measureStarts, type StartTime } from './startTime';
import { geometricMean } from './statistics';
import { stepMemories } from './stepMemory';

const options = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    against: { type: 'string' },
    write: { type: 'boolean' },
    json: { type: 'boolean' },
  },
}).values;
const turnSeconds = Number(options.seconds ?? 0.5);
const rounds = Number(options.rounds ?? 3);
const longStepSeconds = 2;
const date = new Date().toISOString().slice(0, 10);
const processor = cpus()[0]?.model.trim() ?? process.arch;

/** Seconds of the fastest step, or why there is none, by contestant. */
interface Row {
  readonly item: EngineCase;
  readonly results: Map<Contestant, number | string>;
}

async function main(): Promise<void> {
  const { peers, missing } = await startPeers(
    (peer) => options.against === undefined || options.against.split(',').includes(peer),
  );
  const contestants = [...ourEngines(), ...peers];
  const cases = engineGrid.filter(({ name }) => name.includes(options.only ?? ''));
  const rows = cases.map((item): Row => ({ item, results: new Map() }));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const { item, results } of rows) {
        for (const contestant of contestants) {
          const before = results.get(contestant);
          // A step that takes so long was measured well enough the first time.
          if (typeof before === 'string' || (before !== undefined && before > longStepSeconds)) continue;
          const seconds = await contestant.fastestStep(item, turnSeconds);
          results.set(
            contestant,
            typeof before === 'number' && typeof seconds === 'number' ? Math.min(before, seconds) : seconds,
          );
        }
        process.stderr.write(`round ${round + 1} of ${rounds}: ${item.name}\n`);
      }
    }
    const peak = multiplyAddPeak(1);
    const products = peak === null ? [] : measureProducts(1);
    const starts = await measureStarts();
    const report = reportOf(contestants, rows, { peak, products, starts, missing });
    const json = documentOf(contestants, rows, { peak, products, starts });
    process.stdout.write(options.json ? json : `${report}\n`);
    if (options.write) {
      writeFileSync(path.join('bench', 'results', 'engine.md'), `${report}\n`);
      writeFileSync(path.join('bench', 'results', 'engine.json'), json);
    }
  } finally {
    for (const contestant of contestants) contestant.end();
  }
}

interface Rest {
  readonly peak: number | null;
  readonly products: readonly { readonly name: string; readonly operationsPerSecond: number }[];
  readonly starts: readonly StartTime[];
}

function reportOf(
  contestants: readonly Contestant[],
  rows: readonly Row[],
  { peak, products, starts, missing }: Rest & { readonly missing: readonly string[] },
): string {
  const ours = contestants.filter(({ isOurs }) => isOurs);
  const others = contestants.filter(({ isOurs }) => !isOurs);
  const fastestOurs = (threads: number): Contestant | undefined =>
    ours.findLast((contestant) => contestant.threads === threads);
  const header = ['model', ...contestants.map(({ name }) => name)];
  const times = rows.map(({ item, results }) => [
    item.name,
    ...contestants.map((contestant) => millisecondsText(results.get(contestant))),
  ]);
  const ratios = rows.map(({ item, results }) => [
    item.name,
    ...others.map((other) => timesText(ratio(results, other, fastestOurs(other.threads)))),
  ]);
  const means = others.map((other) => meanText(rows, other, fastestOurs(other.threads)));
  const shares = rows.flatMap(({ item, results }): readonly string[][] => {
    const own = fastestOurs(1);
    const seconds = own && results.get(own);
    if (typeof seconds !== 'number' || peak === null) return [];
    const operations = 2 * productMultiplyAdds(item.model);
    return [[item.name, `${(operations / seconds / 1e9).toFixed(1)}`, percent(operations / seconds / peak)]];
  });
  return [
    '# Training steps beside other engines',
    '',
    `Seen on ${date} on ${processor} with ${cpus().length} cores, ${process.platform} ${release()}, Node ${process.versions.node}.`,
    '',
    `\`npm run bench:engine -- --seconds ${turnSeconds} --rounds ${rounds}\`: all took turns, the fastest step of each counts.`,
    ...missing.map((sentence) => `\n${sentence}`),
    '',
    '## Milliseconds a training step',
    '',
    table(header, times),
    '',
    '## Times as fast as others at equal threads',
    '',
    table(['model', ...others.map(({ name }) => name)], [...ratios, ['geometric mean', ...means]]),
    '',
    '## Share of the 128-bit multiply-add, one thread',
    '',
    peak === null
      ? 'There is no relaxed SIMD here to measure it with.'
      : `A kernel of nothing but multiply-adds does ${(peak / 1e9).toFixed(1)} GFLOP/s here.`,
    '',
    table(
      ['matrix product', 'GFLOP/s', 'share'],
      products.map(({ name, operationsPerSecond }) => [
        name,
        (operationsPerSecond / 1e9).toFixed(1),
        percent(operationsPerSecond / (peak ?? Number.NaN)),
      ]),
    ),
    '',
    table(['whole training step (products only are counted)', 'GFLOP/s', 'share'], shares),
    '',
    '## Memory of a step',
    '',
    'All that a step takes, beside weights, gradients, moments of Adam and the activations that the cost model says',
    'backpropagation keeps. What comes on top: the inputs, packed weights, gradients between layers, and the gradients of a',
    'plain cell before its activation, which gated cells write over their gates.',
    '',
    table(
      ['model', 'MB', 'predicted', 'ratio'],
      stepMemories().map(({ name, bytes, predictedBytes }) => [
        name,
        (bytes / 1e6).toFixed(2),
        (predictedBytes / 1e6).toFixed(2),
        (bytes / predictedBytes).toFixed(2),
      ]),
    ),
    '',
    '## From the command to the first loss',
    '',
    table(
      ['command', 'seconds'],
      starts.map(({ name, seconds }) => [name, seconds === null ? 'not measured' : seconds.toFixed(2)]),
    ),
  ].join('\n');
}

function ratio(results: Row['results'], other: Contestant, own: Contestant | undefined): number | null {
  const theirs = results.get(other);
  const ourTime = own && results.get(own);
  return typeof theirs === 'number' && typeof ourTime === 'number' ? theirs / ourTime : null;
}

function meanText(rows: readonly Row[], other: Contestant, own: Contestant | undefined): string {
  const values = rows.map(({ results }) => ratio(results, other, own)).filter((value) => value !== null);
  return timesText(geometricMean(values));
}

function documentOf(
  contestants: readonly Contestant[],
  rows: readonly Row[],
  { peak, products, starts }: Rest,
): string {
  const document = {
    date,
    processor,
    cores: cpus().length,
    node: process.versions.node,
    multiplyAddPeak: peak,
    products,
    starts,
    rows: rows.map(({ item, results }) => ({
      model: item.name,
      secondsPerStep: Object.fromEntries(contestants.map((contestant) => [contestant.name, results.get(contestant)])),
    })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
