/** What sizes pass through besides frameworks: Python's standard library and the libraries that configurations are kept in. */
import type { Library } from '../../evaluate/machine';
import { builtins } from '../../evaluate/python/builtins';
import { asDictionary, fieldValue, namedTuple, replaced } from '../../evaluate/python/records';
import {
  type CallArguments,
  type CallSite,
  dictionary,
  float,
  list,
  positionalArguments,
  text,
  type Value,
} from '../../evaluate/values';
import type { Workspace } from '../../workspace';
import { ParserValue } from './argparse';
import { arrayFunction } from './arrays';
import { collection } from './collections';
import { commandLine, Flags, isCommandLine } from './commandLines';
import { CompanionFiles } from './companions';
import { configured } from './configuration';
import { deepCopy, shallowCopy } from './copying';
import { valueOfJson, valueOfYaml } from './documents';
import { EnvironmentValue } from './environment';
import { functionalMeanings } from './functional';
import { isMathematics, mathematics } from './mathematics';
import { namespaceOf } from './namespace';
import { hydraMain, omegaConf } from './omegaconf';
import { FileValue, opened, pathFunction } from './paths';

type Meaning = (parameters: CallArguments, site: CallSite) => Value | undefined;

/** Dictionaries whose entries are attributes too, by the paths of their classes. */
const configurationClasses: ReadonlySet<string> = new Set([
  'addict.Dict',
  'addict.addict.Dict',
  'easydict.EasyDict',
  'box.Box',
  'munch.Munch',
  'munch.DefaultMunch',
  'ml_collections.ConfigDict',
  'ml_collections.config_dict.ConfigDict',
  'ml_collections.config_dict.create',
  'yacs.config.CfgNode',
  'omegaconf.DictConfig',
]);

/** Functions and classes that need nothing but their arguments. */
const meanings: Readonly<Record<string, Meaning>> = {
  ...functionalMeanings,
  'argparse.ArgumentParser': (parameters) => new ParserValue(parameters),
  // What it stands for is decided where the class that it is a member of is made.
  'enum.auto': () => ({ kind: 'library', path: 'enum.auto' }),
  'argparse.Namespace': namespaceOf('argparse.Namespace'),
  'types.SimpleNamespace': namespaceOf('types.SimpleNamespace'),
  'collections.namedtuple': namedTuple,
  'dataclasses.field': fieldValue,
  'dataclasses.replace': replaced,
  'dataclasses.asdict': ({ positional: [instance] }) => instance && asDictionary(instance),
  'attr.evolve': replaced,
  'attrs.evolve': replaced,
  'attr.asdict': ({ positional: [instance] }) => instance && asDictionary(instance),
  'attrs.asdict': ({ positional: [instance] }) => instance && asDictionary(instance),
  'attr.ib': fieldValue,
  'attr.field': fieldValue,
  'attrs.field': fieldValue,
  'pydantic.Field': fieldValue,
  'copy.deepcopy': ({ positional: [value] }) => value && deepCopy(value),
  'copy.copy': ({ positional: [value] }, site) =>
    value && shallowCopy(value, (instance) => site.machine.isModule(instance)),
};

/** `yaml.safe_load(text)` and its like, by what their documents are. */
const documentReaders: Readonly<Record<string, 'json' | 'yaml'>> = {
  'json.load': 'json',
  'json.loads': 'json',
  'yaml.load': 'yaml',
  'yaml.safe_load': 'yaml',
  'yaml.full_load': 'yaml',
  'yaml.unsafe_load': 'yaml',
};

/** The value of a text or of an open file; undefined where it is not known. */
function documentValue(
  kind: 'json' | 'yaml',
  { positional: [source], keywords }: CallArguments,
  site: CallSite,
): Value | undefined {
  const content = source?.kind === 'string' ? source.value : source instanceof FileValue ? source.text : undefined;
  if (content === undefined) return undefined;
  if (kind === 'yaml') return valueOfYaml(content);
  const data = valueOfJson(content);
  const hook = keywords.get('object_hook');
  if ([...keywords.keys()].some((name) => name !== 'object_hook')) return undefined;
  return data === undefined || hook === undefined || hook.kind === 'none' ? data : hooked(data, hook, site);
}

