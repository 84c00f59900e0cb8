/** Rule: a PyTorch recurrent layer reads time where the program has its batch, or the reverse. */
import { integerOf } from '../../../../model/expression';
import type {
  FlowNode,
  IndexStep,
  Layer,
  ModelGraph,
  RecurrentOperation,
  ValueReference,
} from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf, hasSpread, keywordOf, setKeyword } from '../../rewrite/arguments';
import { callAt, enclosing, itemsOf, textOf } from '../../rewrite/nodes';
import { isFedByLoader } from '../facts/loaders';
import type { ProgramFacts } from '../facts/programFacts';
import { agree, axesOf, layerOf, originOf, typeOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const batchFirstMismatch: Rule = {
  code: 'batch-first-mismatch',
  severity: 'warning',
  frameworks: ['torch'],
  documentation: {
    title: 'batch_first does not fit how the data are laid out',
    whatItDoes:
      'Looks for at least two signs that the axes of a recurrent layer’s input are the other way round than `batch_first` ' +
      'says: `out[:, -1]` taken for the last step, an initial state as large as the wrong axis, sizes that are called ' +
      '`batch` or `seq_len`, a `view(batch, …)` in front of the layer, batches of a `DataLoader`. That `batch_first` is not ' +
      'written is no sign.',
    whyIsThisBad:
      'Without `batch_first=True` PyTorch reads `(time, batch, features)`. Given `(batch, time, features)` it runs without an ' +
      'error, but the state is handed from one sequence of the batch to the next instead of from step to step: the model ' +
      'learns from the order of the samples.',
    example:
      '```python\nself.rnn = nn.GRU(8, 16)\n\ndef forward(self, x):  # (batch, time, features)\n' +
      '    h0 = torch.zeros(1, x.size(0), 16)\n    out, _ = self.rnn(x, h0)\n    return self.fc(out[:, -1])\n```',
    useInstead: '```python\nself.rnn = nn.GRU(8, 16, batch_first=True)\n```',
    fixSafety:
      'The argument is set to what the signs say. Results change, as they should, and a trained model must be trained again.',
    references: ['https://github.com/pytorch/pytorch/issues/1538', 'https://discuss.pytorch.org/t/62364'],
  },
  check: (analysis, facts) => analysis.models.flatMap((graph) => checkModel(graph, analysis, facts)),
};

function checkModel(graph: ModelGraph, analysis: FileAnalysis, facts: ProgramFacts): readonly RuleFinding[] {
  return graph.flow.flatMap((node): readonly RuleFinding[] => {
    const layer = layerOf(graph, node);
    const [input] = node.inputs;
    if (layer?.operation.op !== 'recurrent' || layer.operation.singleStep || input === undefined) return [];
    if (axesOf(typeOf(graph, input))?.length !== 3) return [];
    const { batchFirst } = layer.operation;
    const signs = signsAt({ graph, node, input, operation: layer.operation, analysis, facts });
    const against = batchFirst ? signs.timeFirst : signs.batchFirst;
    const forIt = batchFirst ? signs.batchFirst : signs.timeFirst;
    if (against.length < 2 || forIt.length > 0 || isPacked(node, analysis)) return [];
    return [
      {
        location: layer.coreLocation,
        message: `${layer.type} reads (${batchFirst ? 'batch, time' : 'time, batch'}, features), but ${against.join(', and ')}: ${
          batchFirst ? 'leave out batch_first=True' : 'set batch_first=True'
        }.`,
        fix: fixFor(layer, !batchFirst, analysis),
      },
    ];
  });
}

interface Application {
  readonly graph: ModelGraph;
  readonly node: FlowNode;
  readonly input: ValueReference;
  readonly operation: RecurrentOperation;
  readonly analysis: FileAnalysis;
  readonly facts: ProgramFacts;
}

/** What speaks for each layout, as phrases. Signs of one kind are one sign. */
interface Signs {
  readonly batchFirst: readonly string[];
  readonly timeFirst: readonly string[];
}

function signsAt(application: Application): Signs {
  const { operation, facts } = application;
  const all: (Sign | null)[] = [...readingSigns(application), stateSign(application), reshapeSign(application)];
  // What the text says is costly to find, and of use only where the flow has a sign or the data come from a loader.
  const isSettled = all.some((sign) => sign !== null && (sign.layout === 'batchFirst') === operation.batchFirst);
  const isHopeless = all.every((sign) => sign === null) && !facts.mentions('DataLoader');
  if (!isSettled && !isHopeless) all.push(nameSign(application));
  if (!isSettled && all.some((sign) => sign?.layout === 'batchFirst')) all.push(loaderSign(application));
  const phrases = (layout: Layout): readonly string[] =>
    all.flatMap((sign) => (sign?.layout === layout ? [sign.phrase] : []));
  return { batchFirst: phrases('batchFirst'), timeFirst: phrases('timeFirst') };
}

type Layout = 'batchFirst' | 'timeFirst';

interface Sign {
  readonly layout: Layout;
  readonly phrase: string;
}

/** `out[:, -1]` or `out[-1]`: the last step of every sequence. Each way of reading once. */
function readingSigns({ graph, node }: Application): readonly Sign[] {
  const found = new Map<Layout, Sign>();
  for (const { operation, inputs } of graph.flow) {
    const [input] = inputs;
    if (operation.kind !== 'index' || input === undefined) continue;
    const origin = originOf(graph, input);
    if (origin?.node !== node || origin.output !== 0) continue;
    const [first, second, ...rest] = operation.steps;
    if (isEverything(first) && isLast(second) && rest.length <= 1 && rest.every(isEverything)) {
      found.set('batchFirst', { layout: 'batchFirst', phrase: '[:, -1] of its output is taken for the last step' });
    }
    if (isLast(first) && operation.steps.slice(1).every(isEverything)) {
      found.set('timeFirst', { layout: 'timeFirst', phrase: '[-1] of its output is taken for the last step' });
    }
  }
  return [...found.values()];
}

function isLast(step: IndexStep | undefined): boolean {
  return step?.kind === 'at' && step.position.kind === 'known' && integerOf(step.position.value) === -1;
}

function isEverything(step: IndexStep | undefined): boolean {
  return step?.kind === 'slice' && step.from === null && step.to === null && step.step === null;
}

/** An initial state whose batch is the one axis of the input and not the other. */
function stateSign({ graph, node, input }: Application): Sign | null {
  const [first, second] = axesOf(typeOf(graph, input)) ?? [];
  const [, batch] = axesOf(node.initialStates?.[0]) ?? [];
  if (agree(first, second) || batch === undefined) return null;
  const isFirst = agree(batch, first) && !agree(batch, second);
  const isSecond = agree(batch, second) && !agree(batch, first);
  if (!isFirst && !isSecond) return null;
  const layout = isFirst ? 'batchFirst' : 'timeFirst';
  return { layout, phrase: `its initial state is as large as axis ${isFirst ? 0 : 1} of the input` };
}

/** `batch_size = x.size(0)`, `seq_len, batch = x.shape[:2]` on what the layer is given. */
function nameSign({ node, analysis: { tree, text } }: Application): Sign | null {
  const call = callAt(tree, node.location);
  const [given] = call === null ? [] : argumentsOf(call, text);
  const method = call === null ? null : enclosing(call, 'FunctionDefinition');
  if (given?.value.name !== 'VariableName' || call === null || method === null) return null;
  const name = textOf(text, given.value);
  const before = text.slice(method.from, call.from).replace(/#.*$/gm, '');
  // Another value of the name may be laid out in another way.
  if (new RegExp(`^[ \\t]*${name}\\s*=[^=]`, 'm').test(before)) return null;
  const sizes = new RegExp(
    `^[ \\t]*(\\w+)\\s*(?:,[\\w ,]*)?=\\s*${name}\\.(?:size\\(\\s*0?\\s*\\)|shape(?:\\[:?\\d\\])?)`,
    'm',
  );
  const [statement = '', first = ''] = sizes.exec(before) ?? [];
  const isFirstAxis = statement.includes(',') || /size\(\s*0\s*\)|shape\[0\]/.test(statement);
  if (!isFirstAxis) return null;
  if (/batch|^bs$|^bsz$/i.test(first))
    return { layout: 'batchFirst', phrase: `axis 0 of the input is called ${first}` };
  return /seq|time|steps?$|len/i.test(first)
    ? { layout: 'timeFirst', phrase: `axis 0 of the input is called ${first}` }
    : null;
}

/** `x.view(batch_size, seq_len, features)` in front of the layer, and axes that are moved there. */
function reshapeSign({ graph, input, analysis: { tree, text } }: Application): Sign | null {
  const origin = originOf(graph, input)?.node;
  if (origin?.operation.kind !== 'function' || origin.operation.name !== 'reshape') return null;
  const call = callAt(tree, origin.location);
  const given = call === null ? [] : argumentsOf(call, text).filter(({ form }) => form === 'positional');
  const [only] = given;
  const sizes =
    given.length === 1 && only?.value.name === 'TupleExpression'
      ? itemsOf(only.value)
      : given.map(({ value }) => value);
  const [first = '', second = ''] = sizes.map((size) => textOf(text, size));
  const isBatch = (size: string): boolean => /batch|\bbsz?\b/i.test(size);
  const isTime = (size: string): boolean => /seq|time|steps?\b|len/i.test(size);
  if (isBatch(first) || (first === '-1' && isTime(second))) {
    return { layout: 'batchFirst', phrase: `its input is shaped as (${first}, ${second}, …)` };
  }
  return isTime(first) && (isBatch(second) || second === '-1')
    ? { layout: 'timeFirst', phrase: `its input is shaped as (${first}, ${second}, …)` }
    : null;
}

/** What a `DataLoader` gives reaches the layer with its axes in place. */
function loaderSign({ graph, input, analysis, facts }: Application): Sign | null {
  if (!facts.mentions('DataLoader') || !isModelInput(graph, input)) return null;
  if (!isFedByLoader(analysis, facts.calls, graph)) return null;
  return { layout: 'batchFirst', phrase: 'a DataLoader gives batches with the batch in front' };
}

/** Whether a value is the first input of the model, embedded or changed element by element. */
function isModelInput(graph: ModelGraph, reference: ValueReference): boolean {
  const origin = originOf(graph, reference);
  const [input] = origin?.node.inputs ?? [];
  if (origin === undefined) return false;
  if (input === undefined) return origin.node.operation.kind === 'input' && origin.node.id === 0;
  return layerOf(graph, origin.node)?.operation.op === 'embedding' && isModelInput(graph, input);
}

/** A packed sequence says itself how it is laid out. */
function isPacked({ location }: FlowNode, { tree, text }: FileAnalysis): boolean {
  const call = callAt(tree, location);
  const method = call === null ? null : enclosing(call, 'FunctionDefinition');
  return method !== null && /\bpack_\w*sequence\b/.test(textOf(text, method));
}

function fixFor(layer: Layer, batchFirst: boolean, { tree, text }: FileAnalysis): Fix | null {
  const call = callAt(tree, layer.coreLocation);
  if (call === null || hasSpread(call, text)) return null;
  const present = keywordOf(call, text, 'batch_first');
  if (present !== null && present.value.name !== 'Boolean') return null;
  // By position it would be among others.
  if (argumentsOf(call, text).filter(({ form }) => form === 'positional').length > 3) return null;
  const value = batchFirst ? 'True' : 'False';
  return { title: `Set batch_first=${value}`, edits: setKeyword(call, text, 'batch_first', value) };
}
