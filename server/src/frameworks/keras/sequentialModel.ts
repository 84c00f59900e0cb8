/** Keras' `Sequential`: a stack of layers, built once its input is known. */
import type { SourceLocation, TensorType } from '../../../../model/graph';
import {
  builtin,
  type CallArguments,
  type CallSite,
  list,
  none,
  positionalArguments,
  type SequenceValue,
  type Value,
} from '../../evaluate/values';
import { LayerValue } from '../layer';
import { shapeValue, TensorValue } from '../tensor';
import { Composite, type Part, unknownPart } from './composite';
import { FunctionalModel } from './functionalModel';
import { InputSpecification } from './inputSpecification';
import { KerasLayer } from './layers';
import { KerasModel } from './models';
import { type KerasTrace, notFollowed, tensorsOf } from './trace';

export class SequentialModel extends KerasModel {
  readonly type = 'Sequential';
  /** Layers and `Input`s in order, changed only through the heap. */
  readonly stack: SequenceValue;
  private statedInput: TensorType | null = null;
  /** Made when the program asks for the model's own input or output. */
  private run: { readonly items: readonly Value[]; readonly input: TensorValue; readonly output: Value } | null = null;

  constructor(
    trace: KerasTrace,
    layers: readonly Value[],
    location: SourceLocation,
    givenName: string | null,
    functionName: string | null,
    trainable: Value | null = null,
  ) {
    super(trace, location, givenName, functionName, trainable);
    this.stack = list(layers);
  }

  /** The type of its input, when a layer, `build` or a first application states it. */
  get inputType(): TensorType | null {
    const [given] = this.stack.items;
    const first = given === undefined ? undefined : (this.trace.own?.layerOf(given) ?? given);
    if (first instanceof InputSpecification || first instanceof TensorValue) return first.type;
    const stated =
      first instanceof LayerValue && first.definition instanceof KerasLayer ? first.definition.statedInput : null;
    if (first instanceof SequentialModel) return first.inputType;
    if (first instanceof FunctionalModel) return first.inputs[0]?.type ?? null;
    return stated ?? this.statedInput ?? this.trace.firstInputs.get(this)?.[0] ?? null;
  }

  stateInput(type: TensorType): void {
    this.statedInput ??= type;
  }

  override build(site: CallSite): void {
    if (this.inputType !== null && this.stack.items.length > 0) this.applied(site);
  }

  protected override ownParts(): readonly Part[] {
    const seen = new Set<Value>();
    return this.stack.items.flatMap((item, index): Part[] => {
      if (item instanceof InputSpecification || item instanceof TensorValue || seen.has(item)) return [];
      seen.add(item);
      if (item instanceof LayerValue || item instanceof Composite || item.kind === 'instance') return [{ value: item }];
      const because =
        item.kind === 'unknown'
          ? item.because
          : `${item.kind === 'foreign' ? item.description : item.kind} is not followed here`;
      const location = item.kind === 'unknown' && item.location !== null ? item.location : this.location;
      return [unknownPart(`layer_${index}`, because, location)];
    });
  }

  override attribute(name: string, site: CallSite): Value | undefined {
    switch (name) {
      case 'add':
        return builtin('add', ({ positional: [layer], keywords }, at) => {
          const added = layer ?? keywords.get('layer');
          if (added !== undefined) at.machine.heap.setItems(this.stack, [...this.stack.items, added]);
          return none;
        });
      case 'pop':
        return builtin('pop', (_parameters, at) => {
          at.machine.heap.setItems(this.stack, this.stack.items.slice(0, -1));
          return none;
        });
      case 'input':
      case 'inputs': {
        const { input } = this.applied(site);
        return name === 'input' ? input : list([input]);
      }
      case 'output':
      case 'outputs': {
        const { output } = this.applied(site);
        return name === 'output' ? output : list([output]);
      }
      case 'output_shape': {
        const { output } = this.applied(site);
        return output instanceof TensorValue ? shapeValue(output) : undefined;
      }
      case 'input_shape':
        return shapeValue(this.applied(site).input);
      default:
        return super.attribute(name, site);
    }
  }

  protected override layers(): Value {
    return list(
      this.stack.items.filter((item) => !(item instanceof InputSpecification) && !(item instanceof TensorValue)),
    );
  }

  /** The model applied to its own input, as functional code reaches it through `model.output`. */
  private applied(site: CallSite): { readonly input: TensorValue; readonly output: Value } {
    // Keras applies the layers anew whenever one is added or taken away.
    if (this.run?.items !== this.stack.items) {
      const type = this.inputType ?? {
        shape: { kind: 'unknown', because: 'the model states no input shape' },
        element: 'unknown',
      };
      const input = this.trace.recorder.input('input', type, this.location);
      const { items } = this.stack;
      this.run = { items, input, output: this.applyTo(input, site) };
    }
    return this.run;
  }

  /** The layers one after another; what stands in a layer's place unknown ends what is followed. */
  applyTo(input: Value, site: CallSite): Value {
    return this.stack.items.reduce<Value>((value, layer) => {
      if (layer instanceof InputSpecification || layer instanceof TensorValue) return value;
      const [first = value] = value.kind === 'list' ? value.items : [value];
      return site.machine.call(layer, positionalArguments(first), site);
    }, input);
  }

  override call({ positional, keywords }: CallArguments, site: CallSite): Value {
    const [given = keywords.get('inputs')] = positional;
    const [input] = tensorsOf(given, site) ?? [];
    if (input === undefined) return notFollowed('what the model is applied to', site);
    return this.trace.applied(this, [input], () => this.applyTo(input, site));
  }
}
