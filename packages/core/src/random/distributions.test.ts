import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import {
  bernoulli,
  bernoulliThreshold,
  checkWeights,
  MAX_CATEGORIES,
  normalFrom,
  normalPair,
  openFloat,
  pickWeighted,
  quantiseWeights,
} from './distributions.js';
import { pcgHash } from './pcg.js';
import { drawBelow, drawWord, mulhi, sampleKey } from './threefry.js';

const edges = [0, 1, 2, 255, 256, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffeff, 0xffffff00, 0xfffffffe, 0xffffffff];

describe('mulhi', () => {
  it('is the upper word of the 64-bit product', () => {
    const words = [...edges, ...Array.from({ length: 300 }, (_, i) => pcgHash(i))];
    for (const a of words) {
      for (const b of words) if (mulhi(a, b) !== Number((BigInt(a) * BigInt(b)) >> 32n)) expect.fail(`mulhi(${a}, ${b}) = ${mulhi(a, b)}`);
    }
  });
});

describe('drawBelow', () => {
  const key = sampleKey(1, 'label', 0);

  it('is multiply-high of the first word that the exact rule accepts', () => {
    for (const n of [1, 2, 3, 10, 2 ** 20 + 7, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 3 * 2 ** 30 + 1, 2 ** 32 - 1]) {
      for (let index = 0; index < 200; index++) {
        let attempt = 0;
        // Word w is kept where w·n mod 2^32 >= 2^32 mod n: each value then has the same number of words.
        while ((BigInt(drawWord(key, index, 5, attempt)) * BigInt(n)) % 2n ** 32n < 2n ** 32n % BigInt(n)) attempt++;
        const accepted = Number((BigInt(drawWord(key, index, 5, attempt)) * BigInt(n)) >> 32n);
        expect(drawBelow(key, index, 5, n)).toBe(accepted);
      }
    }
  });

  it('rejects: at n = 3·2^30 a plain multiply-high gives multiples of 3 twice as often as the rest', () => {
    // 30,000 draws modulo 3, 2 degrees of freedom: 25 is exceeded by chance once in 270,000 runs.
    const chiSquare = (values: readonly number[]): number => {
      const counts = [0, 0, 0];
      for (const value of values) counts[value % 3]!++;
      return counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    };
    const n = 3 * 2 ** 30;
    expect(chiSquare(Array.from({ length: 30_000 }, (_, index) => drawBelow(key, index, 0, n)))).toBeLessThan(25);
    expect(chiSquare(Array.from({ length: 30_000 }, (_, index) => mulhi(drawWord(key, index, 0), n)))).toBeGreaterThan(1000);
  });

  it('gives 0 for n = 0 and n = 1', () => {
    expect([drawBelow(key, 3, 0, 0), drawBelow(key, 3, 0, 1)]).toEqual([0, 0]);
  });
});

describe('openFloat and bernoulli', () => {
  it('never gives 0 or 1, and is exact in f32', () => {
    expect([openFloat(0), openFloat(0xffffffff)]).toEqual([2 ** -24, 1 - 2 ** -24]);
    for (const word of edges) expect(Math.fround(openFloat(word))).toBe(openFloat(word));
  });

  it('is never true at p = 0, always at p = 1, and counts words exactly between', () => {
    expect(edges.some((word) => bernoulli(word, bernoulliThreshold(0)))).toBe(false);
    expect(edges.every((word) => bernoulli(word, bernoulliThreshold(1)))).toBe(true);
    expect(bernoulliThreshold(0.25)).toBe(2 ** 30);
    expect([bernoulli(2 ** 30 - 1, 2 ** 30), bernoulli(2 ** 30, 2 ** 30)]).toEqual([true, false]);
    for (const p of [-0.1, 1.1, Number.NaN]) expect(() => bernoulliThreshold(p)).toThrow(InputError);
  });
});

