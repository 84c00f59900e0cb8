/** Which layers a model holds, in order, and how the source reaches them. */
import { isListed, type Weight } from '../../../../model/graph';
import type { CallSite, Value } from '../../evaluate/values';
import type { PlacedLayer } from '../graph';
import { LayerValue } from '../layer';
import { Composite, type Part } from './composite';
import { LayerArray, weightsOnce } from './layers';
import { KerasModel } from './models';
import { LayerNames } from './names';
import type { OwnClasses } from './subclass';

const deepest = 20;

interface LooseArray {
  readonly path: string;
  readonly array: LayerArray;
}

export class Placement {
  private readonly seen = new Set<Value>();
  /** Layers whose arrays stand somewhere already. */
  private readonly counted = new Set<LayerValue>();
  /** Arrays of layers among attributes, which count where nothing holds their layers. */
  private readonly loose: LooseArray[] = [];

  constructor(
    private readonly own: OwnClasses,
    private readonly site: CallSite,
  ) {}

  /** The layers of a whole model, as they are trained. */
  whole(model: Value): PlacedLayer[] {
    const placed = this.of(model, '');
    const isFirst = ({ array }: LooseArray, index: number): boolean =>
      this.loose.findIndex((other) => other.array.layer === array.layer && other.array.name === array.name) === index;
    for (const { path, array } of this.loose.filter(isFirst)) {
      if (this.counted.has(array.layer)) continue;
      placed.push({ path, fixed: { type: 'variable', weights: [arrayWeight(array)], location: array.layer.location } });
    }
    const trainable = this.own.trainableOf(model);
    if (trainable.kind === 'boolean' && trainable.value) return placed;
    // What a model that is kept as it is holds is not trained, whatever was said of its parts.
    const state = trainable.kind === 'boolean' ? false : null;
    const kept = (weights: readonly Weight[] | { readonly unknown: string }) =>
      isListed(weights) ? weights.map((weight) => ({ ...weight, trainable: weight.trainable && state })) : weights;
    return placed.map((item) =>
      'layer' in item
        ? { ...item, weights: kept(item.weights ?? item.layer.facts.weights) }
        : { ...item, fixed: { ...item.fixed, weights: kept(item.fixed.weights) } },
    );
  }

  /** The layers of a model, named as Keras names them. */
  ofParts(parts: readonly Part[], prefix = '', depth = 0): PlacedLayer[] {
    const names = new LayerNames();
    return parts.flatMap((part): PlacedLayer[] => {
      if (!('value' in part)) return [{ path: `${prefix}${names.next(part.name, part.name)}`, fixed: part.fixed }];
      const [givenName, type] = this.nameOf(part.value);
      return this.of(part.value, `${prefix}${names.next(givenName, type)}`, depth + 1);
    });
  }

  /** The layers within a value that stands at `path`. */
  of(value: Value, path: string, depth = 0): PlacedLayer[] {
    if (depth > deepest || this.seen.has(value)) return [];
    if (value instanceof LayerValue) {
      this.seen.add(value);
      return [{ path, layer: value, weights: weightsOnce(value, this.counted) }];
    }
    if (value instanceof Composite) {
      this.seen.add(value);
      if (value instanceof KerasModel) value.build(this.site);
      return this.ofParts(value.parts(), `${path}.`, depth);
    }
    if (value.kind === 'instance' && this.own.isOwn(value)) {
      this.seen.add(value);
      return this.own.placedIn(value, path, this, depth);
    }
    if (value instanceof LayerArray) this.loose.push({ path, array: value });
    return [];
  }

  /** The layers among what an attribute of a model holds: Keras finds them in lists and dictionaries too. */
  ofAttribute(value: Value, path: string, depth: number): PlacedLayer[] {
    if (depth > deepest) return [];
    if (value.kind === 'list' || value.kind === 'tuple') {
      return value.items.flatMap((item, index) => this.ofAttribute(item, `${path}.${index}`, depth + 1));
    }
    if (value.kind === 'dictionary') {
      return [...value.entries.values()].flatMap(({ key, value: item }) =>
        this.ofAttribute(item, `${path}.${key.kind === 'string' ? key.value : '?'}`, depth + 1),
      );
    }
    if (value.kind === 'unknown' && this.own.mayHoldWeights(value)) {
      const location = value.location ?? this.site.machine.locate(this.site.span);
      return [{ path, fixed: { type: 'unknown', weights: { unknown: value.because }, location } }];
    }
    return this.of(value, path, depth + 1);
  }

  private nameOf(value: Value): readonly [string | null, string] {
    if (value instanceof LayerValue) return [value.givenName, value.definition.type];
    if (value instanceof KerasModel) return [value.partName, value.type];
    if (value instanceof Composite) return [value.givenName, value.type];
    return value.kind === 'instance' ? [this.own.givenName(value), value.class.definition.name] : [null, 'layer'];
  }
}

function arrayWeight({ name, axes = [], isTrained }: LayerArray): Weight {
  return { name, shape: axes, trainable: isTrained };
}
