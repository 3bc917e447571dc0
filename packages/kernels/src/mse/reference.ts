import type { Reference } from '../reference.js';

/** Mean of squared differences a row, in f64. */
export const mseReference: Reference = ({ inputs }) => {
  const { pred, labels } = inputs;
  const [n, o] = pred!.shape as [number, number];
  const rows = new Float64Array(n);
  const dp = new Float64Array(n * o);
  for (let i = 0; i < n * o; i++) {
    const error = pred!.data[i]! - labels!.data[i]!;
    rows[Math.floor(i / o)]! += (error * error) / o;
    dp[i] = (2 * error) / o;
  }
  return { rows, dp };
};
