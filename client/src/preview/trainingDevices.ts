/**
 * Asks the trainers of this window what they can train on, once, and chooses where a run trains: by name, or by a measured
 * trial where there is a GPU.
 */
import { isOnDevice } from '../../../protocol/backends';
import type { PreviewSpec, Trial } from '../../../protocol/trainer';
import type { HostReport } from './devices';
import {
  type BackendSetting,
  type HostName,
  hostsToTry,
  type Place,
  placesByName,
  placesByTrial,
  placesOf,
  processorOf,
  type Reports,
  type TimedPlace,
} from './devices';
import type { RunPlace } from './previewRun';
import type { RealNode } from './realNode';
import type { TrainerHost } from './trainer';

/**
 * A first comparison waits so long for a host to say what it has. One without a GPU answers at once, one with a GPU when its
 * driver has compiled the kernels of the check; one that is later counts from the next comparison on.
 */
const patienceMs = 5_000;

export interface ProcessPrograms {
  /** On the runtime that is set, or the editor's own. */
  readonly ordinary: TrainerHost;
  /** On a Node that can open a GPU, or why there is none. */
  withGpu(): Promise<{ readonly node: RealNode; readonly host: TrainerHost }>;
}

export class TrainingDevices {
  private current: Record<HostName, HostReport> = { ...notAsked };
  private asked: Partial<Record<HostName, Promise<HostReport>>> = {};
  private timed: readonly TimedPlace[] = [];
  /** Ends with the trials that were asked for so far: side by side they would slow each other down. */
  private trying: Promise<unknown> = Promise.resolve();

  /** @param onChange hears that another answer has come */
  constructor(
    private readonly programs: () => ProcessPrograms,
    private readonly onChange: () => void,
  ) {}

  get reports(): Reports {
    return this.current;
  }

  /** What the last trial measured, the fastest first. */
  get lastTrial(): readonly TimedPlace[] {
    return this.timed;
  }

  /** What the trainer process can train on. */
  askProcess(): Promise<HostReport> {
    return this.ask('process', async () => {
      const { node, host } = await this.programs().withGpu();
      const report = await reportOf(host);
      if (node.kind === 'node' || report.kind === 'unknown') return report;
      const { because } = node;
      return {
        ...report,
        backends: report.backends.map((status) =>
          status.name === 'webgpu' ? { name: status.name, available: false, because } : status,
        ),
      };
    });
  }

  /** What the window can train on, which a page of it has to find out. */
  askWindow(page: TrainerHost): Promise<HostReport> {
    return this.ask('window', () => reportOf(page));
  }

  /** Resolves when everything asked so far has been answered. */
  async settled(): Promise<void> {
    await Promise.all(Object.values(this.asked));
  }

  /** What is asked next is asked anew. */
  forget(): void {
    this.asked = {};
    this.current = { ...notAsked };
    this.timed = [];
  }

  private ask(host: HostName, answer: () => Promise<HostReport>): Promise<HostReport> {
    const asked =
      this.asked[host] ??
      answer().catch((error: unknown): HostReport => ({ kind: 'unknown', because: reasonOf(error) }));
    if (this.asked[host] === undefined) {
      this.asked[host] = asked;
      this.current = { ...this.current, [host]: notYet };
      void asked.then((report) => {
        if (this.asked[host] !== asked) return;
        this.current = { ...this.current, [host]: report };
        // A page that was closed before it answered says nothing of the next one.
        if (report.kind === 'unknown') delete this.asked[host];
        this.onChange();
      });
    }
    return asked;
  }

  /** Where a run trains, in the order in which it is tried. */
  async placesFor(setting: BackendSetting, spec: PreviewSpec, page: TrainerHost): Promise<readonly RunPlace[]> {
    if (setting !== 'auto') return this.open(placesByName(setting), page);
    const [process, window] = await Promise.all([inTime(this.askProcess()), inTime(this.askWindow(page))]);
    const trying = this.trying.then(() => this.tryAll(hostsToTry({ process, window }), spec, page));
    this.trying = trying;
    this.timed = placesByTrial(await trying);
    this.onChange();
    return this.open(placesOf(this.timed, processorOf(process)), page);
  }

  /** One host after another. Never rejects. */
  private async tryAll(
    hosts: readonly HostName[],
    spec: PreviewSpec,
    page: TrainerHost,
  ): Promise<Record<HostName, readonly Trial[]>> {
    const trials: Record<HostName, readonly Trial[]> = { process: [], window: [] };
    for (const host of hosts) trials[host] = await this.tryOut(host, spec, page);
    return trials;
  }

  /** Empty where the spec cannot be trained there: what stands in its way is said by the run. */
  private async tryOut(host: HostName, spec: PreviewSpec, page: TrainerHost): Promise<readonly Trial[]> {
    try {
      const asked = host === 'window' ? page : (await this.programs().withGpu()).host;
      const answer = await asked.ask({ type: 'trial', spec });
      return answer.type === 'trialled' ? answer.trials : [];
    } catch {
      return [];
    }
  }

  private async open(places: readonly Place[], page: TrainerHost): Promise<readonly RunPlace[]> {
    const { ordinary, withGpu } = this.programs();
    return Promise.all(
      places.map(async ({ host, backend }): Promise<RunPlace> => {
        if (host === 'window') return { host: page, backend };
        return { host: isOnDevice(backend) ? (await withGpu()).host : ordinary, backend };
      }),
    );
  }
}

const notAsked: Reports = {
  process: { kind: 'unknown', because: 'it has not been asked yet' },
  window: { kind: 'unknown', because: 'it is asked when a comparison is opened' },
};

const notYet: HostReport = { kind: 'unknown', because: 'it has not answered yet' };

async function reportOf(host: TrainerHost): Promise<HostReport> {
  const answer = await host.ask({ type: 'probe' });
  if (answer.type !== 'probed') throw new Error(`the trainer answered with ${answer.type}`);
  return { kind: 'reported', backends: answer.backends };
}

function inTime(report: Promise<HostReport>): Promise<HostReport> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(notYet), patienceMs);
    void report.then((answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
