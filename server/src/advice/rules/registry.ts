/** All rules, in the order of how often people meet the mistake. A new rule is a file beside this one and a line here. */
import type { Rule } from '../rule';
import { bidirectionalLastStep } from './bidirectionalLastStep';
import { dropoutSingleLayer } from './dropoutSingleLayer';
import { stackedWithoutSequences } from './stackedWithoutSequences';
import { unaskedSize } from './unaskedSize';

export const rules: readonly Rule[] = [stackedWithoutSequences, bidirectionalLastStep, dropoutSingleLayer, unaskedSize];
