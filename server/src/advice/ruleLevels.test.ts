/** Severities that somebody chooses: read from settings, obeyed by findings. */
import { describe, expect, it } from 'vitest';
import { analyseFile } from '../analysis';
import { findingsOf } from './findings';
import { ruleLevelsOfSetting } from './ruleLevels';

const analysis = analyseFile('model.py', 'import torch.nn as nn\nmodel = nn.LSTM(8, 16, dropout=0.5)\n');
const severities = (setting: unknown): string[] =>
  findingsOf(analysis, ruleLevelsOfSetting(setting).levels).map(({ severity }) => severity);

describe('the severity of a rule', () => {
  it('is its own where nothing is said', () => expect(severities(undefined)).toEqual(['warning']));
  it.each(['error', 'warning', 'information', 'hint'])('can be %s', (level) =>
    expect(severities({ 'dropout-single-layer': level })).toEqual([level]),
  );
  it('can be off', () => expect(severities({ 'dropout-single-layer': 'off' })).toEqual([]));
});

it.each([
  [
    { 'dropout-single-layers': 'off' },
    'unroll.rules: there is no rule dropout-single-layers. Did you mean dropout-single-layer?',
  ],
  [
    { 'dropout-single-layer': 'none' },
    'unroll.rules: dropout-single-layer takes off, error, warning, information or hint, not "none".',
  ],
  [
    { 'dropout-single-layer': 3 },
    'unroll.rules: dropout-single-layer takes off, error, warning, information or hint, not 3.',
  ],
  [['off'], 'unroll.rules takes an object of rules and levels, such as {"dropout-single-layer": "hint"}.'],
])('%j is told to be a mistake', (setting, sentence) => {
  expect(ruleLevelsOfSetting(setting)).toEqual({ levels: new Map(), mistakes: [sentence] });
});
