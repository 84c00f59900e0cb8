/** The engines that benchmarks compare with, each in a process of its own that answers a line of JSON with one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { EngineCase } from './engineGrid';

export interface Contestant {
  readonly name: string;
  readonly threads: number;
  readonly isOurs: boolean;
  /** Trains for so many seconds; those of the fastest step, or why it cannot. */
  fastestStep(item: EngineCase, seconds: number): Promise<number | string>;
  end(): void;
}

const folder = path.join('.cache', 'peers');
export const peerPython = process.env['UNROLL_PEERS_PYTHON'] ?? path.join(folder, 'python', 'bin', 'python');
const peerModules = path.join(folder, 'node');

/** Those that are installed, and a sentence for each that is not. */
export async function startPeers(wanted: (peer: 'torch' | 'keras' | 'tfjs') => boolean): Promise<{
  readonly peers: readonly Contestant[];
  readonly missing: readonly string[];
}> {
  const missing: string[] = [];
  const peers: Contestant[] = [];
  const script = (name: string): string => path.join('bench', 'peers', name);
  if (existsSync(peerPython)) {
    if (wanted('torch')) {
      const torch = await startPeer(peerPython, [script('torch_peer.py')]);
      peers.push(contestantOf(torch, 1), contestantOf(torch, 2));
    }
    for (const threads of wanted('keras') ? [1, 2] : []) {
      peers.push(contestantOf(await startPeer(peerPython, [script('keras_peer.py'), String(threads)]), threads));
    }
  } else {
    missing.push('PyTorch and Keras are not installed: `npm run bench:peers`.');
  }
  if (existsSync(path.join(peerModules, 'node_modules'))) {
    if (wanted('tfjs'))
      peers.push(contestantOf(await startPeer(process.execPath, [script('tfjs_peer.mjs'), peerModules]), 1));
  } else {
    missing.push('TensorFlow.js is not installed: `npm run bench:peers`.');
  }
  return { peers, missing };
}

/** The first line is a greeting with a name, every other the answer to a request. */
export interface Answer {
  readonly name?: string;
  /** The GPU that computes. */
  readonly device?: string;
  /** Of the fastest step, and of the one in the middle. */
  readonly seconds?: number;
  readonly median?: number;
  readonly unable?: string;
}

export interface Peer {
  readonly process: ChildProcess;
  readonly greeting: Answer;
  /** Rejects when the process has ended. */
  ask(request: object): Promise<Answer>;
}

/** Rejects when the process ends before it greets. */
export async function startPeer(command: string, args: readonly string[]): Promise<Peer> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  // That it has ended is told to whoever waits for its answer.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const greeting = await nextAnswer(lines, child);
  return {
    process: child,
    greeting,
    ask: (request) => {
      const answer = nextAnswer(lines, child);
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer;
    },
  };
}

function nextAnswer(lines: Interface, child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`${path.basename(child.spawnfile)} ended with ${child.exitCode}`));
    if (child.exitCode !== null) ended();
    child.once('close', ended);
    lines.once('line', (line) => {
      child.off('close', ended);
      resolve(JSON.parse(line));
    });
  });
}

function contestantOf(peer: Peer, threads: number): Contestant {
  return {
    name: `${peer.greeting.name ?? 'unknown'}, ${threads} thread${threads === 1 ? '' : 's'}`,
    threads,
    isOurs: false,
    fastestStep: async ({ model }, seconds) => {
      const answer = await peer.ask({ model, threads, seconds });
      return answer.seconds ?? answer.unable ?? 'it did not answer';
    },
    end: () => {
      peer.process.stdin?.end();
    },
  };
}
