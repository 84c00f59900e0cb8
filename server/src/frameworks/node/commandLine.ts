/**
 * What reads the command line of a Node program: minimist, yargs, commander, argparse and `util.parseArgs`. As for Python's
 * argparse, options are taken to be their defaults; one that the command line must give is unknown by its name.
 */
import type { JavaScriptLibrary } from '../../evaluate/javascript/machine';
import { undefinedValue } from '../../evaluate/javascript/objects';
import { toNumber } from '../../evaluate/javascript/operators';
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type DictionaryEntry,
  type DictionaryValue,
  dictionary,
  type ForeignValue,
  text,
  type Value,
} from '../../evaluate/values';

const packages: ReadonlySet<string> = new Set(['minimist', 'yargs', 'yargs-parser', 'commander', 'argparse', 'util']);

export class CommandLineLibrary implements JavaScriptLibrary {
  /** The parser that the module itself is, and that `program` of commander is. */
  private readonly shared = new Map<string, OptionsParser>();

  canonicalPath(path: string): string | undefined {
    const plain = path.replace(/^node:/, '').replace(/^yargs\/yargs/, 'yargs');
    return packages.has(plain.replace(/\..*$/, '')) ? plain : undefined;
  }

  constant(path: string, site: CallSite): Value | undefined {
    if (path === 'commander.program') return this.sharedParser(path);
    const member = /^yargs\.(\w+)$/.exec(path)?.[1];
    return member === undefined ? undefined : this.sharedParser('yargs').attribute(member, site);
  }

  private sharedParser(path: string): OptionsParser {
    const held = this.shared.get(path);
    if (held !== undefined) return held;
    const made = new OptionsParser();
    this.shared.set(path, made);
    return made;
  }

  call(path: string, { positional }: CallArguments, site: CallSite): Value | undefined {
    switch (path) {
      case 'minimist':
      case 'yargs-parser':
        return openOptions(entriesOf(propertyOf(positional[1], 'default')));
      case 'util.parseArgs': {
        const parser = new OptionsParser();
        parser.addAll(propertyOf(positional[0], 'options'), site);
        return dictionary([{ key: text('values'), value: parser.values() }]);
      }
      case 'yargs':
      case 'commander.Command':
      case 'commander.createCommand':
      case 'argparse.ArgumentParser':
        return new OptionsParser();
      default:
        return undefined;
    }
  }

  member(): undefined {
    return undefined;
  }
}

