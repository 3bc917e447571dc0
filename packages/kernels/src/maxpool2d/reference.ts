import type { Reference } from '../reference.js';
import { type Pool2dAttrs, pool2dShape } from './descriptor.js';

/** Max over each window, in f64; the first of equal elements wins. */
export const maxpool2dReference: Reference = ({ inputs, attrs }) => {
  const x = inputs.x!;
  const { kernel, stride, padding = 0 } = attrs as Pool2dAttrs;
  const [n, c, rows, columns] = pool2dShape('maxpool2d', x.shape, { kernel, stride, padding });
  const [, , h, w] = x.shape as [number, number, number, number];
  const y = new Float64Array(n * c * rows * columns);
  const tap = new Float64Array(y.length);
  let at = 0;
  for (let plane = 0; plane < n * c; plane++)
    for (let p = 0; p < rows; p++)
      for (let q = 0; q < columns; q++) {
        let best = Number.NEGATIVE_INFINITY;
        for (let t = 0; t < kernel * kernel; t++) {
          const row = p * stride - padding + Math.floor(t / kernel);
          const column = q * stride - padding + (t % kernel);
          if (row < 0 || row >= h || column < 0 || column >= w) continue;
          const value = x.data[(plane * h + row) * w + column]!;
          if (!(value > best)) continue;
          best = value;
          tap[at] = t;
        }
        y[at++] = best;
      }
  return { y, tap };
};
