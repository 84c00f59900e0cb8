/** Copies of Keras models: the same layers with weights of their own. */
import { type CallSite, positionalArguments, type Value } from '../../evaluate/values';
import { LayerValue } from '../layer';
import { type CopyOf, FunctionalModel } from './functionalModel';
import { copyOfLayer } from './layers';
import { KerasModel } from './models';
import { SequentialModel } from './sequentialModel';
import { type KerasTrace, notFollowed } from './trace';

/** The same copy for the same layer, however often it is asked for. */
function onceEach(copyOf: CopyOf): CopyOf {
  const copies = new Map<LayerValue, Value>();
  return (layer) => {
    const copy = copies.get(layer) ?? copyOf(layer);
    copies.set(layer, copy);
    return copy;
  };
}

/** `clone_model(model)`: the same layers with weights of their own, or what a `clone_function` makes of each. */
export function cloned(
  model: Value | undefined,
  trace: KerasTrace,
  site: CallSite,
  copyOf: CopyOf = onceEach(copyOfLayer),
): KerasModel | undefined {
  const location = site.machine.locate(site.span);
  const functionName = site.machine.currentFunctionName();
  if (model instanceof FunctionalModel) return model.copy(location, functionName, copyOf);
  if (!(model instanceof SequentialModel)) return undefined;
  const items = model.stack.items.map((item): Value => {
    if (item instanceof LayerValue) return copyOf(item);
    if (item instanceof KerasModel) return cloned(item, trace, site, copyOf) ?? item;
    return item.kind === 'instance' ? notFollowed('a copy of a layer of the program’s own', site) : item;
  });
  const copy = new SequentialModel(trace, items, location, model.givenName, functionName, model.trainable);
  if (model.inputType !== null) copy.stateInput(model.inputType);
  return copy;
}

/** `clone_model(model, clone_function=…)`. */
export function clonedBy(
  model: Value | undefined,
  change: Value,
  trace: KerasTrace,
  site: CallSite,
): KerasModel | undefined {
  const copyOf = (layer: LayerValue): Value => site.machine.call(change, positionalArguments(layer), site);
  return cloned(model, trace, site, onceEach(copyOf));
}
