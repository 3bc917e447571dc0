import { InputError } from '../errors.js';
import type { Words } from './threefry.js';

/**
 * Rounds of the network. At n = 4 (halves of one bit, the hardest case) the excess χ² over 24,000 keys is about 640 at 4 rounds, 29 at 6
 * and 1 at 8; 10 leave nothing that a test of this size could see.
 */
const ROUNDS = 10;

/** The finaliser of MurmurHash3 (Appleby, public domain): a bijection of 32 bits in which every input bit flips half of the output. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The round function: `half`, the round and both key words to 32 bits; the caller keeps as many low bits as a half has. */
const roundWord = (half: number, round: number, key: Words): number => mix(mix(half ^ (key[0] + Math.imul(round, 0x9e3779b9))) ^ key[1]);

/**
 * Entry `i` of a keyed permutation of 0 .. n − 1, without storing it: a Feistel network over the next even number of bits, walked until
 * it lands below n (fewer than 4 steps on average). The CPU twin of `shaders/random/feistel.wgsl`, bit for bit.
 * @param n number of items, 1 .. 2^32 − 1; @param key e.g. `sampleKey(seed, 'shuffle', epoch)`; @param i 0 .. n − 1
 * @throws InputError outside these ranges (an `i` past the end could walk for ever).
 */
export function permute(n: number, key: Words, i: number): number {
  if (!(Number.isInteger(n) && n >= 1 && n < 2 ** 32 && Number.isInteger(i) && i >= 0 && i < n)) {
    throw new InputError({
      subject: 'permute',
      got: `n ${n}, i ${i}`,
      expected: 'whole numbers with 1 <= n < 2^32 and 0 <= i < n',
      next: 'reduce the index modulo n, and pass a set with at least one item',
    });
  }
  const bits = Math.max(1, (33 - Math.clz32(n - 1)) >>> 1);
  const mask = 2 ** bits - 1;
  let x = i;
  do {
    let left = x >>> bits;
    let right = x & mask;
    for (let round = 0; round < ROUNDS; round++) {
      const next = (left ^ roundWord(right, round, key)) & mask;
      left = right;
      right = next;
    }
    x = ((left << bits) | right) >>> 0;
  } while (x >= n);
  return x;
}

/** The whole permutation of 0 .. n − 1 that `permute` defines: `permutation(n, key)[i] = permute(n, key, i)`. */
export const permutation = (n: number, key: Words): Uint32Array => Uint32Array.from({ length: n }, (_, i) => permute(n, key, i));
