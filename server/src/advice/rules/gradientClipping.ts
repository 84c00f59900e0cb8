/** Rule: a PyTorch training loop of a recurrent model that never clips its gradients. */
import type { SyntaxNode } from '@lezer/common';
import type { ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf } from '../../rewrite/arguments';
import { textOf } from '../../rewrite/nodes';
import { insertLineAfter } from '../../rewrite/statements';
import { recurrentLayers } from '../architectures';
import { singleValueOf } from '../facts/bindings';
import { modelsHeldBy } from '../facts/heldModels';
import type { ProgramFacts } from '../facts/programFacts';
import type { TrainingStep } from '../facts/training';
import type { Fix, Rule, RuleFinding } from '../rule';
import { sequenceLengthOf } from '../sequenceLength';

/** From this length on the gradient of a plain RNN is a product of so many factors that it explodes or vanishes. */
const longSteps = 100;

/** Over fewer steps than this gradients have no room to explode. */
const shortSteps = 20;

export const gradientClipping: Rule = {
  code: 'no-gradient-clipping',
  severity: 'information',
  frameworks: ['torch'],
  documentation: {
    title: 'Recurrent model trained without gradient clipping',
    whatItDoes:
      'Looks for a loop that trains a recurrent model (`backward()` and an optimizer’s `step()`) in a file that never clips ' +
      `a gradient. Sequences of fewer than ${shortSteps} steps are left alone, and programs of unknown length that read no data but ` +
      `what they hold themselves. It is a warning for a plain RNN that reads ${longSteps} steps or more, and information otherwise.`,
    whyIsThisBad:
      'The gradient of a recurrent layer is a product over its time steps and can become very large all at once: the loss ' +
      'jumps or turns into NaN. Clipping the norm costs almost nothing. Many loops do well without it, above all with an LSTM ' +
      'or a GRU and short sequences.',
    example: '```python\nloss.backward()\noptimizer.step()\n```',
    useInstead:
      '```python\nloss.backward()\ntorch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)\noptimizer.step()\n```',
    fixSafety:
      'Training changes where a gradient is larger than `max_norm`; 1.0 is a usual start, not the best number for every ' +
      'model. Where the parameters that the optimizer is given are not seen, there is no fix.',
    references: [
      'https://github.com/Marcovaldong/lstmp.pytorch/issues/2',
      'https://github.com/mravanelli/pytorch-kaldi/issues/154',
      'https://github.com/pytorch/pytorch/issues/2623',
      'https://proceedings.mlr.press/v28/pascanu13.html',
    ],
  },
  check: (analysis, facts) => {
    if (!facts.mentions('.backward(') || /clip\w*\(|clip_|_clip\b|\.clip|clamp|grad_norm/i.test(analysis.text))
      return [];
    return facts.trainingSteps.flatMap((step) => checkStep(step, analysis, facts));
  },
};

function checkStep(step: TrainingStep, analysis: FileAnalysis, facts: ProgramFacts): readonly RuleFinding[] {
  const { backward, scope } = step;
  const [update] = facts.calls.within({ from: backward.node.to, to: scope.to }, 'step');
  if (update === undefined || update.object === null || backward.object === null) return [];
  // `dist_autograd.backward(…)`: gradients of several machines are not in the parameters, where they could be clipped.
  if (facts.imports.pathOf(backward.object) !== null) return [];
  const trained = trainedModule(update.object, analysis);
  const held = (trained === null ? null : modelsHeldBy(analysis, trained)) ?? analysis.models;
  const models = held.filter((graph) => recurrentLayers(graph).length > 0);
  if (models.length === 0 || models.every(isShort) || namesShortLengths(analysis.text)) return [];
  if (models.every((graph) => sequenceLengthOf(graph).steps === null) && makesItsOwnData(analysis.text)) return [];
  const isLong = models.every(isLongAndPlain);
  return [
    {
      location: analysis.lines.locate(backward.node),
      message: isLong
        ? `Gradients of a plain RNN over ${longSteps} steps or more explode easily, and nothing clips them before the step.`
        : 'Gradients of a recurrent model can become very large all at once, and nothing clips them before the step.',
      fix: fixFor(step, trained, analysis, facts),
      ...(isLong ? { severity: 'warning' as const } : {}),
    },
  ];
}

/** A model that is known to read a few steps; one that reads a single step is called in a loop of its own. */
function isShort(graph: ModelGraph): boolean {
  const { steps } = sequenceLengthOf(graph);
  return steps !== null && steps > 1 && steps < shortSteps;
}

/** `n_step = 5`, `seq_length = 10`: lengths that only the data have, by the names that programs give them. */
function namesShortLengths(text: string): boolean {
  const written = text.matchAll(
    /\b(?:n_?steps?|num_steps|time_?steps?|seq(?:uence)?_?len(?:gth)?|window(?:_size)?|look_?back)\s*=\s*(\d+)\b/gi,
  );
  const lengths = [...written].map(([, digits]) => Number(digits));
  return lengths.length > 0 && Math.max(...lengths) < shortSteps;
}

/**
 * A program that reads no file, imports no data set and no module of its own trains on the few sentences or numbers that it
 * holds itself: a demonstration, whose sequences are short.
 */
function makesItsOwnData(text: string): boolean {
  if (/\b(?:open|urlopen|DataLoader|(?:\w*_)?(?:load|read|download|fetch)(?:s|er|lines|_\w+)?)\(/.test(text))
    return false;
  const imported = text.matchAll(/^[ \t]*(?:from[ \t]+(\.*\w*)|import[ \t]+(\w+))/gm);
  return [...imported].every(([, source, module]) => withoutData.test(source ?? module ?? ''));
}

const withoutData =
  /^(?:__future__|collections|functools|itertools|logging|math|matplotlib|numpy|os|random|re|string|sys|time|torch|tqdm|typing)$/;

function isLongAndPlain(graph: ModelGraph): boolean {
  const { steps } = sequenceLengthOf(graph);
  return recurrentLayers(graph).every(({ operation }) => operation.cell === 'rnn') && (steps ?? 0) >= longSteps;
}

/** `model` of `optimizer = optim.Adam(model.parameters(), …)`. */
function trainedModule(optimizer: SyntaxNode, analysis: FileAnalysis): SyntaxNode | null {
  const { text } = analysis;
  const construction = singleValueOf(analysis, optimizer);
  const [parameters] = construction?.name === 'CallExpression' ? argumentsOf(construction, text) : [];
  const callee = parameters?.value.name === 'CallExpression' ? parameters.value.firstChild : null;
  const [object, property] = [callee?.firstChild ?? null, callee?.lastChild ?? null];
  const isModule = object?.name === 'VariableName' && property !== null && textOf(text, property) === 'parameters';
  return callee?.name === 'MemberExpression' && isModule ? object : null;
}

function fixFor(
  step: TrainingStep,
  trained: SyntaxNode | null,
  analysis: FileAnalysis,
  facts: ProgramFacts,
): Fix | null {
  const { text } = analysis;
  const { backward, scope } = step;
  const statement = backward.node.parent;
  // The gradients of a scaled loss must be unscaled before they are clipped.
  if (statement?.name !== 'ExpressionStatement' || backward.object?.name !== 'VariableName') return null;
  // Of a function that is given the optimizer, the model is the one that it puts into training mode.
  const [training] = facts.calls.within(scope, 'train').filter(({ object }) => object?.name === 'VariableName');
  const module = trained ?? training?.object ?? null;
  const torch = facts.imports.nameOf('torch');
  const nn = facts.imports.nameOf('torch.nn');
  if (module === null || (torch === null && nn === null)) return null;
  const utilities = torch === null ? `${nn}.utils` : `${torch}.nn.utils`;
  const line = `${utilities}.clip_grad_norm_(${textOf(text, module)}.parameters(), max_norm=1.0)`;
  const edit = insertLineAfter(text, statement, line);
  return edit === null ? null : { title: 'Clip the norm of the gradients', edits: [edit] };
}
