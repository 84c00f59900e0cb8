/**
 * What rules ask of a program beside its models: calls, imported names, losses, training steps. Each fact has a file of its own
 * here; each is worked out when a rule first asks for it, and kept for the other rules of the same analysis.
 */
import { Lazy } from '../../../../model/lazy';
import type { FileAnalysis } from '../../analysis';
import { Calls } from './calls';
import { ImportedNames } from './imports';
import { type KerasGeneration, kerasGeneration } from './kerasGeneration';
import { type LossCall, torchLossCalls } from './losses';
import { type TrainingStep, trainingSteps } from './training';

export class ProgramFacts {
  /** Calls by the name that is called. */
  readonly calls: Calls;
  /** Full paths of imported names (Python). */
  readonly imports: ImportedNames;
  private readonly lazyTrainingSteps = new Lazy(() => (this.mentions('.backward(') ? trainingSteps(this.calls) : []));
  private readonly lazyKerasGeneration = new Lazy(() => kerasGeneration(this.analysis.text));
  private readonly mentioned = new Map<string, boolean>();

  constructor(private readonly analysis: FileAnalysis) {
    this.calls = new Calls(analysis);
    this.imports = new ImportedNames(analysis);
  }

  /** Calls of a loss of PyTorch, by its class (`CrossEntropyLoss`) and its function (`cross_entropy`). */
  torchLosses(className: string, functionName: string): readonly LossCall[] {
    return torchLossCalls(this.analysis, this.calls, this.imports, className, functionName);
  }

  /** Where gradients are computed, with the loops around (PyTorch). */
  get trainingSteps(): readonly TrainingStep[] {
    return this.lazyTrainingSteps.value;
  }

  /** Which Keras the file is for. */
  get kerasGeneration(): KerasGeneration {
    return this.lazyKerasGeneration.value;
  }

  /** Whether the text contains a word at all: the cheapest reason for a rule to look no further. */
  mentions(word: string): boolean {
    const held = this.mentioned.get(word);
    if (held !== undefined) return held;
    const isMentioned = this.analysis.text.includes(word);
    this.mentioned.set(word, isMentioned);
    return isMentioned;
  }
}
