import type { Reference } from '../reference.js';

/** y = x·wᵀ + b, in f64. */
export const linearReference: Reference = ({ inputs, attrs }) => {
  const { x, w, b } = inputs;
  const [n, features] = x!.shape as [number, number];
  const o = w!.shape[0]!;
  const y = new Float64Array(n * o);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < o; column++) {
      let sum = b ? b.data[column]! : 0;
      for (let i = 0; i < features; i++) sum += x!.data[row * features + i]! * w!.data[column * features + i]!;
      y[row * o + column] = attrs.relu && sum < 0 ? 0 : sum;
    }
  return { y };
};
