import { drawWord, InputError, sampleKey, unitFloat } from '@kindling/core';

/** `hard` keeps the highest scores, `easy` the lowest. */
export type KeepSide = 'hard' | 'easy';

/** What is kept of a data set. */
export interface SelectOptions {
  /** [N], one an example; a high score means keep. Infinite ones are ordered as such. */
  readonly scores: ArrayLike<number>;
  /** [N], each 0 .. classes − 1. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** f: round(f·N) examples are kept. */
  readonly fraction: number;
  readonly keep: KeepSide;
  /** b: a class of n_c examples keeps at least ⌈b·f·n_c⌉ of them. 0: no floor. */
  readonly balance: number;
}

const refuse = (subject: string, got: string, expected: string, next: string): never => {
  throw new InputError({ subject, got, expected, next });
};

/** ⌈x⌉ of a product of decimals: what exceeds a whole number by rounding alone counts as that number. */
const ceilOf = (x: number): number => Math.ceil(x - 1e-9 * Math.max(1, x));

/** Scores of the baseline: uniform in [0, 1), a pure function of seed and index. */
export function randomScores(count: number, seed: number): Float32Array<ArrayBuffer> {
  const key = sampleKey(seed, 'selection', 0);
  return Float32Array.from({ length: count }, (_, index) => unitFloat(drawWord(key, index, 0)));
}

/** Refuses what is no score of the set. @throws InputError for a wrong number of scores or a NaN */
export function requireScores(scores: ArrayLike<number>, count: number, subject: string): void {
  if (scores.length !== count)
    refuse(subject, `${scores.length} scores`, `${count}, one for each training example`, 'score the data set that is selected from');
  for (let index = 0; index < count; index++) {
    if (Number.isNaN(scores[index])) {
      refuse(subject, `NaN for example ${index}`, 'numbers, or infinities', 'score again; a diverged model or a broken file makes NaN');
    }
  }
}

/**
 * Indices of the examples that stay, ascending. First each class gets its floor ⌈b·f·n_c⌉ by score, then the rest is filled by score whatever the
 * class, up to round(f·N), at least one. Ties go to the lower index. Where the floors alone are more than round(f·N), all of them are kept.
 * @throws InputError for scores that are not one number an example, or a fraction or balance out of range
 */
export function selectKept({ scores, labels, classes, fraction, keep, balance }: SelectOptions): Uint32Array<ArrayBuffer> {
  const count = labels.length;
  if (!(fraction > 0 && fraction <= 1)) refuse('--fraction', String(fraction), 'a share above 0, at most 1', 'write e.g. --fraction 0.5');
  if (!(balance >= 0 && balance <= 1)) refuse('--balance', String(balance), 'a share from 0 to 1', 'write e.g. --balance 0.5');
  requireScores(scores, count, 'scores');
  const sign = keep === 'hard' ? -1 : 1;
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  // Not a difference: ∞ − ∞ is NaN.
  const before = (a: number, b: number): number => {
    const [left, right] = [sign * scores[a]!, sign * scores[b]!];
    return left < right ? -1 : left > right ? 1 : a - b;
  };
  order.sort(before);
  const total = Math.max(1, Math.round(fraction * count));
  const sizes = new Uint32Array(classes);
  for (let index = 0; index < count; index++) sizes[labels[index]!]!++;
  const open = Array.from(sizes, (size) => Math.min(size, ceilOf(balance * fraction * size)));
  const kept = new Uint8Array(count);
  let filled = 0;
  for (const index of order) {
    if (open[labels[index]!]! <= 0) continue;
    open[labels[index]!]!--;
    kept[index] = 1;
    filled++;
  }
  for (const index of order) {
    if (filled >= total) break;
    if (kept[index]) continue;
    kept[index] = 1;
    filled++;
  }
  const indices = new Uint32Array(filled);
  let at = 0;
  for (let index = 0; index < count; index++) if (kept[index]) indices[at++] = index;
  return indices;
}

/** The bytes that a keep list's hash is the SHA-256 of: the indices as little-endian u32. */
export function indexBytes(indices: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * indices.length));
  for (let at = 0; at < indices.length; at++) view.setUint32(4 * at, indices[at]!, true);
  return new Uint8Array(view.buffer);
}
