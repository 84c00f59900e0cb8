/**
 * All rules, in the order of how often people meet the mistake, those about Unroll's own comments last. A new rule is a file
 * beside this one and a line here.
 */
import type { Rule } from '../rule';
import { backwardInEval } from './backwardInEval';
import { batchFirstMismatch } from './batchFirstMismatch';
import { bidirectionalCausal } from './bidirectionalCausal';
import { bidirectionalLastStep } from './bidirectionalLastStep';
import { dataParallelState } from './dataParallelState';
import { dropoutSingleLayer } from './dropoutSingleLayer';
import { embeddingRange } from './embeddingRange';
import { fixedBatchState } from './fixedBatchState';
import { flattenParameters } from './flattenParameters';
import { forgetBias } from './forgetBias';
import { gradientClipping } from './gradientClipping';
import { inputSizeMismatch } from './inputSizeMismatch';
import { inputWithoutTime } from './inputWithoutTime';
import { lastStepOfPadding } from './lastStepOfPadding';
import { leakySplit } from './leakySplit';
import { leftPaddedMask } from './leftPaddedMask';
import { linearAfterRecurrent } from './linearAfterRecurrent';
import { lstmStateAsTensor } from './lstmStateAsTensor';
import { mpsLstmDropout } from './mpsLstmDropout';
import { noFusedKernel } from './noFusedKernel';
import { packedEqualLengths } from './packedEqualLengths';
import { packedLengthsOnGpu } from './packedLengthsOnGpu';
import { packedUnsorted } from './packedUnsorted';
import { paddingNotMasked } from './paddingNotMasked';
import { recurrentResultNotUnpacked } from './recurrentResultNotUnpacked';
import { reluInGatedCell } from './reluInGatedCell';
import { removedInKeras3 } from './removedInKeras3';
import { seedWithoutDeterminism } from './seedWithoutDeterminism';
import { softmaxBeforeCrossEntropy } from './softmaxBeforeCrossEntropy';
import { stackedWithoutSequences } from './stackedWithoutSequences';
import { stateBatchFirst } from './stateBatchFirst';
import { statefulTraining } from './statefulTraining';
import { stateNotDetached } from './stateNotDetached';
import { stateReshaped } from './stateReshaped';
import { tfjsLeakInLoop } from './tfjsLeakInLoop';
import { tfjsOrthogonal } from './tfjsOrthogonal';
import { tfjsResetAfter } from './tfjsResetAfter';
import { unaskedSize } from './unaskedSize';
import { unitsFromBatchSize } from './unitsFromBatchSize';
import { unknownRule } from './unknownRule';

const ofModels: readonly Rule[] = [
  softmaxBeforeCrossEntropy,
  stackedWithoutSequences,
  batchFirstMismatch,
  bidirectionalLastStep,
  dropoutSingleLayer,
  stateNotDetached,
  stateBatchFirst,
  stateReshaped,
  linearAfterRecurrent,
  inputWithoutTime,
  noFusedKernel,
  leakySplit,
  gradientClipping,
  fixedBatchState,
  packedLengthsOnGpu,
  packedUnsorted,
  lastStepOfPadding,
  paddingNotMasked,
  removedInKeras3,
  statefulTraining,
  reluInGatedCell,
  recurrentResultNotUnpacked,
  embeddingRange,
  inputSizeMismatch,
  leftPaddedMask,
  backwardInEval,
  flattenParameters,
  lstmStateAsTensor,
  dataParallelState,
  tfjsResetAfter,
  mpsLstmDropout,
  seedWithoutDeterminism,
  packedEqualLengths,
  forgetBias,
  tfjsOrthogonal,
  tfjsLeakInLoop,
  bidirectionalCausal,
  unitsFromBatchSize,
  unaskedSize,
];

export const rules: readonly Rule[] = [...ofModels, unknownRule(ofModels.map(({ code }) => code))];
