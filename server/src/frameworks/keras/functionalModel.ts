/** Keras' functional `Model`: what is computed between its inputs and its outputs. */
import type { SourceLocation } from '../../../../model/graph';
import { type CallArguments, type CallSite, list, tuple, type Value } from '../../evaluate/values';
import { LayerValue } from '../layer';
import { FlowRecorder, shapeValue, type TensorValue } from '../tensor';
import { type Part, unknownPart } from './composite';
import { InputSpecification } from './inputSpecification';
import { layersInOrder } from './layerOrder';
import { asValue, KerasLayer } from './layers';
import { KerasModel } from './models';
import { between, Resizing, type Subgraph } from './subgraph';
import { type KerasTrace, notFollowed, tensorsAmong } from './trace';

/** What stands in the place of a layer in a copy of its model. */
export type CopyOf = (layer: LayerValue) => Value;

/** `Model(inputs, outputs)`. */
export class FunctionalModel extends KerasModel {
  readonly type: string = 'Functional';
  private cached: Subgraph | null = null;

  constructor(
    trace: KerasTrace,
    readonly inputs: readonly TensorValue[],
    readonly outputs: readonly TensorValue[],
    location: SourceLocation,
    givenName: string | null,
    functionName: string | null,
    /** Why its inputs or outputs are not known, if they are not. */
    private readonly because: string | null = null,
    trainable: Value | null = null,
  ) {
    super(trace, location, givenName, functionName, trainable);
  }

  override build(): void {}

  get subgraph(): Subgraph {
    const recorder = this.outputs[0]?.recorder ?? new FlowRecorder(this.trace.dialect);
    this.cached ??= between(recorder, this.inputs, this.outputs);
    return this.cached;
  }

  protected override ownParts(): readonly Part[] {
    const parts: Part[] = [];
    const seen = new Set<Value>();
    const { recorded } = this.subgraph;
    const ends = new Set(this.inputs.map(({ reference, recorder }) => reference && recorder.nodes[reference.node]));
    for (const node of recorded) {
      if (ends.has(node)) continue;
      const owner = this.trace.owners.get(node);
      const held = owner ?? (node.operation.kind === 'layer' ? node.operation.layer : undefined);
      if (held !== undefined && !seen.has(held)) {
        seen.add(held);
        parts.push({ value: held });
      }
      const because = this.trace.unfollowed.get(node);
      if (because !== undefined) parts.push(unknownPart('input', because, node.location));
      if (owner === undefined && node.operation.kind === 'function' && node.operation.name === 'either') {
        parts.push(
          unknownPart('condition', 'which layers it has depends on a condition that is not known', node.location),
        );
      }
    }
    if (this.because !== null) parts.push(unknownPart('flow', this.because, this.location));
    return parts;
  }

  override attribute(name: string, site: CallSite): Value | undefined {
    switch (name) {
      case 'input':
        return asValue(this.inputs);
      case 'output':
        return asValue(this.outputs);
      case 'inputs':
        return list(this.inputs);
      case 'outputs':
        return list(this.outputs);
      case 'input_shape':
      case 'output_shape': {
        const tensors = name === 'input_shape' ? this.inputs : this.outputs;
        const [only] = tensors;
        return tensors.length === 1 && only !== undefined ? shapeValue(only) : tuple(tensors.map(shapeValue));
      }
      default:
        return super.attribute(name, site);
    }
  }

