/** What `get_config` of a layer or model gives: it makes the same again as long as the program leaves it as it is. */
import type { ForeignValue, Value } from '../../evaluate/values';

export class Configuration implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'configuration';
  /** Once changed it stays so, whichever branch did it. */
  private isChanged = false;

  constructor(private readonly whole: Value) {}

  /** The layer or model that it is of; undefined where the program may have changed it. */
  get of(): Value | undefined {
    return this.isChanged ? undefined : this.whole;
  }

  attribute(): Value | undefined {
    // Any method of a dictionary may change it.
    this.isChanged = true;
    return undefined;
  }

  setItem(): void {
    this.isChanged = true;
  }

  escape(): void {
    this.isChanged = true;
  }
}
