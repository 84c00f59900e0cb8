/**
 * The border between the extension and its webviews: the preview (charts of a training run), the recommendation, the costs.
 *
 * The extension holds the truth; a page may be thrown away at any time and is given its whole state when it is ready.
 */
import type { CostReport } from './costs';
import type { ArchitectureChange, Recommendation, RecommendationChoices } from './recommendation';
import type { Obstacle, RunEvent, Variant } from './trainer';
import type { FromWindowTrainer, ToWindowTrainer } from './windowTrainer';

/** A training run as it is kept, shown and restored: what was asked, and every event so far. */
export interface PreviewRecord {
  readonly id: string;
  readonly modelName: string;
  readonly fileName: string;
  /** URI of the model's document, so that the verdict can be applied after a reload. */
  readonly uri: string;
  readonly line: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly status: 'running' | 'finished' | 'stopped' | 'failed';
  /** What happened, when `failed`: a sentence that says what to do. */
  readonly failure: string | null;
  readonly events: readonly RunEvent[];
}

/** Direction: extension → preview page. */
export type ToPreview =
  /** The whole state: after `ready`, and whenever another run takes the panel. */
  | { readonly type: 'show'; readonly record: PreviewRecord }
  /** Events since the last message, batched to at most one message per frame. */
  | { readonly type: 'events'; readonly id: string; readonly events: readonly RunEvent[] }
  | {
      readonly type: 'status';
      readonly id: string;
      readonly status: PreviewRecord['status'];
      readonly failure: string | null;
    }
  /** Start a worker that trains; `script` is the address of its bundle. Trainers are told apart by number. */
  | { readonly type: 'startTrainer'; readonly trainer: number; readonly script: string }
  | { readonly type: 'toTrainer'; readonly trainer: number; readonly message: ToWindowTrainer }
  /** End the worker at once, whatever it does. */
  | { readonly type: 'endTrainer'; readonly trainer: number };

/** Direction: preview page → extension. */
export type FromPreview =
  | { readonly type: 'ready' }
  | { readonly type: 'stop' }
  | { readonly type: 'again' }
  /** Rewrite the model in the file with this variant's cell. */
  | { readonly type: 'apply'; readonly cell: Variant }
  | { readonly type: 'openModel' }
  /** Show the place of an obstacle, which names the file. */
  | ({ readonly type: 'openLocation'; readonly file: string } & Pick<Obstacle, 'line' | 'cell'>)
  | { readonly type: 'fromTrainer'; readonly trainer: number; readonly message: FromWindowTrainer };

/** Direction: extension → recommendation page. */
export type ToRecommendation =
  | { readonly type: 'show'; readonly recommendation: Recommendation }
  /** What was asked for makes no ranking: a sentence that says what to do. */
  | { readonly type: 'refused'; readonly message: string };

/** Direction: recommendation page → extension. */
export type FromRecommendation =
  | { readonly type: 'ready' }
  /** Rewrite the model in the file to this architecture and width. */
  | { readonly type: 'apply'; readonly change: ArchitectureChange }
  /** Rank again under these choices. Each is answered by `show` or `refused`, in order. */
  | { readonly type: 'rank'; readonly choices: RecommendationChoices }
  | { readonly type: 'compare' };

/** Direction: extension → costs page. */
export type ToCosts = { readonly type: 'show'; readonly report: CostReport };

/** Direction: costs page → extension. */
export type FromCosts =
  | { readonly type: 'ready' }
  /** Put the tables on the clipboard. */
  | { readonly type: 'copy' }
  | { readonly type: 'openModel' }
  /** Count again for this length of sequences and this truncation; null where there is none. */
  | { readonly type: 'count'; readonly sequenceLength: number | null; readonly truncate: number | null };
