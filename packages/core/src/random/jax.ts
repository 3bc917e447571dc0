import { InputError } from '../errors.js';
import { threefry2x32, type Words } from './threefry.js';

/*
 * Keys and bits as `jax.random` makes them from Threefry keys in partitionable mode, which has been JAX's default since version 0.5.
 * The trap: `foldIn(k, i)` is `split(k, n)[i]`, because both encrypt the counter [0, i]. A program that folds small numbers into a key
 * which it also splits uses the same stream twice. Kindling's own keys (`sampleKey`) fold a stream tag in right after the seed.
 */

function requireWhole(subject: string, value: number, limit: number, most: string): void {
  if (Number.isInteger(value) && value >= 0 && value < limit) return;
  throw new InputError({ subject, got: String(value), expected: `a whole number from 0 to ${most}`, next: 'pass one in that range' });
}

/** `jax.random.key(seed)`: `[0, seed]`. @throws InputError unless `seed` is a whole number of 32 bits */
export function key(seed: number): [number, number] {
  requireWhole('key: seed', seed, 2 ** 32, '2^32 − 1');
  return [0, seed];
}

/** `jax.random.fold_in(key, data)`. @throws InputError unless `data` is a whole number of 32 bits */
export function foldIn(k: Words, data: number): [number, number] {
  requireWhole('foldIn: data', data, 2 ** 32, '2^32 − 1');
  return threefry2x32(k, [0, data]);
}

/** `jax.random.split(key, n)`: n keys, `TF(key, [0, i])`. Equal to `foldIn(key, i)`: never use both on one key. */
export function split(k: Words, n = 2): [number, number][] {
  requireWhole('split: n', n, 2 ** 31, '2^31 − 1');
  return Array.from({ length: n }, (_, i) => threefry2x32(k, [0, i]));
}

/** `jax.random.bits(key, (n,), uint32)`: both words of `TF(key, [0, i])` xored. */
export function bits(k: Words, n: number): Uint32Array<ArrayBuffer> {
  requireWhole('bits: n', n, 2 ** 31, '2^31 − 1');
  return Uint32Array.from({ length: n }, (_, i) => {
    const [a, b] = threefry2x32(k, [0, i]);
    return a ^ b;
  });
}
