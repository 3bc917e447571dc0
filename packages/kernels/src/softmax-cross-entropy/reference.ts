import type { Reference } from '../reference.js';

/**
 * −Σ target · log softmax(logits) a row, with the largest logit subtracted first, times the row's weight; the target is the label's, smoothed
 * as label_smoothing says; dz = weight · (softmax − target).
 */
export const softmaxCrossEntropyReference: Reference = ({ inputs, attrs }) => {
  const { logits, labels, weights } = inputs;
  const smoothing = (attrs.label_smoothing ?? 0) as number;
  const [n, o] = logits!.shape as [number, number];
  const rows = new Float64Array(n);
  const dz = new Float64Array(n * o);
  for (let row = 0; row < n; row++) {
    const z = logits!.data.subarray(row * o, (row + 1) * o);
    const largest = Math.max(...z);
    const total = z.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    const weight = weights?.data[row] ?? 1;
    for (let i = 0; i < o; i++) {
      const target = (labels!.data[row] === i ? 1 - smoothing : 0) + smoothing / o;
      rows[row]! += weight * target * (Math.log(total) - (z[i]! - largest));
      dz[row * o + i] = weight * (Math.exp(z[i]! - largest) / total - target);
    }
  }
  return { rows, dz };
};
