/** The model that a command works on: the named one, else the first recurrent one of the file. */
import type { ModelGraph } from '../../../model/graph';
import type { FileAnalysis } from '../analysis';
import { syntaxErrorText } from './syntaxErrorText';
import { TaskError, UsageError } from './usage';

export function chooseModel(analysis: FileAnalysis, name: string | null): ModelGraph {
  const { models, text, file, syntaxErrors } = analysis;
  if (name !== null) {
    const named = models.find((model) => model.name === name);
    if (named !== undefined) return named;
    const names = [...new Set(models.map((model) => model.name))].join(', ');
    throw new UsageError(`${file} has no model ${name}.${names === '' ? '' : ` It has ${names}.`}`);
  }
  const [recurrent] = recurrentModels(analysis);
  if (recurrent !== undefined) return recurrent;
  if (text.trim() === '') throw new TaskError(`${file} is empty.`);
  const [syntaxError] = syntaxErrors;
  const remark =
    syntaxError === undefined ? '' : ` Line ${syntaxError.line} may be why: ${syntaxErrorText(analysis, syntaxError)}`;
  throw new TaskError(`${file} has no recurrent model.${remark}`);
}

/** Which model was chosen of several that could have been; null where there was no choice. */
export function choiceInWords(analysis: FileAnalysis, chosen: ModelGraph): string | null {
  const names = [...new Set(recurrentModels(analysis).map(({ name }) => name))];
  if (names.length < 2) return null;
  return `${analysis.file} has the models ${names.join(', ')}; ${chosen.name} is taken (--model NAME for another).`;
}

function recurrentModels({ models }: FileAnalysis): readonly ModelGraph[] {
  return models.filter(({ layers }) => layers.some(({ operation }) => operation.op === 'recurrent'));
}
