import type { Reference } from '../reference.js';

/** −log softmax(logits)[label] a row, with the largest logit subtracted first; dz = softmax − onehot. */
export const softmaxCrossEntropyReference: Reference = ({ inputs }) => {
  const { logits, labels } = inputs;
  const [n, o] = logits!.shape as [number, number];
  const rows = new Float64Array(n);
  const dz = new Float64Array(n * o);
  for (let row = 0; row < n; row++) {
    const z = logits!.data.subarray(row * o, (row + 1) * o);
    const largest = Math.max(...z);
    const total = z.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    rows[row] = Math.log(total) - (z[labels!.data[row]!]! - largest);
    for (let i = 0; i < o; i++) dz[row * o + i] = Math.exp(z[i]! - largest) / total - (labels!.data[row] === i ? 1 : 0);
  }
  return { rows, dz };
};
