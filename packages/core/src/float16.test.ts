import { expect, it } from 'vitest';
import { decodeF16, encodeF16 } from './float16.js';

const bits = (...values: number[]) => [...encodeF16(values)];

it('rounds to the nearest f16, ties to even', () => {
  expect(bits(0, -0, 1, -2, 0.1)).toEqual([0, 0x8000, 0x3c00, 0xc000, 0x2e66]);
  // Halfway between neighbours: down to the even 1, up to the even 1 + 2⁻⁹.
  expect(bits(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20)).toEqual([0x3c00, 0x3c02, 0x3c01]);
});

it('goes to infinity from 65520 on, and to 0 at half of the least step', () => {
  expect(bits(65504, 65519.9, 65520, -1e9, Number.NEGATIVE_INFINITY)).toEqual([0x7bff, 0x7bff, 0x7c00, 0xfc00, 0xfc00]);
  expect(bits(2 ** -24, 2 ** -25, 1.5 * 2 ** -24, 2 ** -14, 2 ** -14 - 2 ** -25)).toEqual([1, 0, 2, 0x400, 0x400]);
  expect(bits(Number.NaN)).toEqual([0x7e00]);
});

it('gives every f16 back', () => {
  const numbers = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter((half) => (half & 0x7fff) <= 0x7c00);
  expect(encodeF16(decodeF16(numbers))).toEqual(numbers);
  expect(decodeF16(Uint16Array.of(0x3555, 0x7c01, 0x7bff, 1))).toEqual(Float32Array.of(0.333251953125, Number.NaN, 65504, 2 ** -24));
});