/** A parser with the options that the program has named so far. Whatever else is asked of it gives it back. */
class OptionsParser implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'a parser of the command line';
  private readonly defaults = new Map<string, Value>();

  attribute(name: string, _site: CallSite): Value | undefined {
    switch (name) {
      case 'argv':
        return this.values();
      case 'opts':
      case 'parseSync':
      case 'parseArgs':
      case 'parse_args':
        return builtin(name, () => this.values());
      case 'parse':
      case 'parseAsync':
        // Of yargs it gives the options, of commander the program itself, whose `opts()` gives them.
        return builtin(name, () => new Parsed(this));
      case 'options':
        return builtin(name, ({ positional: [options] }, site) => this.addAll(options, site));
      case 'option':
      case 'requiredOption':
        return builtin(name, (parameters, site) => this.addOption(parameters, site));
      case 'default':
        return builtin(name, ({ positional: [key, value] }, site) => {
          if (key?.kind === 'string' && value !== undefined) this.setDefault(key.value, value, site);
          else this.addAll(key, site, (given) => given);
          return this;
        });
      case 'addArgument':
      case 'add_argument':
        return builtin(name, (parameters, site) => this.addArgument(parameters, site));
      default:
        return builtin(name, () => this);
    }
  }

  /** An object that holds other things too: what else the command line gives. */
  values(): DictionaryValue {
    return openOptions([...this.defaults].map(([name, value]) => ({ key: text(name), value })));
  }

  held(name: string): Value | undefined {
    return this.defaults.get(name);
  }

  /** The options of an object: `{ units: { default: 64 } }`. */
  addAll(
    options: Value | undefined,
    site: CallSite,
    defaultOf: (option: Value) => Value | undefined = (option) => propertyOf(option, 'default'),
  ): Value {
    for (const { key, value } of entriesOf(options)) {
      const given = defaultOf(value);
      if (key.kind === 'string' && given !== undefined) this.setDefault(key.value, given, site);
    }
    return this;
  }

  /** `option('units', { default: 64 })` of yargs, `option('-u, --units <n>', 'text', parse, 64)` of commander. */
  private addOption({ positional }: CallArguments, site: CallSite): Value {
    const [name, second, third, fourth] = positional;
    if (name?.kind !== 'string') return name === undefined ? this : this.addAll(name, site);
    const flag = /--([\w-]+)/.exec(name.value)?.[1];
    if (flag === undefined) {
      const given = second === undefined ? undefined : propertyOf(second, 'default');
      if (given !== undefined) this.setDefault(name.value, given, site);
      return this;
    }
    const isNegated = flag.startsWith('no-');
    const given = fourth ?? (third?.kind === 'foreign' || third?.kind === 'builtin' ? undefined : third);
    if (given !== undefined) this.setDefault(flag, given, site);
    else if (isNegated) this.setDefault(flag.slice('no-'.length), boolean(true), site);
    return this;
  }

  /** `addArgument('--units', { type: 'int', defaultValue: 64 })`, also with a list of names. */
  private addArgument({ positional }: CallArguments, site: CallSite): Value {
    const options = positional.findLast(({ kind }) => kind === 'dictionary');
    const flags = positional
      .flatMap((value) => (value.kind === 'list' ? value.items : [value]))
      .flatMap((value) => (value.kind === 'string' ? [value.value] : []));
    const destination = propertyOf(options, 'dest');
    const long = flags.find((flag) => flag.startsWith('--')) ?? flags[0];
    const name = destination?.kind === 'string' ? destination.value : long?.replace(/^-+/, '').replaceAll('-', '_');
    const action = propertyOf(options, 'action');
    const isSwitch = action?.kind === 'string' && /^store_?true$/i.test(action.value);
    const given = propertyOf(options, 'defaultValue') ?? propertyOf(options, 'default');
    const held = given ?? (isSwitch ? boolean(false) : undefined);
    if (name === undefined || held === undefined) return this;
    const type = propertyOf(options, 'type');
    const isNumber = type?.kind === 'string' && /^(?:int|float)$/.test(type.value);
    this.setDefault(name, isNumber ? toNumber(held) : held, site);
    return this;
  }

  private setDefault(name: string, value: Value, site: CallSite): void {
    const inside = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    for (const spelling of new Set([name, inside])) site.machine.heap.setVariable(this.defaults, spelling, value);
  }
}

/** What `parse()` gives: the options by their names, and what the parser itself answers. */
class Parsed implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'the command line';

  constructor(private readonly parser: OptionsParser) {}

  attribute(name: string, site: CallSite): Value {
    const held = this.parser.held(name);
    if (held !== undefined) return held;
    if (name === 'opts') return builtin(name, () => this.parser.values());
    return site.machine.attribute(this.parser.values(), name, site);
  }
}

function openOptions(entries: Iterable<DictionaryEntry>): DictionaryValue {
  return { ...dictionary(entries), isOpen: { value: true } };
}

function entriesOf(value: Value | undefined): Iterable<DictionaryEntry> {
  return value?.kind === 'dictionary' ? value.entries.values() : [];
}

function propertyOf(value: Value | undefined, name: string): Value | undefined {
  for (const { key, value: held } of entriesOf(value)) {
    if (key.kind === 'string' && key.value === name) return held === undefinedValue ? undefined : held;
  }
  return undefined;
}
