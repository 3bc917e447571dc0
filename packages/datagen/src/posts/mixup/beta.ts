/** Steps of the table, a power of two. */
export const STEPS = 1024;
/** Points of the sum that stands for the integral. */
const GRID = 16_384;

/**
 * The lower half of the quantiles of the symmetric Beta distribution: entry i is the λ ≤ ½ below which a share i/(2·STEPS) lies. The density is
 * summed on a grid (midpoint rule), for α < 1 in the variable λ^α, where it is bounded.
 */
export function betaQuantiles(alpha: number): Float32Array<ArrayBuffer> {
  const power = Math.min(1, alpha);
  const end = 0.5 ** power;
  const sums = new Float64Array(GRID + 1);
  for (let i = 0; i < GRID; i++) {
    const u = (((i + 0.5) / GRID) * end) ** (1 / power);
    sums[i + 1] = sums[i]! + (1 - u) ** (alpha - 1) * u ** (alpha - power);
  }
  const table = new Float32Array(STEPS + 1);
  let place = 0;
  for (let s = 1; s <= STEPS; s++) {
    const wanted = (s / STEPS) * sums[GRID]!;
    while (place < GRID - 1 && sums[place + 1]! < wanted) place++;
    const within = (wanted - sums[place]!) / (sums[place + 1]! - sums[place]!);
    table[s] = (((place + within) / GRID) * end) ** (1 / power);
  }
  return table;
}
