/** What a training run needs of the process it runs in, so that the same run works in Node, in a worker and in a test. */
import type { KernelBytes } from '../wasm/kernels';

export interface PreviewHost {
  /** The bytes of a file. Rejects with an Error whose message says why it cannot be read. */
  readFile(path: string): Promise<Uint8Array>;
  /** Replaces a file, whole or not at all. Rejects with an Error whose message says why it cannot be written. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  kernels(): Promise<KernelBytes>;
  nowMs(): number;
  /** Lets messages in, such as a wish to stop. */
  pause(): Promise<void>;
}
