/** Names of layers as Keras makes them: the given one, else the type in snake case with a count. */
export class LayerNames {
  private readonly counts = new Map<string, number>();

  next(givenName: string | null, type: string): string {
    const base = givenName ?? snakeCase(type.replace(/\(.*$/, ''));
    const count = this.counts.get(base) ?? 0;
    this.counts.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  }
}

/** As Keras turns class names into layer names. Source: Keras 3, keras/src/utils/naming.py, `to_snake_case`. */
export function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
