/** Options of a command as typed values, with a plain sentence for everything that is wrong. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { isLevel, type Level, mistakeIn, type RuleLevels } from '../advice/ruleLevels';
import { isSize, type SuppliedSize } from '../syntax/suppliedSizes';
import type { AmountRead } from './amounts';
import { type CommandName, didYouMean, UsageError } from './usage';

export interface ParsedCommand {
  readonly positionals: readonly string[];
  readonly flag: (name: string) => boolean;
  readonly text: (name: string) => string | null;
  /** The sizes of an option `--size NAME=N` that may be given several times. */
  readonly sizes: () => readonly SuppliedSize[];
  /** The levels of an option `--rule CODE=LEVEL` that may be given several times. */
  readonly ruleLevels: () => RuleLevels;
  /** A whole number from `least` on. */
  readonly integer: (name: string, least: number) => number | null;
  /** What `read` makes of a budget with its unit. */
  readonly amount: (name: string, read: (option: string, typed: string) => AmountRead) => number | null;
}

export function parseCommand(
  command: CommandName,
  options: ParseArgsOptionsConfig,
  args: readonly string[],
): ParsedCommand {
  const parsed = parse(command, options, args);
  const text = (name: string): string | null => {
    const value = parsed.values[name];
    return typeof value === 'string' ? value : null;
  };
  return {
    positionals: parsed.positionals,
    flag: (name) => parsed.values[name] === true,
    text,
    sizes: () => [parsed.values['size'] ?? []].flat().map((typed) => suppliedSize(String(typed))),
    ruleLevels: () => new Map([parsed.values['rule'] ?? []].flat().map((typed) => ruleLevel(String(typed)))),
    integer: (name, least) => {
      const typed = text(name);
      if (typed === null) return null;
      const value = Number(typed);
      if (typed.trim() === '' || !Number.isSafeInteger(value) || value < least) {
        throw new UsageError(`--${name} takes a whole number from ${least} on, not "${typed}".`);
      }
      return value;
    },
    amount: (name, read) => {
      const typed = text(name);
      if (typed === null) return null;
      const answer = read(`--${name}`, typed);
      if ('mistake' in answer) throw new UsageError(answer.mistake);
      return answer.value;
    },
  };
}

function suppliedSize(typed: string): SuppliedSize {
  const [, name = '', value = ''] = /^([\w.-]+)=(.*)$/.exec(typed) ?? [];
  const size = value.trim() === '' ? Number.NaN : Number(value);
  if (!isSize(size)) throw new UsageError(`--size takes NAME=N with a whole number from 1 on, not "${typed}".`);
  return { name, value: size, source: 'commandLine' };
}

function ruleLevel(typed: string): readonly [string, Level] {
  const [, code = '', level = ''] = /^([\w-]+)=(.*)$/.exec(typed) ?? [];
  if (code === '') throw new UsageError(`--rule takes CODE=LEVEL, such as dropout-single-layer=off, not "${typed}".`);
  const mistake = mistakeIn(code, level);
  if (mistake !== null || !isLevel(level)) throw new UsageError(`--rule: ${mistake}`);
  return [code, level];
}

function parse(command: CommandName, options: ParseArgsOptionsConfig, args: readonly string[]) {
  try {
    return parseArgs({ args: withNegativeNumbersJoined(options, args), options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(describeMistake(command, options, args, error));
  }
}

/** Node takes the -5 of `--steps -5` for an option; as `--steps=-5` it is refused for what it is, a number too small. */
function withNegativeNumbersJoined(options: ParseArgsOptionsConfig, args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const argument of args) {
    const previous = joined.at(-1);
    const takesText = previous?.startsWith('--') === true && options[previous.slice(2)]?.type === 'string';
    if (takesText && /^-\.?\d/.test(argument)) joined[joined.length - 1] = `${previous}=${argument}`;
    else joined.push(argument);
  }
  return joined;
}

function describeMistake(
  command: CommandName,
  options: ParseArgsOptionsConfig,
  args: readonly string[],
  error: unknown,
): string {
  const known = Object.keys(options).map((name) => `--${name}`);
  const typed = args.filter((argument) => /^--?[a-z]/i.test(argument)).map((argument) => argument.split('=')[0] ?? '');
  const stranger = typed.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    return `${command} has no option ${stranger}.${didYouMean(stranger, known)}`;
  }
  const [sentence] = (error instanceof Error ? error.message : String(error)).split('\n');
  return `${sentence ?? 'The options were not understood.'}`;
}
