import type { Reference } from '../reference.js';
import { conv2dSizes } from './descriptor.js';

/** conv2d by its definition, in f64. */
export const conv2dReference: Reference = ({ inputs, attrs }) => {
  const { x, w, b } = inputs;
  const a = attrs as { stride: number; padding: number; groups: number; relu?: boolean };
  const g = conv2dSizes('conv2d', x!.shape, w!.shape, a);
  const channels = g.c / a.groups;
  const y = new Float64Array(g.n * g.k * g.p * g.q);
  let at = 0;
  for (let n = 0; n < g.n; n++)
    for (let k = 0; k < g.k; k++)
      for (let p = 0; p < g.p; p++)
        for (let q = 0; q < g.q; q++) {
          let sum = b ? b.data[k]! : 0;
          const first = Math.floor(k / (g.k / a.groups)) * channels;
          for (let c = 0; c < channels; c++)
            for (let r = 0; r < g.r; r++)
              for (let s = 0; s < g.s; s++) {
                const row = p * a.stride + r - a.padding;
                const column = q * a.stride + s - a.padding;
                if (row < 0 || row >= g.h || column < 0 || column >= g.w) continue;
                sum += x!.data[((n * g.c + first + c) * g.h + row) * g.w + column]! * w!.data[((k * channels + c) * g.r + r) * g.s + s]!;
              }
          y[at++] = a.relu && sum < 0 ? 0 : sum;
        }
  return { y };
};
