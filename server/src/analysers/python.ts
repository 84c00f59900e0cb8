/** Analysis of a Python file: parsed, lowered, run over abstract values, and the models it made collected. */
import type { Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import type { Framework } from '../../../model/graph';
import { PythonMachine } from '../evaluate/python/machine';
import { FlaxLibrary } from '../frameworks/flax/library';
import { KerasLibrary } from '../frameworks/keras/library';
import { StandardLibrary } from '../frameworks/standard/library';
import { TorchLibrary } from '../frameworks/torch/library';
import { readDirectives } from '../syntax/directives';
import { syntaxErrorsIn } from '../syntax/errors';
import { LineMap } from '../syntax/lines';
import type { Statement } from '../syntax/python/ast';
import { isValidPython, lowerModule } from '../syntax/python/lower';
import { bySymbol } from '../syntax/suppliedSizes';
import type { Workspace } from '../workspace';
import { distinctModels, type FileAnalysis, stoppedAtBound } from './fileAnalysis';
import { unaskedSizes } from './sizes';

/** Files that import the analysed one and are run for what they construct of it. */
const mostImporters = 8;

/**
 * @param tree the parsed text, when the caller keeps it up to date itself
 * @param lines the lines of the text, when they are not simply counted from its start
 */
export function analysePython(
  file: string,
  text: string,
  workspace: Workspace | null,
  tree: Tree = parser.parse(text),
  lines: LineMap = new LineMap(file, text),
): FileAnalysis {
  const directives = readDirectives(tree, text);
  const module = lowerModule(tree, text);
  const { errors, recoveries } = syntaxErrorsIn(tree, isValidPython);
  const keras = new KerasLibrary();
  const torch = new TorchLibrary();
  const flax = new FlaxLibrary();
  const libraries = [keras, torch, flax, new StandardLibrary(workspace, file)];
  const source = { file, text, lines, module };
  const sizes = bySymbol(workspace?.sizes ?? [], directives.sizes);
  const machine = new PythonMachine({ source, workspace, libraries, sizes });
  machine.runMain();
  if (workspace !== null && machine.uncalled.areAny) {
    for (const importer of workspace.importersOf(file).slice(0, mostImporters)) machine.runImporter(importer);
  }
  machine.uncalled.run();
  const found = [...keras.models(machine), ...torch.models(machine), ...flax.models(machine)];
  const models = distinctModels(found.filter((model) => model.location.file === file));
  return {
    file,
    text,
    language: 'python',
    tree,
    lines,
    framework: models[0]?.framework ?? frameworkOf(module.body),
    models: models.sort((a, b) => a.location.from - b.location.from),
    syntaxErrors: errors.map((error) => lines.locate(error)),
    recoveries,
    directives,
    usedSizes: machine.usedSizes,
    unaskedSizes: unaskedSizes(directives, machine.usedSizes, machine.symbols, models, lines),
    uncalled: machine.uncalled.runAlone,
    problems: machine.isSpent ? [stoppedAtBound(lines)] : [],
  };
}

function frameworkOf(body: readonly Statement[]): Framework | null {
  for (const statement of body) {
    // What is imported where it is there, or by the functions that need it.
    const inner = statement.kind === 'try' || statement.kind === 'function' ? frameworkOf(statement.body) : null;
    if (inner !== null) return inner;
    const paths =
      statement.kind === 'import'
        ? statement.modules.map((imported) => imported.path)
        : statement.kind === 'importFrom'
          ? [statement.path]
          : [];
    for (const path of paths) {
      if (/^(keras|tensorflow|tf_keras)\b/.test(path)) return 'keras';
      if (/^torch\b/.test(path)) return 'torch';
      if (/^flax\b/.test(path)) return 'flax';
    }
  }
  return null;
}
