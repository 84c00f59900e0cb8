/** The analyser's front door: text of a model file in, models and what was met on the way out. No I/O. */
import type { Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import type { Framework, ModelGraph, SourceLocation } from '../../model/graph';
import { PythonMachine } from './evaluate/python/machine';
import { KerasLibrary } from './frameworks/keras/library';
import { StandardLibrary } from './frameworks/standard/library';
import { TorchLibrary } from './frameworks/torch/library';
import { type Directives, readDirectives } from './syntax/directives';
import { LineMap } from './syntax/lines';
import type { Module } from './syntax/python/ast';
import { lowerModule } from './syntax/python/lower';

export interface FileAnalysis {
  /** As given: a path or a URI; every location in the result names it. */
  readonly file: string;
  readonly text: string;
  readonly tree: Tree;
  /** The framework of the file's models, or that it imports; null when it names none and so is of no interest. */
  readonly framework: Framework | null;
  readonly models: readonly ModelGraph[];
  readonly syntaxErrors: readonly SourceLocation[];
  readonly directives: Directives;
}

/** Whether a text can hold anything of interest: asked of every Python document, so it must cost next to nothing. */
export function mentionsFramework(text: string): boolean {
  return /\b(?:keras|torch|tensorflow)\b/.test(text);
}

/**
 * Analyses one Python file. Total: any text gives an analysis, perhaps without models.
 *
 * @param file named by every location in the result
 * @param tree the parsed text, when the caller keeps it up to date itself
 */
export function analyseFile(file: string, text: string, tree: Tree = parser.parse(text)): FileAnalysis {
  const lines = new LineMap(file, text);
  const directives = readDirectives(tree, text);
  const module = lowerModule(tree, text);
  const keras = new KerasLibrary();
  const torch = new TorchLibrary();
  const libraries = [keras, torch, new StandardLibrary()];
  const machine = new PythonMachine({ source: text, lines, libraries, sizes: directives.sizes });
  machine.runModule(module);
  machine.runUncalled();
  const models = distinct([...keras.models(machine), ...torch.models(machine)]);
  return {
    file,
    text,
    tree,
    framework: models[0]?.framework ?? frameworkOf(module),
    models: models.sort((a, b) => a.location.from - b.location.from),
    syntaxErrors: module.errors.map((error) => lines.locate(error)),
    directives,
  };
}

/** One graph for models that are alike: the same definition constructed twice with the same sizes. */
function distinct(models: readonly ModelGraph[]): ModelGraph[] {
  const seen = new Set<string>();
  return models.filter(({ name, location, layers, loss }) => {
    const key = JSON.stringify([
      name,
      location.from,
      layers.map((layer) => [layer.path, layer.operation, layer.weights]),
      loss,
    ]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function frameworkOf(module: Module): Framework | null {
  for (const statement of module.body) {
    const paths =
      statement.kind === 'import'
        ? statement.modules.map((imported) => imported.path)
        : statement.kind === 'importFrom'
          ? [statement.path]
          : [];
    for (const path of paths) {
      if (/^(keras|tensorflow|tf_keras)\b/.test(path)) return 'keras';
      if (/^torch\b/.test(path)) return 'torch';
    }
  }
  return null;
}
