/** PyTorch's losses, and which module's output each is computed of. */
import { integerOf } from '../../../../model/expression';
import type { LossApplication } from '../../../../model/graph';
import {
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  unknown,
  type Value,
} from '../../evaluate/values';

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

/** The same losses by their function in `torch.nn.functional`. */
const lossFunctions: Readonly<Record<string, string>> = {
  cross_entropy: 'crossEntropy',
  nll_loss: 'negativeLogLikelihood',
  mse_loss: 'meanSquaredError',
  l1_loss: 'meanAbsoluteError',
  binary_cross_entropy: 'binaryCrossEntropy',
  binary_cross_entropy_with_logits: 'binaryCrossEntropyWithLogits',
  huber_loss: 'huber',
  smooth_l1_loss: 'huber',
};

/** Methods that leave every value of a tensor as it is. */
const valuesUntouched: ReadonlySet<string> = new Set([
  'contiguous',
  'cpu',
  'cuda',
  'double',
  'flatten',
  'float',
  'permute',
  'reshape',
  'squeeze',
  'swapaxes',
  'to',
  'transpose',
  'unsqueeze',
  'view',
]);

/** The losses that were computed of the results of one module. */
export type LossRecord = LossApplication[];

/** A loss function object: calling it on a model's output says what the model is trained on. */
class LossValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'loss';

  constructor(readonly name: string) {}

  attribute(name: string): Value | undefined {
    return name === 'to' || name === 'cuda' ? builtin(name, () => this) : undefined;
  }

  call(parameters: CallArguments, site: CallSite): Value {
    return noteLoss(this.name, parameters, site);
  }
}

function noteLoss(name: string, { positional, keywords }: CallArguments, site: CallSite): Value {
  const prediction = positional[0] ?? keywords.get('input');
  if (prediction instanceof ModuleOutput) {
    const { losses, output, isDirect } = prediction;
    const location = site.machine.locate(site.span);
    // A loop computes the same loss again.
    if (!losses.some((held) => held.location.from === location.from && held.location.file === location.file)) {
      losses.push({ name, output, isDirect, fromLogits: null, location });
    }
  }
  return unknown('a loss is only known when it runs');
}

/** A loss of `torch.nn.functional`, computed outside of any trace; undefined for a function that is none. */
export function lossFunction(name: string, parameters: CallArguments, site: CallSite): Value | undefined {
  const loss = Object.hasOwn(lossFunctions, name) ? lossFunctions[name] : undefined;
  return loss === undefined ? undefined : noteLoss(loss, parameters, site);
}

/** The output of a module called outside of a trace: of interest only for what is done with it. */
export class ModuleOutput implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'tensor';

  constructor(
    readonly losses: LossRecord,
    /** Which of several results it is; null for all of them, or the only one. */
    readonly output: number | null = null,
    /** Whether its values are as the module gave them. */
    readonly isDirect = true,
  ) {}

  // Whatever is done to it, it stays that module's output.
  attribute(name: string): Value {
    return builtin(name, () => (valuesUntouched.has(name) ? this : this.changed()));
  }

  private changed(): ModuleOutput {
    return this.isDirect ? new ModuleOutput(this.losses, this.output, false) : this;
  }

  index([first, ...rest]: readonly Value[]): Value {
    const isChoice = this.output === null && rest.length === 0 && first?.kind === 'integer';
    const output = isChoice ? integerOf(first.value) : undefined;
    return output === undefined ? this : new ModuleOutput(this.losses, output, this.isDirect);
  }

  binary(): Value {
    return this.changed();
  }

  unpack(count: number): readonly Value[] {
    return Array.from({ length: count }, (_, position) =>
      this.output === null ? new ModuleOutput(this.losses, position, this.isDirect) : this,
    );
  }

  join(other: Value): Value | undefined {
    if (!(other instanceof ModuleOutput) || other.losses !== this.losses) return undefined;
    const isSame = other.output === this.output && other.isDirect === this.isDirect;
    return isSame ? this : new ModuleOutput(this.losses, this.output, false);
  }
}

/** The loss that a class of `torch.nn` makes; undefined for a class that is none. */
export function lossValue(type: string): Value | undefined {
  const loss = Object.hasOwn(losses, type) ? losses[type] : undefined;
  return loss !== undefined || otherLosses.has(type) ? new LossValue(loss ?? type) : undefined;
}
