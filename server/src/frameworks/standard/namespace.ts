/** Objects that only hold attributes: `types.SimpleNamespace`, `argparse.Namespace`, a class' fields seen as a dictionary. */
import type { CallArguments, CallSite, ForeignValue, Value } from '../../evaluate/values';

export class NamespaceValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'namespace';

  constructor(readonly attributes: Map<string, Value>) {}

  attribute(name: string): Value | undefined {
    return this.attributes.get(name);
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    site.machine.heap.setVariable(this.attributes, name, value);
  }
}

export function simpleNamespace({ keywords, isOpen }: CallArguments): Value | undefined {
  return isOpen ? undefined : new NamespaceValue(new Map(keywords));
}
