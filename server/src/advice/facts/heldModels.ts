/** Which model of the file a variable of a training program holds. */
import type { SyntaxNode } from '@lezer/common';
import type { ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf } from '../../rewrite/arguments';
import { textOf } from '../../rewrite/nodes';
import { recurrentLayers } from '../architectures';
import { valuesOf } from './bindings';

/** The models of the file that the variable is given an instance of; null where the source leaves open what it holds. */
export function modelsHeldBy(analysis: FileAnalysis, variable: SyntaxNode): readonly ModelGraph[] | null {
  const name = textOf(analysis.text, variable);
  // `model = model.to(device)` and `model = nn.DataParallel(model)` hold the same model still.
  const constructions = valuesOf(analysis, variable)
    ?.map((value) => unwrapped(value, analysis.text))
    .filter((value) => textOf(analysis.text, value) !== name);
  const [construction] = constructions ?? [];
  if (constructions?.length !== 1 || construction?.name !== 'CallExpression') return null;
  const callee = construction.firstChild;
  if (callee === null) return null;
  const held = analysis.models.filter(
    (graph) => graph.name === textOf(analysis.text, callee) || graph.location.from === construction.from,
  );
  // A class of a library is none of the file's models; a function of the file may make one of them.
  return held.length === 0 && callee.name !== 'MemberExpression' ? null : held;
}

/** `Net()` of `Net().to(device)` and of `nn.DataParallel(Net())`. */
export function unwrapped(value: SyntaxNode, text: string): SyntaxNode {
  const callee = value.name === 'CallExpression' ? value.firstChild : null;
  if (callee === null) return value;
  const [object, property] = [callee.firstChild, callee.lastChild];
  if (callee.name === 'MemberExpression' && object !== null && property !== null) {
    if (['to', 'cuda', 'cpu', 'float', 'double', 'half', 'train'].includes(textOf(text, property)))
      return unwrapped(object, text);
  }
  const [module] = argumentsOf(value, text);
  return module !== undefined && /(?:^|\.)(?:Distributed)?DataParallel$/.test(textOf(text, callee))
    ? unwrapped(module.value, text)
    : value;
}

/** Whether the variable holds a model with recurrent layers; where the source leaves it open, whether all of the file are. */
export function holdsRecurrentModel(analysis: FileAnalysis, variable: SyntaxNode): boolean {
  const held = modelsHeldBy(analysis, variable) ?? analysis.models;
  return held.length > 0 && held.every((graph) => recurrentLayers(graph).length > 0);
}
