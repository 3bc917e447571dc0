import type { UnitRows } from '../kmeans/rows.js';

/** The f64 cosine of two rows of length 1. */
export function cosine(a: UnitRows, i: number, b: UnitRows, j: number): number {
  let sum = 0;
  for (let d = 0; d < a.width; d++) sum += a.values[i * a.width + d]! * b.values[j * b.width + d]!;
  return sum;
}

/** M of each item by definition, given clusters and the sequence of items. */
export function referenceM(rows: UnitRows, sequence: ArrayLike<number>, groups: ArrayLike<number>): Float64Array {
  const m = new Float64Array(rows.count).fill(-1);
  for (let j = 0; j < sequence.length; j++) {
    for (let i = 0; i < j; i++) {
      if (groups[sequence[i]!] === groups[sequence[j]!])
        m[sequence[j]!] = Math.max(m[sequence[j]!]!, cosine(rows, sequence[i]!, rows, sequence[j]!));
    }
  }
  return m;
}

/** The greedy keep by definition: one item after the other. */
export function referenceGreedy(rows: UnitRows, sequence: ArrayLike<number>, groups: ArrayLike<number>, epsilon: number): number[] {
  const kept: number[] = [];
  for (let j = 0; j < sequence.length; j++) {
    const item = sequence[j]!;
    if (!kept.some((other) => groups[other] === groups[item] && cosine(rows, other, rows, item) > 1 - epsilon)) kept.push(item);
  }
  return kept.sort((a, b) => a - b);
}
