/** Models of the file that it wraps in `nn.DataParallel` (PyTorch). */
import type { SyntaxNode } from '@lezer/common';
import type { ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentFor } from '../../rewrite/arguments';
import { textOf } from '../../rewrite/nodes';
import type { Calls } from './calls';
import { modelsHeldBy, unwrapped } from './heldModels';

/** The calls of `nn.DataParallel` that wrap this model, made there or held by a variable. */
export function dataParallelCalls(graph: ModelGraph, analysis: FileAnalysis, calls: Calls): readonly SyntaxNode[] {
  return calls.named('DataParallel').flatMap(({ node }) => {
    const argument = argumentFor(node, analysis.text, 'module', 0)?.value;
    if (argument === undefined) return [];
    const module = unwrapped(argument, analysis.text);
    const callee = module.name === 'CallExpression' ? module.firstChild : null;
    const isMadeThere = callee !== null && textOf(analysis.text, callee) === graph.name;
    const isHeld = module.name === 'VariableName' && modelsHeldBy(analysis, module)?.includes(graph) === true;
    return isMadeThere || isHeld ? [node] : [];
  });
}
