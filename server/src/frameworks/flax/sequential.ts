/** Flax' `Sequential` as a value of the analysed program. */
import {
  type CallArguments,
  type CallSite,
  type ForeignValue,
  positionalArguments,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';

/** `nn.Sequential`: layers and functions one after another. */
export class SequentialValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'Sequential';

  constructor(readonly parts: readonly Value[]) {}

  attribute(name: string): Value | undefined {
    return name === 'layers' ? tuple(this.parts) : undefined;
  }

  items(): readonly Value[] {
    return this.parts;
  }

  call({ positional: [input] }: CallArguments, site: CallSite): Value {
    return this.parts.reduce<Value>(
      (value, part) => site.machine.call(part, positionalArguments(value), site),
      input ?? unknown('a Sequential that is applied to nothing'),
    );
  }
}
