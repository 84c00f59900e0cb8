/** `argparse`: the arguments of a program are taken to be their defaults. */
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  list,
  none,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { NamespaceValue } from './namespace';

interface Option {
  readonly name: string;
  /** Undefined where the command line has to give it. */
  readonly value: Value | undefined;
  readonly site: CallSite;
}

/** An `ArgumentParser`, or a group of one, which adds to the same options. */
export class ParserValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'argument parser';
  private readonly options = new Map<string, Option>();

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'add_argument':
        return builtin(name, (parameters, site) => this.addArgument(parameters, site));
      case 'add_argument_group':
      case 'add_mutually_exclusive_group':
        return builtin(name, () => this);
      case 'set_defaults':
        return builtin(name, ({ keywords }, site) => {
          for (const [key, value] of keywords) this.options.set(key, { name: key, value, site });
          return none;
        });
      case 'parse_args':
        return builtin(name, (_parameters, site) => this.parsed(site));
      case 'parse_known_args':
        return builtin(name, (_parameters, site) => tuple([this.parsed(site), list([])]));
      default:
        return undefined;
    }
  }

  private addArgument({ positional, keywords }: CallArguments, site: CallSite): Value {
    const flags = positional.flatMap((flag) => (flag.kind === 'string' ? [flag.value] : []));
    const destination = keywords.get('dest');
    const long = flags.find((flag) => flag.startsWith('--')) ?? flags[0];
    const name = destination?.kind === 'string' ? destination.value : long?.replace(/^-+/, '').replaceAll('-', '_');
    if (name !== undefined) this.options.set(name, { name, value: defaultOf(keywords, flags, site), site });
    return none;
  }

  /** The namespace of all options: their defaults, and an unknown named after each option that must be given. */
  private parsed(site: CallSite): Value {
    const attributes = new Map<string, Value>();
    for (const { name, value, site: place } of this.options.values()) {
      const open = unknown(`the command line gives ${name}`, null, site.machine.locate(place.span));
      attributes.set(name, value ?? site.machine.bound(name, open, place.span));
    }
    return new NamespaceValue(attributes);
  }
}

function defaultOf(keywords: ReadonlyMap<string, Value>, flags: readonly string[], site: CallSite): Value | undefined {
  const stated = keywords.get('default');
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
  return site.machine.call(type, { positional: [value], keywords: new Map(), isOpen: false }, site);
}
