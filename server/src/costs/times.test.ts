/** Times of models of open length: what a step takes, against the times of known lengths. */
import { describe, expect, it } from 'vitest';
import type { ModelGraph } from '../../../model/graph';
import { publishedDevices } from '../../../model/time/devices';
import { lengthRequest, timePerStep, timeSaid } from '../../../model/time/openLength';
import { predictTime } from '../../../model/time/predict';
import { analyseFile } from '../analysis';

function modelOf(steps: string, features = '4'): ModelGraph {
  const [graph] = analyseFile(
    'model.py',
    `import keras
from keras import layers
model = keras.Sequential([keras.Input((${steps}, ${features})), layers.LSTM(64), layers.Dense(1)])
`,
  ).models;
  if (graph === undefined) throw new Error('the fixture has a model');
  return graph;
}

const answer = { mode: 'inference', batch: 1, steps: null } as const;

describe.each(publishedDevices)('$id', (profile) => {
  it('a step of an open length is what another step of a known one adds', () => {
    const perStep = timePerStep(modelOf('None'), profile, answer);
    const [short, long] = ['60', '160'].map((steps) => predictTime(modelOf(steps), profile, answer));
    if (perStep === null || 'unknown' in perStep || !short || 'unknown' in short || !long || 'unknown' in long) {
      throw new Error('all are predicted');
    }
    const added = (long.seconds - short.seconds) / 100;
    expect(Math.abs(perStep.seconds / added - 1)).toBeLessThan(0.1);
    expect(perStep.low).toBeLessThan(perStep.seconds);
    expect(perStep.high).toBeGreaterThan(perStep.seconds);
  });
});

describe('in words', () => {
  const [profile] = publishedDevices;
  if (profile === undefined) throw new Error('there are devices');
  it.each<[string, ModelGraph, RegExp, boolean]>([
    [
      'an open length',
      modelOf('None'),
      /^an answer on a laptop CPU .*: about [\d.]+ .?s·T \([\d.]+–[\d.]+\), estimated$/,
      true,
    ],
    [
      'a known length',
      modelOf('30'),
      /^about [\d.]+ .?s an answer on a laptop CPU .* \([\d.]+–[\d.]+\), estimated$/,
      false,
    ],
    ['an open width', modelOf('None', 'None'), /^an answer on a laptop CPU .*: not predicted, /, false],
  ])('%s', (_, graph, text, asks) => {
    expect(timeSaid(graph, profile, answer).text).toMatch(text);
    const request = lengthRequest(graph, profile, answer);
    expect(request).toBe(asks ? 'T, the number of time steps, is open: "# unroll: T=100" in the file says it' : null);
  });
});
