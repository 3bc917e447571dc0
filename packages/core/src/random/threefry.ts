/** Two 32-bit words: a counter, a key or an output of Threefry2x32. */
export type Words = readonly [number, number];

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const PARITY = 0x1bd11bda;

/**
 * Threefry2x32-20 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): 20 rounds of add, rotate, xor; a key word is
 * injected every 4 rounds. The CPU twin of `shaders/random/threefry.wgsl`.
 * @returns two words, each in 0 .. 2^32 − 1
 */
export function threefry2x32(key: Words, counter: Words): [number, number] {
  const schedule = [key[0] | 0, key[1] | 0, (PARITY ^ key[0] ^ key[1]) | 0];
  let x0 = (counter[0] + schedule[0]!) | 0;
  let x1 = (counter[1] + schedule[1]!) | 0;
  for (let group = 0; group < 5; group++) {
    for (const rotation of ROTATIONS[group % 2]!) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    }
    x0 = (x0 + schedule[(group + 1) % 3]!) | 0;
    x1 = (x1 + schedule[(group + 2) % 3]! + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** Streams of one seed: every purpose draws from its own, so that no two purposes share a random number. New ones are appended. */
export const STREAM = { image: 0, label: 1, augmentation: 2, initialisation: 3, shuffle: 4, selection: 5, dropout: 6, mixture: 7 } as const;
export type Stream = keyof typeof STREAM;

/**
 * The key of one sample: `TF(TF(TF([0, seed], [0, tag]), [0, step]), [0, indexHigh])`.
 * @param seed 32-bit seed; @param step training step, 0-based; @param indexHigh upper word of the sample's index
 */
export function sampleKey(seed: number, stream: Stream, step: number, indexHigh = 0): [number, number] {
  const tagged = threefry2x32([0, seed >>> 0], [0, STREAM[stream]]);
  return threefry2x32(threefry2x32(tagged, [0, step >>> 0]), [0, indexHigh >>> 0]);
}

/** Random word number `draw` of a sample: word `draw mod 2` of call `draw div 2`, counter `[indexLow, attempt << 24 | call]`. */
export function drawWord(key: Words, indexLow: number, draw: number, attempt = 0): number {
  return threefry2x32(key, [indexLow >>> 0, ((attempt << 24) | (draw >>> 1)) >>> 0])[(draw & 1) as 0 | 1];
}

/** The upper word of the 64-bit product of two words. */
export function mulhi(a: number, b: number): number {
  const low = (a & 0xffff) * (b & 0xffff);
  const left = (a >>> 16) * (b & 0xffff);
  const right = (a & 0xffff) * (b >>> 16);
  // Every sum stays below 2^53, so that f64 holds it exactly.
  return (a >>> 16) * (b >>> 16) + Math.floor((left + right + Math.floor(low / 65_536)) / 65_536);
}

/**
 * A whole number in 0 .. n − 1 from draw `draw` of a sample, each equally likely: multiply-high with rejection (Lemire, "Fast random
 * integer generation in an interval", 2019). A rejected word is drawn again with the next `attempt`. `n = 0` gives 0.
 */
export function drawBelow(key: Words, indexLow: number, draw: number, n: number): number {
  let word = drawWord(key, indexLow, draw);
  if (Math.imul(word, n) >>> 0 < n) {
    const rejected = (2 ** 32 - n) % n;
    for (let attempt = 1; Math.imul(word, n) >>> 0 < rejected && attempt < 256; attempt++) word = drawWord(key, indexLow, draw, attempt);
  }
  return mulhi(word, n);
}

/** A word as a uniform float in [0, 1): the top 24 bits, so that the result is exact in f32 and never 1. */
export const unitFloat = (word: number): number => (word >>> 8) * 2 ** -24;
