/** Objects that only hold attributes: `types.SimpleNamespace`, `argparse.Namespace`, a class' fields seen as a dictionary. */
import { dictionaryView, openVariables } from '../../evaluate/attributes';
import type { CallArguments, CallSite, ForeignValue, Value } from '../../evaluate/values';

export class NamespaceValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'namespace';

  constructor(readonly attributes: Map<string, Value>) {}

  attribute(name: string): Value | undefined {
    return name === '__dict__' ? dictionaryView(this.attributes) : this.attributes.get(name);
  }

  deepCopy(copyOf: (value: Value) => Value): Value {
    return new NamespaceValue(new Map([...this.attributes].map(([name, value]) => [name, copyOf(value)])));
  }

  variables(): Map<string, Value> {
    return this.attributes;
  }

  escape(site: CallSite): void {
    openVariables(site.machine.heap, this.attributes, 'code that is not read may have changed it');
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    site.machine.heap.setVariable(this.attributes, name, value);
  }
}

export function simpleNamespace({ keywords, isOpen }: CallArguments): Value | undefined {
  return isOpen ? undefined : new NamespaceValue(new Map(keywords));
}
