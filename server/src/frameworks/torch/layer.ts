/** Layers of PyTorch as values: what all of its modules can, beside what they do to tensors. */
import { type CallSite, unknown, type Value } from '../../evaluate/values';
import { type LayerDefinition, LayerValue } from '../layer';
import { unknownTensor } from '../shapes';
import { moduleAttribute, partOf } from './modules';
import { asTensor, type TorchTrace } from './trace';

/** A layer constructed at a place of the program. `name` is its class in `torch.nn`. */
export function torchLayer(name: string, definition: LayerDefinition, site: CallSite): LayerValue {
  const described: LayerDefinition = {
    ...definition,
    libraryClass: `torch.nn.${name}`,
    holdsMembers: true,
    attribute: (layer, attribute, at) => moduleAttribute(layer, attribute, at) ?? partOf(layer, attribute, at),
  };
  return new LayerValue(described, site.machine.locate(site.span)).born(site);
}

/** A layer of which not enough is known to count its weights. */
export function undecidedLayer(trace: TorchTrace, type: string, because: string, site: CallSite): LayerValue {
  const apply = (layer: LayerValue, positional: readonly Value[], at: CallSite): Value => {
    const input = asTensor(trace, positional[0], because);
    const location = at.machine.locate(at.span);
    const [output] = trace.recorder.record({ kind: 'layer', layer }, [input], [unknownTensor(because)], location);
    return output ?? unknown(because);
  };
  const definition: LayerDefinition = {
    type,
    build: () => ({ operation: { op: 'other', because }, weights: { unknown: because } }),
    apply: (layer, { positional }, at) => apply(layer, positional, at),
  };
  return torchLayer(type, definition, site);
}
