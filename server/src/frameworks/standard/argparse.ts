/** `argparse`: the arguments of a program are taken to be their defaults. */
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  isSame,
  list,
  none,
  positionalArguments,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { NamespaceValue } from './namespace';

interface Option {
  readonly name: string;
  readonly flags: readonly string[];
  readonly type: Value | undefined;
  /** Takes one value; false for switches and for options of several values. */
  readonly isSingle: boolean;
  /** What a switch means when it is given. */
  readonly whenGiven: Value | undefined;
  /** Undefined where the command line has to give it. */
  readonly value: Value | undefined;
  readonly site: CallSite;
}

/** An `ArgumentParser`, or a group of one, which adds to the same options. */
export class ParserValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'argument parser';
  private readonly options = new Map<string, Option>();
  /** The parsers of its commands, of which the command line picks one. */
  private readonly commands: ParserValue[] = [];

  /** @param construction the arguments of `ArgumentParser(…)`, of which `parents` hand on their options */
  constructor({ keywords }: Pick<CallArguments, 'keywords'> = { keywords: new Map() }) {
    const parents = keywords.get('parents');
    for (const parent of parents?.kind === 'list' || parents?.kind === 'tuple' ? parents.items : []) {
      if (parent instanceof ParserValue) for (const [name, option] of parent.options) this.options.set(name, option);
    }
  }

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'add_argument':
        return builtin(name, (parameters, site) => this.addArgument(parameters, site));
      case 'add_argument_group':
      case 'add_mutually_exclusive_group':
        return builtin(name, () => this);
      case 'add_subparsers':
        return builtin(name, (parameters, site) => this.addCommands(parameters, site));
      case 'get_default':
        return builtin(
          name,
          ({ positional: [key] }) =>
            (key?.kind === 'string' ? this.options.get(key.value)?.value : undefined) ??
            unknown('a default that is not known'),
        );
      case 'set_defaults':
        return builtin(name, (parameters, site) => this.setDefaults(parameters, site));
      case 'parse_args':
        return builtin(name, (parameters, site) => this.parsed(parameters, site));
      case 'parse_known_args':
        return builtin(name, (parameters, site) => tuple([this.parsed(parameters, site), list([])]));
      default:
        return undefined;
    }
  }

  private setDefaults({ keywords, isOpen }: CallArguments, site: CallSite): Value {
    // Defaults from a file that is not read may be those of any option.
    if (isOpen)
      for (const option of this.options.values()) this.options.set(option.name, { ...option, value: undefined });
    for (const [name, value] of keywords)
      this.define({ ...(this.options.get(name) ?? plainOption(name)), value, site });
    return none;
  }

  /** Keeps an option. One that is defined again under a condition that is not known is as good as required. */
  private define(option: Option): void {
    const held = this.options.get(option.name);
    const isCertain =
      held === undefined ||
      !option.site.machine.heap.isConditional ||
      (held.value !== undefined && option.value !== undefined && isSame(held.value, option.value));
    this.options.set(option.name, isCertain ? option : { ...option, value: undefined });
  }

  /** `add_subparsers(dest="command")`: an object that makes the parsers of the commands. */
  private addCommands({ keywords }: CallArguments, site: CallSite): Value {
    const destination = keywords.get('dest');
    if (destination?.kind === 'string') {
      const { value: name } = destination;
      this.options.set(name, { ...plainOption(name), value: undefined, site });
    }
    const makers = new Map<string, Value>();
    makers.set(
      'add_parser',
      builtin('add_parser', (parameters) => {
        const command = new ParserValue(parameters);
        this.commands.push(command);
        return command;
      }),
    );
    return new NamespaceValue(makers);
  }

  /** Its options with those of its commands; one that several commands define differently is as good as required. */
  private get allOptions(): readonly Option[] {
    const all = new Map(this.options);
    for (const option of this.commands.flatMap((command) => command.allOptions)) {
      const held = all.get(option.name);
      const differs = held !== undefined && !(held.value && option.value && isSame(held.value, option.value));
      all.set(option.name, differs ? { ...option, value: undefined } : option);
    }
    return [...all.values()];
  }

  private addArgument({ positional, keywords, isOpen }: CallArguments, site: CallSite): Value {
    const flags = positional.flatMap((flag) => (flag.kind === 'string' ? [flag.value] : []));
    const destination = keywords.get('dest');
    const long = flags.find((flag) => flag.startsWith('--')) ?? flags[0];
    const name = destination?.kind === 'string' ? destination.value : long?.replace(/^-+/, '').replaceAll('-', '_');
    if (name === undefined) return none;
    const action = keywords.get('action');
    const word = action?.kind === 'string' ? action.value : 'store';
    this.define({
      name,
      flags,
      type: keywords.get('type'),
      isSingle: word === 'store' && !keywords.has('nargs'),
      whenGiven: word === 'store_true' ? boolean(true) : word === 'store_false' ? boolean(false) : undefined,
      value: isOpen ? undefined : defaultOf(keywords, flags, site),
      site,
    });
    return none;
  }

  /**
   * The namespace of all options: what the arguments given to the parser say, else the defaults, and an unknown named after
   * each option that the command line must give.
   */
  private parsed({ positional: [first], keywords }: CallArguments, site: CallSite): Value {
    const given = first ?? keywords.get('args');
    if (keywords.has('namespace')) return unknown('the arguments are put into a namespace that is not followed');
    const said = given === undefined || given.kind === 'none' ? new Map<string, Value>() : this.said(given, site);
    const attributes = new Map<string, Value>();
    for (const { name, value, site: place } of this.allOptions) {
      const open = unknown(`the command line gives ${name}`, null, site.machine.locate(place.span));
      const known = said?.get(name) ?? (said === undefined ? undefined : value);
      attributes.set(name, known ?? site.machine.bound(name, open, place.span));
    }
    return new NamespaceValue(attributes, 'argparse.Namespace');
  }

  /** The values that a list of arguments gives; undefined when it is not understood to the end. */
  private said(given: Value, site: CallSite): Map<string, Value> | undefined {
    const words = site.machine.itemsOf(given)?.map((item) => (item.kind === 'string' ? item.value : undefined));
    if (words === undefined) return undefined;
    const result = new Map<string, Value>();
    const positionals = [...this.options.values()].filter(({ flags }) => !flags.some((flag) => flag.startsWith('-')));
    for (let index = 0; index < words.length; index++) {
      const word = words[index];
      if (word === undefined) return undefined;
      const [flag = word, attached] = word.startsWith('--') ? word.split('=', 2) : [word];
      const option = word.startsWith('-')
        ? [...this.options.values()].find(({ flags }) => flags.includes(flag))
        : positionals.shift();
      if (option?.whenGiven !== undefined) {
        result.set(option.name, option.whenGiven);
        continue;
      }
      const text = word.startsWith('-') ? (attached ?? words[++index]) : word;
      if (option === undefined || !option.isSingle || text === undefined) return undefined;
      result.set(option.name, converted({ kind: 'string', value: text }, option.type, site));
    }
    return result;
  }
}

/** An option that only `set_defaults` names. */
function plainOption(name: string): Omit<Option, 'value' | 'site'> {
  return { name, flags: [`--${name}`], type: undefined, isSingle: true, whenGiven: undefined };
}

function defaultOf(keywords: ReadonlyMap<string, Value>, flags: readonly string[], site: CallSite): Value | undefined {
  const stated = keywords.get('default');
  // There is no attribute at all, unless the command line gives it.
  if (stated?.kind === 'library' && stated.path === 'argparse.SUPPRESS') return undefined;
  if (stated !== undefined) return converted(stated, keywords.get('type'), site);
  const action = keywords.get('action');
  if (action?.kind === 'string' && action.value === 'store_true') return boolean(false);
  if (action?.kind === 'string' && action.value === 'store_false') return boolean(true);
  const required = keywords.get('required');
  const isRequired = !flags.some((flag) => flag.startsWith('-')) || (required?.kind === 'boolean' && required.value);
  return isRequired ? undefined : none;
}

/** A text default is converted as an argument would be. */
function converted(value: Value, type: Value | undefined, site: CallSite): Value {
  if (value.kind !== 'string' || type === undefined) return value;
  return site.machine.call(type, positionalArguments(value), site);
}
