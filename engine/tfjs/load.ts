/**
 * Finds TensorFlow.js for Node where the user has it, and loads it. That runs code which is not ours: to be called only with
 * folders that the user has named, or with the workspace's where the user has asked for this backend by its name.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import util from 'node:util';
import type { Network } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { firstLineOf, withDeviceErrors } from './deviceErrors';
import { fusedCells } from './fusedCells';
import { createTensorFlowNetwork, type TensorFlowDevice } from './network';
import { agreesOn } from './selfTest';
import { type NodeKernelBackend, nodeKernelBackend, type TensorFlow } from './tensorflow';

/** The library, ready to train. */
export interface LoadedTensorFlow {
  readonly kind: 'opened';
  /** For people. */
  readonly device: string;
  /** Whether it computes on the processor: never to be called a GPU, and never chosen unasked. */
  readonly isSoftware: boolean;
  readonly createNetwork: (plan: TrainingPlan, batch: number, seed: number) => Network;
}

export type OpenedTensorFlow =
  | LoadedTensorFlow
  /** With a `device` there is one, that cannot be relied on. */
  | { readonly kind: 'none'; readonly because: string; readonly device?: string };

/** The one for GPUs first, which is there to be used. */
const packageNames = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;
type PackageName = (typeof packageNames)[number];

/** What the process is, so that a test can say so of another. */
interface LoadingProcess {
  readonly isElectron: boolean;
}

const thisProcess: LoadingProcess = { isElectron: process.versions['electron'] !== undefined };

/**
 * Never rejects. What the package computes is compared with the reference before anything is trained on it.
 *
 * @param folders absolute paths: that of the package itself, or one from which Node's own search for modules begins
 */
export async function openTensorFlow(
  folders: readonly string[],
  of: LoadingProcess = thisProcess,
): Promise<OpenedTensorFlow> {
  if (of.isElectron) {
    const because = 'this process is Electron, which its binary is not made for; set unroll.trainer.runtime to a Node';
    return { kind: 'none', because };
  }
  const relative = folders.find((folder) => !isAbsolute(folder));
  if (relative !== undefined) return { kind: 'none', because: `${relative} is not an absolute path of a folder` };
  const found = findPackage(folders);
  if (found === null) {
    return { kind: 'none', because: `neither ${packageNames.join(' nor ')} is installed in ${folders.join(' or ')}` };
  }
  try {
    const tf = load(found.main);
    await tf.ready();
    const backend = nodeKernelBackend(tf);
    if (backend === null) return { kind: 'none', because: `${found.name} is not the TensorFlow.js that it should be` };
    return await checked(tf, backend, found.name);
  } catch (error) {
    return { kind: 'none', because: whyNotLoaded(found.name, error) };
  }
}

/** Fused operations that fail or compute something else are left alone, and loops used in their place. */
async function checked(tf: TensorFlow, backend: NodeKernelBackend, name: PackageName): Promise<OpenedTensorFlow> {
  const isSoftware = !backend.isUsingGpuDevice;
  const on = (device: TensorFlowDevice): LoadedTensorFlow => ({
    kind: 'opened',
    device: device.device,
    isSoftware,
    createNetwork: (plan, batch, seed) => withDeviceErrors(() => createTensorFlowNetwork(device, plan, batch, seed)),
  });
  const fused = fusedCells(backend);
  const withFused = { tf, fused, device: labelOf(tf, isSoftware, name, fused.name) };
  const failure = await failureOf(withFused);
  if (failure === null) return on(withFused);
  const withLoops = { tf, fused: null, device: labelOf(tf, isSoftware, name, `without ${fused.name}: ${failure}`) };
  const because = await failureOf(withLoops);
  return because === null ? on(withLoops) : { kind: 'none', because, device: labelOf(tf, isSoftware, name) };
}

/** Null where it computes what the reference does. */
async function failureOf(device: TensorFlowDevice): Promise<string | null> {
  try {
    return (await agreesOn(device)) ? null : 'what it computes differs from the reference';
  } catch (error) {
    return firstLineOf(error);
  }
}

/** @param how recurrent layers are computed */
function labelOf(tf: TensorFlow, isSoftware: boolean, name: PackageName, how?: string): string {
  const reason = name === '@tensorflow/tfjs-node-gpu' ? ', because the CUDA 11 libraries were not found' : '';
  const library = `TensorFlow.js ${tf.version.tfjs}${how === undefined ? '' : `, ${how}`}`;
  return `${isSoftware ? `the processor${reason}` : 'a CUDA GPU'} (${library})`;
}

function findPackage(folders: readonly string[]): { readonly name: PackageName; readonly main: string } | null {
  for (const folder of folders) {
    const own = packageNames.find((name) => name === nameOfPackage(folder));
    if (own !== undefined) return { name: own, main: folder };
    const { resolve } = createRequire(join(folder, 'package.json'));
    for (const name of packageNames) {
      try {
        return { name, main: resolve(name) };
      } catch {
        // Not here; perhaps the other, or in the next folder.
      }
    }
  }
  return null;
}

function nameOfPackage(folder: string): string | null {
  try {
    const { name }: { readonly name?: unknown } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof name === 'string' ? name : null;
  } catch {
    return null;
  }
}

function load(main: string): TensorFlow {
  restoreRemovedFunctions();
  // TensorFlow writes what it finds of a machine to standard error, which is for people.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const loaded: unknown = createRequire(main)(main);
  if (!isTensorFlow(loaded)) throw new Error('it has not the functions of TensorFlow.js');
  return loaded;
}

/**
 * What tfjs-node 4.22 calls of `node:util` (`dist/nodejs_kernel_backend.js`, `dist/kernels/TopK.js`): Node 23 has removed the first,
 * and warns of the second on standard error.
 */
function restoreRemovedFunctions(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
    isArray: Array.isArray,
  });
}

function isTensorFlow(loaded: unknown): loaded is TensorFlow {
  if (typeof loaded !== 'object' || loaded === null) return false;
  const needed: readonly string[] = ['tidy', 'variableGrads', 'customGrad', 'backend', 'ready', 'version'];
  return needed.every((name) => name in loaded);
}

function whyNotLoaded(name: PackageName, error: unknown): string {
  const message = firstLineOf(error);
  if (/native addon module/.test(message)) {
    return `${name} has no binary for this system: its installation was not finished, or needs npm rebuild ${name} --build-addon-from-source`;
  }
  return `${name} could not be loaded (${message})`;
}
