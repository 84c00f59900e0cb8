/**
 * Which backend a run takes. One that is named is taken or refused. `auto` takes the processor unless this process reaches a
 * GPU that trains these very models faster, as a trial of a few steps shows. A software adapter is never taken unasked.
 */
import { isOnDevice } from '../../protocol/backends';
import type { BackendName, PreviewSpec, Trial } from '../../protocol/trainer';
import { supportedKernelBuild } from '../wasm/kernels';
import { capitalised, listed } from '../wording';
import {
  type Candidate,
  type ChosenBackend,
  candidates,
  closeBackend,
  closeOpened,
  nextBackend,
  type OpenedBackend,
  openCandidate,
  reasonOf,
  whyNot,
} from './backends';
import type { PreviewHost } from './host';
import { type TrialRun, timeSteps } from './trial';

export type BackendChoice =
  /** `remarks` say why it is this one, where there was a choice. */
  | { readonly kind: 'backend'; readonly backend: ChosenBackend; readonly remarks: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string };

/** A choice under way. */
export interface BackendSearch {
  choose(run: TrialRun): Promise<BackendChoice>;
  /** The fastest first; hardware only. */
  trials(run: TrialRun): Promise<readonly Trial[]>;
  /** Gives back devices that were opened; where no choice is made. */
  abandon(): void;
}

type SearchHost = Omit<PreviewHost, 'readFile' | 'writeFile' | 'digits' | 'pause'>;

/** Begins to open what may be taken and takes a while, as the processor does not, so that it is there by the time data and plans are. */
export function searchBackends(
  { backend: asked, movedFrom }: Pick<PreviewSpec, 'backend' | 'movedFrom'>,
  host: SearchHost,
  among: readonly Candidate[] = candidates,
): BackendSearch {
  const isSought = ({ name }: Candidate): boolean =>
    asked === 'auto' ? isOnDevice(name) && name !== movedFrom?.backend : name === asked;
  const opening = Promise.all(
    among.filter(isSought).map(async (candidate) => ({
      name: candidate.name,
      opened: await openCandidate(candidate, host, asked === 'auto' ? 'hardware' : 'whatever there is'),
    })),
  );
  const timed = async (run: TrialRun): Promise<Timed> =>
    timeAll(await opening, await nextBackend(host, among), run, host);
  return {
    choose: async (run) => {
      if (asked === 'auto') return fastest(await timed(run));
      const [found] = await opening;
      if (found === undefined) return { kind: 'refused', message: `There is no backend "${asked}".` };
      const { name, opened } = found;
      if (opened.kind === 'none') return { kind: 'refused', message: refusalOf(name, whyNot(opened)) };
      return { kind: 'backend', backend: opened.backend, remarks: softwareRemark(opened.backend) };
    },
    trials: async (run) => {
      const { ranked, processor } = await timed(run);
      for (const { backend } of ranked) closeBackend(backend);
      return ranked.length > 0 ? ranked.map(({ trial }) => trial) : [await timeSteps(processor, run, host)];
    },
    abandon: () => {
      void opening.then((all) => {
        for (const { opened } of all) closeOpened(opened);
      });
    },
  };
}

interface Timed {
  readonly processor: ChosenBackend;
  /** The fastest first; empty where the processor is the only one, which then needs no trial. */
  readonly ranked: readonly { readonly backend: ChosenBackend; readonly trial: Trial }[];
  /** Devices that are there and cannot be used. */
  readonly remarks: readonly string[];
}

async function timeAll(
  found: readonly { readonly name: BackendName; readonly opened: OpenedBackend }[],
  processor: ChosenBackend,
  run: TrialRun,
  host: SearchHost,
): Promise<Timed> {
  const remarks: string[] = [];
  const ranked: { backend: ChosenBackend; trial: Trial }[] = [];
  for (const { opened } of found) {
    if (opened.kind === 'none') {
      if (opened.device !== undefined) remarks.push(`Does not train on ${opened.device}: ${opened.because}.`);
      continue;
    }
    const { backend } = opened;
    if (backend.kind === 'device' && backend.isSoftware) {
      closeBackend(backend);
      continue;
    }
    try {
      ranked.push({ backend, trial: await timeSteps(backend, run, host) });
    } catch (error) {
      closeBackend(backend);
      remarks.push(`Does not train on ${backend.device}: ${reasonOf(error)}.`);
    }
  }
  if (ranked.length > 0) ranked.push({ backend: processor, trial: await timeSteps(processor, run, host) });
  ranked.sort((a, b) => a.trial.secondsPerStep - b.trial.secondsPerStep);
  return { processor, ranked, remarks };
}

function fastest({ processor, ranked, remarks }: Timed): BackendChoice {
  const [first, ...others] = ranked;
  if (first === undefined) return { kind: 'backend', backend: processor, remarks };
  for (const { backend } of others) closeBackend(backend);
  const speed = ({ backend, trial }: (typeof ranked)[number]): string =>
    `${nameOf(backend)} takes ${milliseconds(trial.secondsPerStep)} a step`;
  const because = `${capitalised(speed(first))}, ${listed(others.map(speed))}, as a short trial of this run shows.`;
  return { kind: 'backend', backend: first.backend, remarks: [...remarks, because] };
}

function nameOf(backend: ChosenBackend): string {
  if (backend.kind === 'device') return backend.device;
  return backend.name === 'wasm' ? 'WebAssembly on the processor' : 'the processor';
}

/** Three digits: "0.613 ms", "12.4 ms". */
function milliseconds(seconds: number): string {
  return `${Number((1000 * seconds).toPrecision(3))} ms`;
}

function softwareRemark(backend: ChosenBackend): readonly string[] {
  return backend.kind === 'device' && backend.isSoftware
    ? [`${capitalised(backend.device)} is no GPU: WebAssembly is likely to be faster.`]
    : [];
}

/** For whoever asked for a backend that does not run: what does. */
function refusalOf(name: BackendName, because: string): string {
  const others = supportedKernelBuild() === null ? 'reference' : 'wasm or reference';
  return `The backend ${name} does not run here: ${because}. Choose ${others}.`;
}
