/**
 * A value worked out when it is first read: of all that can be said of a file, an editor shows little at a time.
 *
 * Objects with deferred fields are instances of classes with getters. A getter in an object literal gives each object a
 * hidden class of its own, which in V8 outlives every minor garbage collection together with all that its closure holds.
 */
export class Lazy<Result> {
  private held: { readonly result: Result } | undefined;

  constructor(private readonly make: () => Result) {}

  get value(): Result {
    this.held ??= { result: this.make() };
    return this.held.result;
  }
}
