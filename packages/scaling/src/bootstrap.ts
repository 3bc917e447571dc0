import { drawBelow, sampleKey } from '@kindling/core';
import type { Place, Row } from './rows.js';

/** What is drawn again: rows, or, where every x has several, the rows of each x (the seeds). */
export type Over = 'rows' | 'rows of each x';

export const overOf = (places: readonly Place[]): Over => (places.every(({ rows }) => rows.length > 1) ? 'rows of each x' : 'rows');

/** Which draw of a resample: those of the fit and of the held-out rows are independent. */
export interface Draw {
  readonly seed: number;
  readonly index: number;
  readonly draw: number;
}

/** As many rows as `places` have, drawn with replacement: a pure function of seed, index and draw. */
function draw(places: readonly Place[], over: Over, { seed, index, draw: number }: Draw, attempt: number): number[] {
  const key = sampleKey(seed, 'selection', index);
  const pools = over === 'rows' ? [places.flatMap(({ rows }) => rows)] : places.map(({ rows }) => rows);
  let count = attempt * 2 ** 22;
  return pools.flatMap((pool) => pool.map(() => pool[drawBelow(key, count++ >>> 0, number, pool.length)]!));
}

/** Rows of a resample of places. */
export const resampleRows = (places: readonly Place[], over: Over, at: Draw): number[] => draw(places, over, at, 0);

/** A resample as places: how often each was drawn, and its mean of ln y. */
export interface Resample {
  readonly weights: Float64Array;
  readonly lnY: Float64Array;
}

/** Resamples rows to fit. One with fewer than `distinct` places cannot be fitted and is drawn again, at most 200 times. */
export function resample(rows: readonly Row[], places: readonly Place[], over: Over, at: Draw, distinct: number): Resample {
  const placeOf = new Map(places.flatMap((place, i) => place.rows.map((row) => [row, i] as const)));
  const weights = new Float64Array(places.length);
  const lnY = new Float64Array(places.length);
  for (let attempt = 0; attempt < 200; attempt++) {
    weights.fill(0);
    lnY.fill(0);
    for (const row of draw(places, over, at, attempt)) {
      const i = placeOf.get(row)!;
      weights[i] = weights[i]! + 1;
      lnY[i] = lnY[i]! + Math.log(rows[row]!.y);
    }
    if (weights.filter((weight) => weight > 0).length >= distinct) break;
  }
  for (let i = 0; i < lnY.length; i++) if (weights[i]! > 0) lnY[i] = lnY[i]! / weights[i]!;
  return { weights, lnY };
}
