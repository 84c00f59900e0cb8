/** `OmegaConf` and Hydra: configurations from files and literals, merged, with their interpolations put in. */
import {
  builtin,
  type CallArguments,
  type CallSite,
  type DictionaryValue,
  dictionary,
  mappingOf,
  none,
  text,
  unknown,
  type Value,
} from '../../evaluate/values';
import { joinPath } from '../../workspace';
import type { CompanionFiles } from './companions';
import { ConfigurationValue, configured, merge, plain } from './configuration';
import { valueOfYaml } from './documents';
import { FileValue, pathText } from './paths';

/** The function `name` of `omegaconf.OmegaConf`; undefined when it is not followed. */
export function omegaConf(
  name: string,
  parameters: CallArguments,
  files: CompanionFiles,
  site: CallSite,
): Value | undefined {
  const [first, second] = parameters.positional;
  switch (name) {
    case 'create': {
      if (first === undefined || first.kind === 'none') return new ConfigurationValue(dictionary());
      const data = first.kind === 'string' ? valueOfYaml(first.value) : first;
      return data === undefined ? undefined : asConfiguration(data);
    }
    case 'load': {
      const path = pathText(first);
      const source = first instanceof FileValue ? first.text : path === undefined ? undefined : files.read(path);
      const data = source === undefined ? undefined : valueOfYaml(source);
      return data === undefined ? undefined : asConfiguration(data);
    }
    case 'merge': {
      const sources = parameters.positional.map(mappingOf);
      if (parameters.isOpen || !sources.every((source) => source !== undefined)) return undefined;
      const result = new ConfigurationValue(dictionary());
      for (const source of sources) merge(site.machine.heap, result, detached(source));
      return result;
    }
    case 'from_cli':
      // Nothing is taken to be given on the command line.
      return parameters.positional.length === 0 ? new ConfigurationValue(dictionary()) : undefined;
    case 'structured':
      return first?.kind === 'instance' ? asConfiguration(ofInstance(first.attributes)) : undefined;
    case 'to_container':
    case 'to_object':
      return first === undefined ? undefined : plain(first);
    case 'set_struct':
    case 'set_readonly':
    case 'resolve':
      return none;
    case 'update':
      if (first instanceof ConfigurationValue && second?.kind === 'string' && parameters.positional[2] !== undefined) {
        const path = second.value.split('.');
        const holder = path.slice(0, -1).reduce<Value>((value, key) => site.machine.attribute(value, key, site), first);
        if (holder instanceof ConfigurationValue) {
          holder.setAttribute(path.at(-1) ?? '', parameters.positional[2], site);
          return none;
        }
      }
      return undefined;
    default:
      return undefined;
  }
}

function ofInstance(attributes: ReadonlyMap<string, Value>): Value {
  return dictionary(
    [...attributes].map(([name, value]) => ({
      key: text(name),
      value: value.kind === 'instance' ? ofInstance(value.attributes) : value,
    })),
  );
}

/** A copy, so that what is merged does not change where it came from. */
function detached(source: DictionaryValue): DictionaryValue {
  return mappingOf(plain(source)) ?? dictionary();
}

/** The configuration of a document, with `${a.b}` replaced by what stands there. */
function asConfiguration(data: Value): Value {
  const root = mappingOf(data);
  return root === undefined ? unknown('a configuration that is no dictionary') : configured(resolved(data, root, 0));
}

function resolved(value: Value, root: DictionaryValue, depth: number): Value {
  if (depth > 20) return unknown('an interpolation that goes too deep');
  const mapping = mappingOf(value);
  if (mapping !== undefined) {
    const result = dictionary(
      [...mapping.entries.values()].map(({ key, value: inner }) => ({ key, value: resolved(inner, root, depth + 1) })),
    );
    result.isOpen.value = mapping.isOpen.value;
    return result;
  }
  if (value.kind === 'list') return { ...value, items: value.items.map((item) => resolved(item, root, depth + 1)) };
  if (value.kind !== 'string') return value;
  if (value.value === '???') return unknown('the configuration leaves it to be given');
  const path = /^\$\{([\w.]+)\}$/.exec(value.value)?.[1];
  if (path === undefined) return value.value.includes('${') ? unknown('an interpolation that is not followed') : value;
  let found: Value | undefined = root;
  for (const key of path.split('.')) found = found && mappingOf(found)?.entries.get(`string:${key}`)?.value;
  return found === undefined ? unknown(`the configuration has no ${path}`) : resolved(found, root, depth + 1);
}

