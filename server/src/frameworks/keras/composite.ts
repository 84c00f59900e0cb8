/** Whatever holds layers and can be applied like one: models, and wrappers around them. */
import type { SourceLocation } from '../../../../model/graph';
import type { CallArguments, CallSite, ForeignValue, Value } from '../../evaluate/values';
import type { FixedLayer } from '../graph';

/** Something a composite holds: a layer, another composite, an instance of the program's own class; or why it is not known. */
export type Part = { readonly value: Value } | { readonly name: string; readonly fixed: FixedLayer };

export abstract class Composite implements ForeignValue {
  readonly kind = 'foreign';
  abstract readonly description: string;
  /** The class as Keras names it. */
  abstract readonly type: string;

  constructor(
    readonly location: SourceLocation,
    readonly givenName: string | null,
  ) {}

  /** What it holds, each once, in order. */
  abstract parts(): readonly Part[];
  abstract attribute(name: string, site: CallSite): Value | undefined;
  abstract call(parameters: CallArguments, site: CallSite): Value;
}

/** A part of which nothing is known but where it stands. */
export function unknownPart(name: string, because: string, location: SourceLocation): Part {
  return { name, fixed: { type: 'unknown', weights: { unknown: because }, location } };
}