/** The document with every object in it replaced by what the function makes of it, inner ones first. */
function hooked(value: Value, hook: Value, site: CallSite): Value {
  if (value.kind === 'list') return list(value.items.map((item) => hooked(item, hook, site)));
  if (value.kind !== 'dictionary') return value;
  const entries = [...value.entries.values()].map(({ key, value: held }) => ({ key, value: hooked(held, hook, site) }));
  return site.machine.call(hook, positionalArguments(dictionary(entries)), site);
}

const lowercase = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const whitespace = ' \t\n\r\u000b\u000c';

/** Constants of module `string`, from which character models make their vocabularies. Source: CPython, Lib/string.py. */
const constants: Readonly<Record<string, Value>> = {
  'string.ascii_lowercase': text(lowercase),
  'string.ascii_uppercase': text(lowercase.toUpperCase()),
  'string.ascii_letters': text(lowercase + lowercase.toUpperCase()),
  'string.digits': text(digits),
  'string.punctuation': text(punctuation),
  'string.whitespace': text(whitespace),
  'string.printable': text(digits + lowercase + lowercase.toUpperCase() + punctuation + whitespace),
  'math.pi': float(Math.PI),
};

const portableBuiltins = 'six.moves.';

export class StandardLibrary implements Library {
  private readonly environment = new EnvironmentValue();
  private readonly flags = new Flags();
  private readonly files: CompanionFiles;

  /** @param file the analysed file, whose companions in the workspace its program may read */
  constructor(workspace: Workspace | null = null, file = '') {
    this.files = new CompanionFiles(workspace, file);
  }

  canonicalPath(path: string): string | undefined {
    const isKnown =
      path.startsWith(portableBuiltins) ||
      [meanings, documentReaders, constants].some((known) => Object.hasOwn(known, path)) ||
      configurationClasses.has(path) ||
      isMathematics(path) ||
      isCommandLine(path) ||
      /^(?:builtins\.open|os\.(?:getenv|environ|path\.\w+)|pathlib\.\w+|collections\.\w+|hydra\.main|numpy\.[\w.]+|omegaconf\.OmegaConf\.\w+)$/.test(
        path,
      );
    return isKnown ? path : undefined;
  }

  constant(path: string): Value | undefined {
    // `from six.moves import range`: what Python 3 has built in, for programs that once ran on Python 2.
    if (path.startsWith(portableBuiltins)) return builtins.get(path.slice(portableBuiltins.length));
    if (path === 'os.environ') return this.environment;
    if (/\.flags\.FLAGS$/.test(path)) return this.flags.values;
    return Object.hasOwn(constants, path) ? constants[path] : undefined;
  }

  call(path: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const meaning = Object.hasOwn(meanings, path) ? meanings[path] : undefined;
    if (meaning !== undefined) return meaning(parameters, site);
    const document = Object.hasOwn(documentReaders, path) ? documentReaders[path] : undefined;
    if (document !== undefined) return documentValue(document, parameters, site);
    if (configurationClasses.has(path)) return configurationOf(parameters, site);
    if (isCommandLine(path)) return commandLine(path, parameters, this.flags, site);
    const [module = '', ...rest] = path.split('.');
    const name = rest.at(-1) ?? '';
    switch (module) {
      case 'builtins':
        return opened(parameters.positional[0], parameters, this.files, parameters.positional[1]);
      case 'os':
        if (path === 'os.getenv') return this.environment.get(parameters, site);
        return pathFunction(path, parameters, this.files);
      case 'pathlib':
        return pathFunction(path, parameters, this.files);
      case 'collections':
        return collection(name, parameters, site);
      case 'hydra':
        return hydraMain(parameters, this.files, site);
      case 'numpy':
        return mathematicsOf(path, parameters, site) ?? arrayFunction(rest.join('.'), parameters, site);
      case 'omegaconf':
        return omegaConf(name, parameters, this.files, site);
      default:
        return mathematicsOf(path, parameters, site);
    }
  }
}

/** Functions of numbers take no keywords that are followed. */
function mathematicsOf(
  path: string,
  { positional, keywords, isOpen }: CallArguments,
  site: CallSite,
): Value | undefined {
  return isOpen || keywords.size > 0 ? undefined : mathematics(path, positional, site);
}

/** `EasyDict({"hidden_size": 8})`, `Box(hidden_size=8)`, `ConfigDict()`. */
function configurationOf(parameters: CallArguments, site: CallSite): Value | undefined {
  const data = collection('OrderedDict', parameters, site);
  return data && configured(data);
}
