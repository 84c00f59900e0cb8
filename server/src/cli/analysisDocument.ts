/** The document that `analyze --json` prints: a contract that other programs read. */

import { type Amount, amountOf, noSteps } from '../../../model/costs/amount';
import { product } from '../../../model/costs/arithmetic';
import { type CountingTool, modelAsCountedBy } from '../../../model/costs/conventions';
import type { LayerCosts } from '../../../model/costs/layer';
import {
  gradientBytes,
  type NumberFormat,
  type Optimiser,
  optimiserBytes,
  weightBytes,
} from '../../../model/costs/memory';
import { type ModelCosts, modelCosts } from '../../../model/costs/model';
import { format, integerOf, symbol } from '../../../model/expression';
import {
  isListed,
  known,
  type Layer,
  type ModelGraph,
  type Quantity,
  type RecurrentOperation,
  type Shape,
  type SourceLocation,
} from '../../../model/graph';
import type { TimesOnDevice, VariantRow } from '../../../protocol/costs';
import type { Finding, Severity } from '../advice/rule';
import type { FileAnalysis } from '../analysis';
import { sideBySide } from '../costs/sideBySide';
import { type TimeQuestion, timesOnDevice } from '../costs/times';
import type { UnreadFile } from './files';

export interface AnalysisDocument {
  readonly version: 1;
  readonly files: readonly FileDocument[];
}

export interface FileDocument {
  readonly path: string;
  /** Null for a file that names no framework. */
  readonly framework: FileAnalysis['framework'];
  readonly models: readonly ModelDocument[];
  readonly findings: readonly FindingDocument[];
}

export interface ModelDocument {
  readonly name: string;
  readonly form: ModelGraph['form'];
  /** Counted from 1; in a notebook within its cell. */
  readonly line: number;
  /** In a notebook: the cell's place among all cells, counted from 1. */
  readonly cell?: number;
  readonly parameters: AmountDocument;
  readonly trainable: AmountDocument;
  readonly macs: AmountDocument;
  readonly costs: ModelCostsDocument;
  /** On the device of `--device`; left out without it. */
  readonly times?: TimesOnDevice;
  readonly layers: readonly LayerDocument[];
}

/** Work is per sequence and in steps, memory in bytes; what is kept for one sequence is estimated. */
export interface CostsDocument {
  readonly flops: AmountDocument;
  readonly macsPerStep: AmountDocument;
  readonly flopsPerStep: AmountDocument;
  readonly sequentialDepth: AmountDocument;
  readonly inferenceBytes: AmountDocument;
  readonly trainingBytes: AmountDocument;
  /** Where backpropagation through time is cut off after as many steps as the letter `truncate` stands for. */
  readonly truncatedTrainingBytes: AmountDocument;
}

export interface ModelCostsDocument extends CostsDocument {
  readonly weightBytes: Readonly<Record<NumberFormat, AmountDocument>>;
  readonly gradientBytes: AmountDocument;
  readonly optimiserBytes: Readonly<Record<Optimiser, AmountDocument>>;
  /** The recurrent layers and one sequence, as other tools count them; empty where none of them reads the framework. */
  readonly countedBy: readonly ToolDocument[];
  /** The model with other recurrent architectures; empty without a recurrent layer. */
  readonly sideBySide: readonly VariantRow[];
}

export interface ToolDocument extends AmountDocument {
  readonly tool: CountingTool;
  readonly unit: 'MACs' | 'FLOPs';
  /** Why that is not the work of the layers' products; null where it is. */
  readonly fault: string | null;
}

export interface TensorDocument {
  readonly name: string;
  readonly shape: readonly (number | string | null)[];
  readonly parameters: AmountDocument;
  /** Null where the source leaves it open. */
  readonly trainable: boolean | null;
}

/** `value` is null unless the grade is exact. */
export interface AmountDocument {
  readonly value: number | null;
  /** Of a grade `estimated` that depends on no letter. */
  readonly estimate?: number;
  readonly grade: Amount['grade'];
  readonly formula: string;
  readonly because: string;
}

export interface LayerDocument {
  readonly path: string;
  readonly op: string;
  readonly line: number;
  readonly cell?: number;
  /** The file whose line it is, where another file makes the layer. */
  readonly file?: string;
  readonly parameters: AmountDocument;
  readonly macs: AmountDocument;
  readonly trainable: AmountDocument;
  readonly costs: CostsDocument;
  /** `O(T·H·(I+H)), factor 4`; empty where there is none to speak of. */
  readonly order: string;
  /** Its arrays one by one; null where they are not known. */
  readonly tensors: readonly TensorDocument[] | null;
  /** Shapes of the outputs of its first application: numbers, letters, null for an axis or a shape that is not known. */
  readonly outputs: readonly (readonly (number | string | null)[] | null)[];
  readonly recurrent?: RecurrentDocument;
}

export interface RecurrentDocument {
  readonly cell: RecurrentOperation['cell'];
  readonly input: number | string | null;
  readonly hidden: number | string | null;
  readonly layers: number | string | null;
  readonly directions: 1 | 2;
  readonly projection: number | string | null;
}

/** Lines and columns count from 1. */
export interface FindingDocument {
  readonly code: string;
  readonly severity: Severity;
  readonly line: number;
  readonly column: number;
  readonly cell?: number;
  readonly message: string;
  readonly fixable: boolean;
}

/** @param times the device whose times each model is given with; null for none */
export function fileDocument(
  path: string,
  analysis: FileAnalysis,
  findings: readonly Finding[],
  times: TimeQuestion | null = null,
): FileDocument {
  return {
    path,
    framework: analysis.framework,
    models: analysis.models.map((graph) => modelDocument(graph, times)),
    findings: findings.map(findingDocument),
  };
}

