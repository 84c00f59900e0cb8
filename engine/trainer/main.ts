/**
 * The trainer process: a `TrainerRequest` a line on standard input, a `RunEvent` a line on standard output. It ends when its
 * run does, and when standard input closes, so that no trainer outlives the editor that started it.
 *
 * Bundled as CommonJS beside the kernels, which it reads from its own folder.
 */
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import type { TrainerEvent, TrainerRequest } from '../../protocol/trainer';
import { calibrateMachine } from '../calibration/calibrateMachine';
import { nextBackend } from './backends';
import type { PreviewHost } from './host';
import { nodeHost } from './nodeHost';
import { probeBackends } from './probeBackends';
import { runPreview } from './runPreview';
import { tryBackends } from './tryBackends';
import { setV8Flags } from './v8Flags';

setV8Flags();

const nodeOnly = nodeHost(__dirname);
const host: PreviewHost = {
  ...nodeOnly,
  // Chosen while the starter still makes up its request.
  chosenKernels: nextBackend(nodeOnly).then(
    ({ kernels }) => kernels,
    () => null,
  ),
};

let isStopAsked = false;
let hasStarted = false;

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line.trim() === '') return;
  const request = parseRequest(line);
  if (request === null) return fail(`not a request: ${line.slice(0, 200)}`);
  switch (request.type) {
    case 'stop':
      isStopAsked = true;
      break;
    case 'calibrate':
      void answer(() => calibrateMachine(host, thisMachine()));
      break;
    case 'probe':
      void answer(async () => {
        // What has been found at the start is not to be had for nothing when starts are timed.
        await host.chosenKernels;
        return { type: 'probed', backends: await probeBackends(withTensorFlow(nodeOnly, request)) };
      });
      break;
    case 'trial':
      void answer(() => tryBackends(request.spec, withTensorFlow(host, request.spec)));
      break;
    case 'start':
      if (hasStarted) return fail('a second start; a trainer does one run');
      hasStarted = true;
      runPreview(request.spec, withTensorFlow(host, request.spec), emit, () => isStopAsked).then(
        end,
        (error: unknown) => {
          fail(reasonOf(error));
        },
      );
  }
});
lines.on('close', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));

/** From the folders that whoever asks has named, and from no other. */
function withTensorFlow(
  of: PreviewHost,
  { tensorFlowFolders = [] }: { readonly tensorFlowFolders?: readonly string[] },
): PreviewHost {
  return { ...of, tensorFlowFolders };
}

/** With the one event that a request asks for. */
async function answer(ask: () => Promise<TrainerEvent>): Promise<void> {
  if (hasStarted) return fail('a second request; a trainer does one thing');
  hasStarted = true;
  try {
    emit(await ask());
    end();
  } catch (error) {
    fail(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function thisMachine(): { readonly label: string; readonly date: string } {
  const [processor] = cpus();
  return {
    label: `${processor?.model.trim() ?? process.arch}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
  };
}

function emit(event: TrainerEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Exits once everything written has been taken. */
function end(): void {
  process.stdout.write('', () => process.exit(0));
}

function fail(message: string): void {
  process.stderr.write(`unroll trainer: ${message}\n`, () => process.exit(1));
}

const requestTypes: Readonly<Record<TrainerRequest['type'], true>> = {
  start: true,
  stop: true,
  calibrate: true,
  probe: true,
  trial: true,
};

/** The starter is part of this program and speaks its protocol; this tells a broken line from a request, no more. */
function parseRequest(line: string): TrainerRequest | null {
  try {
    const value: TrainerRequest | null = JSON.parse(line);
    return value !== null && value.type in requestTypes ? value : null;
  } catch {
    return null;
  }
}
