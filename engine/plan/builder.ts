/** What is gathered while the values of a model's flow are visited from its inputs to its output. */
import { type Framework, knownInteger, type Layer, type Quantity, type SourceLocation } from '../../model/graph';
import type { Obstacle } from '../../protocol/trainer';
import { type Place, placeOf } from '../place';
import type { OpenLayer } from './modelPlan';
import { missingSize } from './quantities';
import { areReadUntold, type Convention, type Source } from './trainingPlan';
import { inputLength, type Length, type Tensor, type Value } from './values';

/** The order of a three-dimensional input's axes, which PyTorch's layers decide. */
export type InputLayout = 'batch, time, width' | 'time, batch, width' | 'batch, width, time';

/** What a first look at a model has taught: the next one starts from it. */
export interface Knowledge {
  readonly layout: InputLayout;
  /** Paths of bidirectional layers of which a direction is used alone. */
  readonly parted: ReadonlySet<string>;
}

export interface PlanBuilder {
  readonly modelName: string;
  readonly framework: Framework;
  readonly convention: Convention;
  readonly knowledge: Knowledge;
  readonly layers: OpenLayer[];
  readonly places: Place[];
  readonly remarks: string[];
  readonly obstacles: Obstacle[];
  /** Bidirectional layers of which a direction turned out to be used alone. */
  readonly parted: Set<string>;
  /** Whether an axis was not where a layer wants it, which another layout of the input may mend. */
  hasMisplacedAxis: boolean;
  input: { kind: 'features' | 'tokens'; width: number | null } | null;
  inputLayer: Layer | null;
  inputSteps: number | null;
  /** The same as the model's types have it, which may be a symbol. */
  inputStepsSize: Quantity | null;
  reservedToken: number | null;
  hasMask: boolean;
  resetAfter: boolean | null;
  outputLocation: SourceLocation | null;
  /** How often each value of the flow is read. */
  readonly readers: ReadonlyMap<string, number>;
  /** Adds a layer and gives its index. */
  add(layer: OpenLayer, reads: readonly Source[], location: SourceLocation): number;
  /** Adds a layer that changes only numbers, and gives what comes out of it. */
  through(layer: OpenLayer, input: Tensor, location: SourceLocation, changes?: Partial<Tensor>): Tensor;
  obstacle(message: string, location: SourceLocation): void;
  remark(message: string): void;
  /** The number that a size is; else an obstacle that says what is missing, and null. */
  size(what: string, quantity: Quantity, location: SourceLocation): number | null;
}

export function createPlanBuilder(
  modelName: string,
  framework: Framework,
  convention: Convention,
  knowledge: Knowledge,
  readers: ReadonlyMap<string, number>,
): PlanBuilder {
  const builder: PlanBuilder = {
    modelName,
    framework,
    convention,
    knowledge,
    layers: [],
    places: [],
    remarks: [],
    obstacles: [],
    parted: new Set(),
    hasMisplacedAxis: false,
    input: null,
    inputLayer: null,
    inputSteps: null,
    inputStepsSize: null,
    reservedToken: null,
    hasMask: false,
    resetAfter: null,
    outputLocation: null,
    readers,
    add: (layer, reads, location) => {
      const index = builder.layers.length;
      builder.layers.push(areReadUntold(reads, index) ? layer : { ...layer, reads });
      builder.places.push(placeOf(location));
      return index;
    },
    through: (layer, input, location, changes = {}) => {
      const index = builder.add(layer, [input.source], location);
      return { ...input, activation: 'none', ...changes, source: { layer: index, output: 0 } };
    },
    obstacle: (message, location) => {
      const place = placeOf(location);
      const isSaid = builder.obstacles.some((said) => said.message === message && said.line === place.line);
      if (!isSaid) builder.obstacles.push({ message, ...place });
    },
    remark: (message) => {
      if (!builder.remarks.includes(message)) builder.remarks.push(message);
    },
    size: (what, quantity, location) => {
      const value = knownInteger(quantity);
      if (value === null) builder.obstacle(missingSize(what, quantity, location.file), location);
      return value;
    },
  };
  return builder;
}

/** The steps of the model's input. */
export function stepsOfInput({ inputSteps }: PlanBuilder): Length {
  return { key: inputLength, count: inputSteps };
}

/** So many steps, where that is the input's number or known. */
export function stepsAsPlanned({ key, count }: Length): number | 'input' | null {
  return key === inputLength ? 'input' : count;
}

/**
 * The tensor that a value is, for what wants one: states of one direction make the plan part that layer, and what is no
 * tensor yet is refused in a sentence. Null then.
 */
export function tensorOf(
  builder: PlanBuilder,
  value: Value | undefined,
  wanting: string,
  location: SourceLocation,
): Tensor | null {
  switch (value?.kind) {
    case undefined:
    case 'refused':
      return null;
    case 'tensor':
      if (value.activation === 'softmax') {
        builder.obstacle(`${wanting} comes after a softmax, which is trained here only at the end.`, location);
        return null;
      }
      return value;
    case 'half':
      builder.parted.add(value.path);
      return null;
    case 'states': {
      const [only, ...others] = value.items;
      if (only !== undefined && others.length === 0 && only.kind === 'tensor') {
        return { ...only, axes: value.axes.map((axis) => (axis === 'states' ? 'one' : axis)) };
      }
      builder.obstacle(
        `${wanting} is given the stacked final states of all layers; take one, as in h_n[-1].`,
        location,
      );
      return null;
    }
    case 'scores':
    case 'weighted':
      builder.obstacle(
        `${wanting} is given products of queries and keys, which are trained here only as weights of the steps attended to.`,
        location,
      );
      return null;
  }
}

/** All of them as tensors, or null. */
export function tensorsOf(
  builder: PlanBuilder,
  values: readonly Value[],
  wanting: string,
  location: SourceLocation,
): readonly Tensor[] | null {
  const tensors = values.map((value) => tensorOf(builder, value, wanting, location));
  return tensors.every((tensor) => tensor !== null) ? tensors : null;
}
