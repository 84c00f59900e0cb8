/** Command lines other than `argparse`: `absl.flags`, `click` and `typer`. Each option is taken to be its default. */
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  noArguments,
  none,
  positionalArguments,
  unknown,
  type Value,
} from '../../evaluate/values';
import { NamespaceValue } from './namespace';

/** What the command line has to give. */
function required(name: string, site: CallSite): Value {
  const open = unknown(`the command line gives ${name}`, null, site.machine.locate(site.span));
  return site.machine.bound(name, open, site.span);
}

/** `FLAGS`: the values by their names, and methods that change them. */
class FlagValues extends NamespaceValue {
  override attribute(name: string): Value | undefined {
    const held = super.attribute(name);
    if (held !== undefined || !/^(?:set_default|read_|append_|from_|unparse_|remove_)/.test(name)) return held;
    return builtin(name, ({ positional: [key, value] }, site) => {
      const isPlain = name === 'set_default' && key?.kind === 'string' && value !== undefined;
      if (isPlain) this.setAttribute(key.value, value, site);
      else this.escape(site);
      return none;
    });
  }
}

/** The flags that a program has defined: one registry for all its files, as in Abseil. */
export class Flags {
  readonly values = new FlagValues(new Map());

  /** `flags.DEFINE_integer("hidden_size", 128, "…")`; the result holds the flag's `value`. */
  define(kind: string, { positional: [name, second], keywords }: CallArguments, site: CallSite): Value | undefined {
    if (name?.kind !== 'string') return undefined;
    const byDefault = second ?? keywords.get('default');
    const isGiven = byDefault !== undefined && (byDefault.kind !== 'none' || kind === 'string');
    const value = isGiven ? byDefault : required(name.value, site);
    this.values.setAttribute(name.value, value, site);
    return new NamespaceValue(new Map([['value', value]]));
  }
}

/** A function as a command: what is given to it are the words of a command line, which are not followed. */
function clickCommand(inner: Value): Value {
  return builtin('click command', ({ positional, keywords }, site) =>
    positional.length > 0 || keywords.has('args')
      ? unknown('words given to a command are not followed')
      : site.machine.call(inner, noArguments, site),
  );
}

/** `click.option("--hidden-size", default=128)`: gives the function the option where its caller does not. */
function clickOption({ positional, keywords }: CallArguments, site: CallSite, isArgument: boolean): Value {
  const words = positional.flatMap((word) => (word.kind === 'string' ? [word.value] : []));
  const long =
    words.find((word) => /^\w+$/.test(word)) ?? words.find((word) => word.startsWith('--')) ?? words[0] ?? '';
  const name = long.replace(/^-+/, '').replace(/\/.*$/, '').replaceAll('-', '_').toLowerCase();
  const isSet = (keyword: string): boolean => {
    const value = keywords.get(keyword);
    return value?.kind === 'boolean' && value.value;
  };
  const stated = keywords.get('default');
  const isSwitch = isSet('is_flag') || long.includes('/');
  const value =
    stated !== undefined
      ? converted(stated, keywords.get('type'), site)
      : isSwitch
        ? boolean(false)
        : isArgument || isSet('required') || keywords.has('prompt') || keywords.has('multiple') || keywords.has('nargs')
          ? required(name, site)
          : none;
  return builtin('click option', ({ positional: [inner] }) =>
    inner === undefined
      ? none
      : builtin('command', (given, at) =>
          at.machine.call(inner, { ...given, keywords: new Map([[name, value], ...given.keywords]) }, at),
        ),
  );
}

/** A text default is converted as an argument would be. */
function converted(value: Value, type: Value | undefined, site: CallSite): Value {
  if (value.kind !== 'string' || type?.kind !== 'builtin') return value;
  return site.machine.call(type, positionalArguments(value), site);
}

/** A `typer.Typer()`, whose commands stay the functions they are. */
class TyperValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'command line';
  private commands: Value[] = [];

  attribute(name: string): Value | undefined {
    if (name !== 'command' && name !== 'callback') return undefined;
    return builtin(name, () =>
      builtin(name, ({ positional: [inner] }) => {
        if (name === 'command' && inner !== undefined) this.commands.push(inner);
        return inner ?? none;
      }),
    );
  }

  /** Which of several commands runs is not known. */
  call(_parameters: CallArguments, site: CallSite): Value {
    const [only, ...others] = this.commands;
    if (only !== undefined && others.length === 0) site.machine.call(only, noArguments, site);
    return none;
  }
}

/** Functions of `absl`, `click` and `typer`; undefined when they are not followed. */
export function commandLine(path: string, parameters: CallArguments, flags: Flags, site: CallSite): Value | undefined {
  const [first] = parameters.positional;
  const defined = /^(?:absl\.flags|tensorflow\.(?:compat\.v1\.)?(?:app\.)?flags)\.DEFINE_(\w+)$/.exec(path)?.[1];
  if (defined !== undefined) return flags.define(defined, parameters, site);
  switch (path) {
    case 'absl.app.run':
    case 'tensorflow.app.run':
    case 'tensorflow.compat.v1.app.run': {
      const main = first ?? parameters.keywords.get('main');
      const words = unknown('the command line gives its words');
      return main && site.machine.call(main, positionalArguments(words), site);
    }
    case 'click.command':
    case 'click.group':
      return first !== undefined && first.kind !== 'string'
        ? clickCommand(first)
        : builtin('click', ({ positional: [inner] }) => clickCommand(inner ?? none));
    case 'click.option':
    case 'click.argument':
      return clickOption(parameters, site, path === 'click.argument');
    case 'typer.Option':
    case 'typer.Argument': {
      const stated = first ?? parameters.keywords.get('default');
      return stated === undefined || stated.kind === 'ellipsis'
        ? unknown('the command line gives it', null, site.machine.locate(site.span))
        : stated;
    }
    case 'typer.Typer':
      return new TyperValue();
    case 'typer.run':
      return first && site.machine.call(first, noArguments, site);
    default:
      return undefined;
  }
}

export function isCommandLine(path: string): boolean {
  return /^(?:absl\.app\.run|tensorflow\.(?:compat\.v1\.)?app\.run|(?:absl|tensorflow(?:\.compat\.v1)?(?:\.app)?)\.flags\.\w+|click\.(?:command|group|option|argument)|typer\.(?:Option|Argument|Typer|run))$/.test(
    path,
  );
}
