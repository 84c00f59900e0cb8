/** Rule: gradients of a recurrent model are asked for on a GPU while the model is in evaluation mode. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { childrenOf, descendants, enclosing, isWrittenAlike, textOf } from '../../rewrite/nodes';
import { insertLineBefore, statementOf } from '../../rewrite/statements';
import { scopeAround } from '../facts/bindings';
import type { Call } from '../facts/calls';
import { holdsRecurrentModel } from '../facts/heldModels';
import type { ProgramFacts } from '../facts/programFacts';
import type { Fix, Rule, RuleFinding } from '../rule';

export const backwardInEval: Rule = {
  code: 'backward-in-eval',
  severity: 'error',
  frameworks: ['torch'],
  documentation: {
    title: 'Backward pass of a recurrent model in evaluation mode',
    whatItDoes:
      'Looks, in a file that uses CUDA, for `backward()` after `model.eval()` with no `model.train()` between: one after the ' +
      'other, or in the next round of a loop that evaluates at its end.',
    whyIsThisBad:
      'cuDNN keeps what the backward pass needs only in training mode: "cudnn RNN backward can only be called in training ' +
      'mode". In a loop the first round works and the second fails. Without cuDNN, training goes on with dropout switched off.',
    example:
      '```python\nmodel.train()\nfor epoch in range(10):\n    train_one_epoch(…)  # loss.backward()\n    model.eval()\n    validate(…)\n```',
    useInstead:
      '```python\nfor epoch in range(10):\n    model.train()\n    train_one_epoch(…)\n    model.eval()\n    validate(…)\n```\n' +
      'For gradients without dropout, as in attribution, wrap the forward pass in `torch.backends.cudnn.flags(enabled=False)`.',
    fixSafety:
      'Safe in a loop: it goes back to training mode at the start of every round. After a deliberate `eval()` there is no fix, ' +
      'since either way may be meant.',
    references: ['https://github.com/pytorch/pytorch/issues/5878', 'https://github.com/pytorch/captum/issues/564'],
  },
  check: (analysis, facts) => {
    const { text } = analysis;
    if (!facts.mentions('.eval(') || !facts.mentions('.backward(') || !facts.mentions('cuda')) return [];
    if (/cudnn\.(enabled|flags)/.test(text)) return [];
    const evaluations = facts.calls.named('eval').filter(({ object }) => object !== null);
    return evaluations.flatMap((evaluation) => checkEvaluation(evaluation, analysis, facts));
  },
};

function checkEvaluation(evaluation: Call, analysis: FileAnalysis, facts: ProgramFacts): readonly RuleFinding[] {
  const { object, node } = evaluation;
  const block = statementOf(node)?.parent ?? null;
  if (object === null || block === null || !holdsRecurrentModel(analysis, object)) return [];
  const scope = scopeAround(node);
  const steps = facts.trainingSteps.filter((step) => step.scope.from === scope.from && step.scope.to === scope.to);
  const isTrainedBetween = (from: number, to: number): boolean =>
    facts.calls
      .within({ from, to }, 'train')
      .some((call) => call.object !== null && isWrittenAlike(analysis.text, call.object, object));
  // One after the other: the evaluation mode was set in a block around the backward pass.
  const next = steps.find(({ backward }) => backward.node.from > node.to && backward.node.to <= block.to);
  if (next !== undefined && !isTrainedBetween(node.to, next.backward.node.from)) {
    return [finding(next.backward, null, analysis)];
  }
  // In the next round of a loop around both.
  const loop = loopAround(node, scope);
  const earlier = steps.find(
    ({ backward }) => backward.node.to < node.from && loop !== null && backward.node.from > loop.from,
  );
  if (loop === null || earlier === undefined || leaves(node, block)) return [];
  if (isTrainedBetween(loop.from, loop.to)) return [];
  return [finding(earlier.backward, fixFor(loop, object, analysis), analysis)];
}

function finding({ node }: Call, fix: Fix | null, analysis: FileAnalysis): RuleFinding {
  return {
    location: analysis.lines.locate(node),
    message:
      fix === null
        ? 'The model is in evaluation mode here: cuDNN computes no gradients of recurrent layers in it.'
        : 'From the second round on the model is still in evaluation mode here: cuDNN computes no gradients of recurrent layers in it.',
    fix,
  };
}

/** The outermost loop of the function around a node. */
function loopAround(node: SyntaxNode, scope: SyntaxNode): SyntaxNode | null {
  let outermost: SyntaxNode | null = null;
  for (let loop = enclosing(node, 'ForStatement', 'WhileStatement'); loop !== null && loop.from >= scope.from; ) {
    outermost = loop;
    loop = enclosing(loop, 'ForStatement', 'WhileStatement');
  }
  return outermost;
}

/** Whether the block ends the loop after the evaluation: there is no next round. */
function leaves(node: SyntaxNode, block: SyntaxNode): boolean {
  return descendants(block, 'BreakStatement', 'ReturnStatement').some(({ from }) => from > node.to);
}

function fixFor(loop: SyntaxNode, object: SyntaxNode, { text }: FileAnalysis): Fix | null {
  const [first] = bodyOf(loop);
  const edit = first === undefined ? null : insertLineBefore(text, first, `${textOf(text, object)}.train()`);
  return edit === null ? null : { title: 'Go back to training mode in every round', edits: [edit] };
}

function bodyOf(loop: SyntaxNode): readonly SyntaxNode[] {
  const body = loop.getChild('Body');
  return body === null ? [] : childrenOf(body).filter(({ name }) => name !== ':' && name !== 'Comment');
}
