import { mulhi, type Words } from './threefry.js';

/** Four 32-bit words: a counter or an output of Philox4x32. */
export type FourWords = readonly [number, number, number, number];

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): 10 rounds of two wide products and xors, the
 * key raised by a Weyl sequence after each. The CPU twin of `shaders/random/philox.wgsl`.
 * @returns four words, each in 0 .. 2^32 − 1
 */
export function philox4x32(key: Words, counter: FourWords): [number, number, number, number] {
  let [x0, x1, x2, x3] = counter;
  for (let round = 0; round < 10; round++) {
    const k0 = key[0] + Math.imul(round, 0x9e3779b9);
    const k1 = key[1] + Math.imul(round, 0xbb67ae85);
    const high = mulhi(0xcd9e8d57, x2);
    const other = mulhi(0xd2511f53, x0);
    [x0, x1, x2, x3] = [(high ^ x1 ^ k0) >>> 0, Math.imul(0xcd9e8d57, x2) >>> 0, (other ^ x3 ^ k1) >>> 0, Math.imul(0xd2511f53, x0) >>> 0];
  }
  return [x0, x1, x2, x3];
}

/**
 * Random word number `draw` of a sample where Philox takes the place of Threefry: word `draw mod 4` of call `draw div 4`, counter
 * `[indexLow, attempt << 24 | call, 0, 0]`, the key as `sampleKey` makes it.
 */
export const philoxWord = (key: Words, indexLow: number, draw: number, attempt = 0): number =>
  philox4x32(key, [indexLow >>> 0, ((attempt << 24) | (draw >>> 2)) >>> 0, 0, 0])[(draw & 3) as 0 | 1 | 2 | 3];
