/**
 * How far predicted times are from measured ones: this machine is timed as `unroll devices --calibrate` does it, then models
 * of a grid train and answer on the engine.
 *
 *     npm run bench:predict [-- --seconds 90] [-- --write] [-- --json]
 *
 * The models take turns for as long as `--seconds` says and each one's best time counts, because whatever else a machine does
 * only adds time. A product of matrices is timed around each run: how often it was near its best tells how quiet the machine
 * was. On a busy machine start it with `nice -n -19`. `--write` puts the table into bench/results/predict.md.
 * What `unroll train` measured on this machine is listed after it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createArenaPlanner } from '../engine/arena';
import { matrixOf } from '../engine/backend';
import { measureKernels } from '../engine/calibration/measureKernels';
import { createNetwork, type Network } from '../engine/network';
import { setV8Flags } from '../engine/trainer/v8Flags';
import { describeWasmDevice, wasmBackendFactory } from '../engine/wasm/backend';
import { supportedKernelBuild } from '../engine/wasm/kernels';
import { fasterKernels } from '../engine/wasm/tiles';
import { calibratedProfile } from '../model/time/calibrate';
import { predictTime } from '../model/time/predict';
import { formatSeconds } from '../model/time/wording';
import { type MeasuredStep, measuredStepText, measuredTimesFile } from '../server/src/cli/measuredTimes';
import { kernels } from './builtKernels';
import { noiseBatch } from './noiseBatch';
import { type GridCase, grid } from './predictGrid';

const options = parseArgs({
  options: { seconds: { type: 'string' }, write: { type: 'boolean' }, json: { type: 'boolean' } },
}).values;
const measuringMs = 1000 * Number(options.seconds ?? 60);
/** How long a model has its turn. */
const turnMs = 40;

const build = supportedKernelBuild();
if (build === null) throw new Error('There is no WebAssembly SIMD here, so there is no engine to measure.');
setV8Flags();
const createBackend = wasmBackendFactory(kernels, fasterKernels(kernels, build));
const software = describeWasmDevice(build);
const processor = cpus()[0]?.model.trim() ?? process.arch;
const date = new Date().toISOString().slice(0, 10);

interface Row {
  readonly name: string;
  readonly mode: 'training' | 'inference';
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
  readonly measured: number;
}

async function main(): Promise<void> {
  const started = performance.now();
  const timings = await measureKernels(createBackend, () => performance.now());
  const profile = calibratedProfile(timings, { label: processor, software, date });
  const calibrationSeconds = (performance.now() - started) / 1000;
  const { best, quietShare } = await measureGrid();
  const rows = grid.flatMap((item, index) =>
    (['training', 'inference'] as const).map((mode): Row => {
      const prediction = predictTime(item.graph, profile, { mode, batch: item.batch, steps: null });
      if ('unknown' in prediction) throw new Error(`${item.name}: ${prediction.unknown}`);
      const { seconds, low, high } = prediction;
      return { name: item.name, mode, predicted: seconds, low, high, measured: best[index]?.[mode] ?? Number.NaN };
    }),
  );
  const report = reportOf(rows, calibrationSeconds, quietShare);
  if (options.json) process.stdout.write(`${JSON.stringify({ date, processor, software, rows }, null, 2)}\n`);
  else process.stdout.write(`${report}\n${comparisonLines()}`);
  if (options.write) writeFileSync(path.join('bench', 'results', 'predict.md'), `${report}\n`);
}

type BestTimes = Record<Row['mode'], number>;

/** Best seconds of each case, and the share of runs in which the machine was as quiet as at its best. */
async function measureGrid(): Promise<{ readonly best: readonly BestTimes[]; readonly quietShare: number }> {
  const networks = grid.map((item) => networkOf(item));
  const best = grid.map((): BestTimes => ({ training: Number.POSITIVE_INFINITY, inference: Number.POSITIVE_INFINITY }));
  const watch = createWatch();
  let step = 0;
  let runs = 0;
  let quiet = 0;
  const end = performance.now() + measuringMs;
  while (performance.now() < end) {
    for (const [index, network] of networks.entries()) {
      const times = best[index];
      if (times === undefined) continue;
      for (const mode of ['training', 'inference'] as const) {
        const run = (): Promise<unknown> =>
          mode === 'training' ? network.trainStep(++step, { learningRate: 1e-4, clipNorm: 1 }) : network.evaluate();
        await run();
        const turnEnd = performance.now() + turnMs;
        do {
          const started = performance.now();
          await run();
          times[mode] = Math.min(times[mode], (performance.now() - started) / 1000);
          runs += 1;
          if (watch.isQuiet()) quiet += 1;
        } while (performance.now() < turnEnd);
      }
    }
  }
  return { best, quietShare: quiet / runs };
}

