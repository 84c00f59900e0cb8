/** `functools.lru_cache` and its like: functions that give the same object for the same arguments. */
import { type CallArguments, keyOf, type Value } from '../values';

/** What a function gave, by its arguments. */
export class Memory {
  private readonly results = new Map<string, Value>();
  private readonly identities = new Map<object, number>();

  /** The result for arguments, computed when it is not known yet and kept where that is certain to happen. */
  recall(parameters: CallArguments, isCertain: boolean, compute: () => Value): Value {
    const key = this.keyOfCall(parameters);
    const held = key === undefined ? undefined : this.results.get(key);
    if (held !== undefined) return held;
    const result = compute();
    if (key !== undefined && isCertain) this.results.set(key, result);
    return result;
  }

  private keyOfCall({ positional, keywords, isOpen }: CallArguments): string | undefined {
    const keys = [
      ...positional.map((value) => this.keyOfValue(value)),
      ...[...keywords].map(([name, value]) => {
        const key = this.keyOfValue(value);
        return key === undefined ? undefined : `${name}=${key}`;
      }),
    ];
    return isOpen || keys.includes(undefined) ? undefined : keys.join();
  }

  /** Objects without a value to compare are the same only as themselves. */
  private keyOfValue(value: Value): string | undefined {
    if (value.kind === 'unknown' || value.kind === 'list' || value.kind === 'dictionary' || value.kind === 'set') {
      return undefined;
    }
    const key = keyOf(value);
    if (key !== undefined) return key;
    const identity = this.identities.get(value) ?? this.identities.size;
    this.identities.set(value, identity);
    return `object:${identity}`;
  }
}
