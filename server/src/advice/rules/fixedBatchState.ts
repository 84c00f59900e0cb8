/** Rule: an initial state made for a fixed batch size, where the last batch of a loader may be smaller. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentFor, argumentsOf, keywordOf, setKeyword } from '../../rewrite/arguments';
import { assignmentTo, childrenOf, descendants, isWrittenAlike, itemsOf, textOf, usesOf } from '../../rewrite/nodes';
import { recurrentLayers } from '../architectures';
import { scopeAround, singleValueOf } from '../facts/bindings';
import type { Call } from '../facts/calls';
import type { ProgramFacts } from '../facts/programFacts';
import type { Fix, Rule, RuleFinding } from '../rule';

export const fixedBatchState: Rule = {
  code: 'fixed-batch-state',
  severity: 'warning',
  frameworks: ['torch'],
  documentation: {
    title: 'Initial state of a fixed batch size',
    whatItDoes:
      'Looks for a loop over a `DataLoader` without `drop_last=True` in which the initial state of a recurrent model is made for ' +
      'the loader’s `batch_size`: `hidden = model.init_hidden(batch_size)`. ' +
      'States that `forward` makes itself, loaders of other files, and data sets whose size the batch size is known to divide, are not judged.',
    whyIsThisBad:
      'The last batch of a data set is smaller unless the batch size divides it. The state then does not fit: "Expected hidden[0] ' +
      'size (2, 7, 128), got (2, 32, 128)", after a whole epoch of work.',
    example:
      '```python\nloader = DataLoader(data, batch_size=32)\nfor x, y in loader:\n    hidden = model.init_hidden(32)\n' +
      '    out, hidden = model(x, hidden)\n```',
    useInstead:
      '```python\nfor x, y in loader:\n    hidden = model.init_hidden(x.size(0))\n```\nOr `DataLoader(…, drop_last=True)`.',
    fixSafety:
      'A state made inside the loop takes the size of the batch, which is safe. A state that is carried through the loop needs ' +
      '`drop_last=True`, which leaves the last samples out of training; it is offered for loops that train only.',
    references: [
      'https://github.com/udacity/deep-learning-v2-pytorch/pull/398',
      'https://github.com/udacity/deep-learning-v2-pytorch/issues/153',
      'https://github.com/bentrevett/pytorch-sentiment-analysis/issues/87',
      'https://github.com/fastai/fastai2/issues/267',
    ],
  },
  check: (analysis, facts) => {
    if (!facts.mentions('DataLoader(') || !analysis.models.some((graph) => recurrentLayers(graph).length > 0))
      return [];
    return facts.calls.named('DataLoader').flatMap((loader) => checkLoader(loader, analysis, facts));
  },
};

/** Sizes of the training and test parts of data sets that tutorials use; a batch size that divides both leaves no rest. */
const sizesOfDataSets: readonly (readonly [RegExp, readonly number[]])[] = [
  [/\b(?:Fashion|K)?MNIST\b/, [60_000, 10_000]],
  [/\bCIFAR10{1,2}\b/, [50_000, 10_000]],
];

function checkLoader(loader: Call, analysis: FileAnalysis, facts: ProgramFacts): readonly RuleFinding[] {
  const { text } = analysis;
  const batchSize = argumentFor(loader.node, text, 'batch_size', 1)?.value;
  const dropLast = keywordOf(loader.node, text, 'drop_last');
  const sampler = keywordOf(loader.node, text, 'batch_sampler');
  if (batchSize === undefined || sampler !== null) return [];
  if (dropLast !== null && textOf(text, dropLast.value) !== 'False') return [];
  const size = numberOf(batchSize, analysis);
  if (size === 1) return [];
  const isDivided = ([name, sizes]: (typeof sizesOfDataSets)[number]): boolean =>
    name.test(text) && size !== null && sizes.every((whole) => whole % size === 0);
  if (sizesOfDataSets.some(isDivided)) return [];
  const [target] = assignmentTo(loader.node)?.targets ?? [];
  if (target?.name !== 'VariableName') return [];
  return loopsOver(target, analysis).flatMap((loop) => checkLoop({ loop, loader, batchSize }, analysis, facts));
}

/** `for … in loader`, `for … in enumerate(loader)` and `for … in tqdm(loader)`. */
function loopsOver(loader: SyntaxNode, { text }: FileAnalysis): readonly SyntaxNode[] {
  const scope = scopeAround(loader);
  return usesOf(scope, text, textOf(text, loader)).flatMap(({ node, kind }) => {
    let iterated = node;
    while (iterated.parent?.name === 'ArgList' && iterated.parent.parent?.name === 'CallExpression') {
      iterated = iterated.parent.parent;
    }
    const loop = iterated.parent;
    return kind === 'read' && loop?.name === 'ForStatement' && iterated.prevSibling?.name === 'in' ? [loop] : [];
  });
}

