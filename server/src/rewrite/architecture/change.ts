/**
 * Changes a model to another architecture, in the source: its cells, widths and directions, a convolution in front and
 * attention behind, one after the other. The program is read again after each, and what is written is given out only if it
 * reads as the model that was asked for.
 */

import type { Cell, Framework, Layer, ModelGraph } from '../../../../model/graph';
import type { Architecture, ArchitectureChange } from '../../../../protocol/recommendation';
import {
  type ArchitectureParts,
  labelOf,
  missingParts,
  recurrentLayers,
  referenceWidth,
} from '../../advice/architectures';
import { taskOf } from '../../advice/modelFacts';
import { suitabilityOf } from '../../advice/suitability';
import { variantLayers } from '../../advice/variantModel';
import type { FileAnalysis } from '../../analysis';
import { changeCell } from '../cell';
import { cellNames } from '../cellDialect';
import { type Rewrite, refused, type TextEdit } from '../edits';
import { Refusal } from '../stateWalk';
import { type AnalyseEdited, advance, type Draft, refuseAt } from './draft';
import { fitSizes } from './fittingSizes';
import { kerasAttention, kerasConvolution } from './kerasBlocks';
import { kerasDirections } from './kerasDirections';
import { checkArchitecture, checkSound } from './resultCheck';
import { tfjsAttention, tfjsConvolution, tfjsDirections, tfjsWidths } from './tfjsLayers';
import { torchAttention, torchConvolution } from './torchBlocks';
import { torchDirections } from './torchDirections';
import { changeWidths } from './width';

/** How the source of one framework says each part of an architecture. */
interface ArchitectureDialect {
  widths(draft: Draft, wanted: readonly Layer[]): readonly TextEdit[];
  directions(draft: Draft, directions: 1 | 2): readonly TextEdit[];
  /** The sizes that layers are built for, where the source says them. */
  sizes(draft: Draft, wanted: readonly Layer[]): readonly TextEdit[];
  attention(draft: Draft): readonly TextEdit[];
  convolution(draft: Draft): readonly TextEdit[];
}

const keras: ArchitectureDialect = {
  widths: (draft, wanted) => changeWidths(draft, wanted, 'units', 0),
  directions: kerasDirections,
  sizes: () => [],
  attention: kerasAttention,
  convolution: kerasConvolution,
};

const torch: ArchitectureDialect = {
  widths: (draft, wanted) => changeWidths(draft, wanted, 'hidden_size', 1),
  directions: torchDirections,
  sizes: fitSizes,
  attention: torchAttention,
  convolution: torchConvolution,
};

const tfjs: ArchitectureDialect = {
  widths: tfjsWidths,
  directions: tfjsDirections,
  sizes: () => [],
  attention: tfjsAttention,
  convolution: tfjsConvolution,
};

const dialects: Readonly<Partial<Record<Framework, ArchitectureDialect>>> = { keras, torch, tfjs };

/** A sentence that says why the model must not become this architecture, whatever its source looks like; else null. */
export function whyNever(graph: ModelGraph, architecture: Architecture): string | null {
  const situation = {
    steps: null,
    task: taskOf(graph).kind,
    streaming: false,
    // Where attention does not go, the rewrite itself says so, with the line.
    answersEachStep: false,
    tight: false,
    sequences: null,
  };
  const { score, reasons } = suitabilityOf(architecture, situation);
  return score === null ? `${graph.name}: ${reasons.map(({ text }) => text).join('; ')}.` : null;
}

/**
 * The edits that make the model another architecture.
 *
 * @param analyseEdited reads the program again with edits made; its text may be that of all cells of a notebook
 */
