/** ∫ of f from 0 to z by Simpson's rule. */
function integral(f: (t: number) => number, z: number): number {
  const n = 2 * Math.ceil(20 + 10 * z);
  const h = z / n;
  let sum = f(0) + f(z);
  for (let i = 1; i < n; i++) sum += f(i * h) * (i % 2 === 1 ? 4 : 2);
  return (sum * h) / 3;
}

/** P[Z > z] of a standard normal, z ≥ 0; good to 1e-12. */
export function normalTail(z: number): number {
  if (z > 8) return 0;
  return 0.5 - integral((t) => Math.exp((-t * t) / 2), z) / Math.sqrt(2 * Math.PI);
}

/** The t with P[T > t] = tail for Student's T with df degrees of freedom, 0 < tail < .5; at most 1000. */
export function studentQuantile(tail: number, df: number): number {
  // Γ((df+1)/2)/Γ(df/2), by steps of two from 1 or 2 degrees of freedom.
  let ratio = df % 2 === 1 ? 1 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI) / 2;
  for (let k = df % 2 === 1 ? 1 : 2; k < df; k += 2) ratio *= (k + 1) / k;
  const scale = ratio / Math.sqrt(df * Math.PI);
  // With t = √df·tan(φ) the density is scale·√df·cos(φ)^(df−1) on a finite range, which one rule integrates for few degrees of freedom;
  // with many its peak is too narrow there, and its tails are short where they are.
  const few = df <= 60;
  const above = (t: number): number =>
    0.5 -
    scale *
      (few
        ? Math.sqrt(df) * integral((phi) => Math.cos(phi) ** (df - 1), Math.atan(t / Math.sqrt(df)))
        : integral((at) => (1 + (at * at) / df) ** (-(df + 1) / 2), t));
  let [low, high] = [0, few ? 1000 : 20];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (above(middle) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The value below which a share of sorted values lies, between neighbours linearly. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return a === b ? a : a + (at - below) * (b - a);
}

/**
 * The tail of bootstrap values to cut for a two-sided interval of this level: the expanded percentile (Hesterberg 2015). A bootstrap's
 * spread is too small by √((n − k)/n), and its tails are normal where Student's are due; both matter with few rows.
 */
export function expandedTail(level: number, n: number, k: number): number {
  return normalTail(Math.sqrt(n / (n - k)) * studentQuantile((1 - level) / 2, n - k));
}
