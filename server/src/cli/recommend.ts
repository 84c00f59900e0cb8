/** `unroll recommend`: the ranking of architectures for a model, for people or as JSON. */
import { styleText } from 'node:util';
import { formatInteger } from '../../../model/expression';
import { thisMachineId } from '../../../model/time/devices';
import { formatBytes, formatScaled } from '../../../model/units';
import {
  isTaskKind,
  type RankedArchitecture,
  type Recommendation,
  type RecommendationInputs,
  type TaskKind,
  taskKinds,
} from '../../../protocol/recommendation';
import { recurrentLayers } from '../advice/architectures';
import type { RecommendOptions } from '../advice/conditions';
import { programHints } from '../advice/programHints';
import { recommendArchitecture } from '../advice/recommend';
import type { FileAnalysis } from '../analysis';
import { DiskWorkspace } from '../diskWorkspace';
import { readMemory, readMilliseconds, readParameters } from './amounts';
import { analyseSource } from './analyze';
import { chooseModel } from './chooseModel';
import { readSource } from './files';
import { deviceNamed, keptMachine } from './machineProfile';
import { type ParsedCommand, parseCommand } from './options';
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
      'no-streaming': { type: 'boolean' },
      verbose: { type: 'boolean', short: 'v' },
      json: { type: 'boolean' },
    },
    args,
  );
  const [path, ...more] = command.positionals;
  if (path === undefined || more.length > 0) throw new UsageError('recommend needs exactly one file.');
  const maxLatencyMs = command.amount('max-latency', readMilliseconds);
  const deviceAsked = command.text('device') ?? (maxLatencyMs === null ? null : thisMachineId);
  const options: RecommendOptions = {
    sequenceLength: command.integer('seq-len', 1),
    task: taskNamed(command.text('task')),
    sequences: command.integer('sequences', 1),
    streaming: streamingSaid(command),
    maxParameters: command.amount('max-params', readParameters),
    maxMemoryMegabytes: command.amount('max-memory', readMemory),
    maxLatencyMs,
    device: deviceAsked === null ? null : await deviceNamed(deviceAsked),
    thisMachine: await keptMachine(),
    measured: null,
  };
  const { analysis } = analyseSource({ path, text: await readSource(path) }, command.sizes());
  const hints = programHints(analysis, new DiskWorkspace());
  const result = recommendArchitecture(chooseModel(analysis, command.text('model')), options, hints);
  if (result.kind === 'refused') throw new TaskError(result.message);
  const { recommendation } = result;
  const text = command.flag('json')
    ? JSON.stringify(recommendation, null, 2)
    : recommendationText(recommendation, command.flag('verbose'));
  process.stdout.write(`${text}\n`);
  const others = otherModels(analysis, recommendation.modelName);
  if (others.length > 0 && command.text('model') === null && !command.flag('json')) {
    process.stdout.write(`The file also has ${others.join(', ')}: --model NAME ranks another.\n`);
  }
  return 0;
}

/** Names of the file's other models that architectures can be ranked for. */
function otherModels({ models }: FileAnalysis, chosen: string): readonly string[] {
  const ranked = models.filter((graph) => graph.name !== chosen && recurrentLayers(graph).length > 0);
  return [...new Set(ranked.map(({ name }) => name))];
}

function streamingSaid(command: ParsedCommand): boolean | null {
  const [isStreaming, isNot] = [command.flag('streaming'), command.flag('no-streaming')];
  if (isStreaming && isNot)
    throw new UsageError('--streaming and --no-streaming exclude one another: give one of them.');
  return isStreaming ? true : isNot ? false : null;
}

function taskNamed(text: string | null): TaskKind | null {
  const kinds = taskKinds.filter((kind) => kind !== 'unknown');
  if (text === null || (isTaskKind(text) && text !== 'unknown')) return text;
  throw new UsageError(`--task takes one of ${kinds.join(', ')}, not "${text}".${didYouMean(text, kinds)}`);
}

