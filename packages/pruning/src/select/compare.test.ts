import { describe, expect, it } from 'vitest';
import { overlapOf, rankCorrelation, ranks, withNeverLearned } from './compare.js';

describe('ranks', () => {
  it('shares those of equal scores, infinite ones too', () => {
    const infinite = Number.POSITIVE_INFINITY;
    expect([...ranks([3, infinite, -1, 3, infinite, -infinite])]).toEqual([3.5, 5.5, 2, 3.5, 5.5, 1]);
  });
});

describe('rankCorrelation', () => {
  it('is what scipy.stats.spearmanr gives', () => {
    // spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) and ([86, 97, 99, 100, 101, 103, 106, 110, 112, 113], [2, 20, 28, 27, 50, 29, 7, 17, 6, 12]).
    expect(rankCorrelation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8207826816681233, 14);
    const [iq, hours] = [
      [86, 97, 99, 100, 101, 103, 106, 110, 112, 113],
      [2, 20, 28, 27, 50, 29, 7, 17, 6, 12],
    ];
    expect(rankCorrelation(iq!, hours!)).toBeCloseTo(-0.17575757575757575, 14);
  });

  it('needs two values of each, and as many scores', () => {
    expect(rankCorrelation([1, 1], [1, 2])).toBeNull();
    expect(() => rankCorrelation([1], [1, 2])).toThrow('got 1 and 2 scores');
  });
});

describe('overlapOf', () => {
  it('counts what both keep', () => {
    expect(overlapOf([0, 2, 5, 7], [2, 3, 7], 10)).toEqual({ common: 2, ofFirst: 0.5, ofSecond: 2 / 3, jaccard: 2 / 5, chance: 0.3 });
  });
});

describe('withNeverLearned', () => {
  it('puts what was never learned first, at 0, or last on either side', () => {
    const scores = Float32Array.of(2, Number.POSITIVE_INFINITY, 0);
    expect([...withNeverLearned(scores, 'most', 'hard')]).toEqual([2, Number.POSITIVE_INFINITY, 0]);
    expect([...withNeverLearned(scores, 'none', 'hard')]).toEqual([2, 0, 0]);
    expect([...withNeverLearned(scores, 'out', 'hard')]).toEqual([2, Number.NEGATIVE_INFINITY, 0]);
    expect([...withNeverLearned(scores, 'out', 'easy')]).toEqual([2, Number.POSITIVE_INFINITY, 0]);
  });
});
