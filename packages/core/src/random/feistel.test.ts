import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { permutation, permute } from './feistel.js';
import { sampleKey } from './threefry.js';

describe('permute', () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 100, 255, 257, 1000, 4097, 60_000])('is a bijection of 0 .. %i − 1', (n) => {
    for (const epoch of [0, 1, 2]) {
      const seen = new Uint8Array(n);
      for (const j of permutation(n, sampleKey(7, 'shuffle', epoch))) seen[j]!++;
      expect(seen.every((times) => times === 1)).toBe(true);
    }
  });

  it('reaches every order of 4 items equally often', () => {
    // 24 orders, 24,000 keys: χ² has 23 degrees of freedom; 60 is exceeded by chance once in 30,000 runs.
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 24_000; epoch++) {
      const order = permutation(4, sampleKey(1, 'shuffle', epoch)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    let chi2 = 0;
    for (const count of counts.values()) chi2 += (count - 1000) ** 2 / 1000;
    expect(counts.size).toBe(24);
    expect(chi2).toBeLessThan(60);
  });

  it('sends each of 10 items to each of 10 places equally often', () => {
    // 81 degrees of freedom; 140 is exceeded by chance once in 18,000 runs.
    const counts = new Uint32Array(100);
    for (let epoch = 0; epoch < 10_000; epoch++) {
      for (const [i, j] of permutation(10, sampleKey(2, 'shuffle', epoch)).entries()) counts[10 * i + j]!++;
    }
    expect(counts.reduce((chi2, count) => chi2 + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(140);
  });

  it('keeps no trace of the order in a large set', () => {
    const order = permutation(60_000, sampleKey(3, 'shuffle', 0));
    let product = 0;
    for (let i = 1; i < order.length; i++) product += (order[i]! / 60_000 - 0.5) * (order[i - 1]! / 60_000 - 0.5);
    // The lag-1 correlation has standard deviation 1/√n; 5 of them are 0.02.
    expect(Math.abs((12 * product) / order.length)).toBeLessThan(0.02);
  });

  it('keeps its bits', () => {
    // permutation(10, [1, 2]) and one index of the largest set, as first written: a change of either changes every shuffled run.
    expect([...permutation(10, [1, 2])]).toEqual([9, 6, 8, 4, 2, 1, 0, 3, 7, 5]);
    expect(permute(2 ** 32 - 1, [0xffffffff, 0x9e3779b9], 123_456_789)).toBe(2_760_159_115);
  });

  it('refuses what it cannot permute', () => {
    expect(() => permute(0, [0, 0], 0)).toThrow(InputError);
    expect(() => permute(4, [0, 0], 4)).toThrow('permute: got n 4, i 4');
    expect(() => permute(4, [0, 0], 0.5)).toThrow(InputError);
  });
});
