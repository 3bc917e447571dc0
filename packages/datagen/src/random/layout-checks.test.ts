import { foldIn, key, split, threefry2x32, type Words } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { avalanche, battery, birthdays, bytes, type Finding, independence, lags, pairs, rejected, uniformity } from './testing/checks.js';
import { chiSquareTail, kolmogorovTail, normalTail, poissonTail } from './testing/statistics.js';

// Every check of the layout tests is given a generator that it must reject, and one that it must not.
const WORDS = 2 ** 16;
const words = (word: (i: number) => number): Uint32Array => Uint32Array.from({ length: WORDS }, (_, i) => word(i));
const good = words((i) => threefry2x32([3, 4], [5, i])[0]);

/** The linear congruential generator of Numerical Recipes: its lowest bits have short periods. */
let state = 1;
const lcg = words(() => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state;
});
/** i·golden ratio: more even than chance. */
const weyl = words((i) => Math.imul(i, 0x9e3779b9));
/** Threefry with the index halved: neighbours share their word, as when two workers get the same seed. */
const twins = words((i) => good[i >> 1]!);

const checks = (findings: readonly Finding[]): string[] => rejected(findings).map(({ check }) => check);

describe('the checks', () => {
  it('pass Threefry', () => {
    expect(rejected(battery(good))).toEqual([]);
  });

  it('see bytes that come too evenly, and bytes that do not come at all', () => {
    expect(checks(bytes(lcg))).toContain('byte at bit 0');
    expect(checks(bytes(good.map((word) => word & ~0x100)))).toEqual(['byte at bit 8']);
  });

  it('see pairs of neighbours that belong together', () => {
    expect(checks(pairs(lcg))).toContain('pairs of 5 bits at bit 0');
    expect(checks(pairs(twins))).toHaveLength(2);
  });

  it('see floats that are too even, and floats that lean by 1 %', () => {
    expect(checks(uniformity(weyl))).toEqual(['KS']);
    expect(checks(uniformity(good.map((word) => Math.floor((word * 2 ** -32) ** 1.02 * 2 ** 32))))).toEqual(['KS']);
  });

  it.each([1, 2, 17, 64])('see words that come again %i places on, though only every fourth does', (lag) => {
    expect(checks(lags(good.map((word, i) => (Math.floor(i / lag) % 4 === 1 ? good[i - lag]! : word))))).toContain(`lag ${lag}`);
  });

  it('see the three gaps of a Weyl sequence in birthday spacings, and birthdays that are shared', () => {
    expect(checks(birthdays(weyl))).toHaveLength(3);
    expect(checks(birthdays(good.map((word) => word & ~0xff)))).toEqual([
      'birthday spacings, 32 bits from bit 0',
      'birthday spacings, 24 bits from bit 0',
    ]);
    expect(checks(birthdays(twins))).toHaveLength(3);
  });

  it('see a hash that does not mix: a linear one, and Threefry of 4 rounds', () => {
    const linear = words((i) => Math.imul(i, 0x9e3779b9) + 12_345);
    const flipped = words((i) => Math.imul(i ^ 0x10000, 0x9e3779b9) + 12_345);
    expect(checks(avalanche(linear, flipped, 'linear'))).toEqual(['linear: each output bit', 'linear: number of flipped bits']);
    const four = (i: number): number => {
      let [a, b] = [i, 7];
      for (const r of [13, 15, 26, 6]) {
        a = (a + b) | 0;
        b = ((b << r) | (b >>> (32 - r))) ^ a;
      }
      return a;
    };
    expect(
      checks(
        avalanche(
          words(four),
          words((i) => four(i ^ 0x10000)),
          'four rounds',
        ),
      ).length,
    ).toBeGreaterThan(0);
    const other = words((i) => threefry2x32([3, 4], [5, i ^ 0x10000])[0]);
    expect(rejected(avalanche(good, other, 'twenty rounds'))).toEqual([]);
    // Each bit flips half of the time, but all 32 together: only the number of flipped bits shows it.
    expect(
      checks(
        avalanche(
          good,
          good.map((word, i) => (other[i]! & 1 ? ~word : word)),
          'together',
        ),
      ),
    ).toEqual(['together: number of flipped bits']);
  });

  it('see the clash of fold_in and split, and coordinates that were added up', () => {
    const draws = (k: Words) => words((i) => threefry2x32(k, [0, i])[0]);
    const root = key(9);
    expect(checks(independence(draws(foldIn(root, 1)), draws(split(root)[1]!), 'clash'))).toEqual([
      'clash: correlation',
      'clash: common words',
    ]);
    expect(rejected(independence(draws(foldIn(foldIn(root, 7), 1)), draws(split(root)[1]!), 'tagged'))).toEqual([]);
    // seed + step as the key: step 1 of seed 9 repeats step 0 of seed 10, one place on.
    const added = (seed: number, step: number) => words((i) => threefry2x32([0, seed], [0, step + i])[0]);
    expect(checks(independence(added(9, 0), added(9, 1), 'added'))).toEqual(['added: common words']);
  });
});

describe('the tail probabilities', () => {
  // Quantiles from published tables.
  it.each([
    ['χ², 1 degree', chiSquareTail(3.841, 1), 0.05],
    ['χ², 10 degrees', chiSquareTail(23.209, 10), 0.01],
    ['χ², 100 degrees', chiSquareTail(77.929, 100), 0.95],
    ['χ², 255 degrees', chiSquareTail(310.457, 255), 0.01],
    ['normal', normalTail(2.3263), 0.01],
    ['normal, far', normalTail(4.7534), 1e-6],
    ['normal, below', normalTail(-3.0902), 0.999],
    ['normal, everything', normalTail(-Infinity), 1],
    ['Kolmogorov', kolmogorovTail(1.3581 / 100, 10_000), 0.05],
    ['Kolmogorov, far', kolmogorovTail(2.2252 / 1000, 1_000_000), 1e-4],
    ['Kolmogorov, below', kolmogorovTail(0.5196 / 1000, 1_000_000), 0.95],
  ])('%s', (_, got, expected) => {
    expect(Math.abs(got / expected - 1)).toBeLessThan(0.01);
  });

  it('of Poisson counts add up from the probabilities themselves', () => {
    const exact = (count: number, mean: number): number => {
      let term = Math.exp(-mean);
      let below = 0;
      for (let k = 0; k < count; k++) {
        below += term;
        term *= mean / (k + 1);
      }
      return 1 - below - term / 2;
    };
    for (const [count, mean] of [
      [0, 2],
      [3, 2],
      [200, 256],
      [256, 256],
      [300, 256],
    ] as const) {
      expect(poissonTail(count, mean)).toBeCloseTo(exact(count, mean), 9);
    }
  });
});
