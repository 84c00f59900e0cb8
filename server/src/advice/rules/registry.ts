/**
 * All rules, in the order of how often people meet the mistake, those about Unroll's own comments last. A new rule is a file
 * beside this one and a line here.
 */
import type { Rule } from '../rule';
import { backwardInEval } from './backwardInEval';
import { bidirectionalLastStep } from './bidirectionalLastStep';
import { dropoutSingleLayer } from './dropoutSingleLayer';
import { fixedBatchState } from './fixedBatchState';
import { flattenParameters } from './flattenParameters';
import { forgetBias } from './forgetBias';
import { gradientClipping } from './gradientClipping';
import { inputSizeMismatch } from './inputSizeMismatch';
import { linearAfterRecurrent } from './linearAfterRecurrent';
import { lstmStateAsTensor } from './lstmStateAsTensor';
import { mpsLstmDropout } from './mpsLstmDropout';
import { recurrentResultNotUnpacked } from './recurrentResultNotUnpacked';
import { seedWithoutDeterminism } from './seedWithoutDeterminism';
import { stackedWithoutSequences } from './stackedWithoutSequences';
import { stateBatchFirst } from './stateBatchFirst';
import { stateReshaped } from './stateReshaped';
import { unaskedSize } from './unaskedSize';
import { unknownRule } from './unknownRule';

const ofModels: readonly Rule[] = [
  stackedWithoutSequences,
  bidirectionalLastStep,
  dropoutSingleLayer,
  stateBatchFirst,
  stateReshaped,
  linearAfterRecurrent,
  recurrentResultNotUnpacked,
  inputSizeMismatch,
  flattenParameters,
  lstmStateAsTensor,
  mpsLstmDropout,
  forgetBias,
  gradientClipping,
  backwardInEval,
  seedWithoutDeterminism,
  fixedBatchState,
  unaskedSize,
];

export const rules: readonly Rule[] = [...ofModels, unknownRule(ofModels.map(({ code }) => code))];
