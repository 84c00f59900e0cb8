/** PyTorch's losses, and which module's output each is computed of. */
import { builtin, type CallArguments, type ForeignValue, unknown, type Value } from '../../evaluate/values';

/** Losses without arrays of their own that nothing here tells apart. */
const otherLosses: ReadonlySet<string> = new Set([
  'CTCLoss',
  'KLDivLoss',
  'PoissonNLLLoss',
  'GaussianNLLLoss',
  'HingeEmbeddingLoss',
  'MarginRankingLoss',
  'MultiLabelMarginLoss',
  'MultiLabelSoftMarginLoss',
  'MultiMarginLoss',
  'SoftMarginLoss',
  'TripletMarginLoss',
  'CosineEmbeddingLoss',
]);

/** Canonical names of losses by their PyTorch class. */
const losses: Readonly<Record<string, string>> = {
  CrossEntropyLoss: 'crossEntropy',
  NLLLoss: 'negativeLogLikelihood',
  MSELoss: 'meanSquaredError',
  L1Loss: 'meanAbsoluteError',
  BCELoss: 'binaryCrossEntropy',
  BCEWithLogitsLoss: 'binaryCrossEntropyWithLogits',
  HuberLoss: 'huber',
  SmoothL1Loss: 'huber',
};

/** A loss function object: calling it on a model's output says what the model is trained on. */
class LossValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'loss';

  constructor(readonly name: string) {}

  attribute(name: string): Value | undefined {
    return name === 'to' || name === 'cuda' ? builtin(name, () => this) : undefined;
  }

  call({ positional: [prediction] }: CallArguments): Value {
    const source = prediction === undefined ? undefined : moduleBehind(prediction);
    if (source !== undefined) source.losses.add(this.name);
    return unknown('a loss is only known when it runs');
  }
}

/** The output of a module called outside of a trace: of interest only for what is done with it. */
export class ModuleOutput implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'tensor';

  constructor(readonly module: { readonly losses: Set<string> }) {}

  attribute(): Value {
    // Whatever is done to it, it stays that module's output.
    return builtin('method', () => this);
  }

  index(): Value {
    return this;
  }

  binary(): Value {
    return this;
  }

  unpack(count: number): readonly Value[] {
    return Array.from({ length: count }, () => this);
  }
}

function moduleBehind(value: Value): { readonly losses: Set<string> } | undefined {
  return value instanceof ModuleOutput ? value.module : undefined;
}

/** The loss that a class of `torch.nn` makes; undefined for a class that is none. */
export function lossValue(type: string): Value | undefined {
  const loss = Object.hasOwn(losses, type) ? losses[type] : undefined;
  return loss !== undefined || otherLosses.has(type) ? new LossValue(loss ?? type) : undefined;
}
