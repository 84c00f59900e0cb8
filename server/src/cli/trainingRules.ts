/** The options of `unroll train` that say how weights are changed: optimiser, learning rate, schedule, clipping. */
import type {
  GradientClipping,
  LearningRateSchedule,
  OptimiserChoice,
  TrainingBudget,
} from '../../../protocol/trainer';
import { defaultBudget } from '../../../protocol/trainingDefaults';
import { trainingRuleMistakes } from '../../../protocol/trainingRules';
import type { ParsedCommand } from './options';
import { UsageError } from './usage';

/** Throws a UsageError for what is not understood and for numbers that make no sense. */
export function readBudget(command: ParsedCommand): TrainingBudget {
  const [optimiser, schedule, clipping] = [command.text('optimizer'), command.text('schedule'), command.text('clip')];
  const budget: TrainingBudget = {
    steps: command.integer('steps', 1) ?? defaultBudget.steps,
    batchSize: command.integer('batch', 1) ?? defaultBudget.batchSize,
    learningRate: readLearningRate(command.text('learning-rate')) ?? defaultBudget.learningRate,
    ...(optimiser === null ? {} : { optimiser: readOptimiser(optimiser) }),
    ...(schedule === null ? {} : { schedule: readSchedule(schedule) }),
    ...(clipping === null ? {} : { clipping: readClipping(clipping) }),
  };
  const [mistake] = trainingRuleMistakes(budget);
  if (mistake !== undefined) throw new UsageError(mistake);
  return budget;
}

function readLearningRate(text: string | null): number | null {
  if (text === null) return null;
  const rate = text.trim() === '' ? Number.NaN : Number(text);
  if (!(rate > 0 && Number.isFinite(rate))) {
    throw new UsageError(`--learning-rate takes a number above zero, not "${text}".`);
  }
  return rate;
}

function readOptimiser(text: string): OptimiserChoice {
  const { name, numbers, flags } = parseSettings(text);
  const momentum = numbers.get('momentum');
  const decay = numbers.get('decay');
  const weightDecay = numbers.get('weight-decay');
  const shared = { ...(weightDecay === undefined ? {} : { weightDecay }) };
  const moving = { ...(momentum === undefined ? {} : { momentum }) };
  const check = (...known: readonly string[]): void => checkSettings('--optimizer', text, numbers, flags, known);
  switch (name) {
    case 'sgd':
      check('momentum=', 'nesterov', 'weight-decay=');
      return { name, ...moving, ...(flags.has('nesterov') ? { nesterov: true } : {}), ...shared };
    case 'rmsprop':
      check('decay=', 'momentum=', 'centered', 'weight-decay=');
      return {
        ...{ name, ...(decay === undefined ? {} : { decay }) },
        ...moving,
        ...(flags.has('centered') ? { centred: true } : {}),
        ...shared,
      };
    case 'adam':
    case 'adamw':
      check('weight-decay=');
      return { name, ...shared };
  }
  throw new UsageError(
    `--optimizer takes sgd, rmsprop, adam or adamw, with settings as in sgd,momentum=0.9, not "${text}".`,
  );
}

function readSchedule(text: string): LearningRateSchedule {
  const { name, numbers, flags } = parseSettings(text);
  const check = (...known: readonly string[]): void => checkSettings('--schedule', text, numbers, flags, known);
  const needed = (setting: string): number => {
    const value = numbers.get(setting);
    if (value === undefined) throw new UsageError(`--schedule ${name} needs ${setting}=N.`);
    return value;
  };
  switch (name) {
    case 'constant':
      check();
      return { kind: 'constant' };
    case 'step':
      check('every=', 'factor=');
      return { kind: 'step', every: needed('every'), factor: numbers.get('factor') ?? 0.1 };
    case 'exponential':
      check('factor=');
      return { kind: 'exponential', factor: needed('factor') };
    case 'cosine':
      check('warm-up=');
      return { kind: 'cosine', warmUp: numbers.get('warm-up') ?? 0 };
  }
  throw new UsageError(
    `--schedule takes constant, step,every=N,factor=F, exponential,factor=F or cosine,warm-up=N, not "${text}".`,
  );
}

function readClipping(text: string): GradientClipping {
  const [, kind, typed = ''] = /^(none|norm|value)(?:=(.+))?$/.exec(text) ?? [];
  const limit = typed.trim() === '' ? Number.NaN : Number(typed);
  if (kind === 'none' && typed === '') return { kind };
  if ((kind === 'norm' || kind === 'value') && !Number.isNaN(limit)) return { kind, limit };
  throw new UsageError(`--clip takes none, norm=N or value=N, not "${text}".`);
}

interface Settings {
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
  readonly flags: ReadonlySet<string>;
}

/** `name,setting=0.9,flag`. */
function parseSettings(text: string): Settings {
  const [name = '', ...settings] = text.split(',').map((part) => part.trim());
  const numbers = new Map<string, number>();
  const flags = new Set<string>();
  for (const setting of settings) {
    const [, key = '', typed = ''] = /^([a-z-]+)=(.*)$/.exec(setting) ?? [];
    if (key === '') flags.add(setting);
    else numbers.set(key, typed.trim() === '' ? Number.NaN : Number(typed));
  }
  return { name, numbers, flags };
}

/** @param known settings; those with a number end in = */
function checkSettings(
  option: string,
  text: string,
  numbers: Settings['numbers'],
  flags: Settings['flags'],
  known: readonly string[],
): void {
  const typed = [...[...numbers.keys()].map((key) => `${key}=`), ...flags];
  const stranger = typed.find((setting) => !known.includes(setting));
  if (stranger !== undefined) {
    const names = known.map((setting) => (setting.endsWith('=') ? `${setting}N` : setting)).join(', ');
    const takes = names === '' ? 'no settings' : names;
    throw new UsageError(`${option} "${text}": ${text.split(',')[0]} takes ${takes}, not ${stranger}.`);
  }
  const [unread] = [...numbers].filter(([, value]) => Number.isNaN(value));
  if (unread !== undefined) throw new UsageError(`${option} "${text}": ${unread[0]} takes a number.`);
}
