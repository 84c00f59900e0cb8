/**
 * How fast the engine trains on a GPU, beside PyTorch with cuDNN on the same GPU, TensorFlow.js over the same Dawn, and itself on
 * the processor, on the same models and sizes, in one run.
 *
 *     npm run bench:peers                       installs the others beside the project, once
 *     npm run bench:gpu [-- --seconds 0.5] [-- --rounds 5] [-- --only LSTM] [-- --against torch,tfjs,wasm] [-- --write]
 *     npm run bench:gpu -- --smoke              shows that it works, on any adapter; measures nothing
 *     npm run bench:gpu -- --pack <folder>      writes all that it needs, to be carried to a machine without network
 *
 * All take turns: in each round a model trains for `--seconds` on every one of them, and the round in the middle counts. A step
 * has forward, loss, backward and Adam, on a batch that lies where it computes. Losses are read after eight steps, as a preview
 * reads them, except by the processor and by TensorFlow.js, which take long enough for each. `--write` puts the report into
 * bench/results/gpu.md and .json after every model.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BackendFactory } from '../engine/backend';
import { openDawn, thisProcess } from '../engine/trainer/dawn';
import { setV8Flags } from '../engine/trainer/v8Flags';
import { webgpuBackendFactory } from '../engine/webgpu/backend';
import type { EngineCase } from './engineGrid';
import { type Accuracy, accuracyOf } from './gpuAccuracy';
import {
  fastestOnProcessor,
  type GpuContestant,
  oursOnGpu,
  oursOnProcessor,
  type Role,
  startGpuPeers,
} from './gpuContestants';
import { nameMountedDriver, whatToInstall } from './gpuDriver';
import { gpuGrid, isLaunchBound, smokeGrid } from './gpuGrid';
import { type GpuMeasurements, type GpuRow, gpuReport } from './gpuReport';
import { print } from './output';
import { median } from './statistics';

const options = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    against: { type: 'string' },
    smoke: { type: 'boolean' },
    write: { type: 'boolean' },
  },
}).values;
setV8Flags();
const isSmoke = options.smoke ?? false;
const turnSeconds = Number(options.seconds ?? (isSmoke ? 0 : 0.5));
const rounds = Number(options.rounds ?? (isSmoke ? 1 : 5));
/** A step that takes so long is measured well enough the first time. */
const longStepSeconds = 1;

async function main(): Promise<void> {
  nameMountedDriver();
  // Dawn rounds timestamps unless it is told not to.
  const flags = ['disable-dawn-features=timestamp_quantization'];
  const opened = await openDawn(path.resolve('dist', 'webgpu'), thisProcess, flags);
  if (opened.kind === 'none') throw new Error(`${opened.because}. ${whatToInstall()}`);
  const { gpu } = opened;
  process.stderr.write(`${gpu.label}\n`);
  if (gpu.isSoftware && !isSmoke) {
    throw new Error(
      `There is no GPU to measure, only ${gpu.label}. With --smoke a tiny grid shows that the program works. ${whatToInstall()}`,
    );
  }
  const isWanted = (name: string): boolean => options.against?.split(',').includes(name) ?? true;
  const { peers, missing } = await startGpuPeers(isSmoke ? 'cpu' : 'cuda', isWanted);
  const processor = fastestOnProcessor();
  const contestants = [oursOnGpu(gpu), ...(isWanted('wasm') ? [oursOnProcessor(processor)] : []), ...peers];
  const cases = (isSmoke ? smokeGrid : gpuGrid).filter(({ name }) => name.includes(options.only ?? ''));
  const backends = { webgpu: webgpuBackendFactory(gpu), wasm: processor.create };
  const rows: GpuRow[] = [];
  try {
    for (const item of cases) {
      rows.push({ ...(await timesOf(item, contestants)), accuracy: await accuraciesOf(item, backends) });
      process.stderr.write(`${rows.length} of ${cases.length}: ${item.name}\n`);
      if (options.write && !isSmoke) writeResults({ contestants, missing, rows });
    }
    print(reportOf({ contestants, missing, rows }));
  } finally {
    for (const contestant of contestants) contestant.end();
  }
}

async function timesOf(item: EngineCase, contestants: readonly GpuContestant[]): Promise<Omit<GpuRow, 'accuracy'>> {
  const turns = new Map<Role, number[]>();
  const refused = new Map<Role, string>();
  for (let round = 0; round < rounds; round++) {
    for (const { role, secondsOfStep } of contestants) {
      const before = turns.get(role) ?? [];
      if (refused.has(role) || before.some((seconds) => seconds > longStepSeconds)) continue;
      const result = await secondsOfStep(item, turnSeconds);
      if (typeof result === 'string') refused.set(role, result);
      else turns.set(role, [...before, result]);
    }
  }
  let work: GpuRow['work'] = null;
  for (const contestant of contestants) work = (await contestant.finish(item)) ?? work;
  const resultOf = (role: Role): number | string => refused.get(role) ?? median(turns.get(role) ?? []);
  return {
    model: item.name,
    sequences: item.model.batch,
    isLaunchBound: isLaunchBound(item),
    seconds: Object.fromEntries(contestants.map(({ role }) => [role, resultOf(role)])),
    work,
  };
}

async function accuraciesOf(
  item: EngineCase,
  backends: Readonly<Record<'webgpu' | 'wasm', BackendFactory>>,
): Promise<GpuRow['accuracy']> {
  const accuracies: Partial<Record<Role, Accuracy>> = {};
  for (const role of ['webgpu', 'wasm'] as const) {
    try {
      accuracies[role] = await accuracyOf(item, backends[role]);
    } catch (error) {
      process.stderr.write(`${item.name} on ${role}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return accuracies;
}

function reportOf(measurements: GpuMeasurements): string {
  const date = new Date().toISOString().slice(0, 10);
  const processor = cpus()[0]?.model.trim() ?? process.arch;
  const machine = `${processor} with ${cpus().length} cores, ${process.platform} ${release()}, Node ${process.versions.node}`;
  const heading = isSmoke
    ? ['# Smoke, no measurement', '', `A tiny grid on ${machine}: it shows that the program works, and no more.`]
    : [
        '# Training steps on a GPU',
        '',
        `Seen on ${date} on ${machine}.`,
        '',
        `\`npm run bench:gpu -- --seconds ${turnSeconds} --rounds ${rounds}\`: all took turns, the round in the middle counts.`,
      ];
  return gpuReport(heading, measurements, !isSmoke);
}

function writeResults(measurements: GpuMeasurements): void {
  const folder = path.join('bench', 'results');
  mkdirSync(folder, { recursive: true });
  const { contestants, missing, rows } = measurements;
  const document = {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? process.arch,
    cores: cpus().length,
    node: process.versions.node,
    contestants: contestants.map(({ role, name, device }) => ({ role, name, device })),
    missing,
    rows,
  };
  writeFileSync(path.join(folder, 'gpu.md'), `${reportOf(measurements)}\n`);
  writeFileSync(path.join(folder, 'gpu.json'), `${JSON.stringify(document, null, 1)}\n`);
}

main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  })
  // Threads of Dawn, of workers and of others would keep the process.
  .finally(() => process.exit());
