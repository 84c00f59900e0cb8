/** `children()`, `modules()` and their like: the modules below a module. */
import { type CallSite, list, text, tuple, type Value } from '../../evaluate/values';
import { LayerValue } from '../layer';
import { ContainerValue } from './containers';

type Named = readonly [string, Value];

/** The modules directly below one, by name. */
function childrenOf(value: Value, site: CallSite): readonly Named[] {
  if (value instanceof ContainerValue) return value.entries();
  if (value.kind !== 'instance') return [];
  return [...value.attributes].filter(([, inner]) => isModule(inner, site));
}

function isModule(value: Value, site: CallSite): boolean {
  return (
    value instanceof LayerValue ||
    value instanceof ContainerValue ||
    (value.kind === 'instance' && site.machine.isModule(value))
  );
}

function modulesOf(value: Value, name: string, site: CallSite, seen: Set<Value>): Named[] {
  if (seen.has(value)) return [];
  seen.add(value);
  const below = childrenOf(value, site).flatMap(([inner, module]) =>
    modulesOf(module, name === '' ? inner : `${name}.${inner}`, site, seen),
  );
  return [[name, value], ...below];
}

/** What `module.<method>()` lists. */
export function descendants(value: Value, method: string, site: CallSite): Value {
  const found = method.endsWith('children') ? childrenOf(value, site) : modulesOf(value, '', site, new Set());
  return list(found.map(([name, module]) => (method.startsWith('named') ? tuple([text(name), module]) : module)));
}

/** `module.apply(function)`: on every module below, the innermost first, then on itself. */
export function applyToModules(value: Value, method: Value, site: CallSite): void {
  for (const [, module] of modulesOf(value, '', site, new Set()).reverse()) {
    site.machine.call(method, { positional: [module], keywords: new Map(), isOpen: false }, site);
  }
}
