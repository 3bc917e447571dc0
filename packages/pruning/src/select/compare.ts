import { InputError } from '@kindling/core';

/** Ranks from 1, ascending; equal scores share the mean of their ranks. Infinite scores are ordered as such. */
export function ranks(scores: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: scores.length }, (_, index) => index);
  // Not a difference: ∞ − ∞ is NaN.
  order.sort((a, b) => (scores[a]! < scores[b]! ? -1 : scores[a]! > scores[b]! ? 1 : a - b));
  const result = new Float64Array(scores.length);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && scores[order[end]!] === scores[order[first]!]) end++;
    for (let at = first; at < end; at++) result[order[at]!] = (first + 1 + end) / 2;
    first = end;
  }
  return result;
}

/**
 * Spearman's rank correlation of two scores of the same examples: Pearson's of their ranks, from −1 to 1; null where one of them has a single value.
 * @throws InputError for different lengths
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  if (a.length !== b.length) {
    const next = 'compare scores of one data set';
    throw new InputError({ subject: 'rank correlation', got: `${a.length} and ${b.length} scores`, expected: 'as many', next });
  }
  const [left, right] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  let [both, ofLeft, ofRight] = [0, 0, 0];
  for (let n = 0; n < left.length; n++) {
    const [x, y] = [left[n]! - middle, right[n]! - middle];
    both += x * y;
    ofLeft += x * x;
    ofRight += y * y;
  }
  return ofLeft > 0 && ofRight > 0 ? both / Math.sqrt(ofLeft * ofRight) : null;
}

/** How far two lists of kept examples agree. */
export interface Overlap {
  /** In both. */
  readonly common: number;
  /** Share of the first that is in the second too. */
  readonly ofFirst: number;
  readonly ofSecond: number;
  /** common / examples in either (Jaccard). */
  readonly jaccard: number;
  /** What `ofFirst` would be of a random list as long as the second. */
  readonly chance: number;
}

/** @param a, b indices, ascending, each once; @param total N, examples that they were chosen from */
export function overlapOf(a: ArrayLike<number>, b: ArrayLike<number>, total: number): Overlap {
  let [i, j, common] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i]!, b[j]!];
    if (x === y) common++;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return {
    common,
    ofFirst: common / a.length,
    ofSecond: common / b.length,
    jaccard: common / (a.length + b.length - common),
    chance: b.length / total,
  };
}

/** What an example that no model ever learned counts as in forgetting scores, where it has +∞. */
export type NeverLearned = 'most' | 'none' | 'out';

/**
 * Scores with +∞ as asked: `most` leaves it, the most forgotten of all; `none` takes it for 0, as a count that never rises does; `out` puts it behind all others,
 * whichever side is kept.
 */
export function withNeverLearned(scores: Float32Array, how: NeverLearned, keep: 'hard' | 'easy'): Float32Array {
  if (how === 'most' || (how === 'out' && keep === 'easy')) return scores;
  const value = how === 'none' ? 0 : Number.NEGATIVE_INFINITY;
  return scores.map((score) => (score === Number.POSITIVE_INFINITY ? value : score));
}