  protected override layers(site: CallSite): Value {
    const isOpen = this.ownParts().some((part) => !('value' in part));
    if (isOpen || this.because !== null) return notFollowed('which layers the model has', site);
    const ordered = layersInOrder(this.subgraph, (node) => {
      const owner = this.trace.owners.get(node);
      return owner ?? (node.operation.kind === 'layer' ? node.operation.layer : undefined);
    });
    const layerOf = (input: TensorValue): Value => new InputSpecification(input.type, this.location, input);
    const used = new Map<number, TensorValue>();
    const unused: Value[] = [];
    const { recorded, inputs } = this.subgraph;
    for (const input of this.inputs) {
      const made = input.reference === null ? undefined : input.recorder.nodes[input.reference.node];
      const node = made === undefined ? -1 : recorded.indexOf(made);
      if (inputs.some((reference) => reference.node === node)) used.set(node, input);
      else unused.push(layerOf(input));
    }
    return list(
      ordered.flatMap(({ place, depth }, index): readonly Value[] => {
        const input = typeof place === 'number' ? used.get(place) : undefined;
        const value = typeof place === 'number' ? input && layerOf(input) : place;
        // Inputs that nothing reads stand before the outputs.
        const isFirstOutput = depth === 0 && ordered[index - 1]?.depth !== 0;
        return [...(isFirstOutput ? unused : []), ...(value === undefined ? [] : [value])];
      }),
    );
  }

  /** What the model computes, computed of other inputs by the same layers. */
  override call({ positional, keywords }: CallArguments, site: CallSite): Value {
    const [given = keywords.get('inputs')] = positional;
    const inputs = tensorsAmong(given === undefined ? [] : [given]);
    if (inputs.length !== this.inputs.length || inputs.length === 0 || this.because !== null) {
      return notFollowed('what the model is applied to', site);
    }
    const resizing = new Resizing();
    this.inputs.forEach((own, index) => {
      const other = inputs[index];
      if (other !== undefined) resizing.add(own.type, other.type);
    });
    return this.trace.applied(this, inputs, () => asValue(this.replay(inputs, resizing, (layer) => layer)));
  }

  /** A model of the same form whose layers are copies with weights of their own. */
  copy(location: SourceLocation, functionName: string | null, copyOf: CopyOf): FunctionalModel {
    let isFollowed = true;
    const layerFor = (layer: LayerValue): LayerValue => {
      const copy = copyOf(layer);
      if (copy instanceof LayerValue) return copy;
      isFollowed = false;
      return layer;
    };
    const inputs = this.inputs.map((input) => this.trace.recorder.input('input', input.type, location));
    const outputs = this.replay(inputs, new Resizing(), layerFor);
    const isOwned = this.subgraph.recorded.some((node) => this.trace.owners.has(node));
    const because = isOwned
      ? 'a copy of a model that holds models is not followed'
      : isFollowed
        ? this.because
        : 'what clone_function makes of a layer is not followed';
    return new FunctionalModel(this.trace, inputs, outputs, location, this.givenName, functionName, because);
  }

  private replay(
    inputs: readonly TensorValue[],
    resizing: Resizing,
    layerFor: (layer: LayerValue) => LayerValue,
  ): readonly TensorValue[] {
    const { nodes, recorded, outputs, inputs: own } = this.subgraph;
    const results: (readonly TensorValue[])[] = [];
    own.forEach(({ node }, index) => {
      const input = inputs[index];
      if (input !== undefined) results[node] = [input];
    });
    nodes.forEach((node, index) => {
      if (results[index] !== undefined) return;
      const taken = node.inputs.flatMap((reference) => results[reference.node]?.[reference.output] ?? []);
      const types = node.outputs.map((type) => resizing.apply(type));
      const { operation } = node;
      if (operation.kind !== 'layer') {
        results[index] = this.trace.recorder.record(operation, taken, types, node.location);
        return;
      }
      const layer = layerFor(operation.layer);
      const [first] = taken;
      if (layer !== operation.layer && layer.definition instanceof KerasLayer && first !== undefined) {
        results[index] = layer.definition.applyTo(layer, taken, taken.length, node.location, false, node.told);
      } else {
        const { initialStates, told } = node;
        const applied = { kind: 'layer', layer } as const;
        results[index] = this.trace.recorder.record(applied, taken, types, node.location, false, initialStates, told);
      }
      const because = recorded[index] === undefined ? undefined : this.trace.unfollowed.get(recorded[index]);
      const made = this.trace.recorder.nodes.at(-1);
      if (because !== undefined && made !== undefined) this.trace.unfollowed.set(made, because);
    });
    return outputs.flatMap((reference) => results[reference.node]?.[reference.output] ?? []);
  }
}
