/** Trainers in this page: workers that train, and what they and the extension say to each other, passed on as it is. */
import type { FromPreview, ToPreview } from '../../../protocol/panel';
import type { FromWindowTrainer } from '../../../protocol/windowTrainer';

type TrainerMessage = Extract<ToPreview, { readonly trainer: number }>;

export class TrainerWorkers {
  private readonly workers = new Map<number, Promise<Worker | null>>();

  constructor(private readonly post: (message: FromPreview) => void) {}

  receive(message: TrainerMessage): void {
    const { trainer } = message;
    switch (message.type) {
      case 'startTrainer':
        this.workers.set(trainer, this.start(trainer, message.script));
        return;
      case 'toTrainer':
        void this.workers.get(trainer)?.then((worker) => worker?.postMessage(message.message));
        return;
      case 'endTrainer':
        void this.workers.get(trainer)?.then((worker) => worker?.terminate());
        this.workers.delete(trainer);
        return;
      default:
        message satisfies never;
    }
  }

  /** Null where the worker cannot be started, which the extension is told. */
  private async start(trainer: number, script: string): Promise<Worker | null> {
    const tell = (message: FromWindowTrainer): void => this.post({ type: 'fromTrainer', trainer, message });
    try {
      // A webview refuses workers from the address of a file, and so from another origin; a blob is its own.
      const response = await fetch(script);
      if (!response.ok) throw new Error(`${response.status} for the trainer's script`);
      const address = URL.createObjectURL(new Blob([await response.text()], { type: 'text/javascript' }));
      const worker = new Worker(address);
      // Once it says something it has been read, and its text need not be kept.
      worker.addEventListener('message', () => URL.revokeObjectURL(address), { once: true });
      worker.addEventListener('message', ({ data }: MessageEvent<FromWindowTrainer>) => tell(data));
      // A script that cannot be read at all has no message.
      worker.addEventListener('error', ({ message }) =>
        tell({ type: 'failed', message: message || 'it did not start' }),
      );
      return worker;
    } catch (error) {
      tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
      return null;
    }
  }
}