/**
 * `@hydra.main(config_path="conf", config_name="config")`: a decorator that gives the function the configuration of these
 * files, as it is without arguments on the command line; one with names but no values where they are not found.
 */
export function hydraMain({ positional, keywords }: CallArguments, files: CompanionFiles, source: CallSite): Value {
  const path = positional[0] ?? keywords.get('config_path');
  const name = positional[1] ?? keywords.get('config_name');
  const folder = path === undefined || path.kind === 'none' ? '' : pathText(path);
  const file = name?.kind === 'string' ? name.value.replace(/\.yaml$/, '') : undefined;
  const found = folder === undefined || file === undefined ? undefined : composed(files, folder, file);
  const because = 'Hydra gives the configuration when it runs';
  const configuration =
    found === undefined ? unknown(because, null, source.machine.locate(source.span)) : asConfiguration(found);
  return builtin('hydra.main', ({ positional: [inner] }) =>
    inner === undefined
      ? unknown(because)
      : builtin('hydra program', (given, site) =>
          given.positional.length > 0
            ? site.machine.call(inner, given, site)
            : site.machine.call(inner, { ...given, positional: [configuration] }, site),
        ),
  );
}

/**
 * A file with its `defaults` list: groups lie in folders of their name. Undefined where the composition is not followed, or
 * rests on which of the file and its defaults wins without the file saying so.
 */
function composed(files: CompanionFiles, folder: string, file: string, depth = 0): DictionaryValue | undefined {
  const source = depth > 5 ? undefined : files.read(joinPath(folder, `${file}.yaml`));
  if (source === undefined || source.includes('@package')) return undefined;
  const own = valueOfYaml(source);
  if (own?.kind !== 'dictionary') return undefined;
  const defaults = own.entries.get('string:defaults')?.value;
  own.entries.delete('string:defaults');
  // Hydra's own settings are none of the program's.
  own.entries.delete('string:hydra');
  if (defaults === undefined) return own;
  if (defaults.kind !== 'list') return undefined;
  const parts: DictionaryValue[] = [];
  let isSelfPlaced = false;
  for (const item of defaults.items) {
    if (item.kind === 'string' && item.value === '_self_') {
      parts.push(own);
      isSelfPlaced = true;
      continue;
    }
    const part = defaultPart(files, folder, item, depth);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const others = parts.flatMap((part) => [...part.entries.keys()]);
  if (!isSelfPlaced && others.some((key) => own.entries.has(key))) return undefined;
  if (!isSelfPlaced) parts.push(own);
  return parts.reduce(overlaid, dictionary());
}

function defaultPart(files: CompanionFiles, folder: string, item: Value, depth: number): DictionaryValue | undefined {
  if (item.kind === 'string' && /^\w+$/.test(item.value)) return composed(files, folder, item.value, depth + 1);
  if (item.kind !== 'dictionary' || item.entries.size !== 1) return undefined;
  const [[, entry] = []] = [...item.entries];
  if (entry?.key.kind !== 'string' || entry.value.kind !== 'string') return undefined;
  const group = entry.key.value;
  // `override hydra/launcher: …` concerns Hydra itself.
  if (/^(?:override )?hydra\//.test(group)) return dictionary();
  if (!/^\w+(?:\/\w+)*$/.test(group)) return undefined;
  const inner = composed(files, joinPath(folder, group), entry.value.value, depth + 1);
  return (
    inner &&
    group.split('/').reduceRight<DictionaryValue>((held, key) => dictionary([{ key: text(key), value: held }]), inner)
  );
}

/** Both, entry by entry; what is said later wins. */
function overlaid(earlier: DictionaryValue, later: DictionaryValue): DictionaryValue {
  const result = dictionary([...earlier.entries.values()]);
  for (const [name, { key, value }] of later.entries) {
    const held = result.entries.get(name)?.value;
    const both = held?.kind === 'dictionary' && value.kind === 'dictionary';
    result.entries.set(name, { key, value: both ? overlaid(held, value) : value });
  }
  return result;
}