export function changeArchitecture(
  analysis: FileAnalysis,
  graph: ModelGraph,
  change: ArchitectureChange,
  analyseEdited: AnalyseEdited,
): Rewrite {
  const { architecture, width } = change;
  const parts = missingParts(graph, architecture);
  const layers = recurrentLayers(graph);
  if (layers.length === 0) return refused(`${graph.name} has no recurrent layer over a sequence.`);
  if (isAlready(graph, parts, width)) return refused(`${graph.name} is a ${labelOf(graph, architecture)} already.`);
  const original: Draft = { analysis, graph, edits: [] };
  const never = whyNever(graph, architecture);
  if (never !== null) return refused(never);
  const changesCell = layers.some(({ operation }) => operation.cell !== parts.cell);
  try {
    const onlyCell = changesCell ? cells(original, parts) : [];
    const draft = advance(original, original, onlyCell, analyseEdited);
    const rewritten = restOf(original, draft, change, parts, analyseEdited);
    checkArchitecture(original, rewritten, change);
    return { kind: 'edits', edits: rewritten.edits };
  } catch (error) {
    if (error instanceof Refusal) return refused(error.message);
    if (error instanceof RangeError) return refused('Two changes meet in one place of the source: change it by hand.');
    throw error;
  }
}

function isAlready(graph: ModelGraph, parts: ArchitectureParts, width: number | null): boolean {
  const isThere = recurrentLayers(graph).every(
    ({ operation }) => operation.cell === parts.cell && operation.directions === parts.directions,
  );
  return isThere && !parts.convolution && !parts.attention && (width === null || width === referenceWidth(graph));
}

function cells({ analysis, graph }: Draft, { cell }: ArchitectureParts): readonly TextEdit[] {
  const rewrite = changeCell(analysis, graph, cell);
  if (rewrite.kind === 'refused') throw new Refusal(rewrite.message);
  return rewrite.edits;
}

function restOf(
  original: Draft,
  start: Draft,
  { architecture, width }: ArchitectureChange,
  parts: ArchitectureParts,
  analyseEdited: AnalyseEdited,
): Draft {
  const { graph } = original;
  const dialect = dialects[graph.framework];
  const next = (draft: Draft, edits: readonly TextEdit[]): Draft => advance(original, draft, edits, analyseEdited);
  const newWidth = width === referenceWidth(graph) ? null : width;
  const changesDirections = recurrentLayers(graph).some(({ operation }) => operation.directions !== parts.directions);
  if (newWidth === null && !changesDirections && !parts.attention && !parts.convolution) return start;
  if (dialect === undefined) {
    const message =
      'of a Flax model only the cells are changed for you: widths, directions and further layers are changed by hand.';
    return refuseAt(graph.location, message);
  }
  let draft = start;
  if (newWidth !== null || changesDirections) {
    const wanted = variantLayers(graph, architecture, newWidth);
    if (wanted === null) {
      // It says more closely what it does not understand.
      if (changesDirections) dialect.directions(draft, parts.directions);
      return refuseAt(graph.location, `how the output of the recurrent layers reaches what follows is not understood.`);
    }
    if (newWidth !== null) draft = next(draft, dialect.widths(draft, wanted));
    if (changesDirections) draft = next(draft, dialect.directions(draft, parts.directions));
    draft = next(draft, dialect.sizes(draft, wanted));
  }
  if (parts.attention) draft = next(draft, dialect.attention(draft));
  return parts.convolution ? next(draft, dialect.convolution(draft)) : draft;
}

/** `changeCell`, given out only if the program reads as sound with it. */
export function changeCellChecked(
  analysis: FileAnalysis,
  graph: ModelGraph,
  cell: Cell,
  onlyPath: string | null,
  analyseEdited: AnalyseEdited,
): Rewrite {
  const rewrite = changeCell(analysis, graph, cell, onlyPath);
  if (rewrite.kind === 'refused') return rewrite;
  const original: Draft = { analysis, graph, edits: [] };
  try {
    const rewritten = advance(original, original, rewrite.edits, analyseEdited);
    checkSound(original, rewritten, cellNames[cell]);
    return { kind: 'edits', edits: rewritten.edits };
  } catch (error) {
    if (error instanceof Refusal) return refused(error.message);
    throw error;
  }
}
