import { InputError } from '../errors.js';
import { drawBelow, type Words } from './threefry.js';

const fround = Math.fround;

/** A word as a uniform float in (0, 1), `(1 | word >> 8)·2^−24`: exact in f32, never 0 and never 1, for logarithms. */
export const openFloat = (word: number): number => (1 | (word >>> 8)) * 2 ** -24;

/**
 * The 32-bit threshold with which `bernoulli` is true with probability `p`, to the nearest 2^−32; 0xffffffff stands for p = 1.
 * @throws InputError unless 0 <= p <= 1.
 */
export function bernoulliThreshold(p: number): number {
  if (!(p >= 0 && p <= 1)) {
    throw new InputError({
      subject: 'bernoulli',
      got: `p ${p}`,
      expected: 'a probability, 0 <= p <= 1',
      next: 'pass a number in that range',
    });
  }
  return Math.min(Math.round(p * 2 ** 32), 0xffffffff);
}

/** True with probability `threshold / 2^32`, always where the threshold is 0xffffffff. Integers only: every adapter decides alike. */
export const bernoulli = (word: number, threshold: number): boolean => word < threshold || threshold === 0xffffffff;

/** `a·x + b` in f32, each operation rounded. */
const step = (a: number, x: number, b: number): number => fround(fround(a * x) + b);
const polynomial = (x: number, first: number, ...rest: readonly number[]): number =>
  rest.reduce((sum, coefficient) => step(sum, x, fround(coefficient)), fround(first));

/** −log(openFloat(word)) in f32. */
function minusLogOpen(word: number): number {
  const m = 1 | (word >>> 8);
  const zeros = Math.clz32(m) - 8;
  const significand = m << zeros;
  const upper = significand >= 0xb504f4;
  const t = (significand - (upper ? 0x1000000 : 0x800000)) * (upper ? 2 ** -24 : 2 ** -23);
  const k = zeros + (upper ? 0 : 1);
  const p = polynomial(
    t,
    -7.634497433900833e-2,
    1.276157796382904e-1,
    -1.3160182535648346e-1,
    1.4201757311820984e-1,
    -1.6623356938362122e-1,
    2.0001226663589478e-1,
    -2.500081956386566e-1,
    3.333333134651184e-1,
  );
  const z = fround(t * t);
  const rest = fround(fround(k * fround(2.1219444e-4)) - fround(0.5 * z));
  return fround(k * 0.693359375 - fround(t + fround(fround(fround(p * t) * z) + rest)));
}

/** The cosine and sine, in f32, of the angle 2π·(p + ½)/2^24 with p = word >> 8. */
function cosSinTurn(word: number): [number, number] {
  const p = word >>> 8;
  const quarter = (p + 0x200000) >>> 22;
  const s = (2 * (p - quarter * 2 ** 22) + 1) * 2 ** -23;
  const z = fround(s * s);
  const sine = fround(s * polynomial(z, -4.601658787578344e-3, 7.968003302812576e-2, -6.459634900093079e-1, 1.5707963705062866));
  const cosine = polynomial(z, 9.037661948241293e-4, -2.086016535758972e-2, 2.5366923213005066e-1, -1.2337005138397217, 1);
  const [x, y] = quarter & 1 ? [-sine, cosine] : [cosine, sine];
  return quarter & 2 ? [-x, -y] : [x, y];
}

/**
 * Two independent standard normals from two words (Box and Muller, 1958), every operation rounded to f32: the twin of `normal_pair` in
 * `shaders/random/distributions.wgsl`, which may fuse multiply-adds and so differs by some units of the last place. No value is beyond
 * 5.768 standard deviations, because a 24-bit uniform is never smaller than 2^−24; a true normal has 8e-9 of its mass there.
 */
export function normalPair(wordA: number, wordB: number): [number, number] {
  const radius = fround(Math.sqrt(fround(2 * minusLogOpen(wordA))));
  const [x, y] = cosSinTurn(wordB);
  return [fround(radius * x), fround(radius * y)];
}

/** One standard normal from two words: the first of `normalPair`. */
export const normalFrom = (wordA: number, wordB: number): number => normalPair(wordA, wordB)[0];

/** Most categories of one row of weights: 256 quantised weights, each below 2^24, add up to less than 2^32. */
export const MAX_CATEGORIES = 256;

function checkCategories(count: number, subject: string): void {
  if (count >= 1 && count <= MAX_CATEGORIES) return;
  throw new InputError({
    subject,
    got: `${count} weights`,
    expected: `1 to ${MAX_CATEGORIES} (their whole-number forms must add up to less than 2^32)`,
    next: 'draw a group first and a member of it second',
  });
}

/**
 * Refuses weights that the host can see to be wrong. On the device, where nobody looks, the same weights count as 0.
 * @throws InputError when there are none or more than 256, or one is negative, NaN or infinite.
 */
export function checkWeights(weights: ArrayLike<number>, subject = 'weights'): void {
  checkCategories(weights.length, subject);
  const wrong = Array.from(weights).findIndex((weight) => !(fround(weight) >= 0 && fround(weight) < Infinity));
  if (wrong < 0) return;
  throw new InputError({
    subject: `${subject}[${wrong}]`,
    got: String(weights[wrong]),
    expected: 'a finite number that is not negative and fits in f32',
    next: 'weights need not add up to 1; scale them down together, and write 0 for a category that must not come',
  });
}

/** The exponent field of an f32 that counts as a weight; 0 for a negative, NaN, infinite, zero or denormal one. */
function weightExponent(bits: number): number {
  const exponent = bits >>> 23;
  return exponent < 255 ? exponent : 0;
}

/**
 * f32 weights as whole numbers, bit for bit as on every adapter: scaled by the power of two that takes the largest into [2^23, 2^24) and
 * rounded half up, so that what is some 2^24 times smaller becomes 0. Negative, NaN, infinite and denormal weights count as 0 (some
 * adapters flush denormals).
 * @throws InputError when there are no weights or more than 256.
 */
export function quantiseWeights(weights: ArrayLike<number>): Uint32Array {
  checkCategories(weights.length, 'quantiseWeights');
  const bits = new Uint32Array(Float32Array.from(weights).buffer);
  const largest = bits.reduce((exponent, word) => Math.max(exponent, weightExponent(word)), 0);
  return bits.map((word) => {
    const exponent = weightExponent(word);
    const shift = largest - exponent;
    if (exponent === 0 || shift > 24) return 0;
    return (((word & 0x7fffff) | 0x800000) + ((1 << shift) >>> 1)) >>> shift;
  });
}

/**
 * The category that draw `draw` of a sample takes from quantised weights: the first whose running total exceeds a whole number drawn
 * below the total. Weights that are all 0 stand for uniform.
 */
export function pickWeighted(key: Words, indexLow: number, draw: number, quantised: Uint32Array): number {
  const total = quantised.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return drawBelow(key, indexLow, draw, quantised.length);
  let rest = drawBelow(key, indexLow, draw, total);
  let category = 0;
  while (rest >= quantised[category]!) rest -= quantised[category++]!;
  return category;
}
