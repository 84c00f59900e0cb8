/** Costs of a model's variants, each worked out once: a ranking is made many times over to find what would change it. */
import type { ModelGraph } from '../../../model/graph';
import type { TimePrediction } from '../../../model/time/predict';
import type { DeviceProfile } from '../../../model/time/profile';
import type { Architecture } from '../../../protocol/recommendation';
import { withSequenceLength } from './sequenceLength';
import { type VariantCosts, variantCosts, variantLatency, variantParameters } from './variantModel';

export class VariantLedger {
  private readonly graphs = new Map<number | null, ModelGraph>();
  private readonly parameterCounts = new Map<string, number | null>();
  private readonly latencies = new Map<string, TimePrediction>();

  constructor(
    readonly graph: ModelGraph,
    readonly device: DeviceProfile | null,
  ) {}

  /** They do not depend on the length of the sequences. */
  parameters(architecture: Architecture, width: number): number | null {
    return remembered(this.parameterCounts, `${architecture} ${width}`, () =>
      variantParameters(this.graph, architecture, width),
    );
  }

  costs(architecture: Architecture, width: number, steps: number | null): VariantCosts {
    return variantCosts(this.reading(steps), architecture, width, steps);
  }

  /** The time of one answer; null without a device. */
  latency(architecture: Architecture, width: number, steps: number | null): TimePrediction | null {
    const { device } = this;
    if (device === null) return null;
    return remembered(this.latencies, `${architecture} ${width} ${steps}`, () =>
      variantLatency(this.reading(steps), architecture, width, steps, device),
    );
  }

  /** The model reading sequences of so many steps. */
  private reading(steps: number | null): ModelGraph {
    return remembered(this.graphs, steps, () => (steps === null ? this.graph : withSequenceLength(this.graph, steps)));
  }
}

function remembered<Key, Value>(held: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = held.get(key);
  if (known !== undefined) return known;
  const made = make();
  held.set(key, made);
  return made;
}
