const INVERSE_ROOT_2_PI = 0.3989422804014327;
const P = [3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376];
const Q = [
  8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948,
  440.413735824752,
];

/** Density of the standard normal distribution. */
export const density = (x: number): number => INVERSE_ROOT_2_PI * Math.exp((-x * x) / 2);

/** P(Z ≤ x) given exp(−x²/2): Hart's rational approximation 5666 (Computer Approximations, 1968), within some 1e-15 of the true value, its tail within 1e-8 of itself. */
function cumulative(x: number, exponential: number): number {
  const a = Math.abs(x);
  let tail: number;
  if (a > 37) tail = 0;
  else if (a < 7.07106781186547) {
    let p = P[0]!;
    for (let i = 1; i < P.length; i++) p = p * a + P[i]!;
    let q = Q[0]!;
    for (let i = 1; i < Q.length; i++) q = q * a + Q[i]!;
    tail = (exponential * p) / q;
  } else tail = (INVERSE_ROOT_2_PI * exponential) / (a + 1 / (a + 2 / (a + 3 / (a + 4 / (a + 0.65)))));
  return x > 0 ? 1 - tail : tail;
}

/** Φ(x), the standard normal distribution function. */
export const cdf = (x: number): number => cumulative(x, Math.exp((-x * x) / 2));

/**
 * Moments of the part of a normal variable a + s·t above 0, t ~ N(0,1), s > 0: Φ(a/s), and the first and second moment
 * E[(a + st)₊] = aΦ + sφ, E[(a + st)₊²] = (a² + s²)Φ + asφ at a/s.
 */
export interface Hinge {
  share: number;
  first: number;
  second: number;
}

/** Writes the moments into `out`: the quadratures below call this some hundred thousand times. */
export function hinge(a: number, s: number, out: Hinge): void {
  const x = a / s;
  const exponential = Math.exp((-x * x) / 2);
  const share = cumulative(x, exponential);
  const pdf = INVERSE_ROOT_2_PI * exponential;
  out.share = share;
  out.first = a * share + s * pdf;
  out.second = (a * a + s * s) * share + a * s * pdf;
}

/** The z with Φ(z) = p, 0 < p < 1, by bisection down to the last bits. */
export function quantile(p: number): number {
  // The lower tail is held with all its digits, the upper is not: Φ⁻¹(p) = −Φ⁻¹(1 − p).
  let [low, high] = [-38, 38];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
