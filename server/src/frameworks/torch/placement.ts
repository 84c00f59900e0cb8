/** The layers of a PyTorch module by their paths, as a model lists them. */
import type { ModelGraph } from '../../../../model/graph';
import type { PythonMachine } from '../../evaluate/python/machine';
import type { InstanceValue, UnknownValue, Value } from '../../evaluate/values';
import type { PlacedLayer } from '../graph';
import { LayerValue, WeightHandle } from '../layer';
import { ContainerValue } from './containers';
import { baseAttribute } from './modules';
import { handlePart, ParameterValue, parameterPart } from './parameters';

/** The layer or container that a class derives from, whose own weights are not counted; undefined for plain modules. */
function inheritedLayer(machine: PythonMachine, instance: InstanceValue): string | undefined {
  const base = instance.attributes.get(baseAttribute);
  if (base instanceof LayerValue || base instanceof ContainerValue) return undefined;
  for (const { bases } of machine.lineage(instance.class)) {
    for (const base of bases) {
      if (base.kind === 'library' && /^torch\.nn\.(.*\.)?[A-Z]\w*$/.test(base.path) && !base.path.endsWith('.Module')) {
        return base.path;
      }
    }
  }
  return undefined;
}

/** Where a module's model is shown: at its class, or at its construction when another file defines the class. */
export function placeOf(machine: PythonMachine, instance: InstanceValue): Pick<ModelGraph, 'location' | 'extent'> {
  const { home, definition } = instance.class;
  const { location } = instance.construction;
  if (home !== machine.globals && location.file === machine.currentSource.file) return { location, extent: location };
  return { location: machine.locateIn(home, definition.nameSpan), extent: machine.locateIn(home, definition) };
}

/** Deeper than modules are nested by people; recursive constructions are cut off here. */
const deepestNesting = 40;

/** The layers a module holds, as PyTorch registers them: attributes in order, containers and modules within. */
export function placedLayers(
  machine: PythonMachine,
  instance: InstanceValue,
  prefix: string,
  depth = 0,
): PlacedLayer[] {
  if (depth > deepestNesting) {
    const location = machine.locateIn(instance.class.home, instance.class.definition.nameSpan);
    const weights = { unknown: 'modules are nested too deep to follow' };
    return [{ path: `${prefix}…`, fixed: { type: instance.class.definition.name, weights, location } }];
  }
  const placed = [...instance.attributes].flatMap(([name, value]) => {
    if (name !== baseAttribute) return placedWithin(machine, value, `${prefix}${name}`, depth + 1);
    if (value instanceof ContainerValue) return containerLayers(machine, value, prefix, depth + 1);
    const path = prefix === '' ? instance.class.definition.name : prefix.slice(0, -1);
    return placedWithin(machine, value, path, depth + 1);
  });
  const hook = machine.hookOf(instance.class);
  const inherited =
    inheritedLayer(machine, instance) ?? (hook === undefined ? undefined : `something that its ${hook} decides`);
  if (!machine.hasUnknownBase(instance.class) && inherited === undefined) return placed;
  const because = `${instance.class.definition.name} derives from ${inherited ?? 'a class that is not read'}`;
  const location = machine.locateIn(instance.class.home, instance.class.definition.nameSpan);
  return [
    ...placed,
    { path: `${prefix}(inherited)`, fixed: { type: 'inherited', weights: { unknown: because }, location } },
  ];
}

/** Without the arrays that layers share with layers which the model holds: they are counted there. */
export function eachArrayOnce(placed: readonly PlacedLayer[]): readonly PlacedLayer[] {
  const layers = new Set(placed.flatMap((part) => ('layer' in part ? [part.layer] : [])));
  return placed.filter((part) => {
    const array = 'fixed' in part ? part.fixed.identity : undefined;
    return !(array instanceof WeightHandle && layers.has(array.layer) && array.isInPlace);
  });
}

function placedWithin(machine: PythonMachine, value: Value, path: string, depth: number): PlacedLayer[] {
  if (value instanceof LayerValue) {
    const members = [...value.replacements(), ...value.members()];
    return [
      { path, layer: value },
      ...members.flatMap(([name, member]) => placedWithin(machine, member, `${path}.${name}`, depth + 1)),
    ];
  }
  if (value instanceof ContainerValue) return containerLayers(machine, value, `${path}.`, depth);
  if (value instanceof ParameterValue)
    return [{ path, fixed: parameterPart(value, machine.locate({ from: 0, to: 0 })) }];
  if (value instanceof WeightHandle) return [{ path, fixed: handlePart(value) }];
  if (value.kind === 'instance' && machine.behaviourOf(value.class) !== undefined) {
    return placedLayers(machine, value, `${path}.`, depth);
  }
  if (value.kind === 'unknown' && mayHoldWeights(machine, value)) {
    const location = value.location ?? machine.locate({ from: 0, to: 0 });
    return [{ path, fixed: { type: 'unknown', weights: { unknown: value.because }, location } }];
  }
  return [];
}

/** An unknown value that the program calls, or that may be a module, has weights for all anyone knows. */
function mayHoldWeights(machine: PythonMachine, value: UnknownValue): boolean {
  return (
    (value.mayBeModule !== false && machine.calledUnknowns.has(value)) ||
    (value.mayBeModule === true && (value.name === null || !machine.sizeNames.has(value.name))) ||
    (value.alternatives ?? []).some((alternative) => placedWithin(machine, alternative, '', 0).length > 0)
  );
}

/** The layers that a container holds, by the names or numbers it holds them under. */
export function containerLayers(
  machine: PythonMachine,
  container: ContainerValue,
  prefix: string,
  depth = 0,
): PlacedLayer[] {
  return container.entries().flatMap(([name, module]) => {
    const path = `${prefix}${name}`;
    if (module.kind === 'unknown') {
      const { location } = container;
      return [{ path, fixed: { type: 'unknown', weights: { unknown: module.because }, location } }];
    }
    return placedWithin(machine, module, path, depth + 1);
  });
}
