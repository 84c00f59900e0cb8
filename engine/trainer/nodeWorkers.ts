/** Workers of Node: threads of this process that end with it. */
import { join } from 'node:path';
import { parentPort, Worker } from 'node:worker_threads';
import type { WorkerHandle, WorkerPort } from '../parallel/workerHandle';

/** The script of all workers is built beside the trainer. */
const workerScript = 'trainerWorker.js';

export function startNodeWorker<Sent, Received>(folder: string): WorkerHandle<Sent, Received> {
  const worker = new Worker(join(folder, workerScript));
  let isEnded = false;
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listen) => {
      worker.on('message', listen);
    },
    onLost: (listen) => {
      let how: string | null = null;
      worker.on('error', (error: unknown) => {
        how = error instanceof Error ? error.message : String(error);
      });
      worker.once('exit', (code) => {
        if (!isEnded) listen(how ?? `exit code ${code}`);
      });
    },
    end: () => {
      isEnded = true;
      void worker.terminate();
    },
  };
}

/** This thread as a worker, or null where it is none. */
export function nodeWorkerPort<Sent, Received>(): WorkerPort<Sent, Received> | null {
  const port = parentPort;
  return (
    port && {
      post: (message) => port.postMessage(message),
      onMessage: (listen) => {
        port.on('message', listen);
      },
    }
  );
}
