/** `unroll train`: compares architectures of a model by training them, in a process of their own. */
import { existsSync } from 'node:fs';
import { access, open, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { formatInteger } from '../../../model/expression';
import type { BackendName, PreviewSpec, RunEvent, Variant } from '../../../protocol/trainer';
import { defaultSeed } from '../../../protocol/trainingDefaults';
import { analyseSource } from './analyze';
import { choiceInWords, chooseModel } from './chooseModel';
import { readSource } from './files';
import { keptMachine } from './machineProfile';
import { keepMeasuredSteps, measuredSteps, measuredStepText } from './measuredTimes';
import { type ParsedCommand, parseCommand } from './options';
import { silentForMs, trainRescued } from './rescue';
import { reasonOf } from './systemErrors';
import { chooseData } from './trainData';
import { startTrainer, type TrainerEnd, trainerScript, type WaitingTrainer } from './trainerProcess';
import { readBudget } from './trainingRules';
import { describeObstacle, progressPrinter } from './trainProgress';
import { reportHtml } from './trainReport';
import { TaskError, UsageError } from './usage';

const defaultVariants: readonly Variant[] = ['rnn', 'gru', 'lstm'];
const allVariants: readonly Variant[] = ['rnn', 'gru', 'lstm', 'bigru', 'bilstm', 'cnn-lstm', 'cnn-lstm-attention'];
const backends: readonly (BackendName | 'auto')[] = ['auto', 'wasm', 'webgpu', 'tfjs-node-gpu', 'reference'];

export async function train(args: readonly string[], trainer: WaitingTrainer): Promise<number> {
  const command = parseCommand(
    'train',
    {
      model: { type: 'string' },
      cells: { type: 'string' },
      data: { type: 'string' },
      target: { type: 'string' },
      features: { type: 'string' },
      task: { type: 'string' },
      steps: { type: 'string' },
      batch: { type: 'string' },
      'seq-len': { type: 'string' },
      size: { type: 'string', multiple: true },
      seed: { type: 'string' },
      backend: { type: 'string' },
      tfjs: { type: 'string' },
      threads: { type: 'string' },
      optimizer: { type: 'string' },
      'learning-rate': { type: 'string' },
      schedule: { type: 'string' },
      clip: { type: 'string' },
      checkpoint: { type: 'string' },
      resume: { type: 'string' },
      jsonl: { type: 'boolean' },
      report: { type: 'string' },
    },
    args,
  );
  const [file, ...more] = command.positionals;
  if (file === undefined || more.length > 0) throw new UsageError('train needs exactly one file.');
  const choices = readChoices(command);
  const { analysis } = analyseSource({ path: file, text: await readSource(file) }, command.sizes());
  const graph = chooseModel(analysis, command.text('model'));
  const data = chooseData(command, analysis, file);
  const choice = command.text('model') === null ? choiceInWords(analysis, graph) : null;
  // Not among the events: they come from the trainer, which knows nothing of the file and of what was typed.
  for (const remark of [choice, data.remark, tooManyThreads(choices.threads ?? null)]) {
    if (remark !== null) process.stderr.write(`unroll: ${remark}\n`);
  }
  const spec: PreviewSpec = { graph, data: data.recipe, ...choices, machine: await keptMachine() };
  const report = command.text('report');
  await checkCheckpoints(command.text('checkpoint'), command.text('resume'));
  if (report !== null) await checkWritable(report);

  const events: RunEvent[] = [];
  const print = command.flag('jsonl') ? printLine : progressPrinter(process.stdout);
  const take = (event: RunEvent): void => {
    events.push(event);
    print(event);
  };
  const end = await trainRescued(trainer, spec, take, {
    startAnother: () => startTrainer(trainerScript()),
    say: (sentence) => process.stderr.write(`unroll: ${sentence}\n`),
    silentForMs,
  });
  const measured = measuredSteps(graph.name, choices.budget.batchSize, events);
  if (measured.length > 0 && !command.flag('jsonl')) {
    process.stdout.write(`\n${measured.map(measuredStepText).join('\n')}\n`);
  }
  await keepMeasuredSteps(measured);
  const checkpoint = command.text('checkpoint');
  if (checkpoint !== null && end.kind !== 'rejected' && !command.flag('jsonl')) {
    process.stdout.write(`\nThe run goes on from ${checkpoint} with --resume ${checkpoint}.\n`);
  }
  const failure = failureOf(end, events);
  if (failure !== null) take({ type: 'failed', message: failure });
  if (report !== null) await writeReport(report, reportHtml(graph.name, path.basename(file), events));
  switch (end.kind) {
    case 'finished':
      return 0;
    case 'rejected':
      throw new TaskError(describeRejection(events));
    case 'stopped':
      return 130;
    case 'crashed':
      throw new TaskError(failure ?? end.how);
  }
}

/** Opens the report's file before anything is trained for it. A file that was not there is there then, and empty. */
async function checkWritable(report: string): Promise<void> {
  try {
    await (await open(report, 'a')).close();
  } catch (error) {
    throw new UsageError(`The report cannot be written to ${report}: ${reasonOf(error)}.`);
  }
}

/** Before anything is read: the folder of the checkpoint that is to be written, and the file that is gone on from. */
async function checkCheckpoints(checkpoint: string | null, resume: string | null): Promise<void> {
  if (resume !== null && !existsSync(resume)) throw new UsageError(`There is no checkpoint ${resume}.`);
  if (checkpoint === null) return;
  try {
    await access(path.dirname(path.resolve(checkpoint)));
  } catch (error) {
    throw new UsageError(`The checkpoint cannot be written to ${checkpoint}: ${reasonOf(error)}.`);
  }
}

function tooManyThreads(threads: number | null): string | null {
  const cores = availableParallelism();
  if (threads === null || threads <= cores) return null;
  return (
    `${formatInteger(threads)} threads are more than the ${formatInteger(cores)} this machine runs at once: ` +
    'training gets slower.'
  );
}

async function writeReport(report: string, html: string): Promise<void> {
  try {
    await writeFile(report, html);
  } catch (error) {
    throw new TaskError(`The report could not be written to ${report}: ${reasonOf(error)}.`);
  }
}

function printLine(event: RunEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

type Choices = Pick<
  PreviewSpec,
  | 'variants'
  | 'sequenceLength'
  | 'budget'
  | 'seed'
  | 'backend'
  | 'tensorFlowFolders'
  | 'threads'
  | 'checkpointFile'
  | 'resumeFile'
>;

function readChoices(command: ParsedCommand): Choices {
  const backend = readBackend(command.text('backend') ?? 'auto');
  return {
    variants: readVariants(command.text('cells')),
    sequenceLength: command.integer('seq-len', 1),
    budget: readBudget(command),
    seed: command.integer('seed', 0) ?? defaultSeed,
    backend,
    tensorFlowFolders: tensorFlowFolders(command, backend),
    threads: command.integer('threads', 1),
    checkpointFile: absolute(command.text('checkpoint')),
    resumeFile: absolute(command.text('resume')),
  };
}

/**
 * Where TensorFlow.js is loaded from: the folder that is named, else the working one where this backend is asked for. Nothing of it
 * runs where it is neither.
 */
function tensorFlowFolders(command: ParsedCommand, backend: BackendName | 'auto'): readonly string[] {
  const named = absolute(command.text('tfjs'));
  if (named !== null) return [named];
  return backend === 'tfjs-node-gpu' ? [process.cwd()] : [];
}

function absolute(file: string | null): string | null {
  return file === null ? null : path.resolve(file);
}

function readVariants(list: string | null): readonly Variant[] {
  if (list === null) return defaultVariants;
  const names = list.split(',').map((name) => name.trim());
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new UsageError(`--cells names ${repeated} twice; each is trained once.`);
  return names.map((name) => {
    const variant = allVariants.find((known) => known === name);
    if (variant === undefined) throw new UsageError(`--cells takes ${allVariants.join(', ')}, not "${name}".`);
    return variant;
  });
}

function readBackend(name: string): BackendName | 'auto' {
  const backend = backends.find((known) => known === name);
  if (backend === undefined) throw new UsageError(`--backend takes ${backends.join(', ')}, not "${name}".`);
  return backend;
}

function describeRejection(events: readonly RunEvent[]): string {
  const rejection = events.find((event) => event.type === 'rejected');
  const sentences = (rejection?.obstacles ?? []).map(describeObstacle);
  return sentences.length === 0 ? 'The model cannot be trained here.' : sentences.join('\n');
}

/** Why the events do not come to an end of their own; null where they do. */
function failureOf(end: TrainerEnd, events: readonly RunEvent[]): string | null {
  switch (end.kind) {
    case 'finished':
    case 'rejected':
      return null;
    case 'stopped':
      return events.at(-1)?.type === 'finished' ? null : `The run was ended from outside, ${progressOf(events)}.`;
    case 'crashed':
      return `The trainer ended unexpectedly (${end.how}), ${progressOf(events)}. Nothing else was lost; run it again.`;
  }
}

function progressOf(events: readonly RunEvent[]): string {
  const last = events.findLast((event) => event.type === 'step');
  return last === undefined ? 'before its first step' : `at step ${last.step} of ${last.cell.toUpperCase()}`;
}
