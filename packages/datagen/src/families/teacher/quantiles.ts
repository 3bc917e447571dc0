// A standard normal in whole numbers: every adapter and JavaScript engine gets the same one, so that decisions on it can be exact.

/** Whole units of x in one standard deviation. */
export const UNIT = 4096;
/** Parts of each octave of the tail's probability; between their ends the quantile is interpolated, to within 4e-5. */
const PARTS = 32;
/** Binary digits of the table behind the point. */
const DIGITS = 65_536;

/** exp(−t) by arithmetic only: engines differ in Math.exp. Taylor's polynomial of exp(−t/2^10), squared ten times. */
function expMinus(t: number): number {
  const s = -t / 1024;
  let value = 1 + s * (1 + (s / 2) * (1 + (s / 3) * (1 + (s / 4) * (1 + (s / 5) * (1 + s / 6)))));
  for (let i = 0; i < 10; i++) value *= value;
  return value;
}

/** P(standard normal > z) for z ≥ 0: ½ − φ(z)·Σ z^(2k+1)/(1·3·…·(2k+1)), whose terms are all positive. */
export function upperTail(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; term > 1e-18 * sum; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 - 0.3989422804014327 * expMinus((z * z) / 2) * sum;
}

let table: Int32Array<ArrayBuffer> | undefined;

/** The z whose upper tail is 2^(b − 32)·(1 + part/32), for b = 0 .. 30, in 2^−16; the last entry is that of ½, which is 0. */
export function quantileTable(): Int32Array<ArrayBuffer> {
  table ??= Int32Array.from({ length: 31 * PARTS + 1 }, (_, i) => {
    const p = 2 ** (Math.floor(i / PARTS) - 32) * (1 + (i % PARTS) / PARTS);
    let [low, high] = [0, 7];
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if (upperTail(middle) > p) low = middle;
      else high = middle;
    }
    return Math.round(low * DIGITS);
  });
  return table;
}

/** A random word as a normal in units of 1/4096: its lowest bit is the sign, the others are the tail's probability. The twin of `integer_normal`. */
export function integerNormal(word: number): number {
  const quantiles = quantileTable();
  const m = Math.max(1, word >>> 1);
  const zeros = Math.clz32(m);
  const t = (m << zeros) >>> 0;
  const i = PARTS * (31 - zeros) + ((t >>> 26) & 31);
  const z = quantiles[i]! - (((quantiles[i]! - quantiles[i + 1]!) * ((t >>> 10) & 0xffff)) >> 16);
  const value = (z + 8) >> 4;
  return word & 1 ? -value : value;
}
