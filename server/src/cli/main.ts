/** The command line `unroll`: chooses the command, and turns what went wrong into one sentence and an exit code. */
import { startTrainer, trainerScript } from './trainerProcess';
import {
  type CommandName,
  commandNames,
  didYouMean,
  generalUsage,
  isCommandName,
  TaskError,
  UsageError,
  usage,
} from './usage';
import { version } from './version';

/** Each command loads its own code: a look at the help should not load a language server. */
const commands: Readonly<Record<CommandName, (args: readonly string[]) => Promise<number>>> = {
  analyze: async (args) => (await import('./analyze')).analyze(args),
  recommend: async (args) => (await import('./recommend')).recommend(args),
  train: async (args) => {
    // Started first: it is there by the time the model is read.
    const trainer = startTrainer(trainerScript());
    try {
      return await (await import('./train')).train(args, trainer);
    } finally {
      trainer.abandon();
    }
  },
  devices: async (args) => (await import('./devices')).devices(args),
  'language-server': async (args) => {
    if (args.length !== 1 || args[0] !== '--stdio')
      throw new UsageError('language-server needs --stdio, the only way it is served.');
    const [{ serveOverStandardStreams }, { keptMachine }] = await Promise.all([
      import('../lsp/stdio'),
      import('./machineProfile'),
    ]);
    serveOverStandardStreams(keptMachine);
    return await new Promise<never>(() => {});
  },
};

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-v') return say(version);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return say(generalUsage);
  if (!isCommandName(name)) {
    const what = name.startsWith('-') ? `There is no option ${name}.` : `There is no command ${name}.`;
    throw new UsageError(what + didYouMean(name, [...commandNames, '--help', '--version']));
  }
  if (rest.includes('--help') || rest.includes('-h')) return say(usage[name]);
  try {
    return await commands[name](rest);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${error.message}\nSee unroll ${name} --help.`);
    throw error;
  }
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** A reader that has seen enough (`| head`) is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isExpected = error instanceof UsageError || error instanceof TaskError;
    const text = error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`unroll: ${text}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
