import type { Reference } from '../reference.js';

/** log softmax over the last axis, the largest subtracted first. */
export const logSoftmaxReference: Reference = ({ inputs }) => {
  const { shape, data } = inputs.x!;
  const n = shape[shape.length - 1]!;
  const y = new Float64Array(data.length);
  for (let row = 0; row < data.length; row += n) {
    const x = data.subarray(row, row + n);
    const largest = Math.max(...x);
    const total = x.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    for (let i = 0; i < n; i++) y[row + i] = x[i]! - largest - Math.log(total);
  }
  return { y };
};

export const softmaxReference: Reference = (context) => ({ y: logSoftmaxReference(context).y!.map((value) => Math.exp(value)) });
