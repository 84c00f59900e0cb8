/** What a training run needs of the process it runs in, so that the same run works in Node, in a worker and in a test. */
import type { WorkerHandle } from '../parallel/workerHandle';
import type { OpenedTensorFlow } from '../tfjs/load';
import type { KernelBytes } from '../wasm/kernels';
import type { KernelChoice } from '../wasm/tiles';
import type { OpenedGpu } from '../webgpu/gpu';

export interface PreviewHost {
  /** The bytes of a file. Rejects with an Error whose message says why it cannot be read. */
  readFile(path: string): Promise<Uint8Array>;
  /** Replaces a file, whole or not at all. Rejects with an Error whose message says why it cannot be written. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  kernels(): Promise<KernelBytes>;
  /** The choice among kernels, where it was made before; null where it is still to be made. */
  readonly chosenKernels?: Promise<KernelChoice | null>;
  /** Has the JavaScript engine compile kernels from now on as it does by default; left out where it does anyway. */
  compileOrdinarily?(): void;
  /** The bytes of `samples/data/digits.npz`. */
  digits(): Promise<Uint8Array>;
  /** Opens WebGPU, a device anew each time; left out where the process cannot reach it. Never rejects. */
  openGpu?(): Promise<OpenedGpu>;
  /** Loads TensorFlow.js for Node; left out where the process cannot. Never rejects. */
  openTensorFlow?(folders: readonly string[]): Promise<OpenedTensorFlow>;
  /**
   * Absolute paths of folders that the user has TensorFlow.js loaded from. It is code of others: from nowhere else, and from
   * nowhere where this is left out.
   */
  readonly tensorFlowFolders?: readonly string[];
  /** Left out where everything is to run on the calling thread. */
  readonly workers?: WorkerHost;
  nowMs(): number;
  /** Lets messages in, such as a wish to stop. */
  pause(): Promise<void>;
}

/** Threads of the host. */
export interface WorkerHost {
  /** Cores to compute on: those that do not share their arithmetic units with another. */
  readonly cores: number;
  /** Whether workers see memory of the thread that started them. */
  readonly sharesMemory: boolean;
  /** A worker that runs `worker.ts`. */
  start<Sent, Received>(): WorkerHandle<Sent, Received>;
}
