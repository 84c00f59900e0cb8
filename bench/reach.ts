/**
 * What measuring how far back the gradient reaches costs: a training step that measures on its way beside one that does not,
 * and a measurement that takes a pass of its own beside a step.
 *
 *     npm run bench:reach [-- --seconds 20]
 *
 * Each pair takes turns and the best time of each counts, because whatever else a machine does only adds time.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { createNetwork } from '../engine/network';
import type { PlannedLayer, TrainingPlan } from '../engine/plan/trainingPlan';
import { createRandom } from '../engine/random';
import { wasmBackendFactory } from '../engine/wasm/backend';
import { supportedKernelBuild } from '../engine/wasm/kernels';
import { fasterKernels } from '../engine/wasm/tiles';
import { defaultBudget } from '../protocol/trainingDefaults';
import { kernels } from './builtKernels';
import { print } from './output';

const { seconds } = parseArgs({ options: { seconds: { type: 'string' } } }).values;
const measuringMs = 1000 * Number(seconds ?? 20);
/** As `engine/trainer/variantRun.ts` measures: at the first step and four times more. */
const measurementsOfRun = 5;

const build = supportedKernelBuild();
if (build === null) throw new Error('There is no WebAssembly SIMD here, so there is no engine to measure.');
const createBackend = wasmBackendFactory(kernels, fasterKernels(kernels, build));

interface Case {
  readonly name: string;
  readonly plan: TrainingPlan;
}

const batch = 32;

function lstm(hiddenSize: number): PlannedLayer {
  return {
    ...{ kind: 'recurrent', path: 'lstm', cell: 'lstm', hiddenSize, activation: 'tanh', bias: 'input' },
    ...{ resetAfter: true, direction: 'forward', merge: 'concat' },
  };
}

const cases: readonly Case[] = [32, 64, 128].flatMap((hiddenSize): Case[] => [
  {
    name: `LSTM of ${hiddenSize}, the last of 100 steps predicted`,
    plan: {
      ...{ convention: 'keras', timeSteps: 100, input: { kind: 'features', width: 32 } },
      layers: [
        lstm(hiddenSize),
        ...[{ kind: 'step', path: 'last', step: -1 } as const],
        { kind: 'dense', path: 'dense', units: 1, bias: true, activation: null },
      ],
      ...{ output: { steps: 'last', width: 1 }, loss: 'meanSquaredError', remarks: [] },
    },
  },
  {
    name: `LSTM of ${hiddenSize}, every one of 100 characters predicted`,
    plan: {
      ...{ convention: 'keras', timeSteps: 100, input: { kind: 'tokens', vocabulary: 65 } },
      layers: [
        { kind: 'embedding', path: 'embedding', vocabulary: 65, width: 32 },
        lstm(hiddenSize),
        { kind: 'dense', path: 'dense', units: 65, bias: true, activation: null },
      ],
      ...{ output: { steps: 'every', width: 65 }, loss: 'crossEntropy', remarks: [] },
    },
  },
]);

async function bestMs(runs: readonly (() => Promise<unknown>)[], forMs: number): Promise<readonly number[]> {
  const best = runs.map(() => Number.POSITIVE_INFINITY);
  const end = performance.now() + forMs;
  do {
    for (const [index, run] of runs.entries()) {
      const start = performance.now();
      await run();
      best[index] = Math.min(best[index] ?? Number.NaN, performance.now() - start);
    }
  } while (performance.now() < end);
  return best;
}

async function main(): Promise<void> {
  print(`${cpus()[0]?.model.trim()}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}\n`);
  print('| model | step (ms) | what a measurement adds (ms) | of a run of 300 steps |');
  print('|---|---|---|---|');
  for (const { name, plan } of cases) {
    const network = createNetwork(plan, batch, createBackend, 1);
    const { inputSteps, inputWidth, targetSteps } = network.batchShape;
    const random = createRandom(1, 0);
    const isTokens = plan.input.kind === 'tokens';
    const draw = (): number => (isTokens ? random.below(65) : random.normal());
    network.loadBatch(
      Float32Array.from({ length: inputSteps * batch * inputWidth }, draw),
      Float32Array.from({ length: targetSteps * batch }, draw),
    );
    let step = 0;
    const train = (measureReach: boolean) => () =>
      network.trainStep(++step, { learningRate: 1e-4, clipNorm: 1, measureReach });
    const measure = targetSteps === 1 ? train(true) : () => network.gradientReach();
    const [plain = 0, measuring = 0] = await bestMs([train(false), measure], measuringMs / cases.length);
    const added = targetSteps === 1 ? Math.max(0, measuring - plain) : measuring;
    const share = (measurementsOfRun * added) / (defaultBudget.steps * plain + measurementsOfRun * added);
    print(`| ${name} | ${plain.toFixed(2)} | ${added.toFixed(2)} | ${(100 * share).toFixed(2)} % |`);
  }
}

void main();
