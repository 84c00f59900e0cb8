/** `unroll analyze`: models, costs and mistakes of files, for people, programs and code-scanning services. */
import type { GraphProblem, ModelGraph } from '../../../model/graph';
import { formatPlace } from '../../../model/units';
import { mentionsFramework } from '../../../protocol/probe';
import { findingsOf } from '../advice/findings';
import type { Finding } from '../advice/rule';
import { ownLevels, type RuleLevels } from '../advice/ruleLevels';
import { analyseFile, type FileAnalysis } from '../analysis';
import { DiskWorkspace } from '../diskWorkspace';
import type { SuppliedSize } from '../syntax/suppliedSizes';
import { type Workspace, withSizes } from '../workspace';
import { type AnalysisDocument, fileDocument, unreadDocument } from './analysisDocument';
import { type AnalysedSource, analysisText, unreadText } from './analysisText';
import { readSources, type SourceFile, type UnreadFile } from './files';
import { deviceNamed, keptMachine } from './machineProfile';
import { parseCommand } from './options';
import { timeQuestion } from './predictedTimes';
import { sarifDocument } from './sarif';
import { syntaxErrorText } from './syntaxErrorText';
import { TaskError, UsageError } from './usage';
import { version } from './version';
import { frameworksRead } from './whatIsRead';

export async function analyze(args: readonly string[]): Promise<number> {
  const command = parseCommand(
    'analyze',
    {
      json: { type: 'boolean' },
      sarif: { type: 'boolean' },
      size: { type: 'string', multiple: true },
      rule: { type: 'string', multiple: true },
      device: { type: 'string' },
      batch: { type: 'string' },
      'seq-len': { type: 'string' },
    },
    args,
  );
  if (command.positionals.length === 0) throw new UsageError('analyze needs a file or a folder.');
  if (command.flag('json') && command.flag('sarif')) throw new UsageError('--json and --sarif exclude each other.');
  const batch = command.integer('batch', 1);
  const steps = command.integer('seq-len', 1);
  const named = command.text('device');
  // Others rely on what `--json` holds: times are in it when they are asked for.
  const device = named !== null ? await deviceNamed(named) : command.flag('json') ? null : await keptMachine();
  const times = device === null ? null : timeQuestion(device, batch, steps);
  const sources = await readSources(command.positionals);
  const workspace = diskWith(command.sizes());
  const levels = command.ruleLevels();
  const outcomes = sources.filter(isOfInterest).map((source) => outcomeOf(source, workspace, levels));
  const files = outcomes.map((outcome) =>
    outcome.kind === 'unread'
      ? unreadDocument(outcome)
      : fileDocument(outcome.path, outcome.analysis, outcome.findings, times),
  );
  if (command.flag('json')) {
    const document: AnalysisDocument = { version: 1, files };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (command.flag('sarif')) {
    process.stdout.write(`${JSON.stringify(sarifDocument(files, version), null, 2)}\n`);
  } else {
    if (outcomes.length === 0) process.stdout.write(`${nothingFound(sources.length)}\n`);
    for (const outcome of outcomes) {
      process.stdout.write(`${outcome.kind === 'unread' ? unreadText(outcome) : analysisText(outcome, times)}\n`);
    }
  }
  return files.some(({ findings }) => findings.some(({ severity }) => severity === 'error')) ? 1 : 0;
}

/** Files that were named are always reported; of those found in a folder the ones that name a framework. */
function isOfInterest(source: SourceFile | UnreadFile): boolean {
  return source.kind === 'unread' || source.isNamed || mentionsFramework(source.path, source.text);
}

/** One file that cannot be analysed does not keep the others from it. */
export function outcomeOf(
  source: SourceFile | UnreadFile,
  workspace: Workspace,
  levels: RuleLevels = ownLevels,
  analyseText: typeof analyseFile = analyseFile,
): AnalysedSource | UnreadFile {
  if (source.kind === 'unread') return source;
  try {
    return analyse(source, workspace, levels, analyseText);
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    // Not a fault of the file, so no error in it either.
    return { kind: 'unread', path: source.path, because: error.message, isNamed: false };
  }
}

/** The files on disk, with the sizes that the command line supplies for all of them. */
function diskWith(sizes: readonly SuppliedSize[]): Workspace {
  return withSizes(new DiskWorkspace(), sizes);
}

/** One file, with sizes that the command line supplies. */
export function analyseSource(
  source: Pick<SourceFile, 'path' | 'text'>,
  sizes: readonly SuppliedSize[] = [],
): AnalysedSource {
  return analyse(source, diskWith(sizes));
}

/** A failure of the analyser is a mistake of ours; it names the file it failed on. */
function analyse(
  { path, text }: Pick<SourceFile, 'path' | 'text'>,
  workspace: Workspace,
  levels: RuleLevels = ownLevels,
  analyseText: typeof analyseFile = analyseFile,
): AnalysedSource {
  try {
    const analysis = analyseText(path, text, workspace);
    return { kind: 'analysed', path, analysis, findings: [...findingsOf(analysis, levels), ...remarksOn(analysis)] };
  } catch (error) {
    throw new TaskError(
      `The analysis of ${path} failed, which is a mistake of Unroll: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/**
 * What keeps the analysis from being complete. An editor shows this in other ways: its language's own server reports the
 * syntax, and a hover says what is not known.
 */
function remarksOn(analysis: FileAnalysis): readonly Finding[] {
  const { file, syntaxErrors, models, problems: ofFile = [] } = analysis;
  const [syntaxError] = syntaxErrors;
  const syntax: readonly Finding[] =
    syntaxError === undefined
      ? []
      : [
          {
            code: 'syntax-error',
            severity: 'information',
            location: syntaxError,
            message: syntaxErrorText(analysis, syntaxError),
            fix: null,
          },
        ];
  const seen = new Set<string>();
  const ofModels = models.flatMap((model) =>
    model.problems.map((problem) => (problem.location.file === file ? problem : seenFrom(model, problem))),
  );
  const problems = [...ofFile, ...ofModels].filter(({ message, location }) => {
    const key = `${location.from} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
  return [
    ...syntax,
    ...problems.map(
      ({ message, location }): Finding => ({
        code: 'not-analysed',
        severity: 'information',
        location,
        message,
        fix: null,
      }),
    ),
  ];
}

/** A problem in another file, at the model that it concerns. */
function seenFrom({ location }: ModelGraph, problem: GraphProblem): GraphProblem {
  return { location, message: `${problem.message} (${formatPlace(problem.location, location.file)})` };
}

function nothingFound(files: number): string {
  return files === 0
    ? 'No files of a kind that holds models were found.'
    : `None of ${files} ${files === 1 ? 'file' : 'files'} uses ${frameworksRead.join(', ')}.`;
}
