import type { Reference } from '../reference.js';
import type { LayernormAttrs } from './descriptor.js';

/** Each row less its mean, over the root of its biased variance plus eps, then weight and bias; in f64. */
export const layernormReference: Reference = ({ inputs, attrs }) => {
  const { x, weight, bias } = inputs;
  const { eps } = attrs as LayernormAttrs;
  const c = weight!.data.length;
  const rows = x!.data.length / c;
  const y = new Float64Array(rows * c);
  const stats = new Float64Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    const values = x!.data.subarray(row * c, (row + 1) * c);
    const mean = values.reduce((sum, value) => sum + value, 0) / c;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / c;
    const inverse = 1 / Math.sqrt(variance + eps);
    for (let i = 0; i < c; i++) y[row * c + i] = (values[i]! - mean) * inverse * weight!.data[i]! + bias!.data[i]!;
    stats.set([mean, inverse], 2 * row);
  }
  return { y, stats };
};
