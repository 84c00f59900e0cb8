/** Rule: a cross-entropy that applies softmax itself is given probabilities, or one that wants probabilities is given logits. */
import type { SyntaxNode } from '@lezer/common';
import type { FlowNode, Layer, LossApplication, ModelGraph, ValueReference } from '../../../../model/graph';
import { formatPlace } from '../../../../model/units';
import type { FileAnalysis } from '../../analysis';
import { argumentFor, hasSpread, keywordOf, removeArguments, setKeyword } from '../../rewrite/arguments';
import { callAt, textOf } from '../../rewrite/nodes';
import { singleValueOf } from '../facts/bindings';
import type { LossCall } from '../facts/losses';
import type { ProgramFacts } from '../facts/programFacts';
import { layerOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const softmaxBeforeCrossEntropy: Rule = {
  code: 'softmax-before-cross-entropy',
  severity: 'warning',
  frameworks: ['torch', 'keras'],
  documentation: {
    title: 'Probabilities where a loss wants logits, or the reverse',
    whatItDoes:
      'Follows the output of a model into its loss. Looks for a softmax in front of `CrossEntropyLoss` (PyTorch) or of a ' +
      'cross-entropy with `from_logits=True` (Keras), and in Keras for an output without activation in front of a ' +
      'cross-entropy with `from_logits=False`, the default.',
    whyIsThisBad:
      '`CrossEntropyLoss` applies `log_softmax` itself. Applied to probabilities it squeezes them once more: gradients ' +
      'shrink, the loss stays above a floor (about 0.55 for two classes), and training is slow or stops early, without any ' +
      'error. The reverse takes arbitrary numbers for probabilities. A `log_softmax` in front of `CrossEntropyLoss` changes ' +
      'nothing and is only noted.',
    example:
      '```python\ndef forward(self, x):\n    out, _ = self.lstm(x)\n    return F.softmax(self.fc(out[:, -1]), dim=1)\n\n' +
      'loss = nn.CrossEntropyLoss()(model(x), y)\n```',
    useInstead:
      '```python\ndef forward(self, x):\n    out, _ = self.lstm(x)\n    return self.fc(out[:, -1])\n\n' +
      'loss = nn.CrossEntropyLoss()(model(x), y)\n```',
    fixSafety:
      'PyTorch: the activation is dropped, so code that reads probabilities must apply softmax itself; the largest of them ' +
      'stays the largest. Keras: `from_logits` is set to what the output is.',
    references: [
      'https://github.com/eriklindernoren/Action-Recognition/issues/23',
      'https://github.com/DSKSD/DeepNLP-models-Pytorch/issues/2',
      'https://github.com/rasbt/machine-learning-book/issues/37',
      'https://github.com/nfmcclure/tensorflow_cookbook/issues/86',
      'https://github.com/nishnik/Deep-Semantic-Similarity-Model-PyTorch/issues/2',
      'https://github.com/huggingface/transformers/issues/7827',
    ],
  },
  check: (analysis, facts) => [
    ...analysis.models.flatMap((graph) =>
      (graph.losses ?? []).flatMap((loss) =>
        graph.framework === 'torch' ? checkTorch(graph, loss, analysis) : checkKeras(graph, loss, analysis),
      ),
    ),
    ...(analysis.framework === 'torch' ? checkWritten(analysis, facts) : []),
  ],
};

/** The result that a loss is given, where it is certain which. */
function resultGiven({ outputs }: ModelGraph, { output, isDirect }: LossApplication): ValueReference | undefined {
  if (!isDirect) return undefined;
  const [first] = outputs;
  // States that stand beside the first result are results too; which one a later position means is open.
  return output === null ? (outputs.length === 1 ? first : undefined) : output === 0 ? first : undefined;
}

const shapingFunctions: ReadonlySet<string> = new Set(['reshape', 'squeeze', 'unsqueeze', 'permute', 'flatten']);

/** What computed the values of a result, before its axes were moved. */
function computedBy(graph: ModelGraph, reference: ValueReference): FlowNode | undefined {
  const node = graph.flow[reference.node];
  const [input] = node?.inputs ?? [];
  const { operation } = node ?? {};
  const isShaping =
    operation?.kind === 'index' || (operation?.kind === 'function' && shapingFunctions.has(operation.name));
  return isShaping && input !== undefined ? computedBy(graph, input) : node;
}

type Softmax = 'softmax' | 'log_softmax';

/** The softmax that a node is: a function, or a layer of that activation alone. */
function softmaxOf(graph: ModelGraph, node: FlowNode): Softmax | null {
  const { operation } = node;
  const name = operation.kind === 'function' ? operation.name : activationOf(layerOf(graph, node));
  return name === 'softmax' ? 'softmax' : name === 'log_softmax' || name === 'logsoftmax' ? 'log_softmax' : null;
}

function activationOf(layer: Layer | undefined): string | null {
  if (layer === undefined) return null;
  const { operation } = layer;
  if (operation.op === 'activation' || operation.op === 'dense') return operation.activation.toLowerCase();
  return /^(?:Log)?Softmax$/.test(layer.type) ? layer.type.toLowerCase() : null;
}

function checkTorch(graph: ModelGraph, loss: LossApplication, analysis: FileAnalysis): readonly RuleFinding[] {
  const result = loss.name === 'crossEntropy' ? resultGiven(graph, loss) : undefined;
  const node = result === undefined ? undefined : computedBy(graph, result);
  const softmax = node === undefined || node.isConditional ? null : softmaxOf(graph, node);
  if (node === undefined || softmax === null) return [];
  const inSequence = placeInSequence(graph, node);
  const fix = inSequence === null ? fixDropping(node, analysis) : fixTakingOut(inSequence, analysis);
  return [finding(softmax, inSequence ?? node.location, formatPlace(loss.location, analysis.file), fix)];
}

/** Where a layer is made that one call applies together with others; null where a call of its own applies it. */
function placeInSequence(graph: ModelGraph, node: FlowNode): Layer['coreLocation'] | null {
  const { file, from, to } = node.location;
  const isShared = graph.flow.some(
    ({ id, location }) => id !== node.id && location.file === file && location.from === from && location.to === to,
  );
  return isShared ? (layerOf(graph, node)?.coreLocation ?? null) : null;
}

/** `nn.Sequential(nn.Linear(8, 3), nn.Softmax(dim=1))` → `nn.Sequential(nn.Linear(8, 3))`. */
function fixTakingOut(place: Layer['coreLocation'], { tree, text, file }: FileAnalysis): Fix | null {
  const made = place.file === file ? callAt(tree, place) : null;
  const sequence = made?.parent?.name === 'ArgList' ? made.parent.parent : null;
  const callee = sequence?.firstChild;
  if (made === null || !sequence || !callee || !/(?:^|\.)Sequential$/.test(textOf(text, callee))) return null;
  const edits = removeArguments(sequence, text, ({ value }) => value.from === made.from);
  return { title: 'Drop the softmax', edits };
}

function finding(softmax: Softmax, location: RuleFinding['location'], lossPlace: string, fix: Fix | null): RuleFinding {
  return softmax === 'softmax'
    ? {
        location,
        message: `CrossEntropyLoss (${lossPlace}) applies softmax itself: give it the logits, without this softmax.`,
        fix,
      }
    : {
        location,
        severity: 'hint',
        message: `CrossEntropyLoss (${lossPlace}) applies log_softmax itself: this one changes nothing. NLLLoss goes with it.`,
        fix,
      };
}

/** `F.softmax(x, dim=1)`, `x.softmax(dim=1)` or `self.softmax(x)` → `x`. */
function fixDropping({ location }: FlowNode, { tree, text }: FileAnalysis): Fix | null {
  const call = callAt(tree, location);
  return call === null ? null : dropping(call, text);
}

function dropping(call: SyntaxNode, text: string): Fix | null {
  const callee = call.firstChild;
  if (callee === null || hasSpread(call, text)) return null;
  const first = argumentFor(call, text, 'input', 0);
  const isMethod = callee.name === 'MemberExpression' && (first === null || first.value.name === 'Number');
  const kept = isMethod ? callee.firstChild : (first?.value ?? null);
  // `F.softmax(a + b)` stands where `a + b` may bind less tightly.
  const isTight = kept !== null && /^(?:VariableName|MemberExpression|CallExpression)$/.test(kept.name);
  if (kept === null || !isTight) return null;
  return {
    title: 'Drop the softmax',
    edits: [{ from: call.from, to: call.to, insert: textOf(text, kept) }],
  };
}

/** A softmax that the program itself puts between a model and its loss. */
function checkWritten(analysis: FileAnalysis, facts: ProgramFacts): readonly RuleFinding[] {
  if (!facts.mentions('softmax')) return [];
  return facts.torchLosses('CrossEntropyLoss', 'cross_entropy').flatMap((loss): readonly RuleFinding[] => {
    const value = singleValueOf(analysis, loss.prediction);
    const softmax = value === null ? null : softmaxCall(value, loss, analysis, facts);
    if (value === null || softmax === null) return [];
    const { lines, file, text } = analysis;
    const isRead = value.from !== loss.prediction.from;
    return [
      finding(
        softmax,
        lines.locate(value),
        formatPlace(lines.locate(loss.call), file),
        // A variable may be read elsewhere for its probabilities.
        isRead ? null : dropping(value, text),
      ),
    ];
  });
}

function softmaxCall(
  value: SyntaxNode,
  { construction }: LossCall,
  { text }: FileAnalysis,
  { imports }: ProgramFacts,
): Softmax | null {
  const callee = value.name === 'CallExpression' ? value.firstChild : null;
  if (callee === null || (construction !== null && keywordOf(construction, text, 'label_smoothing') !== null))
    return null;
  const path = imports.pathOf(callee);
  const [, ofLibrary] = /^torch\.(?:nn\.functional\.)?((?:log_)?softmax)$/.exec(path ?? '') ?? [];
  const [, method] = path === null ? (/\.((?:log_)?softmax)$/.exec(textOf(text, callee)) ?? []) : [];
  const name = ofLibrary ?? (isMethodOfValue(callee, text) ? method : undefined);
  return name === 'softmax' || name === 'log_softmax' ? name : null;
}

/** `logits.softmax(…)`, not `self.softmax(…)` or a module's function. */
function isMethodOfValue(callee: SyntaxNode, text: string): boolean {
  const object = callee.firstChild;
  return object !== null && !['self', 'F', 'torch', 'nn', 'model'].includes(textOf(text, object));
}

function checkKeras(graph: ModelGraph, loss: LossApplication, analysis: FileAnalysis): readonly RuleFinding[] {
  const isBinary = loss.name === 'binaryCrossEntropy';
  if (loss.fromLogits === null || (!isBinary && loss.name !== 'crossEntropy')) return [];
  const [result] = graph.outputs;
  const node = result === undefined || graph.outputs.length > 1 ? undefined : computedBy(graph, result);
  const layer = node === undefined ? undefined : layerOf(graph, node);
  if (node === undefined || node.isConditional) return [];
  const activation =
    layer === undefined && node.operation.kind === 'function' ? node.operation.name : activationOf(layer);
  const expected = isBinary ? 'sigmoid' : 'softmax';
  const place = formatPlace(loss.location, analysis.file);
  if (loss.fromLogits && activation === expected) {
    return [
      {
        location: loss.location,
        message: `from_logits=True, but the output has gone through ${expected} already: set from_logits=False.`,
        fix: fixFlag(loss, false, analysis),
      },
    ];
  }
  const isLinear = layer?.operation.op === 'dense' && activation === 'linear';
  if (loss.fromLogits || !isLinear || layer === undefined) return [];
  return [
    {
      location: layer.coreLocation,
      message:
        `The output has no activation, but the loss (${place}) takes it for probabilities: add activation="${expected}", ` +
        'or give the loss from_logits=True.',
      fix: fixFlag(loss, true, analysis) ?? fixActivation(layer, expected, analysis),
    },
  ];
}

/** Of a loss that is constructed: a name has no argument to set. */
function fixFlag({ location }: LossApplication, fromLogits: boolean, { tree, text }: FileAnalysis): Fix | null {
  const call = callAt(tree, location);
  if (call?.firstChild === undefined || call.firstChild === null || hasSpread(call, text)) return null;
  if (!/[Cc]rossentropy$/.test(textOf(text, call.firstChild))) return null;
  const value = fromLogits ? 'True' : 'False';
  const present = keywordOf(call, text, 'from_logits');
  if (present !== null && present.value.name !== 'Boolean') return null;
  return { title: `Set from_logits=${value}`, edits: setKeyword(call, text, 'from_logits', value) };
}

function fixActivation(layer: Layer, activation: string, { tree, text }: FileAnalysis): Fix | null {
  const call = callAt(tree, layer.coreLocation);
  if (call === null || hasSpread(call, text) || keywordOf(call, text, 'activation') !== null) return null;
  if (argumentFor(call, text, 'activation', 1) !== null) return null;
  return { title: `Set activation="${activation}"`, edits: setKeyword(call, text, 'activation', `"${activation}"`) };
}
