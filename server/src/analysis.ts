/** The analyser's front door: text of a model file in, models and what was met on the way out. No I/O. */
import { parser } from '@lezer/python';
import { isJavaScriptFile, isJsonFile } from '../../protocol/probe';
import { analyseConfig } from './analysers/config';
import type { FileAnalysis, Language } from './analysers/fileAnalysis';
import { analyseJavaScript } from './analysers/javascript';
import { analyseNotebook } from './analysers/notebook';
import { analysePython } from './analysers/python';
import { unreadAnalysis, whyTooLarge } from './analysers/tooLarge';
import { parserOf } from './syntax/javascript/parser';
import { reparse } from './syntax/reparse';
import type { Workspace } from './workspace';

export type { FileAnalysis } from './analysers/fileAnalysis';
export { analyseCells } from './analysers/notebook';

/**
 * Analyses one file. Total: any text gives an analysis, perhaps without models.
 *
 * @param file a path or URI; every location in the result names it
 * @param workspace the files around it, through which imports are followed; null where there are none
 * @param earlier the analysis of an earlier version of the same file, of which what still holds is reused
 * @param named a name whose ending says the language, where that of the file does not
 */
export function analyseFile(
  file: string,
  text: string,
  workspace: Workspace | null = null,
  earlier?: FileAnalysis,
  named: string = file,
): FileAnalysis {
  const language = languageOf(named);
  const because = language === null ? null : whyTooLarge(text, language);
  if (language !== null && because !== null) return unreadAnalysis(file, text, language, because);
  if (isJavaScriptFile(named)) return analyseJavaScript(file, text, workspace, reparse(parserOf(named), text, earlier));
  if (isJsonFile(named)) return analyseConfig(file, text, workspace);
  return named.endsWith('.ipynb')
    ? analyseNotebook(file, text, workspace)
    : analysePython(file, text, workspace, reparse(parser, text, earlier));
}

/** The language of a text as it stands; null for a notebook, whose code is only part of it. */
function languageOf(named: string): Language | null {
  if (isJavaScriptFile(named)) return 'javascript';
  if (isJsonFile(named)) return 'json';
  return named.endsWith('.ipynb') ? null : 'python';
}
