import { describe, expect, it } from 'vitest';
import { drawWord, STREAM, sampleKey, threefry2x32, unitFloat, type Words } from './threefry.js';

const WORD = 0xffffffffn;

/** Threefry2x32-20 written again from the paper's text, over BigInt, with the key schedule spelled out: k0, k1, k0^k1^C. */
function oracle(key: Words, counter: Words): [number, number] {
  const k = [BigInt(key[0]), BigInt(key[1])];
  k.push(0x1bd11bdan ^ k[0]! ^ k[1]!);
  const rotations = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];
  let a = (BigInt(counter[0]) + k[0]!) & WORD;
  let b = (BigInt(counter[1]) + k[1]!) & WORD;
  for (let round = 1; round <= 20; round++) {
    const r = rotations[(round - 1) % 8]!;
    a = (a + b) & WORD;
    b = (((b << r) & WORD) | (b >> (32n - r))) ^ a;
    if (round % 4 !== 0) continue;
    const injection = round / 4;
    a = (a + k[injection % 3]!) & WORD;
    b = (b + k[(injection + 1) % 3]! + BigInt(injection)) & WORD;
  }
  return [Number(a), Number(b)];
}

describe('threefry2x32', () => {
  // Random123 1.14, tests/kat_vectors, "threefry2x32 20".
  it.each<[Words, Words, Words]>([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])('gives the published answer for key %j, counter %j', (key, counter, answer) => {
    expect(threefry2x32(key, counter)).toEqual(answer);
    expect(oracle(key, counter)).toEqual(answer);
  });

  it('equals a BigInt oracle on 2^16 (counter, key) pairs', () => {
    // The pairs come from a 64-bit linear congruential generator (Knuth's MMIX), so that the test shares nothing with what it tests.
    let state = 20_260_101n;
    const next = (): number => {
      state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
      return Number(state >> 32n);
    };
    for (let pair = 0; pair < 2 ** 16; pair++) {
      const key: Words = [next(), next()];
      const counter: Words = [next(), next()];
      const [a, b] = threefry2x32(key, counter);
      const [c, d] = oracle(key, counter);
      if (a !== c || b !== d) expect.fail(`key ${key}, counter ${counter}: got ${a} ${b}, oracle ${c} ${d}`);
    }
  });
});

describe('the agreement with JAX (partitionable keys)', () => {
  const key: Words = [0, 0]; // jax.random.key(0)
  const foldIn = (k: Words, data: number): Words => threefry2x32(k, [0, data]);
  const split = (k: Words, i: number): Words => threefry2x32(k, [0, i]);

  it('gives the bits of jax.random.bits(jax.random.key(0), 3)', () => {
    const bits = [0, 1, 2].map((i) => {
      const [a, b] = threefry2x32(key, [0, i]);
      return ((a ^ b) >>> 0).toString(16);
    });
    expect(bits).toEqual(['f29a4fa7', 'fa843692', '55110e28']);
  });

  it('has the trap fold_in(k, i) = split(k)[i], which stream tags keep Kindling out of', () => {
    expect(foldIn(key, 1)).toEqual(split(key, 1));
    // Every purpose folds its own tag in right after the seed, so the streams of one seed, step and index have different keys.
    const tags = Object.keys(STREAM) as (keyof typeof STREAM)[];
    expect(new Set(tags.map((stream) => sampleKey(1, stream, 2, 3).join())).size).toBe(tags.length);
  });
});

describe('sampleKey and drawWord', () => {
  it('fold seed, tag, step and index in the order of the contract', () => {
    const key = oracle(oracle(oracle([0, 77], [0, 4]), [0, 0xfffffff0]), [0, 9]);
    expect(sampleKey(77, 'shuffle', 0xfffffff0, 9)).toEqual(key);
    for (const draw of [0, 1, 2, 3, 1000, 1001]) {
      expect(drawWord(key, 123, draw)).toBe(oracle(key, [123, draw >> 1])[draw % 2]);
      expect(drawWord(key, 0xffffffff, draw, 255)).toBe(oracle(key, [0xffffffff, 0xff000000 + (draw >> 1)])[draw % 2]);
    }
  });

  it('keeps the order of the streams: a tag that changed would change every run', () => {
    expect(STREAM).toEqual({ image: 0, label: 1, augmentation: 2, initialisation: 3, shuffle: 4, selection: 5, dropout: 6, mixture: 7 });
  });
});

describe('unitFloat', () => {
  it('stays in [0, 1) and is exact in f32', () => {
    expect(unitFloat(0)).toBe(0);
    expect(unitFloat(255)).toBe(0);
    expect(unitFloat(0xffffffff)).toBe(1 - 2 ** -24);
    for (const word of [0x80000000, 0x12345678, 0xffffff00]) expect(Math.fround(unitFloat(word))).toBe(unitFloat(word));
  });
});
