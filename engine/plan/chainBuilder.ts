/** What is gathered while a model's layers are visited from input to output. */
import { knownInteger, type Layer, type Quantity, type SourceLocation } from '../../model/graph';
import type { Obstacle } from '../../protocol/trainer';
import { missingSize } from './quantities';
import type { Convention, LayerPlan, PlannedLayer, Source } from './trainingPlan';

/** What flows at a point of the chain. */
export type Content =
  | { readonly kind: 'sequence'; readonly timeAxis: 0 | 1 }
  /** One vector per sequence. */
  | { readonly kind: 'vector' }
  /** PyTorch's `h_n`: final states, layers and directions stacked in front of the batch. */
  | { readonly kind: 'finalStates'; readonly stacked: number; readonly directions: 1 | 2 };

export interface ChainBuilder {
  readonly convention: Convention;
  readonly layers: PlannedLayer[];
  /** What the next layer reads. */
  current: Source;
  readonly remarks: string[];
  content: Content;
  /** Which axis of the input is time, as the first recurrent layer reads it. */
  inputTimeAxis: 0 | 1;
  recurrentCount: number;
  input: { kind: 'features' | 'tokens'; width: number | null };
  inputLayer: Layer | null;
  output: { readonly width: number; readonly location: SourceLocation } | null;
  outputActivation: 'none' | 'softmax' | 'tanh' | 'relu' | 'sigmoid';
  reservedToken: number | null;
  resetAfter: boolean | null;
  /** Adds a layer that reads what is current; its first output is current then. */
  add(layer: LayerPlan): void;
  obstacle(message: string, location: SourceLocation): void;
  remark(message: string): void;
  /** The number that a size is; else an obstacle that says what is missing, and null. */
  size(what: string, quantity: Quantity, location: SourceLocation): number | null;
}

export function createChainBuilder(convention: Convention, obstacles: Obstacle[]): ChainBuilder {
  const builder: ChainBuilder = {
    convention,
    layers: [],
    current: 'input',
    remarks: [],
    content: { kind: 'sequence', timeAxis: 1 },
    inputTimeAxis: 1,
    recurrentCount: 0,
    input: { kind: 'features', width: null },
    inputLayer: null,
    output: null,
    outputActivation: 'none',
    reservedToken: null,
    resetAfter: null,
    add: (layer) => {
      const reads = readsOf(builder.current, builder.layers.length);
      builder.layers.push(reads === null ? layer : { ...layer, reads });
      builder.current = { layer: builder.layers.length - 1, output: 0 };
    },
    obstacle: (message, { file, line, cell }) => {
      obstacles.push(cell === undefined ? { message, file, line } : { message, file, line, cell });
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

/** Null where that is what a layer of this index reads anyway. */
function readsOf(current: Source, index: number): readonly Source[] | null {
  const isDefault = current === 'input' ? index === 0 : current.layer === index - 1 && current.output === 0;
  return isDefault ? null : [current];
}
