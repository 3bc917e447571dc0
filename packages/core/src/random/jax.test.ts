import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { bits, foldIn, key, split } from './jax.js';

const hex = (words: Iterable<number>): string[] => [...words].map((word) => word.toString(16).padStart(8, '0'));

describe('keys and bits as in JAX', () => {
  it('gives jax.random.bits(jax.random.key(0), (3,)), and splits by Threefry’s published answer for the zero counter', () => {
    expect(hex(bits(key(0), 3))).toEqual(['f29a4fa7', 'fa843692', '55110e28']);
    expect(hex(split(key(0))[0]!)).toEqual(['6b200159', '99ba4efe']);
    expect(key(0xffffffff)).toEqual([0, 0xffffffff]);
  });

  it('makes the same first keys and bits whatever their number is', () => {
    expect(split(key(5), 7).slice(0, 3)).toEqual(split(key(5), 3));
    expect([...bits(key(5), 100).subarray(0, 10)]).toEqual([...bits(key(5), 10)]);
    expect([split(key(5), 0), bits(key(5), 0).length]).toEqual([[], 0]);
  });

  it('has JAX’s trap: foldIn(key, i) is split(key)[i]', () => {
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      for (const [i, child] of split(key(seed), 5).entries()) expect(foldIn(key(seed), i)).toEqual(child);
    }
  });

  it('refuses what is no 32-bit number', () => {
    expect(() => key(-1)).toThrow(InputError);
    expect(() => key(2 ** 32)).toThrow('key: seed: got 4294967296');
    expect(() => foldIn([0, 0], 0.5)).toThrow('foldIn: data');
    expect(() => split([0, 0], Number.NaN)).toThrow('split: n');
    expect(() => bits([0, 0], -3)).toThrow('bits: n');
  });
});
