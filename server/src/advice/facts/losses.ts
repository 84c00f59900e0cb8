/** Calls of PyTorch's losses with the tensors they are given. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, keywordOf } from '../../rewrite/arguments';
import { assignmentTo, textOf } from '../../rewrite/nodes';
import { singleValueOf } from './bindings';
import type { Calls } from './calls';
import type { ImportedNames } from './imports';

export interface LossCall {
  /** The class or function by its last name: `CrossEntropyLoss`, `cross_entropy`. */
  readonly loss: string;
  /** The call that computes the loss. */
  readonly call: SyntaxNode;
  /** The first argument: what the model gives. */
  readonly prediction: SyntaxNode;
  /** The second argument. */
  readonly target: SyntaxNode | null;
  /** `nn.CrossEntropyLoss(…)`; null for a function. */
  readonly construction: SyntaxNode | null;
}

/** The calls of a loss in PyTorch, given as its class (`CrossEntropyLoss`) and its function (`cross_entropy`). */
export function torchLossCalls(
  analysis: FileAnalysis,
  calls: Calls,
  imports: ImportedNames,
  className: string,
  functionName: string,
): readonly LossCall[] {
  const functional = calls
    .named(functionName)
    .filter(({ callee }) => imports.pathOf(callee) === `torch.nn.functional.${functionName}`)
    .flatMap(({ node }) => lossCall(analysis.text, functionName, node, null));
  const constructions = calls
    .named(className)
    .filter(({ callee }) => /^torch\.nn\.(?:modules\.loss\.)?[A-Z]/.test(imports.pathOf(callee) ?? ''));
  return [
    ...functional,
    ...constructions.flatMap(({ node }) =>
      callsOfInstance(analysis, calls, node).flatMap((call) => lossCall(analysis.text, className, call, node)),
    ),
  ];
}

function lossCall(text: string, loss: string, call: SyntaxNode, construction: SyntaxNode | null): readonly LossCall[] {
  const args = argumentsOf(call, text);
  const given = (position: number, name: string): SyntaxNode | null => {
    const argument = args[position];
    return keywordOf(call, text, name)?.value ?? (argument?.form === 'positional' ? argument.value : null);
  };
  const prediction = given(0, 'input');
  return prediction === null ? [] : [{ loss, call, prediction, target: given(1, 'target'), construction }];
}

/** Where the object that a call constructs is called itself: `criterion(…)` after `criterion = nn.CrossEntropyLoss()`. */
function callsOfInstance(analysis: FileAnalysis, calls: Calls, construction: SyntaxNode): readonly SyntaxNode[] {
  const { parent } = construction;
  if (parent?.name === 'CallExpression' && parent.firstChild?.from === construction.from) return [parent];
  const assignment = assignmentTo(construction);
  const [target] = assignment?.targets ?? [];
  if (target === undefined || assignment?.targets.length !== 1) return [];
  const name = target.name === 'MemberExpression' ? target.lastChild : target;
  if (name === null) return [];
  return calls
    .named(textOf(analysis.text, name))
    .filter(({ callee }) => singleValueOf(analysis, callee)?.from === construction.from)
    .map(({ node }) => node);
}
