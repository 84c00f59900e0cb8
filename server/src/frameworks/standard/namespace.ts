/** Objects that only hold attributes: `types.SimpleNamespace`, `argparse.Namespace`, a class' fields seen as a dictionary. */
import { dictionaryView, openVariables } from '../../evaluate/attributes';
import type { CallArguments, CallSite, ForeignValue, Value } from '../../evaluate/values';

export class NamespaceValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'namespace';

  constructor(
    readonly attributes: Map<string, Value>,
    /** The path of its class; undefined for what only behaves like a namespace. */
    readonly libraryClass?: string | undefined,
  ) {}

  attribute(name: string): Value | undefined {
    return name === '__dict__' ? dictionaryView(this.attributes) : this.attributes.get(name);
  }

  deepCopy(copyOf: (value: Value) => Value): Value {
    return new NamespaceValue(
      new Map([...this.attributes].map(([name, value]) => [name, copyOf(value)])),
      this.libraryClass,
    );
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

/** What constructing a class does whose instances hold what they are given by keyword. */
export function namespaceOf(classPath: string): (parameters: CallArguments) => Value | undefined {
  return ({ keywords, isOpen }) => (isOpen ? undefined : new NamespaceValue(new Map(keywords), classPath));
}
