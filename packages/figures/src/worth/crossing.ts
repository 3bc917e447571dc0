import { studentT } from '../sweep/statistics.js';

/** Where a curve reaches a value. Known exactly (least = most), or only to lie below the ladder's first n, or above its last. */
export interface Crossing {
  /** The n lies between these; 0 and ∞ where the ladder does not say. */
  readonly least: number;
  readonly most: number;
}

/**
 * The non-decreasing values nearest to `values` in the sum of squares: isotonic regression by pooling adjacent violators (Ayer and others, 1955).
 */
export function isotonic(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of values) {
    let pool = { sum: value, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.count >= pool.sum / pool.count; last = pools.at(-1)) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count));
}

/** A mean that equals the target but for the last bits of a sum has reached it. */
const ROUNDING = 1e-12;

/**
 * The n at which accuracy reaches `target`: the isotonic fit, linear in log n between the n that were tried. Never extrapolated.
 * @param n in increasing order; @param accuracy at each
 */
export function crossingOf(n: readonly number[], accuracy: readonly number[], target: number): Crossing {
  const fit = isotonic(accuracy);
  const at = fit.findIndex((value) => value >= target - ROUNDING);
  if (at < 0) return { least: n.at(-1)!, most: Number.POSITIVE_INFINITY };
  if (at === 0) return { least: 0, most: n[0]! };
  const share = Math.min(1, (target - fit[at - 1]!) / (fit[at]! - fit[at - 1]!));
  const value = Math.exp(Math.log(n[at - 1]!) + share * (Math.log(n[at]!) - Math.log(n[at - 1]!)));
  return { least: value, most: value };
}

/** How many times as many images one curve needs as another, as far as both crossings say: 0 and ∞ where they do not. */
export const ratioOf = (plain: Crossing, other: Crossing): Crossing => ({
  least: plain.least / other.most,
  most: plain.most / other.least,
});

/** How many more images one curve needs than another, likewise. */
export const differenceOf = (plain: Crossing, other: Crossing): Crossing => ({
  least: plain.least - other.most,
  most: plain.most - other.least,
});

/** The normal distribution's quantile at .975. */
const NORMAL = 1.959964;

/**
 * How much wider than the percentiles of a bootstrap an interval of `n` values must be to cover as a t-interval does: resamples of few values
 * spread too little by √((n−1)/n), and their percentiles follow the normal's quantile instead of t's (Hesterberg, 2015).
 */
export const widening = (n: number): number => (Math.sqrt(n / (n - 1)) * studentT(0.95, n - 1)) / NORMAL;

/**
 * Bounds of 95 % for `point` from its resamples: the 2.5 and 97.5 percentiles, of the lower ends and of the upper ends, moved away from the point by
 * `factor`. Infinite (or, for what is positive, 0) where the point or the percentile has no end there.
 * @param positive whether the quantity is positive and varies by factors: distances are then those of logarithms
 */
export function boundsOf(point: Crossing, resampled: readonly Crossing[], factor: number, positive: boolean): Crossing {
  // No subtraction: two infinite ends compare as equal.
  const order = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
  const last = resampled.length - 1;
  const low = resampled.map(({ least }) => least).sort(order)[Math.floor(0.025 * last)]!;
  const high = resampled.map(({ most }) => most).sort(order)[Math.ceil(0.975 * last)]!;
  const [into, back] = positive ? [Math.log, Math.exp] : [(x: number) => x, (x: number) => x];
  const moved = (centre: number, end: number): number => {
    const [from, to] = [into(centre), into(end)];
    if (from === to || !Number.isFinite(from)) return centre;
    return Number.isFinite(to) ? back(from + factor * (to - from)) : end;
  };
  return { least: Math.min(point.least, moved(point.least, low)), most: Math.max(point.most, moved(point.most, high)) };
}