describe('normalPair', () => {
  it('is Box and Muller’s pair to 2.5e-7 of its radius, also for the largest, the smallest and the radius next to 1', () => {
    const words = [...edges, ...Array.from({ length: 400 }, (_, i) => pcgHash(i))];
    for (const a of words) {
      for (const b of words) {
        const radius = Math.sqrt(-2 * Math.log(openFloat(a)));
        const angle = (2 * Math.PI * ((b >>> 8) + 0.5)) / 2 ** 24;
        const [x, y] = normalPair(a, b);
        const error = Math.max(Math.abs(x - radius * Math.cos(angle)), Math.abs(y - radius * Math.sin(angle))) / radius;
        if (!(error < 2.5e-7)) expect.fail(`words ${a}, ${b}: ${x}, ${y}: error ${error}`);
      }
    }
    expect(normalFrom(5, 6)).toBe(normalPair(5, 6)[0]);
  });

  it('is symmetric: the opposite angle gives the opposite numbers', () => {
    for (const b of [0, 1 << 8, 0x12345600, 0x7fffff00]) {
      const [x, y] = normalPair(77, b);
      expect(normalPair(77, (b + 0x80000000) >>> 0)).toEqual([-x, -y]);
    }
  });
});

describe('quantiseWeights', () => {
  const fromBits = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;

  it('keeps ratios, and takes the largest into [2^23, 2^24)', () => {
    expect([...quantiseWeights([1, 2, 3])]).toEqual([2 ** 22, 2 ** 23, 3 * 2 ** 22]);
    for (const scale of [2 ** -100, 1, 2 ** 100]) {
      expect([...quantiseWeights([scale, 0.5 * scale, 0.1 * scale])]).toEqual([2 ** 23, 2 ** 22, Math.round(0.1 * 2 ** 23)]);
    }
  });

  it('is round(w·2^k) for every weight that counts', () => {
    // The scaled weight is exact in f64, and Math.round rounds half up, as the integers do.
    const weights = Float32Array.from({ length: 256 }, (_, i) => fromBits((pcgHash(i) & 0x07ffffff) + 0x38000000));
    const exponent = Math.floor(Math.log2(Math.max(...weights)));
    expect([...quantiseWeights(weights)]).toEqual([...weights].map((weight) => Math.round(weight * 2 ** (23 - exponent))));
    expect(quantiseWeights([1, 2 ** -24, 2 ** -25, 1.5 * 2 ** -24])).toEqual(Uint32Array.of(2 ** 23, 1, 0, 1));
  });

  it('counts negative, NaN, infinite and denormal weights as 0', () => {
    const odd = [-1, Number.NaN, -Number.NaN, Infinity, -Infinity, -0, 0, 1e-39];
    expect([...quantiseWeights([...odd, 1])]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 2 ** 23]);
    expect([...quantiseWeights(odd)]).toEqual(odd.map(() => 0));
  });

  it('adds up to less than 2^32 at most', () => {
    const most = quantiseWeights(new Array(MAX_CATEGORIES).fill(fromBits(0x7f7fffff)));
    expect(most.reduce((sum, weight) => sum + weight, 0)).toBe(256 * (2 ** 24 - 1));
  });

  it('refuses no weights and more than 256, and checkWeights what cannot be meant', () => {
    expect(() => quantiseWeights([])).toThrow(InputError);
    expect(() => quantiseWeights(new Array(257).fill(1))).toThrow('got 257 weights');
    for (const wrong of [-1, Number.NaN, Infinity, 1e39]) expect(() => checkWeights([1, wrong])).toThrow(`weights[1]: got ${wrong}`);
    checkWeights([0, 0, 1e-45, 3e38]);
  });
});

describe('pickWeighted', () => {
  const counts = (weights: readonly number[], samples: number): number[] => {
    const quantised = quantiseWeights(weights);
    const times = weights.map(() => 0);
    for (let index = 0; index < samples; index++) times[pickWeighted(sampleKey(3, 'label', 1), index, 0, quantised)]!++;
    return times;
  };

  it('picks in proportion, never a weight of 0, and evenly where all are 0', () => {
    const times = counts([0, 1, 0, 2, 5, 0], 16_000);
    expect([times[0], times[2], times[5]]).toEqual([0, 0, 0]);
    // 2 degrees of freedom: 25 is exceeded by chance once in 270,000 runs; 3 degrees below: 28, once in 290,000.
    const chi2 = (times[1]! - 2000) ** 2 / 2000 + (times[3]! - 4000) ** 2 / 4000 + (times[4]! - 10_000) ** 2 / 10_000;
    expect(chi2).toBeLessThan(25);
    expect(counts([0, 0, 0, 0], 16_000).reduce((sum, count) => sum + (count - 4000) ** 2 / 4000, 0)).toBeLessThan(28);
    expect(counts([0, 0, Number.NaN, 3], 100)).toEqual([0, 0, 0, 100]);
  });
});