/** A file that could not be read or analysed: an error where it was named itself, since that was asked for. */
export function unreadDocument({ path, because, isNamed }: UnreadFile): FileDocument {
  const severity = isNamed ? 'error' : 'information';
  const finding = { code: 'not-read', severity, line: 1, column: 1, message: because, fixable: false } as const;
  return { path, framework: null, models: [], findings: [finding] };
}

function findingDocument({ code, severity, location, message, fix }: Finding): FindingDocument {
  const { line, column } = location;
  return { code, severity, line, column, ...cellOf(location), message, fixable: fix !== null };
}

function modelDocument(graph: ModelGraph, times: TimeQuestion | null): ModelDocument {
  const costs = modelCosts(graph);
  return {
    name: graph.name,
    form: graph.form,
    line: graph.location.line,
    ...cellOf(graph.location),
    parameters: amountDocument(costs.parameters),
    trainable: amountDocument(costs.trainable),
    macs: amountDocument(costs.macs),
    costs: modelCostsDocument(graph, costs),
    ...(times === null ? {} : { times: timesOnDevice(graph, times) }),
    layers: graph.layers.map((layer, index) => {
      const of = costs.layers[index];
      if (of === undefined) throw new RangeError('a model has costs for each of its layers');
      return {
        path: layer.path,
        op: operationName(layer),
        line: layer.location.line,
        ...cellOf(layer.location),
        ...(layer.location.file === graph.location.file ? {} : { file: layer.location.file }),
        parameters: amountDocument(of.parameters),
        macs: amountDocument(of.macs),
        trainable: amountDocument(of.trainable),
        costs: costsDocument(of),
        order: of.order,
        tensors: tensorDocuments(layer),
        outputs: (layer.outputs[0] ?? []).map(({ shape }) => shapeDocument(shape)),
        ...(layer.operation.op === 'recurrent' ? { recurrent: recurrentDocument(layer.operation) } : {}),
      };
    }),
  };
}

function costsDocument(costs: LayerCosts | ModelCosts): CostsDocument {
  return {
    flops: amountDocument(costs.flops),
    macsPerStep: amountDocument(costs.macsPerStep),
    flopsPerStep: amountDocument(costs.flopsPerStep),
    sequentialDepth: amountDocument(costs.sequentialDepth),
    inferenceBytes: amountDocument(costs.inferenceMemory),
    trainingBytes: amountDocument(costs.trainingMemory),
    truncatedTrainingBytes: amountDocument(costs.truncatedTrainingMemory(known(symbol('truncate')))),
  };
}

function modelCostsDocument(graph: ModelGraph, costs: ModelCosts): ModelCostsDocument {
  const { parameters, trainable } = costs;
  return {
    ...costsDocument(costs),
    weightBytes: {
      fp32: amountDocument(weightBytes(parameters, 'fp32')),
      fp16: amountDocument(weightBytes(parameters, 'fp16')),
      int8: amountDocument(weightBytes(parameters, 'int8')),
    },
    gradientBytes: amountDocument(gradientBytes(trainable)),
    optimiserBytes: {
      sgd: amountDocument(optimiserBytes(trainable, 'sgd')),
      momentum: amountDocument(optimiserBytes(trainable, 'momentum')),
      rmsprop: amountDocument(optimiserBytes(trainable, 'rmsprop')),
      adam: amountDocument(optimiserBytes(trainable, 'adam')),
    },
    countedBy: modelAsCountedBy(graph).map(({ tool, unit, fault, count }) => ({
      tool,
      unit,
      fault,
      ...amountDocument(count),
    })),
    sideBySide: sideBySide(graph),
  };
}

function tensorDocuments({ weights }: Layer): readonly TensorDocument[] | null {
  if (!isListed(weights)) return null;
  return weights.map(({ name, shape, trainable }) => ({
    name,
    shape: shape.map(sizeDocument),
    parameters: amountDocument(amountOf(product(...shape), noSteps, '')),
    trainable,
  }));
}

function cellOf({ cell }: SourceLocation): { readonly cell?: number } {
  return cell === undefined ? {} : { cell };
}

/** The cell of a recurrent layer, the kind of the others, and the class in small letters where that says more. */
export function operationName({ operation, type }: Layer): string {
  switch (operation.op) {
    case 'recurrent':
      return operation.cell;
    case 'other':
    case 'normalisation':
    case 'activation':
      return type.toLowerCase();
    default:
      return operation.op;
  }
}

function amountDocument({ grade, value, formula, because }: Amount): AmountDocument {
  const estimate = grade === 'estimated' && value !== null ? { estimate: value } : {};
  return { value: grade === 'exact' ? value : null, ...estimate, grade, formula: formula.value, because };
}

function recurrentDocument(operation: RecurrentOperation): RecurrentDocument {
  return {
    cell: operation.cell,
    input: sizeDocument(operation.inputSize),
    hidden: sizeDocument(operation.hiddenSize),
    layers: sizeDocument(operation.layers),
    directions: operation.directions,
    projection: operation.projection === null ? null : sizeDocument(operation.projection),
  };
}

function shapeDocument(shape: Shape): readonly (number | string | null)[] | null {
  return shape.kind === 'known' ? shape.axes.map(sizeDocument) : null;
}

function sizeDocument(quantity: Quantity): number | string | null {
  if (quantity.kind === 'unknown') return null;
  return integerOf(quantity.value) ?? format(quantity.value);
}
