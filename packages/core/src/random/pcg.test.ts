import { describe, expect, it } from 'vitest';
import { pcg3d, pcgHash } from './pcg.js';

const WORD = 0xffffffffn;

describe('pcgHash', () => {
  it('gives the published sequence of pcg_oneseq_32_rxs_m_xs_32, seed 42', () => {
    // pcg-c, test-low/expected/check-oneseq-32-rxs-m-xs-32.out, round 1. That generator puts out the hash of the state before the one
    // it is in: seeding makes the first state (increment + 42)·multiplier + increment, so the first hashed word is increment + 42.
    const answers = [0x256b5357, 0xa5efad32, 0x170b7830, 0x334a5b22, 0x3de5c680, 0x9b47b7b3];
    let state = 2_891_336_453 + 42;
    for (const answer of answers) {
      expect(pcgHash(state >>> 0)).toBe(answer);
      state = (Math.imul(state, 747_796_405) + 2_891_336_453) >>> 0;
    }
  });

  it('is a bijection: no two of 2^20 words in a row, or of 2^20 multiples of 4096, have the same hash', () => {
    for (const factor of [1, 4096]) {
      const hashes = Uint32Array.from({ length: 2 ** 20 }, (_, i) => pcgHash((factor * i) >>> 0)).sort();
      expect(hashes.findIndex((hash, i) => i > 0 && hash === hashes[i - 1])).toBe(-1);
    }
  });
});

describe('pcg3d', () => {
  it('equals the paper’s listing over BigInt', () => {
    const oracle = (point: readonly bigint[]): number[] => {
      let [x, y, z] = point.map((word) => (word * 1664525n + 1013904223n) & WORD) as [bigint, bigint, bigint];
      for (let round = 0; round < 2; round++) {
        if (round === 1) [x, y, z] = [x ^ (x >> 16n), y ^ (y >> 16n), z ^ (z >> 16n)];
        x = (x + y * z) & WORD;
        y = (y + z * x) & WORD;
        z = (z + x * y) & WORD;
      }
      return [Number(x), Number(y), Number(z)];
    };
    for (let i = 0; i < 10_000; i++) {
      const point = [pcgHash(3 * i), pcgHash(3 * i + 1), i % 2 === 0 ? i : pcgHash(3 * i + 2)] as const;
      expect(pcg3d(...point)).toEqual(oracle(point.map(BigInt)));
    }
    expect(pcg3d(0xffffffff, 0xffffffff, 0xffffffff)).toEqual(oracle([WORD, WORD, WORD]));
  });
});
