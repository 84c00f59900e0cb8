/** Custom requests between the editor's client and the language server, beside those that LSP itself defines. */
import type { ModelGraph } from '../model/graph';
import type { CostReport } from './costs';
import type { ArchitectureChange, MeasuredComparison, Recommendation, RecommendationChoices } from './recommendation';
import type { DataRecipe, Obstacle, Variant } from './trainer';

/** What a client says of itself when it starts the server, beside its settings. */
export interface InitializationOptions {
  /** It runs commands that Markdown links to (`command:unroll.showCosts?…`). */
  readonly commandLinks: boolean;
  /** It answers `unroll/machineProfile`. */
  readonly measuresMachine?: boolean;
}

export interface ModelPosition {
  readonly uri: string;
  /** Zero-based, as LSP counts. */
  readonly line: number;
  /** Name of a model in the file; null takes the one at the line, else the nearest above, else the first. */
  readonly model: string | null;
}

/** Text edits of one document. */
export interface RewriteEdits {
  readonly uri: string;
  readonly version: number | null;
  readonly edits: readonly { readonly range: LspRange; readonly newText: string }[];
}

export interface LspRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/** client → server: what "Compare by training" needs to know of the model at a position. */
export const previewModelRequest = 'unroll/previewModel';
export interface PreviewModelResult {
  readonly graph: ModelGraph | null;
  /** The document in which the model stands: of a notebook, the cell. That of the request where there is no model. */
  readonly uri: string;
  readonly variants: readonly Variant[];
  /** The data that a comment of the file names (`# unroll: data=…`), resolved against the file's folder. */
  readonly data: DataRecipe | null;
  /** Why the model cannot be trained here; empty when it can. */
  readonly obstacles: readonly Obstacle[];
}

/** client → server: the ranking that "Recommend an architecture" shows. */
export const recommendRequest = 'unroll/recommend';
export interface RecommendParams extends ModelPosition, Partial<RecommendationChoices> {
  /** Budgets, device and streaming that are left out are those of the setting `unroll.budgets`; one that is null sets no limit. */
  readonly measured?: MeasuredComparison | null;
}
export type RecommendResult =
  | { readonly kind: 'recommendation'; readonly recommendation: Recommendation }
  | { readonly kind: 'refused'; readonly message: string };

/** client → server: what the model at a position costs, for "Show Costs" and for the clipboard. */
export const costsRequest = 'unroll/costs';
export interface CostsParams extends ModelPosition {
  /** Length of the sequences where the source leaves it open; null to leave it a letter. */
  readonly sequenceLength: number | null;
  /** Steps after which backpropagation through time is cut off; null for never. */
  readonly truncate: number | null;
}
export type CostsResult =
  | { readonly kind: 'costs'; readonly report: CostReport; readonly markdown: string }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * server → client: the profile of the machine that models would train on, which the client measures if nobody has; null where
 * it cannot.
 */
export const machineProfileRequest = 'unroll/machineProfile';

/** client → server: how long the steps of a comparison took, which counts more than what was predicted. The answer is null. */
export const measuredTimeRequest = 'unroll/measuredTime';
export interface MeasuredTime {
  readonly uri: string;
  readonly graph: ModelGraph;
  readonly cell: Variant;
  readonly batch: number;
  readonly secondsPerStep: number;
}

/** client → server: the edits that change the recurrent layers of a model to another cell. */
export const changeCellRequest = 'unroll/changeCell';
export interface ChangeCellParams extends ModelPosition {
  readonly cell: Variant;
}
export type ChangeCellResult =
  /** One for each document that changes: in a notebook each cell is one. */
  | { readonly kind: 'edits'; readonly rewrites: readonly RewriteEdits[] }
  | { readonly kind: 'refused'; readonly message: string };

/** client → server: the edits that make a model another architecture, with a width that the ranking chose. */
export const changeArchitectureRequest = 'unroll/changeArchitecture';
export interface ChangeArchitectureParams extends ModelPosition, ArchitectureChange {}
export type ChangeArchitectureResult = ChangeCellResult;

/** Ids of the commands that code lenses and code actions of the server name and the client implements. */
export const commands = {
  compareByTraining: 'unroll.compareByTraining',
  recommend: 'unroll.recommend',
  showCosts: 'unroll.showCosts',
} as const;
