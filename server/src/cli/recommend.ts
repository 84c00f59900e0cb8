/** `unroll recommend`: the ranking of architectures for a model, for people or as JSON. */
import { styleText } from 'node:util';
import { formatInteger } from '../../../model/expression';
import { formatBytes, formatScaled } from '../../../model/units';
import type { RankedArchitecture, Recommendation } from '../../../protocol/recommendation';
import { recommendArchitecture } from '../advice/recommend';
import { analyseSource } from './analyze';
import { chooseModel } from './chooseModel';
import { readSource } from './files';
import { parseCommand } from './options';
import { alignedTable } from './table';
import { TaskError, UsageError } from './usage';

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
      streaming: { type: 'boolean' },
      json: { type: 'boolean' },
    },
    args,
  );
  const [path, ...more] = command.positionals;
  if (path === undefined || more.length > 0) throw new UsageError('recommend needs exactly one file.');
  const options = {
    sequenceLength: command.integer('seq-len', 1),
    maxParameters: command.integer('max-params', 1),
    maxMemoryMegabytes: command.positive('max-memory'),
    maxLatencyMs: command.positive('max-latency'),
    device: command.text('device'),
    streaming: command.flag('streaming'),
  };
  const { analysis } = analyseSource({ path, text: await readSource(path) }, command.sizes());
  const result = recommendArchitecture(chooseModel(analysis, command.text('model')), options);
  if (result.kind === 'refused') throw new TaskError(result.message);
  const { recommendation } = result;
  const text = command.flag('json') ? JSON.stringify(recommendation, null, 2) : recommendationText(recommendation);
  process.stdout.write(`${text}\n`);
  return 0;
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
      { title: '', align: 'left' },
    ],
    ranking.map((entry, index) => [placeOf(ranking, index), entry.label, ...figuresOf(entry), remarkOf(entry)]),
  );
  const [heading = '', ...rows] = table;
  const length = inputs.sequenceLength === null ? 'unknown' : `${formatInteger(inputs.sequenceLength)} steps`;
  return [
    `${styleText('bold', recommendation.modelName)}: ${recommendation.summary}`,
    `Decided by ${recommendation.decidedBy}. Sequence length: ${length} (${inputs.sequenceLengthSource}); task: ${inputs.task}.`,
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

function remarkOf({ isCurrent, fits }: RankedArchitecture): string {
  return [...(isCurrent ? ['in the file'] : []), ...(fits ? [] : ['not possible'])].join(', ');
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
