/** The variants that one device trains: when it is lost, all of them go on with the next backend from what each has kept. */
import type { RunEvent } from '../../protocol/trainer';
import { DeviceLostError } from '../deviceLost';
import { type ChosenBackend, closeBackend } from './backends';
import type { NetworkMaker } from './networkMaker';
import type { MovableRun, VariantRun } from './variantRun';

export interface SharedDevice {
  /**
   * A run that lasts as long as there is anything to train on: what it is asked to do is done on the next backend where the
   * device is lost over it. Rejects with an Error when no backend can hold it.
   */
  start(createRun: (makeNetwork: NetworkMaker) => MovableRun): Promise<VariantRun>;
  close(): void;
}

/** Where runs train until it is lost. */
interface Home {
  readonly backend: ChosenBackend;
  readonly makeNetwork: NetworkMaker;
}

/**
 * @param next the backend to go on with when those before it are lost; rejects with an Error when there is none
 * @param emit for what is to be said of a run before it is there to say it
 */
export function shareDevice(
  first: ChosenBackend,
  next: (lost: readonly ChosenBackend[]) => Promise<ChosenBackend>,
  makerOf: (backend: ChosenBackend) => NetworkMaker,
  emit: (event: RunEvent) => void,
): SharedDevice {
  const lost: ChosenBackend[] = [];
  let home: Home = { backend: first, makeNetwork: makerOf(first) };
  /** Why what was home before is no longer. */
  let because = '';
  let nothingLeft: string | null = null;
  let leaving: Promise<void> = Promise.resolve();

  /** Several runs find the same device lost, each by itself; the first to say so moves the home of all. */
  const leave = (left: Home, reason: string): Promise<void> => {
    leaving = leaving.then(async () => {
      if (home !== left || nothingLeft !== null) return;
      because = reason;
      lost.push(left.backend);
      closeBackend(left.backend);
      try {
        const backend = await next(lost);
        home = { backend, makeNetwork: makerOf(backend) };
      } catch {
        const { name, device } = left.backend;
        nothingLeft = `There is nothing left to train on: ${name} on ${device} computes no further (${reason}).`;
      }
    });
    return leaving;
  };

  const lasting = (run: MovableRun, start: Home): VariantRun => {
    let own = start;
    /** To where the others are, or as far as that goes. */
    const follow = async (): Promise<void> => {
      await leaving;
      while (own !== home && nothingLeft === null) {
        const to = home;
        try {
          await run.moveTo(to.makeNetwork, because);
          own = to;
        } catch (error) {
          await leave(to, lossIn(error));
        }
      }
      if (nothingLeft !== null) run.giveUp(nothingLeft);
    };
    const carryOut = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      for (;;) {
        if (!run.isOver) await follow();
        if (run.isOver) return work();
        try {
          return await work();
        } catch (error) {
          await leave(own, lossIn(error));
        }
      }
    };
    return {
      cell: run.cell,
      get start() {
        return run.start;
      },
      get isOver() {
        return run.isOver;
      },
      advance: (forMs) => carryOut(async () => (run.isOver ? undefined : run.advance(forMs))),
      checkpoint: () => carryOut(run.checkpoint),
      resume: run.resume,
      finish: run.finish,
      end: run.end,
    };
  };

  return {
    start: async (createRun) => {
      for (;;) {
        await leaving;
        if (nothingLeft !== null) throw new Error(nothingLeft);
        const own = home;
        try {
          const run = createRun(own.makeNetwork);
          const { name, device } = first;
          const { cell, start } = run;
          const to = { backend: start.backend, device: start.device };
          if (own.backend !== first) {
            emit({ type: 'moved', cell, step: 0, from: { backend: name, device }, to, because });
          }
          return lasting(run, own);
        } catch (error) {
          await leave(own, lossIn(error));
        }
      }
    },
    close: () => closeBackend(home.backend),
  };
}

/** Anything else is no loss, and for whoever asked. */
function lossIn(error: unknown): string {
  if (error instanceof DeviceLostError) return error.because;
  throw error;
}
