import { drawWord, sampleKey, unitFloat } from '@kindling/core';

/** An affine map [a, b, c, d, e, f]: x' = a·x + b·y + e, y' = c·x + d·y + f. */
export type AffineMap = readonly [number, number, number, number, number, number];

/** Uniform numbers in [0, 1), one after the other, from one candidate of one system. A pure function of its arguments. */
export class Units {
  readonly #key: [number, number];
  readonly #index: number;
  #draw = 0;

  constructor(seed: number, candidate: number, index: number) {
    this.#key = sampleKey(seed, 'initialisation', candidate);
    this.#index = index;
  }

  word(): number {
    return drawWord(this.#key, this.#index, this.#draw++);
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * unitFloat(this.word());
  }

  /** Uniform in low .. high, both included; the bias of at most 2^−24 does not matter for a table that is drawn once. */
  whole(low: number, high: number): number {
    return low + Math.floor(unitFloat(this.word()) * (high - low + 1));
  }
}

/** FractalDB's maps: all six coefficients from U(−1, 1) (Kataoka et al., 2020). */
export const fractalDbMaps = (units: Units, n: number): AffineMap[] =>
  Array.from({ length: n }, () => Array.from({ length: 6 }, () => units.uniform(-1, 1)) as unknown as AffineMap);

/**
 * A rotation's (cosine, sine): a uniform point of the unit disc, by rejection, divided by its length. Only + · ÷ √, which IEEE 754 rounds
 * alike everywhere, so that a recipe's systems are the same on every host.
 */
function direction(units: Units): [number, number] {
  for (;;) {
    const [x, y] = [units.uniform(-1, 1), units.uniform(-1, 1)];
    const length = Math.sqrt(x * x + y * y);
    if (length > 0.01 && length < 1) return [x / length, y / length];
  }
}

/**
 * Singular values (s₁, s₂) of n maps with 1 ≥ s₁ ≥ s₂ ≥ 0 and Σ(s₁ + 2s₂) = alpha, each uniform in what the others still allow
 * (Anderson and Farrell, "Improving fractal pre-training", WACV 2022). 0 ≤ alpha ≤ 3n.
 */
export function singularValues(units: Units, n: number, alpha: number): [number, number][] {
  let rest = alpha;
  return Array.from({ length: n }, (_, i) => {
    // The later maps take between 0 and 3 each, so that this one must take between `least` and `most`.
    const least = Math.max(0, rest - 3 * (n - 1 - i));
    const most = i === n - 1 ? least : Math.min(3, rest);
    const s1 = units.uniform(least / 3, Math.min(1, most));
    const s2 = units.uniform(Math.max(0, (least - s1) / 2), Math.min(s1, (most - s1) / 2));
    rest -= s1 + 2 * s2;
    return [s1, s2];
  });
}

/** Maps U·diag(s₁, s₂)·V with random rotations U and V, random signs of the singular values, and translations from U(−1, 1). */
export function svdMaps(units: Units, n: number, alpha: number): AffineMap[] {
  return singularValues(units, n, alpha).map(([s1, s2]) => {
    const [uc, us] = direction(units);
    const [vc, vs] = direction(units);
    const signs = units.word();
    const [p, q] = [signs & 1 ? -s1 : s1, signs & 2 ? -s2 : s2];
    return [
      uc * p * vc - us * q * vs,
      -uc * p * vs - us * q * vc,
      us * p * vc + uc * q * vs,
      -us * p * vs + uc * q * vc,
      units.uniform(-1, 1),
      units.uniform(-1, 1),
    ];
  });
}

/**
 * Shares of 256 in proportion to |det|, each at least 1, by largest remainder: the map that each random byte chooses. Area is covered
 * evenly where every map gets points in proportion to what it covers.
 */
export function choiceOf(maps: readonly AffineMap[]): Uint8Array {
  const weights = maps.map(([a, b, c, d]) => Math.max(Math.abs(a * d - b * c), 1e-6));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => ((256 - maps.length) * weight) / total);
  const shares = exact.map((share) => 1 + Math.floor(share));
  const order = exact.map((share, m) => ({ m, left: share - Math.floor(share) })).sort((p, q) => q.left - p.left || p.m - q.m);
  const missing = 256 - shares.reduce((sum, share) => sum + share, 0);
  for (const { m } of order.slice(0, missing)) shares[m]!++;
  return Uint8Array.from(shares.flatMap((share, m) => Array<number>(share).fill(m)));
}
