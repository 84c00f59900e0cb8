/**
 * What rules ask of a program beside its models: calls, imported names, losses, training steps. Each fact has a file of its own
 * here; each is worked out when a rule first asks for it, and kept for the other rules of the same analysis.
 */
import { Lazy } from '../../../../model/lazy';
import type { FileAnalysis } from '../../analysis';
import { Calls } from './calls';
import { ImportedNames } from './imports';
import { type LossCall, torchLossCalls } from './losses';
import { type TrainingStep, trainingSteps } from './training';

export class ProgramFacts {
  /** Calls by the name that is called. */
  readonly calls: Calls;
  /** Full paths of imported names (Python). */
  readonly imports: ImportedNames;
  private readonly lazyTrainingSteps = new Lazy(() => trainingSteps(this.calls));

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

  /** Whether the text contains a word at all: the cheapest reason for a rule to look no further. */
  mentions(word: string): boolean {
    return this.analysis.text.includes(word);
  }
}
