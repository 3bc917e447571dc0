// Upper-tail probabilities of the tests that `checkParameter` makes, accurate far into both tails, where Bonferroni looks.

/** ln Γ(x) for x > 0: Stirling's series after raising x above 10. */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 10; y++) shift += Math.log(y);
  const z = 1 / (y * y);
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z / 1680))) / y - shift;
}

/** The regularised upper incomplete gamma function Q(a, x): a series below a + 1, Lentz's continued fraction above. */
export function gammaUpper(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = a + 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= x / n;
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 10_000; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return front * h;
}

/** P(χ² with `freedom` degrees of freedom > value). */
export const chiSquareTail = (value: number, freedom: number): number => gammaUpper(freedom / 2, value / 2);

/** P(standard normal ≤ z). */
export const normalBelow = (z: number): number => (z >= 0 ? 1 - 0.5 * gammaUpper(0.5, (z * z) / 2) : 0.5 * gammaUpper(0.5, (z * z) / 2));

/** P(Kolmogorov's statistic of n uniforms > d), asymptotic with Stephens' correction (1970); two series, one for each tail. */
export function kolmogorovTail(d: number, n: number): number {
  const x = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * d;
  if (x < 1.1) {
    let sum = 0;
    for (let j = 1; j <= 9; j += 2) sum += Math.exp((-j * j * Math.PI ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let j = 1; j <= 20; j++) sum += (j % 2 === 1 ? 2 : -2) * Math.exp(-2 * j * j * x * x);
  return sum;
}

/** Kolmogorov's distance between values and a distribution function. Sorts a copy. */
export function kolmogorovDistance(values: ArrayLike<number>, distribution: (x: number) => number = (x) => x): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.reduce((most, x, i) => {
    const p = distribution(x);
    return Math.max(most, (i + 1) / sorted.length - p, p - i / sorted.length);
  }, 0);
}
