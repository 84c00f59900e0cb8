/** The document that `analyze --json` prints: a contract that other programs read. */

import type { Amount } from '../../../model/costs/amount';
import { modelCosts } from '../../../model/costs/model';
import { format, integerOf } from '../../../model/expression';
import type { Layer, ModelGraph, Quantity, RecurrentOperation, Shape, SourceLocation } from '../../../model/graph';
import type { Finding, Severity } from '../advice/rule';
import type { FileAnalysis } from '../analysis';
import type { UnreadFile } from './files';
import { type TimeQuestion, type TimesDocument, timesDocument } from './predictedTimes';

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
  /** On the device of `--device`; left out without it. */
  readonly times?: TimesDocument;
  readonly layers: readonly LayerDocument[];
}

/** `value` is null unless the grade is exact. */
export interface AmountDocument {
  readonly value: number | null;
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
    ...(times === null ? {} : { times: timesDocument(graph, times) }),
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
        outputs: (layer.outputs[0] ?? []).map(({ shape }) => shapeDocument(shape)),
        ...(layer.operation.op === 'recurrent' ? { recurrent: recurrentDocument(layer.operation) } : {}),
      };
    }),
  };
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
  return { value: grade === 'exact' ? value : null, grade, formula: formula.value, because };
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
