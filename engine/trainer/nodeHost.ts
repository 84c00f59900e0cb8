/** What a training run needs, as Node has it: for the trainer's process and for its workers. */
import { readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openTensorFlow } from '../tfjs/load';
import { openDawn } from './dawn';
import type { PreviewHost } from './host';
import { startNodeWorker } from './nodeWorkers';
import { stopJoiningVectors } from './v8Flags';

/** @param folder where the kernels, Dawn, the pictures of digits and the script of the workers lie */
export function nodeHost(folder: string): PreviewHost {
  return {
    readFile: (path) => readFile(path),
    writeFile: async (path, bytes) => {
      const unfinished = `${path}.${process.pid}.unfinished`;
      await writeFile(unfinished, bytes);
      await rename(unfinished, path);
    },
    kernels: async () => ({
      simd: await readFile(join(folder, 'kernels.wasm')),
      relaxedSimd: await readFile(join(folder, 'kernels.relaxed.wasm')),
    }),
    compileOrdinarily: stopJoiningVectors,
    digits: () => readFile(join(folder, 'digits.npz')),
    openGpu: () => openDawn(join(folder, 'webgpu')),
    openTensorFlow,
    workers: { cores: countCores(), sharesMemory: true, start: () => startNodeWorker(folder) },
    nowMs: () => performance.now(),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

/** Cores that this process may use. Two threads of one core share its arithmetic units, so that they count once. */
function countCores(): number {
  return Math.max(1, Math.floor(availableParallelism() / threadsOfCore()));
}

/** Linux says; elsewhere, x64 processors of today have two and Arm's one. */
function threadsOfCore(): number {
  try {
    const siblings = readFileSync('/sys/devices/system/cpu/cpu0/topology/thread_siblings_list', 'utf8');
    return /[,-]/.test(siblings) ? 2 : 1;
  } catch {
    return process.arch === 'x64' && availableParallelism() > 1 ? 2 : 1;
  }
}
