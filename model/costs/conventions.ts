/**
 * What other tools count for a recurrent layer of PyTorch, so that a person who has seen another number finds it here, with
 * the reason.
 *
 * The rules were read in the tools' sources and, but for DeepSpeed's, compared with what the tools gave on PyTorch 1.13;
 * `FlopCounterMode` on PyTorch 2.15. Names as in `recurrent.ts`; a token is one step of one sequence.
 */
import { integerOf } from '../expression';
import type { Layer, ModelGraph, Quantity, RecurrentOperation } from '../graph';
import { type Amount, amountOf, noSteps, quantityOf } from './amount';
import { applicationsOf } from './applications';
import { integer, product, sum, times } from './arithmetic';
import {
  gateCount,
  gateWorkPerUnit,
  outputWidth,
  overStack,
  recurrentMacsPerStep,
  recurrentParameters,
} from './recurrent';

export type CountingTool = 'torchinfo' | 'thop' | 'ptflops' | 'flopCounterMode' | 'fvcore' | 'deepSpeed';

const countingTools: readonly CountingTool[] = [
  'torchinfo',
  'thop',
  'ptflops',
  'flopCounterMode',
  'fvcore',
  'deepSpeed',
];

/** How sequences reach the layer; tools look at the axes of the tensor, not at what they mean. */
export interface CountedInput {
  readonly layout: 'batchFirst' | 'timeFirst' | 'unbatched' | 'packed';
  readonly batch: Quantity;
  /** Of a packed input the longest. */
  readonly steps: Quantity;
  /** Steps of all sequences together: of a packed input the sum of its lengths. */
  readonly tokens: Quantity;
}

export interface ToolCount {
  readonly tool: CountingTool;
  /** As the tool is called, with its back end. */
  readonly label: string;
  /** What one of its units is. */
  readonly unit: 'MACs' | 'FLOPs';
  readonly count: Amount;
  readonly rule: string;
  /** Where this number is not the work of the layer, and why; null where it is. */
  readonly fault: string | null;
}

/** Multiply-adds of the matrix products, which is what the tools are held against. */
export function trueMacs(operation: RecurrentOperation, { tokens }: CountedInput): Quantity {
  return product(tokens, recurrentMacsPerStep(operation));
}

/** What a tool gives for one call of a recurrent layer of PyTorch: of one that loops, not of a cell. */
export function countedBy(tool: CountingTool, operation: RecurrentOperation, input: CountedInput): ToolCount {
  const { layout, batch, steps, tokens } = input;
  const hasBias = operation.biasVectors > 0;
  const counted = (quantity: Quantity, rule: string): Amount => amountOf(quantity, noSteps, rule);
  switch (tool) {
    case 'torchinfo': {
      const rule = 'the first two sizes of the output × all parameters, biases included';
      const outer = {
        batchFirst: product(batch, steps),
        timeFirst: product(batch, steps),
        unbatched: product(steps, outputWidth(operation)),
        packed: product(tokens, outputWidth(operation)),
      }[layout];
      const parameters = quantityOf(recurrentParameters(operation, 'torch'));
      const misread = layout === 'unbatched' || layout === 'packed';
      return {
        tool,
        label: 'torchinfo (mult-adds)',
        unit: 'MACs',
        count: counted(product(outer, parameters), rule),
        rule,
        fault: misread
          ? `of ${layout} input the second size is the width of the output, so it is that many times too large`
          : hasBias
            ? 'biases are added, not multiplied'
            : null,
      };
    }
    case 'thop': {
      const rule = 'per gate (I+H)·H + H, and 2H with bias; LSTM and GRU 4H more a step';
      // It takes the first two sizes of the input for batch and steps; of packed input the padded ones.
      const outer = layout === 'unbatched' ? product(steps, operation.inputSize) : product(batch, steps);
      const plain = { ...operation, projection: null };
      const perToken = times(
        operation.directions,
        overStack(plain, (width) => thopStep(plain, width, hasBias)),
      );
      const wrong = [
        ...(operation.projection === null ? [] : ['proj_size is ignored']),
        ...(layout === 'unbatched' ? ['of unbatched input it takes the width for the steps'] : []),
        ...(layout === 'packed' ? ['of packed input it counts the padding'] : []),
      ];
      return {
        tool,
        label: 'thop',
        unit: 'MACs',
        count: counted(product(outer, perToken), rule),
        rule,
        fault: wrong.length > 0 ? wrong.join('; ') : 'biases and gate arithmetic are counted as multiply-adds',
      };
    }
    case 'ptflops': {
      const rule = 'mm and addmm as they run; addmm adds its bias';
      const faults = [
        ...(hasBias ? ['biases are added, not multiplied'] : []),
        ...(isFused(operation) ? ['PyTorch 2 runs an LSTM as one kernel, of which it gives 0'] : []),
      ];
      const perToken = sum(recurrentMacsPerStep(operation), hasBias ? atenBiases(operation, input) : integer(0));
      return {
        tool,
        label: isFused(operation) ? `ptflops (aten, ${measuredTorch})` : 'ptflops (aten)',
        unit: 'MACs',
        count: counted(product(tokens, perToken), rule),
        rule,
        fault: faults.length > 0 ? faults.join('; ') : null,
      };
    }
    case 'flopCounterMode': {
      const rule = '2·m·n·k of each product that runs by itself on a CPU; of what cuDNN runs as one kernel it gives 0';
      const fused = isFused(operation);
      return {
        tool,
        label: 'torch FlopCounterMode',
        unit: 'FLOPs',
        count: counted(fused ? integer(0) : times(2, trueMacs(operation, input)), rule),
        rule,
        fault: fused ? 'a fused LSTM is no product it sees; on the meta device it counts right' : null,
      };
    }
    case 'fvcore': {
      const rule = 'one per multiply-add, of operators it knows';
      return {
        tool,
        label: 'fvcore',
        unit: 'FLOPs',
        count: counted(integer(0), rule),
        rule,
        fault: 'it knows no recurrent operator and gives 0 (fvcore#98)',
      };
    }
    case 'deepSpeed': {
      const rule = '2·|W_ih| − gates + 2·|W_hh| − gates, biases and gate arithmetic, × B × T';
      const perToken = times(
        operation.directions,
        overStack(operation, (width) => deepSpeedStep(operation, width, hasBias)),
      );
      const outer = layout === 'unbatched' ? product(steps, operation.inputSize) : product(batch, steps);
      const wrong = [
        ...(operation.projection === null ? [] : ['the projection itself is left out']),
        ...(layout === 'unbatched' ? ['of unbatched input it takes the width for the steps'] : []),
      ];
      const packed = {
        kind: 'unknown',
        because: 'it looks for the shape of the input, and packed sequences have none',
      } as const;
      return {
        tool,
        label: 'DeepSpeed/calflops',
        unit: 'FLOPs',
        count: counted(layout === 'packed' ? packed : product(outer, perToken), rule),
        rule,
        fault:
          layout === 'packed' ? 'it fails on packed input' : [...wrong, 'gate arithmetic is counted too'].join('; '),
      };
    }
  }
}

