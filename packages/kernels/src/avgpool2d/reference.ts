import { pool2dShape } from '../maxpool2d/descriptor.js';
import type { Reference } from '../reference.js';
import type { Avgpool2dAttrs } from './descriptor.js';

/** Sum over each window, padding as zeros, over kernel²; in f64. */
export const avgpool2dReference: Reference = ({ inputs, attrs }) => {
  const x = inputs.x!;
  const { kernel, stride, padding } = attrs as Avgpool2dAttrs;
  const [n, c, rows, columns] = pool2dShape('avgpool2d', x.shape, { kernel, stride, padding });
  const [, , h, w] = x.shape as [number, number, number, number];
  const y = new Float64Array(n * c * rows * columns);
  let at = 0;
  for (let plane = 0; plane < n * c; plane++)
    for (let p = 0; p < rows; p++)
      for (let q = 0; q < columns; q++, at++)
        for (let t = 0; t < kernel * kernel; t++) {
          const row = p * stride - padding + Math.floor(t / kernel);
          const column = q * stride - padding + (t % kernel);
          if (row < 0 || row >= h || column < 0 || column >= w) continue;
          y[at]! += x.data[(plane * h + row) * w + column]! / kernel ** 2;
        }
  return { y };
};
