import { describe, expect, it } from 'vitest';
import { type FourWords, philox4x32, philoxWord } from './philox.js';
import type { Words } from './threefry.js';

describe('philox4x32', () => {
  // Random123 1.14, tests/kat_vectors, "philox4x32 10". The comparison with a BigInt oracle is in datagen (random/generators.test.ts).
  it.each<[Words, FourWords, FourWords]>([
    [
      [0, 0],
      [0, 0, 0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0xa4093822, 0x299f31d0],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published answer for key %j, counter %j', (key, counter, answer) => {
    expect(philox4x32(key, counter)).toEqual(answer);
  });
});

describe('philoxWord', () => {
  it('takes four draws from a call and puts the attempt above the call', () => {
    const key: Words = [7, 8];
    for (const draw of [0, 1, 2, 3, 4, 1001]) {
      expect(philoxWord(key, 5, draw)).toBe(philox4x32(key, [5, draw >> 2, 0, 0])[(draw & 3) as 0 | 1 | 2 | 3]);
      expect(philoxWord(key, 5, draw, 255)).toBe(philox4x32(key, [5, 0xff000000 + (draw >> 2), 0, 0])[(draw & 3) as 0 | 1 | 2 | 3]);
    }
  });
});
