import type { Reference } from '../reference.js';

/** Mean of each plane, in f64. */
export const globalAvgPoolReference: Reference = ({ inputs }) => {
  const [n, c, h, w] = inputs.x!.shape as [number, number, number, number];
  const y = new Float64Array(n * c);
  inputs.x!.data.forEach((value, i) => {
    y[Math.floor(i / (h * w))]! += value / (h * w);
  });
  return { y };
};