/** The version that took an LSTM apart into its products. */
const measuredTorch = 'PyTorch 1.13';

/** oneDNN runs an LSTM as one kernel on a CPU, unless it is projected. */
function isFused({ cell, projection }: RecurrentOperation): boolean {
  return cell === 'lstm' && projection === null;
}

/** Source: thop, thop/rnn_hooks.py. */
function thopStep({ cell, hiddenSize }: RecurrentOperation, width: Quantity, hasBias: boolean): Quantity {
  const gates = gateCount[cell];
  const perGate = sum(product(hiddenSize, sum(width, hiddenSize)), times(hasBias ? 3 : 1, hiddenSize));
  return sum(times(gates, perGate), times(cell === 'rnn' ? 0 : 4, hiddenSize));
}

/**
 * Bias entries that `addmm` shows per token. The recurrent product is one always; that of the inputs only where they lie
 * together in memory, which a batch of several that is turned to time first does not in the first layer.
 */
function atenBiases(operation: RecurrentOperation, { layout, batch }: CountedInput): Quantity {
  const isTurned = layout === 'batchFirst' && !(batch.kind === 'known' && integerOf(batch.value) === 1);
  const perVector = times(gateCount[operation.cell] * operation.directions, operation.hiddenSize);
  const vectors = sum(times(2, operation.layers), integer(isTurned ? -1 : 0));
  return product(perVector, vectors);
}

/** Source: DeepSpeed, deepspeed/profiling/flops_profiler/profiler.py, `_rnn_flops`. */
function deepSpeedStep(operation: RecurrentOperation, width: Quantity, hasBias: boolean): Quantity {
  const { cell, hiddenSize, projection } = operation;
  const gates = times(gateCount[cell], hiddenSize);
  const products = product(times(2, gates), sum(width, projection ?? hiddenSize));
  return sum(products, times(hasBias ? 0 : -2, gates), times(gateWorkPerUnit[cell], hiddenSize));
}

/**
 * What every tool gives for the recurrent layers of a model, for one sequence. Empty but for PyTorch, which they count, and
 * for models of cells: of these not every tool's rule is known.
 */
export function modelAsCountedBy(graph: ModelGraph): readonly ToolCount[] {
  return layersAsCountedBy(graph, graph.layers);
}

/** The same for one layer. */
export function layerAsCountedBy(graph: ModelGraph, layer: Layer): readonly ToolCount[] {
  return layersAsCountedBy(graph, [layer]);
}

function layersAsCountedBy(graph: ModelGraph, layers: readonly Layer[]): readonly ToolCount[] {
  const hasCells = layers.some(({ operation }) => operation.op === 'recurrent' && operation.singleStep);
  if (graph.framework !== 'torch' || hasCells) return [];
  const calls = layers.flatMap((layer) => callsOf(graph, layer));
  if (calls.length === 0) return [];
  return countingTools.map((tool) => {
    const counts = calls.map(({ operation, input }) => countedBy(tool, operation, input));
    const [first] = counts;
    if (first === undefined) throw new RangeError('a recurrent layer is counted by every tool');
    const faults = [...new Set(counts.flatMap(({ fault }) => fault?.split('; ') ?? []))];
    // A label that names a version holds for the sum as soon as it holds for one of its parts.
    const label = counts.map((each) => each.label).find((each) => each.includes(measuredTorch)) ?? first.label;
    const total = sum(...counts.map(({ count }) => quantityOf(count)));
    return {
      ...first,
      label,
      count: amountOf(total, noSteps, first.rule),
      fault: faults.length === 0 ? null : faults.join('; '),
    };
  });
}

/** Each application of a recurrent layer to one sequence. */
function callsOf(
  graph: ModelGraph,
  layer: Layer,
): readonly { readonly operation: RecurrentOperation; readonly input: CountedInput }[] {
  const { operation } = layer;
  if (operation.op !== 'recurrent') return [];
  return applicationsOf(graph, layer).map(({ sequences, positions, timeSteps, packed, inputRanks }) => {
    const isUnbatched = inputRanks[0] === 2;
    const ordered = operation.batchFirst ? 'batchFirst' : 'timeFirst';
    const layout = packed ? 'packed' : isUnbatched ? 'unbatched' : ordered;
    return { operation, input: { layout, batch: sequences, steps: timeSteps, tokens: positions } };
  });
}
