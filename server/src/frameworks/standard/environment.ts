/** `os.environ`: what the program puts there itself; any other variable is taken to be unset. */
import {
  builtin,
  type CallArguments,
  type CallSite,
  dictionary,
  type ForeignValue,
  none,
  text,
  unknown,
  type Value,
} from '../../evaluate/values';

export class EnvironmentValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'environment';
  private readonly data = dictionary();

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'get':
        return builtin(name, (parameters, site) => this.get(parameters, site));
      case 'setdefault':
        return builtin(name, ({ positional: [key, fallback] }, site) => {
          const held = key && this.held(key);
          if (held !== undefined) return held;
          if (key !== undefined && fallback !== undefined) this.setItem(key, fallback, site);
          return fallback ?? none;
        });
      case 'update':
        return builtin(name, (parameters, site) =>
          site.machine.call(site.machine.attribute(this.data, name, site), parameters, site),
        );
      default:
        return undefined;
    }
  }

  /** `os.environ.get(name, fallback)` and `os.getenv`. Without a fallback it is not known whether there is a value. */
  get({ positional: [key, second], keywords }: CallArguments, site: CallSite): Value {
    const fallback = second ?? keywords.get('default');
    const name = key ?? keywords.get('key');
    return (name && this.held(name)) ?? fallback ?? this.given(name, site);
  }

  index([key]: readonly Value[], site: CallSite): Value {
    return (key && this.held(key)) ?? this.given(key, site);
  }

  setItem(key: Value, value: Value | undefined, site: CallSite): void {
    if (key.kind === 'string') {
      const entry = value && { key: text(key.value), value };
      site.machine.heap.setEntry(this.data, `string:${key.value}`, entry);
    } else site.machine.heap.setState(this.data.isOpen, true, (states) => states.includes(true));
  }

  private held(key: Value): Value | undefined {
    if (key.kind !== 'string') return undefined;
    const entry = this.data.entries.get(`string:${key.value}`);
    return this.data.isOpen.value
      ? unknown('the program sets variables of the environment whose names are not known')
      : entry?.value;
  }

  private given(key: Value | undefined, site: CallSite): Value {
    const name = key?.kind === 'string' ? key.value : 'a variable';
    return unknown(`the environment gives ${name}`, null, site.machine.locate(site.span));
  }
}
