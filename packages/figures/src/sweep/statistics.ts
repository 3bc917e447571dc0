import { drawBelow, InputError, sampleKey } from '@kindling/core';

/** A mean and its interval. `low` and `high` are null where there is one value only: nothing is then known about the spread. */
export interface Interval {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Number of values. */
  readonly n: number;
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation, with n − 1 in the denominator; NaN for fewer than two values. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * P(|T| ≤ t) of Student's t with a whole number of degrees of freedom, t = √df·tan(angle): the finite sums of Abramowitz and Stegun,
 * 26.7.3 (odd) and 26.7.4 (even).
 */
function withinAngle(angle: number, df: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const odd = df % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = df === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= df - 2; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/**
 * The t with P(|T| ≤ t) = level: 2.776… for .95 and 4 degrees of freedom.
 * @throws InputError where df is no whole number from 1 or level is not between 0 and 1
 */
export function studentT(level: number, df: number): number {
  if (!Number.isInteger(df) || df < 1 || !(level > 0 && level < 1)) {
    throw new InputError({
      subject: 'studentT',
      got: `level ${level}, df ${df}`,
      expected: 'a level between 0 and 1 and a whole number of degrees of freedom from 1',
      next: 'pass the number of values minus one',
    });
  }
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (withinAngle(middle, df) < level) low = middle;
    else high = middle;
  }
  return Math.sqrt(df) * Math.tan((low + high) / 2);
}

/** Mean and Student-t interval of values that are taken for independent and normal. @throws InputError for no values */
export function tInterval(values: readonly number[], level = 0.95): Interval {
  const n = values.length;
  if (n === 0) throw new InputError({ subject: 'tInterval', got: 'no values', expected: 'at least one', next: 'leave empty cells out' });
  const centre = mean(values);
  if (n === 1) return { mean: centre, low: null, high: null, n };
  const half = (studentT(level, n - 1) * deviation(values)) / Math.sqrt(n);
  return { mean: centre, low: centre - half, high: centre + half, n };
}

/** Resamples of a bootstrap, and the seed that makes it the same every time. */
export interface BootstrapOptions {
  readonly resamples?: number;
  readonly seed?: number;
}

/**
 * Bootstrap (Efron 1979): `statistic` of many resamples of 0 … n−1 with replacement, in increasing order. Draw i of resample r is a pure
 * function of (seed, r, i), so the result is the same on every machine.
 */
export function bootstrap(n: number, statistic: (picked: readonly number[]) => number, options: BootstrapOptions = {}): number[] {
  const { resamples = 4000, seed = 1 } = options;
  const key = sampleKey(seed, 'selection', 0);
  const results: number[] = [];
  for (let r = 0; r < resamples; r++) results.push(statistic(Array.from({ length: n }, (_, i) => drawBelow(key, r, i, n))));
  return results.sort((a, b) => a - b);
}

/** The middle `level` of sorted values, ends rounded outwards: bounds are values that occurred. */
export function percentileInterval(sorted: readonly number[], level = 0.95): [number, number] {
  const tail = (1 - level) / 2;
  const last = sorted.length - 1;
  return [sorted[Math.floor(tail * last)]!, sorted[Math.ceil((1 - tail) * last)]!];
}
