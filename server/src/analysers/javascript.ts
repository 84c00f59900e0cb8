/** Analysis of a JavaScript or TypeScript file: parsed, lowered, run over abstract values, and its models collected. */
import type { Tree } from '@lezer/common';
import { mentionsTfjs } from '../../../protocol/probe';
import { JavaScriptMachine } from '../evaluate/javascript/machine';
import { CommandLineLibrary } from '../frameworks/node/commandLine';
import { TfjsLibrary } from '../frameworks/tfjs/library';
import { readDirectives } from '../syntax/directives';
import { syntaxErrorsIn } from '../syntax/errors';
import { isValidJavaScript, lowerModule } from '../syntax/javascript/lower';
import { parserOf } from '../syntax/javascript/parser';
import { LineMap } from '../syntax/lines';
import { bySymbol } from '../syntax/suppliedSizes';
import type { Workspace } from '../workspace';
import { distinctModels, type FileAnalysis, stoppedAtBound } from './fileAnalysis';
import { unaskedSizes } from './sizes';

/** Files that import the analysed one and are run for what they construct of it. */
const mostImporters = 8;

/** @param tree the parsed text, when the caller keeps it up to date itself */
export function analyseJavaScript(
  file: string,
  text: string,
  workspace: Workspace | null,
  tree: Tree = parserOf(file).parse(text),
): FileAnalysis {
  const lines = new LineMap(file, text);
  const directives = readDirectives(tree, text);
  const module = lowerModule(tree, text);
  const { errors, recoveries } = syntaxErrorsIn(tree, isValidJavaScript);
  const library = new TfjsLibrary();
  const source = { file, text, lines, module };
  const sizes = bySymbol(workspace?.sizes ?? [], directives.sizes);
  const machine = new JavaScriptMachine({ source, workspace, libraries: [library, new CommandLineLibrary()], sizes });
  machine.runMain();
  if (workspace !== null && machine.hasUncalled) {
    for (const importer of workspace.importersOf(file).slice(0, mostImporters)) machine.runImporter(importer);
  }
  machine.runUncalled();
  const models = distinctModels(library.models(machine).filter(({ location }) => location.file === file));
  return {
    file,
    text,
    language: 'javascript',
    tree,
    lines,
    framework: models.length > 0 || mentionsTfjs(text) ? 'tfjs' : null,
    models: models.sort((a, b) => a.location.from - b.location.from),
    syntaxErrors: errors.map((error) => lines.locate(error)),
    recoveries,
    directives,
    usedSizes: machine.usedSizes,
    unaskedSizes: unaskedSizes(directives, machine.usedSizes, machine.symbols, models, lines),
    problems: machine.isSpent ? [stoppedAtBound(lines)] : [],
  };
}
