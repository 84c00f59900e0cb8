/** Imports across the files of a workspace: finding modules, and running each once. */
import { parser } from '@lezer/python';
import { LineMap } from '../../syntax/lines';
import type { Import, ImportFrom } from '../../syntax/python/ast';
import { lowerModule } from '../../syntax/python/lower';
import type { SourceFile } from '../../syntax/sourceFile';
import { folderOf, joinPath, type Workspace } from '../../workspace';
import { createScope, type Scope } from '../scope';
import type { ModuleValue, Value } from '../values';

/** Modules that one analysis runs at most. */
const mostModules = 60;

/** Runs the body of a module in its own global scope. */
type RunModule = (source: SourceFile, scope: Scope, name: string) => void;

export class ModuleLoader {
  private readonly loaded = new Map<string, ModuleValue>();

  constructor(
    private readonly workspace: Workspace | null,
    private readonly run: RunModule,
  ) {}

  /** Registers a module that is run by other means, so that imports of it find the same objects. */
  adopt(source: SourceFile, scope: Scope): void {
    this.loaded.set(source.file, { kind: 'module', file: source.file, scope });
  }

  /** Runs a file as a program of its own; its imports find what is loaded already. */
  runProgram(file: string): Scope | undefined {
    if (this.loaded.has(file)) return undefined;
    return this.load(file, '__main__')?.scope;
  }

  /** The module that a dotted path means when it is imported from a file; undefined when the workspace has none. */
  resolve(path: string, level: number, importer: string): ModuleValue | undefined {
    for (const root of rootsOf(importer, level)) {
      const module = this.moduleAt(root, path.split('.').filter(Boolean));
      if (module !== undefined) return module;
    }
    return undefined;
  }

  /** A module inside a package, when the package's own names do not hold it. */
  submodule(module: ModuleValue, name: string): ModuleValue | undefined {
    const isPackage = module.file.endsWith('/__init__.py') || module.file === '__init__.py';
    return isPackage ? this.moduleAt(folderOf(module.file), [name]) : undefined;
  }

  private moduleAt(root: string, parts: readonly string[]): ModuleValue | undefined {
    const base = parts.reduce(joinPath, root);
    const name = parts.join('.');
    const found = parts.length === 0 ? undefined : this.load(`${base}.py`, name);
    return found ?? this.load(joinPath(base, '__init__.py'), name);
  }

  private load(file: string, name: string): ModuleValue | undefined {
    const held = this.loaded.get(file);
    if (held !== undefined) return held;
    const text = this.loaded.size < mostModules ? this.workspace?.read(file) : undefined;
    if (text === undefined) return undefined;
    const source: SourceFile = {
      file,
      text,
      lines: new LineMap(file, text),
      module: lowerModule(parser.parse(text), text),
    };
    // Known before it runs: modules that import each other see what there is so far, as in Python.
    const module: ModuleValue = { kind: 'module', file, scope: createScope(null) };
    this.loaded.set(file, module);
    this.run(source, module.scope, name);
    return module;
  }
}

/** Folders from which an import is looked up: the package a relative one names, else the file's folder and those above. */
function rootsOf(importer: string, level: number): string[] {
  let folder = folderOf(importer);
  if (level > 0) {
    for (let count = 1; count < level; count++) folder = folderOf(folder);
    return [folder];
  }
  const roots = [folder];
  while (folder !== '' && roots.length < 12) {
    folder = folderOf(folder);
    roots.push(folder);
  }
  return roots;
}

/** The names an `import` statement binds, where the workspace holds what is imported. */
export function importedModules(
  loader: ModuleLoader,
  node: Import,
  importer: string,
): readonly { readonly name: string; readonly value: Value }[] {
  return node.modules.map(({ path, alias }) => {
    const module = loader.resolve(path, 0, importer);
    const [first = path] = path.split('.');
    if (module === undefined) {
      // `import a.b` binds `a`, `import a.b as c` binds `a.b`.
      const bound = alias === null ? first : path;
      return { name: alias ?? bound, value: { kind: 'library', path: bound } };
    }
    if (alias !== null || !path.includes('.')) return { name: alias ?? path, value: module };
    const outer = loader.resolve(first, 0, importer);
    return { name: first, value: outer ?? { kind: 'library', path: first } };
  });
}

/** The names a `from … import …` binds; undefined when the workspace holds no such module. */
export function importedNames(
  loader: ModuleLoader,
  node: ImportFrom,
  importer: string,
): readonly { readonly name: string; readonly value: Value | undefined }[] | undefined {
  const module = loader.resolve(node.path, node.level, importer);
  if (module === undefined) {
    // `from . import model` in a folder without `__init__.py`.
    if (node.path !== '' || node.names === null) return undefined;
    const siblings = node.names.map(({ name, alias }) => ({
      name: alias ?? name,
      value: loader.resolve(name, node.level, importer),
    }));
    return siblings.some(({ value }) => value !== undefined) ? siblings : undefined;
  }
  if (node.names === null) {
    return [...module.scope.variables]
      .filter(([name]) => !name.startsWith('_'))
      .map(([name, value]) => ({ name, value }));
  }
  return node.names.map(({ name, alias }) => ({
    name: alias ?? name,
    value: module.scope.variables.get(name) ?? loader.submodule(module, name),
  }));
}
