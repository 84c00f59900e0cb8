/** `unroll analyze`: models, costs and mistakes of files, for people, programs and code-scanning services. */
import { findingsOf } from '../advice/findings';
import type { Finding } from '../advice/rule';
import { analyseFile, type FileAnalysis } from '../analysis';
import { DiskWorkspace } from '../diskWorkspace';
import { mentionsFramework } from '../probe';
import { type AnalysisDocument, fileDocument } from './analysisDocument';
import { analysisText } from './analysisText';
import { readSources, type SourceFile } from './files';
import { parseCommand } from './options';
import { sarifDocument } from './sarif';
import { TaskError, UsageError } from './usage';
import { version } from './version';

export interface AnalysedSource {
  readonly path: string;
  readonly analysis: FileAnalysis;
  readonly findings: readonly Finding[];
}

export async function analyze(args: readonly string[]): Promise<number> {
  const command = parseCommand('analyze', { json: { type: 'boolean' }, sarif: { type: 'boolean' } }, args);
  if (command.positionals.length === 0) throw new UsageError('analyze needs a file or a folder.');
  if (command.flag('json') && command.flag('sarif')) throw new UsageError('--json and --sarif exclude each other.');
  const sources = await readSources(command.positionals);
  const analysed = sources.filter(isOfInterest).map(analyseSource);
  const files = analysed.map(({ path, analysis, findings }) => fileDocument(path, analysis, findings));
  if (command.flag('json')) {
    const document: AnalysisDocument = { version: 1, files };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (command.flag('sarif')) {
    process.stdout.write(`${JSON.stringify(sarifDocument(files, version), null, 2)}\n`);
  } else {
    if (analysed.length === 0) process.stdout.write(`${nothingFound(sources)}\n`);
    for (const source of analysed) process.stdout.write(`${analysisText(source)}\n`);
  }
  return analysed.some(({ findings }) => findings.some(({ severity }) => severity === 'error')) ? 1 : 0;
}

/** Files that were named are always reported; of those found in a folder the ones that name a framework. */
function isOfInterest({ path, isNamed, text }: SourceFile): boolean {
  return isNamed || mentionsFramework(path, text);
}

const disk = new DiskWorkspace();

/** A failure of the analyser is a mistake of ours; it names the file it failed on. */
export function analyseSource({ path, text }: Pick<SourceFile, 'path' | 'text'>): AnalysedSource {
  try {
    const analysis = analyseFile(path, text, disk);
    return { path, analysis, findings: [...findingsOf(analysis), ...remarksOn(analysis)] };
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
function remarksOn({ syntaxErrors, models, problems: ofFile = [] }: FileAnalysis): readonly Finding[] {
  const [syntaxError] = syntaxErrors;
  const syntax: readonly Finding[] =
    syntaxError === undefined
      ? []
      : [
          {
            code: 'syntax-error',
            severity: 'information',
            location: syntaxError,
            message:
              'From here on something could not be read as Python. What stands around it was read as well as possible.',
            fix: null,
          },
        ];
  const seen = new Set<string>();
  const problems = [...ofFile, ...models.flatMap(({ problems: all }) => all)].filter(({ message, location }) => {
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

function nothingFound(sources: readonly SourceFile[]): string {
  return sources.length === 0
    ? 'No Python files or notebooks were found.'
    : `None of ${sources.length} ${sources.length === 1 ? 'file' : 'files'} uses Keras, TensorFlow, PyTorch or Flax.`;
}
