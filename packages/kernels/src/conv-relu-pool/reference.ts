import { conv2dReference } from '../conv2d/reference.js';
import { maxpool2dReference } from '../maxpool2d/reference.js';
import type { Reference } from '../reference.js';

/** The three ops one after another; where the pooled value is not positive, ReLU cut and the winner is 4. Winners are packed, eight a word. */
export const convReluPoolReference: Reference = ({ inputs }) => {
  const { x, w } = inputs;
  const conv = conv2dReference({ inputs, attrs: { stride: 1, padding: 1, groups: 1, relu: false } }).y!;
  const shape = [x!.shape[0]!, w!.shape[0]!, x!.shape[2]!, x!.shape[3]!] as const;
  const { y, tap } = maxpool2dReference({ inputs: { x: { shape, data: conv } }, attrs: { kernel: 2, stride: 2 } });
  const winners = tap!.map((winner, i) => (y![i]! <= 0 ? 4 : winner));
  return { y: y!.map((value) => Math.max(value, 0)), tap: packTaps(winners, shape[0], shape[1]) };
};

/** Winners [N,K,size] to words [N,⌈K/8⌉,size], four bits a channel, lowest first. */
export function packTaps(winners: ArrayLike<number>, n: number, k: number): Float64Array {
  const size = winners.length / (n * k);
  const words = Math.ceil(k / 8);
  const packed = new Float64Array(n * words * size);
  for (let image = 0; image < n; image++)
    for (let channel = 0; channel < k; channel++)
      for (let i = 0; i < size; i++)
        packed[(image * words + Math.floor(channel / 8)) * size + i]! += winners[(image * k + channel) * size + i]! * 16 ** (channel % 8);
  return packed;
}