interface LoaderLoop {
  readonly loop: SyntaxNode;
  readonly loader: Call;
  readonly batchSize: SyntaxNode;
}

function checkLoop(
  { loop, loader, batchSize }: LoaderLoop,
  analysis: FileAnalysis,
  facts: ProgramFacts,
): readonly RuleFinding[] {
  const { text, lines } = analysis;
  if (looksAtTheBatch(loop, text)) return [];
  const scope = scopeAround(loop);
  const makers = statesMade(text).flatMap((name) => facts.calls.within({ from: scope.from, to: loop.to }, name));
  return makers.flatMap(({ node, object }): readonly RuleFinding[] => {
    const [given] = argumentsOf(node, text);
    const targets = assignmentTo(node)?.targets ?? [];
    if (object === null || given?.form !== 'positional' || targets.length === 0) return [];
    if (!isSameSize(given.value, batchSize, analysis)) return [];
    const isInside = node.from > loop.from;
    const names = targets.flatMap((target) => (target.name === 'TupleExpression' ? itemsOf(target) : [target]));
    // A state made before serves this loop only if nothing makes another one in between.
    const reaches = names.some((name) => isInside || carriedInto(loop, name, node, scope, text));
    if (scopeAround(node).from !== scope.from || !reaches) return [];
    return [
      {
        location: lines.locate(node),
        message:
          `This state is for ${textOf(text, given.value)} sequences, but the last batch of the loader may have fewer: ` +
          `${isInside ? 'take the size of the batch' : 'set drop_last=True'}.`,
        fix: isInside ? sizeOfBatch(loop, given.value, analysis) : dropLastFix(loader, loop, facts, text),
      },
    ];
  });
}

/** Names under which a model makes its initial state in this file. */
function statesMade(text: string): readonly string[] {
  return [
    ...new Set(
      [...text.matchAll(/\b(init_?(?:hidden|state|h)s?(?:_states?)?|zero_state)\(/gi)].map(([, name = '']) => name),
    ),
  ];
}

/** `if x.size(0) != batch_size: continue` and the like: the author knows of the smaller batch. */
function looksAtTheBatch(loop: SyntaxNode, text: string): boolean {
  return descendants(loop, 'IfStatement').some((branch) =>
    /\.size\(|\.shape|len\(|batch_?size/i.test(text.slice(branch.from, branch.getChild('Body')?.from ?? branch.to)),
  );
}

function carriedInto(loop: SyntaxNode, name: SyntaxNode, made: SyntaxNode, scope: SyntaxNode, text: string): boolean {
  if (name.name !== 'VariableName') return false;
  const uses = usesOf(scope, text, textOf(text, name)).filter(({ node }) => node.from > made.to);
  const [next] = uses;
  // The first use after it lies in the loop, and is a read: no loop before it has used the state up.
  return next !== undefined && next.node.from > loop.from && next.node.to <= loop.to && made.from < loop.from;
}

function isSameSize(left: SyntaxNode, right: SyntaxNode, analysis: FileAnalysis): boolean {
  if (left.name !== 'Number' && isWrittenAlike(analysis.text, left, right)) return true;
  const size = numberOf(left, analysis);
  return size !== null && size === numberOf(right, analysis);
}

function numberOf(node: SyntaxNode, analysis: FileAnalysis): number | null {
  const value = singleValueOf(analysis, node);
  return value?.name === 'Number' ? Number(textOf(analysis.text, value).replaceAll('_', '')) : null;
}

/** `x.size(0)` of the first thing that the loop takes from the loader: batches of a loader have their samples first. */
function sizeOfBatch(loop: SyntaxNode, size: SyntaxNode, { text }: FileAnalysis): Fix | null {
  const children = childrenOf(loop);
  const end = children.findIndex(({ name }) => name === 'in');
  const targets = children.slice(1, end).filter(({ name }) => name !== ',');
  const iterated = children[end + 1];
  const isCounted = iterated !== undefined && /^enumerate\b/.test(textOf(text, iterated));
  const items = targets.length === 1 && targets[0]?.name === 'TupleExpression' ? itemsOf(targets[0]) : targets;
  const batch = isCounted ? items[1] : items.length > 1 ? items[0] : undefined;
  const first = batch?.name === 'TupleExpression' ? itemsOf(batch)[0] : batch;
  // Of one name alone it is not known whether it is a tensor or a pair.
  if (first?.name !== 'VariableName' || (isCounted && batch?.name !== 'TupleExpression')) return null;
  const insert = `${textOf(text, first)}.size(0)`;
  return { title: 'Make it for the size of the batch', edits: [{ from: size.from, to: size.to, insert }] };
}

function dropLastFix(loader: Call, loop: SyntaxNode, facts: ProgramFacts, text: string): Fix | null {
  if (facts.calls.within(loop, 'backward').length === 0) return null;
  return { title: 'Set drop_last=True', edits: setKeyword(loader.node, text, 'drop_last', 'True') };
}
