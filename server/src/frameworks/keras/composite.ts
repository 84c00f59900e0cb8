/** Whatever holds layers and can be applied like one: models, and wrappers around them. */
import type { SourceLocation } from '../../../../model/graph';
import { boolean, type CallArguments, type CallSite, type ForeignValue, type Value } from '../../evaluate/values';
import type { FixedLayer } from '../graph';
import { flagOf, isHeld, type KerasTrace } from './trace';

/** Something a composite holds: a layer, another composite, an instance of the program's own class; or why it is not known. */
export type Part = { readonly value: Value } | { readonly name: string; readonly fixed: FixedLayer };

export abstract class Composite implements ForeignValue {
  readonly kind = 'foreign';
  abstract readonly description: string;
  /** The class as Keras names it. */
  abstract readonly type: string;
  /** Attributes that the program set, changed only through the heap. */
  protected readonly settings = new Map<string, Value>();

  constructor(
    protected readonly trace: KerasTrace,
    readonly location: SourceLocation,
    readonly givenName: string | null,
    /** Keras' constructors take `trainable` for the composite alone: what it holds is trained all the same. */
    trainable: Value | null = null,
  ) {
    if (trainable !== null) this.settings.set('trainable', trainable);
  }

  abstract get libraryClass(): string;

  /** Whether it is trained as a whole, as the program last said. */
  get trainable(): Value {
    return this.settings.get('trainable') ?? boolean(true);
  }

  /** What it holds, each once, in order. */
  abstract parts(): readonly Part[];
  abstract attribute(name: string, site: CallSite): Value | undefined;
  abstract call(parameters: CallArguments, site: CallSite): Value;

  /** What it holds that is known. */
  sublayers(): readonly Value[] {
    return this.parts().flatMap((part) => ('value' in part ? [part.value] : []));
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    const { heap } = site.machine;
    if (name !== 'trainable') {
      heap.setVariable(this.settings, name, value);
      return;
    }
    const flag = flagOf(value, site);
    if (isHeld(this.settings.get(name), flag)) return;
    heap.setVariable(this.settings, name, flag);
    for (const part of this.sublayers()) this.trace.setTrainable(part, flag, site);
  }
}

/** A part of which nothing is known but where it stands. */
export function unknownPart(name: string, because: string, location: SourceLocation): Part {
  return { name, fixed: { type: 'unknown', weights: { unknown: because }, location } };
}
