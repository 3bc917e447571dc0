import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrap, deviation, percentileInterval, studentT, tInterval } from './statistics.js';

describe('studentT', () => {
  // Published tables, to the digits that they give.
  it.each([
    [0.95, 1, 12.7062],
    [0.95, 2, 4.30265],
    [0.95, 3, 3.18245],
    [0.95, 4, 2.77645],
    [0.95, 9, 2.26216],
    [0.95, 30, 2.04227],
    [0.95, 100, 1.98397],
    [0.99, 5, 4.03214],
    [0.5, 10, 0.69981],
  ])('level %d, %i degrees of freedom: %d', (level, df, expected) => {
    expect(studentT(level, df)).toBeCloseTo(expected, 4);
  });

  it('refuses what is no level or no number of degrees', () => {
    expect(() => studentT(0.95, 0)).toThrow('studentT: got level 0.95, df 0');
    expect(() => studentT(1, 3)).toThrow('level 1');
  });
});

describe('tInterval', () => {
  it('is mean ± t·s/√n', () => {
    // s² = 2.5, t(.95, 4) = 2.77645: half = 2.77645·√(2.5/5).
    const { mean, low, high, n } = tInterval([1, 2, 3, 4, 5]);
    expect([mean, n]).toEqual([3, 5]);
    expect(high! - mean).toBeCloseTo(1.96324, 4);
    expect(mean - low!).toBeCloseTo(1.96324, 4);
    expect(deviation([1, 2, 3, 4, 5])).toBeCloseTo(Math.sqrt(2.5), 12);
  });

  it('knows nothing of the spread of one value, and refuses none', () => {
    expect(tInterval([0.5])).toEqual({ mean: 0.5, low: null, high: null, n: 1 });
    expect(() => tInterval([])).toThrow('tInterval: got no values');
  });

  it('covers the true mean of normal values about as often as it says', () => {
    // 2,000 samples of five: the share within is .95 with a standard error of .005.
    let state = 1;
    const uniform = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    let within = 0;
    for (let i = 0; i < 2000; i++) {
      const { low, high } = tInterval(Array.from({ length: 5 }, normal));
      if (low! <= 0 && high! >= 0) within++;
    }
    expect(within / 2000).toBeGreaterThan(0.93);
    expect(within / 2000).toBeLessThan(0.97);
  });
});

describe('bootstrap', () => {
  const mean = (values: readonly number[]) => (picked: readonly number[]) =>
    picked.reduce((sum, index) => sum + values[index]!, 0) / picked.length;

  it('is the same every time for a seed, and another for another', () => {
    const values = [0.1, 0.5, 0.2, 0.9];
    const once = bootstrap(4, mean(values), { resamples: 200 });
    expect(bootstrap(4, mean(values), { resamples: 200 })).toEqual(once);
    expect(bootstrap(4, mean(values), { resamples: 200, seed: 2 })).not.toEqual(once);
  });

  it('spreads a mean by s·√((n−1)/n)/√n', () => {
    const values = Array.from({ length: 20 }, (_, i) => ((i * 7919) % 20) / 20);
    const found = bootstrap(20, mean(values), { resamples: 4000 });
    const expected = (deviation(values) * Math.sqrt(19 / 20)) / Math.sqrt(20);
    expect(deviation(found) / expected).toBeGreaterThan(0.95);
    expect(deviation(found) / expected).toBeLessThan(1.05);
  });

  it('draws indices from 0 to n − 1, as often as each other', () => {
    const counts = [0, 0, 0];
    const count = (picked: readonly number[]): number => {
      for (const index of picked) counts[index]!++;
      return 0;
    };
    bootstrap(3, count, { resamples: 10_000 });
    // 30,000 draws: a count's standard deviation is 82.
    for (const drawn of counts) expect(Math.abs(drawn - 10_000)).toBeLessThan(420);
  });

  it('gives bounds that occurred, around the middle', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 60 }), (values) => {
        const sorted = values.toSorted((a, b) => a - b);
        const [low, high] = percentileInterval(sorted);
        const inside = sorted.filter((value) => value >= low && value <= high).length;
        return sorted.includes(low) && sorted.includes(high) && inside >= 0.95 * sorted.length;
      }),
    );
  });
});