/** The answer, what it was made from, the ranking and what would change it on one screen; all reasons only where asked for. */
function recommendationText(recommendation: Recommendation, isVerbose: boolean): string {
  const { modelName, summary, decidedBy, ranking, alternatives, wouldChangeIf, caveats, basis } = recommendation;
  return [
    `${styleText('bold', modelName)}: ${summary}`,
    `Decided by ${decidedBy}.`,
    '',
    ...inputLines(recommendation.inputs),
    '',
    ...rankingLines(recommendation),
    ...section('What would change the answer', wouldChangeIf),
    ...section('Missing', caveats),
    ...(isVerbose
      ? [
          ...section('Why', ranking.flatMap(reasonLines)),
          ...section(
            'What may serve better than any of these',
            alternatives.map(({ text, source }) => `${text} (${source})`),
          ),
          ...section('What this rests on', basis),
        ]
      : ['', ...alternativeLines(alternatives), styleText('dim', '--verbose tells the reasons with their sources.')]),
  ].join('\n');
}

function alternativeLines(alternatives: Recommendation['alternatives']): readonly string[] {
  if (alternatives.length === 0) return [];
  const names = alternatives.map(({ name, source }) => `${name} (${source})`);
  return [`Perhaps better than any of these: ${names.join('; ')}.`];
}

/** What the ranking was made from and where that comes from; for what is not known, the option that says it. */
function inputLines(inputs: RecommendationInputs): readonly string[] {
  const { sequenceLength, sequenceLengthSource, task, taskSource, sequences, sequencesSource } = inputs;
  const { streaming, streamingSource } = inputs;
  const steps = sequenceLength === 1 ? 'step' : 'steps';
  const lines: readonly (readonly [string, string])[] = [
    [
      'sequence length',
      sequenceLength === null
        ? `unknown (${sequenceLengthSource}); --seq-len N says it`
        : `${formatInteger(sequenceLength)} ${steps} (${sequenceLengthSource})`,
    ],
    ['task', `${task} (${taskSource})${task === 'unknown' ? '; --task NAME says it' : ''}`],
    [
      'training data',
      sequences === null
        ? `unknown (${sequencesSource}); --sequences N says it`
        : `${formatInteger(sequences)} ${sequences === 1 ? 'sequence' : 'sequences'} (${sequencesSource})`,
    ],
    ['streaming', `${streaming ? 'yes' : 'no'} (${streamingSource})${streaming ? '' : '; --streaming says otherwise'}`],
  ];
  return lines.map(([name, text]) => `${styleText('dim', name.padEnd(16))}${text}`);
}

function rankingLines({ ranking, inputs }: Recommendation): readonly string[] {
  const withTimes = inputs.device !== null;
  const [heading = '', ...rows] = alignedTable(
    [
      { title: '', align: 'right' },
      { title: 'architecture', align: 'left' },
      { title: 'units', align: 'right' },
      { title: 'parameters', align: 'right' },
      { title: 'weights', align: 'right' },
      { title: 'work', align: 'right' },
      ...(withTimes ? [{ title: inputs.streaming ? 'time of a step' : 'time', align: 'left' } as const] : []),
      { title: '', align: 'left' },
    ],
    ranking.map((entry, index) => [
      placeOf(ranking, index),
      entry.label,
      ...figuresOf(entry),
      ...(withTimes ? [latencyOf(entry)] : []),
      remarkOf(entry),
    ]),
  );
  return [styleText('dim', heading), ...rows];
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

function remarkOf({ isCurrent, widthInFile, fits, latency, decidedBy }: RankedArchitecture): string {
  return [
    ...(isCurrent ? ['in the file'] : []),
    ...(widthInFile === null ? [] : [`in the file with ${formatInteger(widthInFile)} units`]),
    ...(fits ? [] : [`not possible: ${decidedBy}`]),
    ...(fits && latency?.keepsLimit === 'maybe' ? ['may miss the limit'] : []),
  ].join(', ');
}

/** The architecture once, its reasons below. */
function reasonLines({ label, reasons }: RankedArchitecture): readonly string[] {
  const signs = { for: '+', against: '−', excludes: '✗' } as const;
  return [
    label,
    ...reasons.map(({ text, source, weighs }) => `  ${signs[weighs]} ${text}${source === null ? '' : ` (${source})`}`),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', styleText('bold', title), ...lines.map((line) => `  ${line}`)];
}