function networkOf({ plan, batch }: GridCase): Network {
  const network = createNetwork(plan, batch, createBackend, 1);
  const { inputs, targets } = noiseBatch(network.batchShape, plan);
  network.loadBatch(inputs, targets);
  return network;
}

/** Times one product again and again, to see whether something else slows the machine down. */
function createWatch(): { isQuiet(): boolean } {
  const size = 64;
  const arena = createArenaPlanner(0, 0);
  const [left, result] = [arena.reserve(size * size), arena.reserve(size * size)];
  const right = arena.reservePacked(size, size);
  const backend = createBackend(arena.length);
  backend.pack(matrixOf(left, size, size), false, right);
  let best = Number.POSITIVE_INFINITY;
  const sample = (): number => {
    const started = performance.now();
    for (let call = 0; call < 8; call++) {
      backend.multiply(matrixOf(left, size, size), right, matrixOf(result, size, size), false);
    }
    return performance.now() - started;
  };
  for (let round = 0; round < 2000; round++) best = Math.min(best, sample());
  return {
    isQuiet: () => {
      const ms = sample();
      best = Math.min(best, ms);
      return ms < 1.1 * best;
    },
  };
}

function reportOf(rows: readonly Row[], calibrationSeconds: number, quietShare: number): string {
  const errors = rows.map(({ predicted, measured }) => Math.abs(predicted / measured - 1)).sort((a, b) => a - b);
  const median = errors[errors.length >> 1] ?? Number.NaN;
  const within = (limit: number): string => share(errors.filter((error) => error <= limit).length / errors.length);
  const covered = rows.filter(({ low, high, measured }) => low <= measured && measured <= high).length / rows.length;
  const name = grid.map((item) => item.name.length).reduce((a, b) => Math.max(a, b));
  const line = (cells: readonly string[]): string => {
    const [first = '', ...others] = cells;
    return [first.padEnd(name), ...others.map((cell, index) => cell.padStart(index === 2 || index === 5 ? 6 : 8))]
      .join('  ')
      .trimEnd();
  };
  const table = grid.map((item) => {
    const cells = (['training', 'inference'] as const).flatMap((mode) => {
      const row = rows.find((candidate) => candidate.name === item.name && candidate.mode === mode);
      if (row === undefined) return [];
      return [formatSeconds(row.predicted), formatSeconds(row.measured), signed(row.predicted / row.measured - 1)];
    });
    return line([item.name, ...cells]);
  });
  return `# Predicted and measured times

Seen on ${date} on ${processor} with ${cpus().length} cores, ${process.platform} ${release()}, Node ${process.versions.node}; ${software}.

\`npm run bench:predict -- --seconds ${Math.round(measuringMs / 1000)}\`: the machine was timed once, in ${calibrationSeconds.toFixed(1)} s, before anything was measured; then
the models of the grid took turns and each one's best time counts. Other programs ran on the machine: during ${share(quietShare)} of the
runs a product of matrices timed beside them was within 10% of its best.

- median error: ${share(median)} (aim: below 15%)
- within 15%: ${within(0.15)}; within 30%: ${within(0.3)} (aim: 90%)
- inside the interval that is shown with the prediction: ${share(covered)}

A training step has forward, backward, clipping and Adam; inference is one batch forwards with its loss.

\`\`\`
${line(['', 'training', '', '', 'inference'])}
${line(['', 'predicted', 'measured', 'error', 'predicted', 'measured', 'error'])}
${table.join('\n')}
\`\`\``;
}

/** What comparisons by training took on this machine, as `unroll train` kept it. */
function comparisonLines(): string {
  const file = measuredTimesFile();
  if (!existsSync(file)) return '';
  const steps = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text): MeasuredStep[] => (text === '' ? [] : [JSON.parse(text)]));
  const lines = steps.slice(-20).map((step) => `${step.model}, B=${step.batch}, ${measuredStepText(step)}`);
  return `\nThe last comparisons by unroll train:\n${lines.join('\n')}\n`;
}

function share(value: number): string {
  return `${(100 * value).toFixed(value < 0.1 ? 1 : 0)}%`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(0)}%`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
