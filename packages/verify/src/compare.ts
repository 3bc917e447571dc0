/** Bound for one op; README.md gives the reasons. */
export const TOLERANCE = { op: 1e-5, longReduction: 5e-5, trace: 1e-3 } as const;

/** Terms of a reduction beyond which float32 summation alone may cost more than `TOLERANCE.op`. */
export const LONG_REDUCTION = 1000;

/**
 * max |got − want| / max(max |want|, 1e-6). A NaN or an infinity agrees only with the same; any other disagreement is Infinity.
 */
export function tensorError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let scale = 1e-6;
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!];
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
    if (Object.is(a, b) || a === b) continue;
    const difference = Math.abs(a - b);
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst / scale;
}
