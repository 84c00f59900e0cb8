/** What the trainer and a worker that trains one variant say to each other. */
import type { PreviewSpec, RunEvent, Variant } from '../../protocol/trainer';
import type { KernelChoice } from '../wasm/tiles';
import type { VariantCheckpoint } from './checkpoint';
import type { RunEnd, VariantResult, VariantRun } from './variantRun';

/** The first message: the worker prepares data and plan from the spec as the trainer has done, and trains one variant. */
export interface VariantTask {
  readonly type: 'variant';
  readonly spec: PreviewSpec;
  readonly variant: Variant;
  readonly threads: number;
  readonly backend: 'wasm' | 'reference';
  readonly kernels: KernelChoice | null;
}

export type VariantRequest =
  | { readonly type: 'advance'; readonly forMs: number }
  | { readonly type: 'finish'; readonly end: RunEnd }
  | { readonly type: 'checkpoint' }
  | { readonly type: 'resume'; readonly checkpoint: VariantCheckpoint; readonly hasMoved: boolean };

/** One to the task and to each request, in their order, with events in between. */
export type VariantReply =
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'ready'; readonly start: VariantRun['start'] }
  | { readonly type: 'advanced'; readonly isOver: boolean }
  | { readonly type: 'finished'; readonly result: VariantResult }
  | { readonly type: 'checkpoint'; readonly checkpoint: VariantCheckpoint }
  | {
      readonly type: 'resumed';
      readonly refusal: string | null;
      readonly start: VariantRun['start'];
      readonly isOver: boolean;
    };
