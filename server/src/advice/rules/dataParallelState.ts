/** Rule: what `nn.DataParallel` does to initial states and to sequences that a recurrent model unpacks. */
import type { ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { argumentFor, setKeyword } from '../../rewrite/arguments';
import { changesBetween } from '../../rewrite/finalState';
import { callAt, textOf } from '../../rewrite/nodes';
import { scopeAround } from '../facts/bindings';
import { dataParallelCalls } from '../facts/dataParallel';
import { packCalls } from '../facts/packing';
import type { ProgramFacts } from '../facts/programFacts';
import { layerOf } from '../flow';
import type { Fix, Rule, RuleFinding } from '../rule';

export const dataParallelState: Rule = {
  code: 'data-parallel-state',
  severity: 'warning',
  frameworks: ['torch'],
  documentation: {
    title: 'Recurrent model under DataParallel',
    whatItDoes:
      'Looks, in a model that the file wraps in `nn.DataParallel`, for an initial state that `forward` takes as an argument, ' +
      'and for `pad_packed_sequence` without `total_length`.',
    whyIsThisBad:
      '`DataParallel` splits every argument along its first dimension. That of `h_0` is the layers, not the batch: each device ' +
      'gets some layers of the state for all sequences. And each device pads its part of the batch to the longest sequence it ' +
      'has itself, so that the parts do not fit together again.',
    example:
      '```python\ndef forward(self, x, lengths):\n    packed = pack_padded_sequence(x, lengths, batch_first=True)\n' +
      '    out, _ = self.lstm(packed)\n    out, _ = pad_packed_sequence(out, batch_first=True)\n\n' +
      'model = nn.DataParallel(Net())\n```',
    useInstead:
      '```python\nout, _ = pad_packed_sequence(out, batch_first=True, total_length=x.size(1))\n```\n' +
      'Make the state in `forward`, or pass it with the batch first and transpose it there; or use `DistributedDataParallel`.',
    fixSafety:
      'Safe: `total_length` is the length that the batch was padded to before. For a state there is no fix, since its callers ' +
      'must change too.',
    references: [
      'https://github.com/pytorch/pytorch/issues/15260',
      'https://github.com/pytorch/pytorch/issues/2312',
      'https://docs.pytorch.org/docs/stable/notes/faq.html#pack-rnn-unpack-with-data-parallelism',
    ],
  },
  check: (analysis, facts) => {
    if (!facts.mentions('DataParallel(')) return [];
    return analysis.models.flatMap((graph) => {
      const wrappers = dataParallelCalls(graph, analysis, facts.calls);
      // Another dimension may be the right one for states and time-major batches alike.
      const isAlongFirst = wrappers.some((call) => argumentFor(call, analysis.text, 'dim', 3) === null);
      if (!isAlongFirst) return [];
      return [...statesGiven(graph), ...unpackedShort(graph, analysis, facts)];
    });
  },
};

/** Arguments of `forward` that go into a recurrent layer as its initial state; that of a single cell has its batch first. */
function statesGiven(graph: ModelGraph): readonly RuleFinding[] {
  return graph.flow.flatMap((node) => {
    const layer = layerOf(graph, node);
    if (layer?.operation.op !== 'recurrent' || layer.operation.singleStep) return [];
    return node.inputs.slice(1).flatMap(({ node: id }): readonly RuleFinding[] => {
      const source = graph.flow[id];
      if (source?.operation.kind !== 'input') return [];
      return [
        {
          location: source.location,
          message: `DataParallel splits ${source.operation.name} along its first dimension, which is the layers of ${layer.path}, not the batch.`,
          fix: null,
        },
      ];
    });
  });
}

function unpackedShort(graph: ModelGraph, analysis: FileAnalysis, facts: ProgramFacts): readonly RuleFinding[] {
  const { tree, text } = analysis;
  return graph.flow.flatMap(({ operation, location }): readonly RuleFinding[] => {
    if (operation.kind !== 'function' || operation.name !== 'pad_packed_sequence') return [];
    const call = callAt(tree, location);
    if (call === null || argumentFor(call, text, 'total_length', 3) !== null) return [];
    return [
      {
        location,
        message:
          'Each device of DataParallel pads its part to another length, and the parts do not fit together: give total_length.',
        fix: totalLengthFix(call, analysis, facts),
      },
    ];
  });
}

/** `total_length=x.size(1)` of the one tensor that the method packs. */
function totalLengthFix(
  call: ReturnType<typeof callAt> & object,
  analysis: FileAnalysis,
  facts: ProgramFacts,
): Fix | null {
  const { text } = analysis;
  const scope = scopeAround(call);
  const packed = packCalls(analysis, facts.calls).filter(({ node }) => scopeAround(node).from === scope.from);
  const [pack] = packed;
  if (pack === undefined || packed.length !== 1 || pack.padded.name !== 'VariableName') return null;
  const order = argumentFor(pack.node, text, 'batch_first', 2);
  const written = order === null ? 'False' : textOf(text, order.value);
  const name = textOf(text, pack.padded);
  if (!['True', 'False'].includes(written) || changesBetween(scope, text, name, pack.node.from, call.from)) return null;
  // The variable may be given the packed sequence itself: `x = pack_padded_sequence(x, …)`.
  if (changesBetween(scope, text, name, pack.node.parent?.from ?? pack.node.from, pack.node.from)) return null;
  const length = `${name}.size(${written === 'True' ? 1 : 0})`;
  return { title: `Set total_length=${length}`, edits: setKeyword(call, text, 'total_length', length) };
}
