/** What a training run needs, as a worker in the editor's window has it: files come from the extension, on question. */
import type { FileAnswer, FileQuestion } from '../../protocol/windowTrainer';
import { openGpu } from '../webgpu/gpu';
import type { PreviewHost } from './host';

/**
 * Metal has fewer invocations for a kernel that takes many registers, unless its compiler was told how many there will be; a dispatch
 * of more does nothing, without an error (https://github.com/gpuweb/gpuweb/issues/5315). The Dawn of the npm package tells it, Chromium
 * of before that report does not. So many every kernel has.
 */
const metalInvocations = 256;

export interface WindowHost {
  /** Without workers: a webview shares no memory between threads, and what it is for, a GPU, needs none. */
  readonly host: PreviewHost;
  takeAnswer(number: number, answer: FileAnswer): void;
}

/** @param ask sends a question, to be answered once under the same number */
export function windowHost(ask: (number: number, question: FileQuestion) => void): WindowHost {
  const waiting = new Map<number, (answer: FileAnswer) => void>();
  let asked = 0;
  const answerTo = (question: FileQuestion): Promise<readonly Uint8Array[]> =>
    new Promise((resolve, reject) => {
      asked += 1;
      waiting.set(asked, (answer) => {
        if (answer.kind === 'files') resolve(answer.files);
        else reject(new Error(answer.because));
      });
      ask(asked, question);
    });
  const nextTask = taskSwitch();
  return {
    takeAnswer: (number, answer) => {
      waiting.get(number)?.(answer);
      waiting.delete(number);
    },
    host: {
      readFile: async (path) => firstOf(await answerTo({ kind: 'read', path })),
      writeFile: async (path, bytes) => {
        await answerTo({ kind: 'write', path, bytes });
      },
      kernels: async () => {
        const [simd, relaxedSimd] = await answerTo({ kind: 'kernels' });
        if (simd === undefined || relaxedSimd === undefined) throw new Error('the kernels are missing');
        return { simd, relaxedSimd };
      },
      digits: async () => firstOf(await answerTo({ kind: 'digits' })),
      openGpu: async () => {
        const { gpu } = navigator as Partial<NavigatorGPU>;
        if (gpu === undefined) return { kind: 'none', because: 'the window is shown without WebGPU' };
        return navigator.platform.startsWith('Mac') ? openGpu(gpu, metalInvocations) : openGpu(gpu);
      },
      nowMs: () => performance.now(),
      pause: nextTask,
    },
  };
}

function firstOf([file]: readonly Uint8Array[]): Uint8Array {
  if (file === undefined) throw new Error('the answer holds no file');
  return file;
}

/** Lets other tasks run. A timer would be held back by four milliseconds, and longer where nobody looks. */
function taskSwitch(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const resumed: (() => void)[] = [];
  port1.addEventListener('message', () => resumed.shift()?.());
  port1.start();
  return () =>
    new Promise((resolve) => {
      resumed.push(resolve);
      port2.postMessage(null);
    });
}
