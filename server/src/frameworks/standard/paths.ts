/** `os.path`, `pathlib` and `open`, as far as they lead to the files of a configuration. */
import { builtin, type CallArguments, type ForeignValue, list, text, unknown, type Value } from '../../evaluate/values';
import { folderOf, withoutDots } from '../../workspace';
import type { CompanionFiles } from './companions';

/** An open file whose text is known. */
export class FileValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'file';

  constructor(readonly text: string) {}

  attribute(name: string): Value | undefined {
    return name === 'read'
      ? builtin(name, ({ positional }) => (positional.length === 0 ? text(this.text) : unknown('a part of a file')))
      : undefined;
  }

  enter(): Value {
    return this;
  }
}

/** A `pathlib.Path`. */
export class PathValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'path';

  constructor(
    readonly path: string,
    private readonly files: CompanionFiles,
  ) {}

  attribute(name: string): Value | undefined {
    const at = (path: string): Value => new PathValue(path, this.files);
    const last = this.path.slice(this.path.lastIndexOf('/') + 1);
    switch (name) {
      case 'parent':
        return this.path === '' ? undefined : at(folderOf(this.path));
      case 'parents': {
        const folders = [folderOf(this.path)];
        while ((folders.at(-1) ?? '').includes('/')) folders.push(folderOf(folders.at(-1) ?? ''));
        return list(folders.map(at));
      }
      case 'name':
        return text(last);
      case 'stem':
        return text(last.replace(/(?<=.)\.[^.]*$/, ''));
      case 'resolve':
      case 'absolute':
        return builtin(name, () => this);
      case 'joinpath':
        return builtin(name, ({ positional }) => joined([this, ...positional], this.files) ?? unknown('a path'));
      case 'with_name':
        return builtin(name, ({ positional: [other] }) =>
          other?.kind === 'string' ? at(joinedText(folderOf(this.path), other.value)) : unknown('a path'),
        );
      case 'open':
        return builtin(
          name,
          (parameters) => opened(this, parameters, this.files) ?? unknown('a file that is not read'),
        );
      case 'read_text':
        return builtin(name, () => {
          const content = this.files.read(this.path);
          return content === undefined ? unknown(`${this.path} is not read`) : text(content);
        });
      default:
        return undefined;
    }
  }

  binary(operator: string, other: Value, isReflected: boolean): Value | undefined {
    if (operator !== '/') return undefined;
    return joined(isReflected ? [other, this] : [this, other], this.files) ?? unknown('a path that is not known');
  }
}

export function pathText(value: Value | undefined): string | undefined {
  return value?.kind === 'string' ? value.value : value instanceof PathValue ? value.path : undefined;
}

function joinedText(folder: string, name: string): string {
  if (name.startsWith('/') || folder === '') return name;
  return name === '' ? folder : `${folder.replace(/\/$/, '')}/${name}`;
}

function joined(parts: readonly Value[], files: CompanionFiles): PathValue | undefined {
  const texts = parts.map(pathText);
  if (!texts.every((part) => part !== undefined)) return undefined;
  return new PathValue(texts.reduce(joinedText, ''), files);
}

/** `open(path)` for reading; undefined where the text is not known. */
export function opened(
  path: Value | undefined,
  { keywords }: CallArguments,
  files: CompanionFiles,
  mode?: Value,
): FileValue | undefined {
  const name = pathText(path);
  const how = mode ?? keywords.get('mode');
  const isRead = how === undefined || (how.kind === 'string' && /^r[bt]?$/.test(how.value));
  const content = name === undefined || !isRead ? undefined : files.read(name);
  return content === undefined ? undefined : new FileValue(content);
}

/** The functions of `os.path` and the class `pathlib.Path`; undefined for others, and for paths that are not known. */
export function pathFunction(
  path: string,
  { positional, isOpen }: CallArguments,
  files: CompanionFiles,
): Value | undefined {
  if (isOpen) return undefined;
  const [first] = positional;
  const name = pathText(first);
  switch (path) {
    case 'pathlib.Path':
    case 'pathlib.PurePath':
    case 'pathlib.PosixPath':
      return joined(positional, files);
    case 'os.path.join': {
      const whole = joined(positional, files)?.path;
      return whole === undefined ? undefined : text(whole);
    }
    case 'os.path.dirname':
      return name === undefined || name === '' ? undefined : text(folderOf(name));
    case 'os.path.basename':
      return name === undefined ? undefined : text(name.slice(name.lastIndexOf('/') + 1));
    case 'os.path.abspath':
    case 'os.path.realpath':
    case 'os.path.normpath':
      return name === undefined ? undefined : text(withoutDots(name));
    default:
      return undefined;
  }
}
