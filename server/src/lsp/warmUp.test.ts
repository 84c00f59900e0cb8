import { describe, expect, it } from 'vitest';
import { warmUp, warmUpRound, warmUpRounds } from './warmUp';

describe('warming up', () => {
  it('follows all its models: what cannot be followed warms nothing', () => {
    const { models, syntaxErrors } = warmUpRound(0);
    expect(syntaxErrors).toEqual([]);
    expect(models.map(({ name, problems }) => [name, problems])).toEqual([
      ['Tagger', []],
      ['forecaster', []],
      ['model', []],
    ]);
  });

  it('ends by itself, and lets what waits get in between', async () => {
    let asked = 0;
    const ended = new Promise<void>((resolve) => {
      warmUp(() => {
        asked += 1;
        if (asked === warmUpRounds) resolve();
        return true;
      });
    });
    expect(asked).toBe(0);
    await ended;
    expect(asked).toBe(warmUpRounds);
  });

  it('stops when a file comes', async () => {
    let asked = 0;
    const stopped = new Promise<void>((resolve) => {
      warmUp(() => {
        asked += 1;
        if (asked === 2) resolve();
        return asked < 2;
      });
    });
    await stopped;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(asked).toBe(2);
  });
});
