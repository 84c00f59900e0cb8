/** Imports across the files of a workspace: finding modules, and running each once. */

import type { Module } from '../../syntax/javascript/ast';
import { lowerModule } from '../../syntax/javascript/lower';
import { parserOf } from '../../syntax/javascript/parser';
import { LineMap } from '../../syntax/lines';
import { folderOf, resolvePath, type Workspace } from '../../workspace';
import { createScope, type Scope } from '../scope';
import { type CallSite, dictionary, type ForeignValue, keyOf, text, type Value } from '../values';

/** Modules that one analysis runs at most. */
const mostModules = 60;

/** What may be left out of a module's name, in the order in which bundlers try. */
const endings = ['', '.ts', '.tsx', '.js', '.jsx', '.mjs', '.cjs', '/index.ts', '/index.tsx', '/index.js'];

/** A source file as it is evaluated. */
export interface ScriptFile {
  readonly file: string;
  readonly text: string;
  readonly lines: LineMap;
  readonly module: Module;
}

/** A module as others see it: its names, or what it puts in `module.exports`. */
export class ModuleObject implements ForeignValue {
  readonly kind = 'foreign';
  /** Names under which its own are exported. */
  readonly renamed = new Map<string, string>();
  /** Modules of which it exports everything, and single names of others. */
  readonly passedOn: Value[] = [];
  readonly borrowed = new Map<string, Value>();

  constructor(
    readonly source: ScriptFile,
    readonly scope: Scope,
  ) {}

  get description(): string {
    return `module ${this.source.file.slice(folderOf(this.source.file).length).replace(/^\//, '')}`;
  }

  /** What `require` gives: `module.exports` where the module sets it, else its names. */
  get required(): Value {
    const exported = this.commonExports;
    const isUsed = exported !== undefined && (exported.kind !== 'dictionary' || exported.entries.size > 0);
    return isUsed ? exported : this;
  }

  attribute(name: string, site: CallSite): Value | undefined {
    const borrowed = this.borrowed.get(name);
    if (borrowed !== undefined) return borrowed;
    const own = this.scope.variables.get(this.renamed.get(name) ?? name);
    if (own !== undefined) return own;
    const exported = this.commonExports;
    const entry = exported?.kind === 'dictionary' ? exported.entries.get(keyOf(text(name)) ?? '') : undefined;
    if (entry !== undefined) return entry.value;
    if (name === 'default') return exported;
    for (const other of this.passedOn) {
      const value = other instanceof ModuleObject ? other.attribute(name, site) : undefined;
      if (value !== undefined) return value;
    }
    return undefined;
  }

  private get commonExports(): Value | undefined {
    const module = this.scope.variables.get('module');
    return module?.kind === 'dictionary' ? module.entries.get(keyOf(text('exports')) ?? '')?.value : undefined;
  }
}

/** The scope of a module: `module.exports` and `exports` are objects of its own. */
export function moduleScope(): Scope {
  const scope = createScope(null);
  const exported = dictionary();
  scope.variables.set('exports', exported);
  scope.variables.set('module', dictionary([{ key: text('exports'), value: exported }]));
  return scope;
}

export class ModuleLoader {
  private readonly loaded = new Map<string, ModuleObject>();

  constructor(
    private readonly workspace: Workspace | null,
    /** Runs a module's top level in its scope. */
    private readonly run: (module: ModuleObject) => void,
  ) {}

  /** Registers a module that is run by other means. */
  adopt(module: ModuleObject): void {
    this.loaded.set(module.source.file, module);
  }

  /** The module of a relative name as it is imported from a file; undefined when the workspace has none. */
  resolve(name: string, importer: string): ModuleObject | undefined {
    const base = resolvePath(folderOf(importer), name);
    // TypeScript names the file that will be there once it is compiled.
    const stems = [base, base.replace(/\.[cm]?jsx?$/, '')];
    for (const stem of new Set(stems)) {
      for (const ending of endings) {
        const module = ending === '' && !/\.\w+$/.test(stem) ? undefined : this.load(stem + ending);
        if (module !== undefined) return module;
      }
    }
    return undefined;
  }

  holds(file: string): boolean {
    return this.loaded.has(file);
  }

  /** Runs a file of the workspace as it is imported. */
  load(file: string): ModuleObject | undefined {
    const held = this.loaded.get(file);
    if (held !== undefined) return held;
    const source = this.loaded.size < mostModules ? this.workspace?.read(file) : undefined;
    if (source === undefined) return undefined;
    const module = lowerModule(parserOf(file).parse(source), source);
    const made = new ModuleObject({ file, text: source, lines: new LineMap(file, source), module }, moduleScope());
    // Known before it runs: modules that import each other see what there is so far.
    this.loaded.set(file, made);
    this.run(made);
    return made;
  }
}
