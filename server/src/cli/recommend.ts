/** `unroll recommend`: the ranking of architectures for a model, for people or as JSON. */
import { styleText } from 'node:util';
import { formatInteger } from '../../../model/expression';
import { thisMachineId } from '../../../model/time/devices';
import { formatBytes, formatScaled } from '../../../model/units';
import {
  isTaskKind,
  type RankedArchitecture,
  type Recommendation,
  type TaskKind,
  taskKinds,
} from '../../../protocol/recommendation';
import type { RecommendOptions } from '../advice/conditions';
import { programHints } from '../advice/programHints';
import { recommendArchitecture } from '../advice/recommend';
import { DiskWorkspace } from '../diskWorkspace';
import { analyseSource } from './analyze';
import { chooseModel } from './chooseModel';
import { readSource } from './files';
import { deviceNamed, keptMachine } from './machineProfile';
import { parseCommand } from './options';
import { alignedTable } from './table';
import { didYouMean, TaskError, UsageError } from './usage';

export async function recommend(args: readonly string[]): Promise<number> {
  const command = parseCommand(
    'recommend',
    {
      model: { type: 'string' },
      'seq-len': { type: 'string' },
      size: { type: 'string', multiple: true },
      'max-params': { type: 'string' },
      'max-memory': { type: 'string' },
      'max-latency': { type: 'string' },
      device: { type: 'string' },
      task: { type: 'string' },
      sequences: { type: 'string' },
      streaming: { type: 'boolean' },
      json: { type: 'boolean' },
    },
    args,
  );
  const [path, ...more] = command.positionals;
  if (path === undefined || more.length > 0) throw new UsageError('recommend needs exactly one file.');
  const maxLatencyMs = command.positive('max-latency');
  const deviceAsked = command.text('device') ?? (maxLatencyMs === null ? null : thisMachineId);
  const options: RecommendOptions = {
    sequenceLength: command.integer('seq-len', 1),
    task: taskNamed(command.text('task')),
    sequences: command.integer('sequences', 1),
    streaming: command.flag('streaming'),
    maxParameters: command.integer('max-params', 1),
    maxMemoryMegabytes: command.positive('max-memory'),
    maxLatencyMs,
    device: deviceAsked === null ? null : await deviceNamed(deviceAsked),
    thisMachine: await keptMachine(),
    measured: null,
  };
  const { analysis } = analyseSource({ path, text: await readSource(path) }, command.sizes());
  const disk = new DiskWorkspace();
  const hints = programHints(analysis, (name) => disk.read(name));
  const result = recommendArchitecture(chooseModel(analysis, command.text('model')), options, hints);
  if (result.kind === 'refused') throw new TaskError(result.message);
  const { recommendation } = result;
  const text = command.flag('json') ? JSON.stringify(recommendation, null, 2) : recommendationText(recommendation);
  process.stdout.write(`${text}\n`);
  return 0;
}

function taskNamed(text: string | null): TaskKind | null {
  if (text === null || isTaskKind(text)) return text;
  throw new UsageError(`--task takes one of ${taskKinds.join(', ')}, not "${text}".${didYouMean(text, taskKinds)}`);
}

function recommendationText(recommendation: Recommendation): string {
  const { ranking, inputs } = recommendation;
  const table = alignedTable(
    [
      { title: '', align: 'right' },
      { title: 'architecture', align: 'left' },
      { title: 'units', align: 'right' },
      { title: 'parameters', align: 'right' },
      { title: 'weights', align: 'right' },
      { title: 'work', align: 'right' },
      ...(inputs.device === null ? [] : [{ title: 'time', align: 'right' } as const]),
      { title: '', align: 'left' },
    ],
    ranking.map((entry, index) => [
      placeOf(ranking, index),
      entry.label,
      ...figuresOf(entry),
      ...(inputs.device === null ? [] : [latencyOf(entry)]),
      remarkOf(entry),
    ]),
  );
  const [heading = '', ...rows] = table;
  const length = inputs.sequenceLength === null ? 'unknown' : `${formatInteger(inputs.sequenceLength)} steps`;
  const sequences =
    inputs.sequences === null
      ? ''
      : `; training sequences: ${formatInteger(inputs.sequences)} (${inputs.sequencesSource})`;
  return [
    `${styleText('bold', recommendation.modelName)}: ${recommendation.summary}`,
    `Decided by ${recommendation.decidedBy}.`,
    `Sequence length: ${length} (${inputs.sequenceLengthSource}); task: ${inputs.task} (${inputs.taskSource})${sequences}.`,
    '',
    styleText('dim', heading),
    ...rows,
    ...section(
      'Why',
      ranking
        .filter(({ fits }) => fits)
        .slice(0, 3)
        .flatMap(reasonLines),
    ),
    ...section('Not possible', ranking.filter(({ fits }) => !fits).flatMap(reasonLines)),
    ...section('What would change the answer', recommendation.wouldChangeIf),
    ...section(
      'What may serve better than any of these',
      recommendation.alternatives.map(({ text, source }) => `${text} (${source})`),
    ),
    ...section('Bear in mind', recommendation.caveats),
  ].join('\n');
}

/** Tied places share a number. */
function placeOf(ranking: readonly RankedArchitecture[], index: number): string {
  if (ranking[index]?.fits === false) return '–';
  let first = index;
  while (first > 0 && ranking[first]?.tiesWithPrevious) first--;
  const isTied = first !== index || ranking[index + 1]?.tiesWithPrevious === true;
  return `${first + 1}${isTied ? '=' : ''}`;
}

function figuresOf({ width, parameters, weightBytes, macs }: RankedArchitecture): readonly string[] {
  return [
    width === null ? '' : String(width),
    parameters === null ? '' : formatInteger(parameters),
    weightBytes === null ? '' : formatBytes(weightBytes),
    macs === null ? '' : formatScaled(macs, 'MAC'),
  ];
}

/** `about 3.1 ms (1.1–9.3)`: an estimate with its interval. */
function latencyOf({ latency }: RankedArchitecture): string {
  if (latency === null) return '';
  const digits = (value: number): string => String(Number(value.toPrecision(2)));
  return `about ${digits(latency.milliseconds)} ms (${digits(latency.low)}–${digits(latency.high)})`;
}

function remarkOf({ isCurrent, fits, latency, decidedBy }: RankedArchitecture): string {
  return [
    ...(isCurrent ? ['in the file'] : []),
    ...(fits ? [] : [`not possible: ${decidedBy}`]),
    ...(fits && latency?.keepsLimit === 'maybe' ? ['may miss the limit'] : []),
  ].join(', ');
}

function reasonLines({ label, reasons }: RankedArchitecture): readonly string[] {
  const signs = { for: '+', against: '−', excludes: '✗' } as const;
  return reasons.map(
    ({ text, source, weighs }) => `${signs[weighs]} ${label}: ${text}${source === null ? '' : ` (${source})`}`,
  );
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', styleText('bold', title), ...lines.map((line) => `  ${line}`)];
}
